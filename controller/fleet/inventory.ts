/** The fleet in memory: who is linked, what was last seen. See fleet.ts for the port. */
import type { Clock } from '../../common/clock.ts';
import type { ClusterView, NodeView } from '../../common/cluster-view.ts';
import type { NodeFacts } from '../../common/facts.ts';
import { fail, failure } from '../../common/failure.ts';
import type {
  AgentMessage,
  ControllerEnd,
  ControllerMessage,
  InstanceAnnounced,
  Peer,
  Recollection,
  SnapshotRemoval,
} from '../../common/link.ts';
import type { Log } from '../../common/log.ts';
import type { ClusterRecord, HostRecord } from '../store/store.ts';
import { type Claim, Claims } from './claims.ts';
import type { Fleet, FleetListener, HostView, ProbeMore } from './fleet.ts';
import { type Hello, HostLink } from './host-connection.ts';
import type { RefusedInstance } from './membership.ts';
import { agentLost, PendingProbes, probeOrder, probeRun } from './pending-probes.ts';
import { hostLost, Recalls } from './recalls.ts';
import { SnapshotRemovals } from './snapshot-removals.ts';

export interface InventoryParts {
  readonly clock: Clock;
  /** A fresh, unguessable name at every call. */
  readonly nonce: () => string;
  /** What adoption wrote down; null: not adopted. */
  readonly adopted: (cluster: string) => Promise<ClusterRecord | null>;
  readonly controllerVersion: string;
  readonly writer: string;
  /** Pace that agents are asked to beat at; three beats without a word and a link is not one any more. */
  readonly beatMs: number;
  readonly log: Log;
}

interface KnownHost extends Pick<Hello, 'host' | 'agentVersion' | 'bootId' | 'arch' | 'os' | 'fences'> {
  /** Null: known from before this controller started, and not heard of since. */
  readonly link: HostLink | null;
  lastSeenAtMs: number;
  /** The time that the store was given to remember; null: what it remembers is another host than this. */
  rememberedAtMs: number | null;
}

/** Known hosts, connected or not. */
export const mostHosts = 16_384;

/** Streams whose agents have not said yet who they are. An agent says it with its first word: of too many, the eldest waits for nothing. */
const mostStrangers = 1_024;

/** A host that goes on speaking is written down again only so often. */
const rememberAgainMs = 60_000;

interface Sighting {
  readonly facts: NodeFacts;
  readonly atMs: number;
}

export class Inventory implements Fleet {
  readonly beatMs: number;
  readonly #parts: InventoryParts;
  readonly #probes: PendingProbes;
  readonly #recalls: Recalls;
  readonly #removals: SnapshotRemovals;
  readonly #listeners: FleetListener[] = [];
  readonly #hosts = new Map<string, KnownHost>();
  readonly #claims = new Claims();
  readonly #sightings = new Map<string, Sighting>();
  /** Eldest first. */
  readonly #strangers = new Set<HostLink>();

  constructor(parts: InventoryParts) {
    this.#parts = parts;
    this.beatMs = parts.beatMs;
    this.#probes = new PendingProbes(parts.clock);
    this.#recalls = new Recalls(parts.clock);
    this.#removals = new SnapshotRemovals(parts.clock);
  }

  accept(end: ControllerEnd, peer: Peer): void {
    const { clock, beatMs } = this.#parts;
    const stranger = new HostLink(end, peer, clock, beatMs * 3, {
      hello: (link, hello) => this.#connected(link, hello),
      message: (link, message) => this.#received(link, message),
      closed: (link, reason) => this.#disconnected(link, reason),
    });
    this.#strangers.add(stranger);
    const [eldest] = this.#strangers;
    if (this.#strangers.size > mostStrangers) eldest?.close(`${mostStrangers} others have not said who they are either`);
  }

  listen(listener: FleetListener): void {
    this.#listeners.push(listener);
  }

  hosts(): readonly HostView[] {
    return [...this.#hosts.values()].map((known) => this.#hostView(known)).sort((a, b) => (a.host < b.host ? -1 : 1));
  }

  announcedClusters(): readonly string[] {
    return [...this.#claims.clusters()].sort();
  }

  nodes(cluster: string): readonly NodeView[] {
    return [...this.#claims.instancesOf(cluster)].sort().flatMap((instance) => {
      const found = this.#found(instance);
      return found === null ? [] : [this.#node(found.known, found.announced)];
    });
  }

  /** Throws FailureError(not-found, `unknown-cluster`) when it is neither adopted nor announced. */
  async view(cluster: string): Promise<ClusterView> {
    const record = await this.#parts.adopted(cluster);
    const [first] = this.#claims.instancesOf(cluster);
    const engine = record?.engine ?? (first === undefined ? undefined : this.#found(first)?.announced.engine);
    if (engine === undefined)
      throw fail(
        'not-found',
        'unknown-cluster',
        `there is no cluster ${cluster}: no agent announced it; drydock cluster list shows which there are`,
      );
    return {
      cluster,
      engine,
      databaseId: record?.databaseId ?? null,
      expectedMembers: record?.expectedMembers ?? null,
      // What a host says of a cluster that was adopted without it counts as long as it is there to say so.
      nodes: this.nodes(cluster).filter(({ connected, instance }) => connected || record === null || record.instances.includes(instance)),
    };
  }

  refused(): readonly RefusedInstance[] {
    return this.#refusedOf(this.#claims.claims());
  }

  #refusedOf(claims: readonly Claim[]): readonly RefusedInstance[] {
    return claims.map(({ announced: { instance, cluster }, host, heldBy }) => {
      const peer = this.#hosts.get(host)?.link?.peer;
      return {
        ...{ instance, cluster, host, heldBy, peer: peer === undefined ? 'unknown' : `${peer.identity} ${peer.address}` },
        holderConnected: this.#hosts.get(heldBy)?.link?.open === true,
      };
    });
  }

  /** What the store remembers of hosts, before agents are let in: they are listed as disconnected until they call. */
  remember(records: readonly HostRecord[]): void {
    for (const { instances, ...seen } of records) {
      this.#claims.announce(seen.host, instances);
      this.#hosts.set(seen.host, { ...seen, link: null, fences: [], rememberedAtMs: seen.lastSeenAtMs });
    }
  }

  /** Hosts that the store is to remember otherwise than it does; they count as remembered from now on. */
  toRemember(): readonly HostRecord[] {
    return [...this.#hosts.values()].flatMap((known) => {
      const { host, agentVersion, bootId, arch, os, lastSeenAtMs, rememberedAtMs } = known;
      const due = this.#hosts.get(host)?.link?.open === true ? rememberAgainMs : 1;
      if (rememberedAtMs !== null && lastSeenAtMs - rememberedAtMs < due) return [];
      known.rememberedAtMs = lastSeenAtMs;
      return [{ host, agentVersion, bootId, arch, os, instances: this.#claims.heldBy(host), lastSeenAtMs }];
    });
  }

  /** The store could not take them. */
  notRemembered(records: readonly HostRecord[]): void {
    for (const { host } of records) this.#forgetMemory(host);
  }

  /** What forgetting would end. FailureError: (not-found, `unknown-host`), (refused, `host-connected`). */
  forgettable(host: string): readonly string[] {
    const known = this.#hosts.get(host);
    if (known === undefined)
      throw fail('not-found', 'unknown-host', `there is no host ${host}; drydock host list shows which hosts there are`);
    if (known.link?.open === true)
      throw fail('refused', 'host-connected', `host ${host} is connected: stop its agent first (on ${host}: systemctl stop drydock-agent)`);
    return this.#claims.heldBy(host).map(({ instance }) => instance);
  }

  /** Ends what the host holds; a connected host that claimed some of it gets it. Throws as forgettable() does. */
  forget(host: string): void {
    this.forgettable(host);
    this.#hosts.delete(host);
    this.#moved(this.#claims.forget(host));
  }

  hostOf(instance: string): string | null {
    return this.#claims.holderOf(instance);
  }

  send(host: string, message: ControllerMessage): boolean {
    const link = this.#hosts.get(host)?.link;
    if (link?.open !== true) return false;
    link.send(message);
    return true;
  }

  async probe(instance: string, checks: readonly string[], deadlineMs: number, more: ProbeMore = {}): Promise<NodeFacts> {
    const found = this.#found(instance);
    if (found === null) throw agentLost(instance, null, 'no agent announced it');
    const { announced, known } = found;
    const { host, link } = known;
    if (link?.fresh !== true) throw agentLost(instance, host, 'its stream is closed or silent');
    const nonce = this.#parts.nonce();
    const answer = this.#probes.wait(nonce, host, instance, deadlineMs);
    link.send({
      type: 'order',
      order: probeOrder({ writer: this.#parts.writer, host, announced, body: { kind: 'observe', checks, nonce, ...more }, deadlineMs }),
    });
    return answer;
  }

  async recall(host: string, cluster: string, beforeSeq: number, deadlineMs: number): Promise<Recollection> {
    const link = this.#hosts.get(host)?.link;
    if (link?.fresh !== true) throw hostLost(host, 'its stream is closed or silent');
    const answer = this.#recalls.wait(host, cluster, beforeSeq, deadlineMs);
    link.send({ type: 'recall', cluster, beforeSeq });
    return answer;
  }

  /** Resolves when the snapshot is gone. FailureError: what the agent answers, (unreachable, `agent-lost`), (timeout, `removal-timeout`). */
  async removeSnapshot(removal: SnapshotRemoval, deadlineMs: number): Promise<void> {
    const { instance } = removal;
    const host = this.hostOf(instance);
    const link = host === null ? undefined : this.#hosts.get(host)?.link;
    if (host === null || link?.fresh !== true) throw agentLost(instance, host, 'it is disconnected');
    const nonce = this.#parts.nonce();
    const answer = this.#removals.wait(nonce, host, instance, deadlineMs);
    link.send({ type: 'remove-snapshot', nonce, ...removal });
    return answer;
  }

  /** Tells every agent to go and to come back after afterMs (jittered by itself), then closes. */
  goodbye(afterMs: number): void {
    for (const { link } of this.#hosts.values()) {
      link?.send({ type: 'goodbye', afterMs });
      link?.close('the controller stops');
    }
  }

  #connected(link: HostLink, hello: Hello): void {
    this.#strangers.delete(link);
    const before = this.#hosts.get(hello.host);
    if (before === undefined && this.#hosts.size >= mostHosts) {
      link.close(`${mostHosts} hosts are known and no more are taken: drydock host forget NAME for those that are gone`);
      return;
    }
    before?.link?.close('the agent opened a newer stream');
    const { clock, controllerVersion, writer, beatMs, log } = this.#parts;
    const { host, agentVersion, bootId, arch, os, fences } = hello;
    this.#hosts.set(host, { host, agentVersion, bootId, arch, os, fences, link, lastSeenAtMs: clock.wallMs(), rememberedAtMs: null });
    this.#moved(this.#claims.announce(host, hello.instances));
    // Nothing from an agent is believed about another host.
    for (const { instance, heldBy, peer } of this.#refusedOf(this.#claims.claimsOf(host)))
      log.warn({ instance, host, heldBy, peer }, 'an instance is announced by a second host, which is not believed');
    link.send({ type: 'welcome', controllerVersion, writer, beatMs });
    for (const listener of this.#listeners) listener.connected(host, hello);
  }

  /** What was seen of an instance at one host says nothing of it at another. */
  #moved(instances: readonly string[]): void {
    for (const instance of instances) {
      this.#sightings.delete(instance);
      const host = this.#claims.holderOf(instance);
      if (host !== null) this.#forgetMemory(host);
    }
  }

  #forgetMemory(host: string): void {
    const known = this.#hosts.get(host);
    if (known !== undefined) known.rememberedAtMs = null;
  }

  #disconnected(link: HostLink, reason: string): void {
    this.#strangers.delete(link);
    const { host } = link;
    if (host === null) {
      this.#parts.log.warn({ peer: link.peer.address, reason }, 'a stream ended before it said who it is');
      return;
    }
    if (this.#hosts.get(host)?.link !== link) return;
    this.#claims.disconnected(host);
    this.#probes.hostLost(host, reason);
    this.#recalls.hostLost(host, reason);
    this.#removals.hostLost(host, reason);
    for (const listener of this.#listeners) listener.disconnected(host, reason);
  }

  #received(link: HostLink, message: Exclude<AgentMessage, Hello>): void {
    const known = link.host === null ? undefined : this.#hosts.get(link.host);
    if (known === undefined || known.link !== link) return;
    known.lastSeenAtMs = this.#parts.clock.wallMs();
    const { host } = known;
    if (message.type === 'recalled') this.#recalls.answer(host, message);
    else if (message.type === 'snapshot-removed') this.#removals.answer(host, message);
    else if (message.type === 'facts') this.#observed(host, message.facts);
    else if (message.type === 'ack' && message.orderId.startsWith(`${probeRun}/`)) this.#probeAcked(host, message);
    else if (message.type === 'intervention' && this.hostOf(message.instance) !== host) this.#notItsOwn(host, message.instance);
    // Facts inside a report are not a sighting: it is repeated until acknowledged and may be old.
    else if (message.type !== 'beat') for (const listener of this.#listeners) listener.received(host, message);
  }

  #notItsOwn(host: string, instance: string): void {
    this.#parts.log.warn({ host, instance }, 'an agent spoke of an instance that is not its own');
  }

  #probeAcked(host: string, ack: Extract<AgentMessage, { type: 'ack' }>): void {
    if (ack.state !== 'refused') return;
    this.#probes.refuse(
      host,
      ack.orderId,
      ack.failure ?? failure('refused', 'probe-refused', `the agent on ${host} refused a look and did not say why`),
    );
  }

  #observed(host: string, facts: NodeFacts): void {
    if (this.hostOf(facts.instance) !== host) {
      this.#notItsOwn(host, facts.instance);
      return;
    }
    this.#sightings.set(facts.instance, { facts, atMs: this.#parts.clock.monotonicMs() });
    this.#probes.answer(host, facts);
    for (const listener of this.#listeners) listener.observed(facts.instance);
  }

  #found(instance: string): { readonly known: KnownHost; readonly announced: InstanceAnnounced } | null {
    const host = this.#claims.holderOf(instance);
    const known = host === null ? undefined : this.#hosts.get(host);
    const announced = host === null ? undefined : this.#claims.heldBy(host).find((each) => each.instance === instance);
    return known === undefined || announced === undefined ? null : { known, announced };
  }

  #hostView({ host, link, lastSeenAtMs, agentVersion, bootId, arch, os, fences }: KnownHost): HostView {
    const instances = this.#claims.heldBy(host);
    return { host, connected: link?.fresh === true, lastSeenAtMs, agentVersion, bootId, arch, os, instances, fences };
  }

  #node({ host, arch, os, link }: KnownHost, announced: InstanceAnnounced): NodeView {
    const { instance, dataDir, capabilities, checks, verbs, keys, jobs, profileDigest, profile } = announced;
    const sighting = this.#sightings.get(instance);
    return {
      instance,
      host,
      arch,
      os,
      dataDir,
      connected: link?.fresh === true,
      facts: sighting?.facts ?? null,
      factsAgeMs: sighting === undefined ? null : this.#parts.clock.monotonicMs() - sighting.atMs,
      // Announced when the link opened, maybe while the database was down.
      capabilities: sighting?.facts.capabilities ?? capabilities,
      checks,
      verbs,
      keys,
      jobs,
      profileDigest,
      ...(profile === undefined ? {} : { profile }),
    };
  }
}
