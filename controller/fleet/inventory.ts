/** The fleet in memory: its streams, and what was last seen of each node. See fleet.ts for the port. */
import type { Clock } from '../../common/clock.ts';
import type { ClusterView, NodeFacts, NodeView } from '../../common/facts.ts';
import { fail } from '../../common/failure.ts';
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
import { AgentQuestions, type QuestionParts } from './agent-questions.ts';
import type { Fleet, FleetListener, HostView, ProbeMore } from './fleet.ts';
import { type Hello, HostLink } from './host-connection.ts';
import { type HeldInstance, KnownHosts, mostHosts } from './known-hosts.ts';
import type { RefusedInstance } from './membership.ts';

export interface InventoryParts extends QuestionParts {
  readonly clock: Clock;
  /** What adoption wrote down; null: not adopted. */
  readonly adopted: (cluster: string) => Promise<ClusterRecord | null>;
  readonly controllerVersion: string;
  /** Pace that agents are asked to beat at; three beats without a word and a link is not one any more. */
  readonly beatMs: number;
  readonly log: Log;
}

/** Streams whose agents have not said yet who they are. An agent says it with its first word: of too many, the eldest waits for nothing. */
const mostStrangers = 1_024;

interface Sighting {
  readonly facts: NodeFacts;
  readonly atMs: number;
}

export class Inventory implements Fleet {
  readonly beatMs: number;
  readonly #parts: InventoryParts;
  readonly #hosts = new KnownHosts();
  readonly #questions: AgentQuestions;
  readonly #listeners: FleetListener[] = [];
  readonly #sightings = new Map<string, Sighting>();
  /** Eldest first. */
  readonly #strangers = new Set<HostLink>();

  constructor(parts: InventoryParts) {
    this.#parts = parts;
    this.beatMs = parts.beatMs;
    this.#questions = new AgentQuestions(parts, this.#hosts);
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
    if (this.#strangers.size > mostStrangers) eldest?.close(`more than ${mostStrangers} connections have not sent a hello yet`);
  }

  listen(listener: FleetListener): void {
    this.#listeners.push(listener);
  }

  hosts(): readonly HostView[] {
    return this.#hosts.views();
  }

  /** null: no host holds it. */
  node(instance: string): NodeView | null {
    const held = this.#hosts.held(instance);
    return held === null ? null : this.#node(held);
  }

  /** Instances that are held, by name, behind this one, at most so many. */
  instancesAfter(instance: string, limit: number): readonly InstanceAnnounced[] {
    return this.#hosts.instancesAfter(instance, limit);
  }

  /** Of all that are known, sorted. */
  hostNames(): readonly string[] {
    return this.#hosts.names();
  }

  host(host: string): HostView | null {
    return this.#hosts.view(host);
  }

  announcedClusters(): readonly string[] {
    return this.#hosts.clusters();
  }

  nodes(cluster: string): readonly NodeView[] {
    return this.#hosts.instancesOf(cluster).map((held) => this.#node(held));
  }

  /** Throws FailureError(not-found, `unknown-cluster`) when it is neither adopted nor announced. */
  async view(cluster: string): Promise<ClusterView> {
    const view = this.viewOf(cluster, await this.#parts.adopted(cluster));
    if (view !== null) return view;
    throw fail('not-found', 'unknown-cluster', `cluster ${cluster} not found: no agent announced it; drydock cluster list shows all`);
  }

  /** The same with what adoption wrote down at hand; null: it is neither adopted nor announced. */
  viewOf(cluster: string, record: ClusterRecord | null): ClusterView | null {
    const engine = record?.engine ?? this.#hosts.instancesOf(cluster)[0]?.announced.engine;
    if (engine === undefined) return null;
    return {
      cluster,
      engine,
      databaseId: record?.databaseId ?? null,
      expectedMembers: record?.expectedMembers ?? null,
      // What a host says of a cluster that was adopted without it counts as long as it is there to say so.
      nodes: this.nodes(cluster).filter(({ connected, instance }) => connected || record === null || record.instances.includes(instance)),
    };
  }

  refused(cluster: string): readonly RefusedInstance[] {
    return this.#hosts.refusedIn(cluster);
  }

  /** See KnownHosts, as for what follows. */
  remember(records: readonly HostRecord[]): void {
    this.#hosts.remember(records);
  }

  toRemember(): readonly HostRecord[] {
    return this.#hosts.toRemember();
  }

  notRemembered(records: readonly HostRecord[]): void {
    this.#hosts.notRemembered(records);
  }

  forgettable(host: string): readonly string[] {
    return this.#hosts.forgettable(host);
  }

  /** Ends what the host holds; a connected host that claimed some of it gets it. Throws as forgettable() does. */
  forget(host: string): void {
    this.#unsee(this.#hosts.forget(host));
  }

  hostOf(instance: string): string | null {
    return this.#hosts.hostOf(instance);
  }

  send(host: string, message: ControllerMessage): boolean {
    const link = this.#hosts.get(host)?.link;
    if (link?.open !== true) return false;
    link.send(message);
    return true;
  }

  probe(instance: string, checks: readonly string[], deadlineMs: number, more: ProbeMore = {}): Promise<NodeFacts> {
    return this.#questions.probe(instance, checks, deadlineMs, more);
  }

  recall(host: string, cluster: string, beforeSeq: number, deadlineMs: number): Promise<Recollection> {
    return this.#questions.recall(host, cluster, beforeSeq, deadlineMs);
  }

  /** Resolves when the snapshot is gone. FailureError: what the agent answers, (unreachable, `agent-lost`), (timeout, `removal-timeout`). */
  removeSnapshot(removal: SnapshotRemoval, deadlineMs: number): Promise<void> {
    return this.#questions.removeSnapshot(removal, deadlineMs);
  }

  /** Asks every agent to go and to come back after afterMs, to which it adds a jitter of its own; then closes. */
  goodbye(afterMs: number): void {
    for (const link of this.#hosts.links()) {
      link.send({ type: 'goodbye', afterMs });
      link.close('the controller is shutting down');
    }
  }

  #connected(link: HostLink, hello: Hello): void {
    this.#strangers.delete(link);
    const before = this.#hosts.get(hello.host);
    if (before === undefined && this.#hosts.full) {
      link.close(`the limit of ${mostHosts} hosts is reached: remove those that are gone with drydock host forget NAME`);
      return;
    }
    before?.link?.close('the agent opened a newer stream');
    const { clock, controllerVersion, writer, beatMs, log } = this.#parts;
    const { host, agentVersion, bootId, arch, os, fences } = hello;
    const known = { host, agentVersion, bootId, arch, os, fences, link, lastSeenAtMs: clock.wallMs() };
    this.#unsee(this.#hosts.connected(known, hello.instances));
    // Nothing from an agent is believed about another host.
    for (const { instance, heldBy, peer } of this.#hosts.refusedOf(host))
      log.warn({ instance, host, heldBy, peer }, 'a second host announces an instance of another one; its announcement is ignored');
    link.send({ type: 'welcome', controllerVersion, writer, beatMs });
    for (const listener of this.#listeners) listener.connected(host, hello);
  }

  /** What was seen of an instance at one host says nothing of it at another. */
  #unsee(instances: readonly string[]): void {
    for (const instance of instances) this.#sightings.delete(instance);
  }

  #disconnected(link: HostLink, reason: string): void {
    this.#strangers.delete(link);
    const { host } = link;
    if (host === null) {
      this.#parts.log.warn({ peer: link.peer.address, reason }, 'a stream ended before its hello');
      return;
    }
    if (this.#hosts.get(host)?.link !== link) return;
    this.#hosts.disconnected(host);
    this.#questions.hostLost(host, reason);
    for (const listener of this.#listeners) listener.disconnected(host, reason);
  }

  #received(link: HostLink, message: Exclude<AgentMessage, Hello>): void {
    const known = link.host === null ? undefined : this.#hosts.get(link.host);
    if (known === undefined || known.link !== link) return;
    known.lastSeenAtMs = this.#parts.clock.wallMs();
    const { host } = known;
    if (this.#questions.answered(host, message)) return;
    if (message.type === 'facts') this.#observed(host, message.facts);
    else if (message.type === 'intervention' && this.hostOf(message.instance) !== host) this.#notItsOwn(host, message.instance);
    // Facts inside a report are not a sighting: it is repeated until acknowledged and may be old.
    else if (message.type !== 'beat') for (const listener of this.#listeners) listener.received(host, message);
  }

  #notItsOwn(host: string, instance: string): void {
    this.#parts.log.warn({ host, instance }, 'an agent sent a message about an instance that is not its own');
  }

  #observed(host: string, facts: NodeFacts): void {
    if (this.hostOf(facts.instance) !== host) {
      this.#notItsOwn(host, facts.instance);
      return;
    }
    this.#sightings.set(facts.instance, { facts, atMs: this.#parts.clock.monotonicMs() });
    this.#questions.observed(host, facts);
    for (const listener of this.#listeners) listener.observed(facts.instance);
  }

  #node({ known: { host, arch, os, link }, announced }: HeldInstance): NodeView {
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
