/** The fleet in memory: who is linked, what was last seen. See fleet.ts for the port. */
import type { Clock } from '../../common/clock.ts';
import type { ClusterView, NodeView } from '../../common/cluster-view.ts';
import type { NodeFacts } from '../../common/facts.ts';
import { fail, failure } from '../../common/failure.ts';
import type { AgentMessage, ControllerEnd, ControllerMessage, InstanceAnnounced, Peer } from '../../common/link.ts';
import type { Log } from '../../common/log.ts';
import { type Order, type OrderBody, orderIdOf } from '../../common/orders.ts';
import type { ClusterRecord } from '../store/store.ts';
import type { Fleet, FleetListener, HostView, LookMore } from './fleet.ts';
import { type Hello, HostLink } from './host-link.ts';
import { agentLost, Looks, lookRun } from './looks.ts';
import type { RefusedInstance } from './membership.ts';

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

interface HostRecord {
  link: HostLink;
  hello: Hello;
  lastSeenAtMs: number;
  /** Of the announced instances, those that no other host held. */
  instances: readonly InstanceAnnounced[];
}

interface Sighting {
  readonly facts: NodeFacts;
  readonly atMs: number;
}

export class Inventory implements Fleet {
  readonly #parts: InventoryParts;
  readonly #looks: Looks;
  readonly #listeners: FleetListener[] = [];
  readonly #hosts = new Map<string, HostRecord>();
  /** Which host holds an instance. */
  readonly #heldBy = new Map<string, string>();
  readonly #sightings = new Map<string, Sighting>();
  #refused: readonly RefusedInstance[] = [];

  constructor(parts: InventoryParts) {
    this.#parts = parts;
    this.#looks = new Looks(parts.clock);
  }

  accept(end: ControllerEnd, peer: Peer): void {
    const { clock, beatMs } = this.#parts;
    new HostLink(end, peer, clock, beatMs * 3, {
      hello: (link, hello) => this.#linked(link, hello),
      message: (link, message) => this.#received(link, message),
      closed: (link, reason) => this.#unlinked(link, reason),
    });
  }

  listen(listener: FleetListener): void {
    this.#listeners.push(listener);
  }

  hosts(): readonly HostView[] {
    return [...this.#hosts.values()].map(hostView).sort((a, b) => (a.host < b.host ? -1 : 1));
  }

  announcedClusters(): readonly string[] {
    const names = [...this.#hosts.values()].flatMap(({ instances }) => instances.map(({ cluster }) => cluster));
    return [...new Set(names)].sort();
  }

  nodes(cluster: string): readonly NodeView[] {
    return [...this.#hosts.values()]
      .flatMap((record) =>
        record.instances.filter((instance) => instance.cluster === cluster).map((instance) => this.#node(record, instance)),
      )
      .sort((a, b) => (a.instance < b.instance ? -1 : 1));
  }

  /** Throws FailureError(not-found, `unknown-cluster`) when it is neither adopted nor announced. */
  async view(cluster: string): Promise<ClusterView> {
    const record = await this.#parts.adopted(cluster);
    const engine = record?.engine ?? this.#announced(cluster)[0]?.engine;
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
      nodes: this.nodes(cluster),
    };
  }

  refused(): readonly RefusedInstance[] {
    return this.#refused;
  }

  hostOf(instance: string): string | null {
    return this.#heldBy.get(instance) ?? null;
  }

  send(host: string, message: ControllerMessage): boolean {
    const link = this.#hosts.get(host)?.link;
    if (link?.open !== true) return false;
    link.send(message);
    return true;
  }

  async look(instance: string, checks: readonly string[], deadlineMs: number, more: LookMore = {}): Promise<NodeFacts> {
    const record = this.#hosts.get(this.#heldBy.get(instance) ?? '');
    const announced = record?.instances.find((entry) => entry.instance === instance);
    if (record === undefined || announced === undefined)
      throw agentLost(instance, null, 'no agent has announced it since the controller started');
    const { host } = record.hello;
    if (!record.link.fresh) throw agentLost(instance, host, 'its stream is closed or silent');
    const nonce = this.#parts.nonce();
    const answer = this.#looks.wait(nonce, host, instance, deadlineMs);
    record.link.send({
      type: 'order',
      order: this.#lookOrder(host, announced, { kind: 'observe', checks, nonce, ...more }, deadlineMs),
    });
    return answer;
  }

  /** Tells every agent to go and to come back after afterMs (jittered by itself), then closes. */
  goodbye(afterMs: number): void {
    for (const { link } of this.#hosts.values()) {
      link.send({ type: 'goodbye', afterMs });
      link.close('the controller stops');
    }
  }

  #lookOrder(host: string, announced: InstanceAnnounced, body: Extract<OrderBody, { kind: 'observe' }>, deadlineMs: number): Order {
    const { nonce } = body;
    const { instance, cluster, engine, dataDir } = announced;
    return {
      orderId: orderIdOf(lookRun, nonce, 1),
      run: lookRun,
      step: nonce,
      attempt: 1,
      cluster,
      epoch: 0,
      writer: this.#parts.writer,
      // Not pinned: an instance with another database is exactly what a look must be able to show.
      target: { instance, host, engine, dataDir, databaseId: null },
      guards: [],
      deadlineMs,
      repeat: 'convergent',
      body,
    };
  }

  #linked(link: HostLink, hello: Hello): void {
    const before = this.#hosts.get(hello.host);
    before?.link.close('the agent opened a newer stream');
    const { clock, controllerVersion, writer, beatMs } = this.#parts;
    const instances = this.#believed(link, hello);
    this.#hosts.set(hello.host, { link, hello, lastSeenAtMs: clock.wallMs(), instances });
    for (const { instance } of before?.instances ?? []) this.#heldBy.delete(instance);
    for (const { instance } of instances) this.#heldBy.set(instance, hello.host);
    for (const { instance } of before?.instances ?? []) if (!this.#heldBy.has(instance)) this.#sightings.delete(instance);
    link.send({ type: 'welcome', controllerVersion, writer, beatMs });
    for (const listener of this.#listeners) listener.linked(hello.host, hello);
  }

  /** Nothing from an agent is believed about another host: who announced an instance first, keeps it until it announces otherwise. */
  #believed(link: HostLink, hello: Hello): readonly InstanceAnnounced[] {
    const claims = hello.instances.flatMap(({ instance, cluster }): RefusedInstance[] => {
      const heldBy = this.#heldBy.get(instance);
      if (heldBy === undefined || heldBy === hello.host) return [];
      return [{ instance, cluster, host: hello.host, heldBy, peer: `${link.peer.identity} ${link.peer.address}` }];
    });
    for (const { instance, host, heldBy, peer } of claims)
      this.#parts.log.warn({ instance, host, heldBy, peer }, 'an instance is announced by a second host, which is not believed');
    this.#refused = [...this.#refused.filter(({ host }) => host !== hello.host), ...claims];
    return hello.instances.filter(({ instance }) => !claims.some((claim) => claim.instance === instance));
  }

  #unlinked(link: HostLink, reason: string): void {
    const { host } = link;
    if (host === null) {
      this.#parts.log.warn({ peer: link.peer.address, reason }, 'a stream ended before it said who it is');
      return;
    }
    if (this.#hosts.get(host)?.link !== link) return;
    this.#looks.hostLost(host, reason);
    for (const listener of this.#listeners) listener.unlinked(host, reason);
  }

  #received(link: HostLink, message: Exclude<AgentMessage, Hello>): void {
    const record = link.host === null ? undefined : this.#hosts.get(link.host);
    if (record === undefined || record.link !== link) return;
    record.lastSeenAtMs = this.#parts.clock.wallMs();
    const { host } = record.hello;
    if (message.type === 'facts') this.#observed(record, message.facts);
    else if (message.type === 'ack' && message.orderId.startsWith(`${lookRun}/`)) this.#lookAcked(host, message);
    else if (message.type === 'intervention' && !holds(record, message.instance)) this.#notItsOwn(host, message.instance);
    // Facts inside a report are not a sighting: it is repeated until acknowledged and may be old.
    else if (message.type !== 'beat') for (const listener of this.#listeners) listener.received(host, message);
  }

  #notItsOwn(host: string, instance: string): void {
    this.#parts.log.warn({ host, instance }, 'an agent spoke of an instance that is not its own');
  }

  #lookAcked(host: string, ack: Extract<AgentMessage, { type: 'ack' }>): void {
    if (ack.state !== 'refused') return;
    const nonce = ack.orderId.split('/')[1] ?? '';
    this.#looks.refuse(
      host,
      nonce,
      ack.failure ?? failure('refused', 'look-refused', `the agent on ${host} refused a look and did not say why`),
    );
  }

  #observed(record: HostRecord, facts: NodeFacts): void {
    const { host } = record.hello;
    if (!holds(record, facts.instance)) {
      this.#notItsOwn(host, facts.instance);
      return;
    }
    this.#sightings.set(facts.instance, { facts, atMs: this.#parts.clock.monotonicMs() });
    this.#looks.answer(host, facts);
    for (const listener of this.#listeners) listener.observed(facts.instance);
  }

  #announced(cluster: string): readonly InstanceAnnounced[] {
    return [...this.#hosts.values()].flatMap(({ instances }) => instances.filter((instance) => instance.cluster === cluster));
  }

  #node({ hello, link }: HostRecord, announced: InstanceAnnounced): NodeView {
    const { instance, dataDir, capabilities, checks, profileDigest } = announced;
    const sighting = this.#sightings.get(instance);
    return {
      instance,
      host: hello.host,
      arch: hello.arch,
      os: hello.os,
      dataDir,
      linked: link.fresh,
      facts: sighting?.facts ?? null,
      factsAgeMs: sighting === undefined ? null : this.#parts.clock.monotonicMs() - sighting.atMs,
      // Announced when the link opened, maybe while the database was down.
      capabilities: sighting?.facts.capabilities ?? capabilities,
      checks,
      profileDigest,
    };
  }
}

function holds(record: HostRecord, instance: string): boolean {
  return record.instances.some((announced) => announced.instance === instance);
}

function hostView({ hello, link, lastSeenAtMs, instances }: HostRecord): HostView {
  const { host, agentVersion, bootId, arch, os, fences } = hello;
  return { host, linked: link.fresh, lastSeenAtMs, agentVersion, bootId, arch, os, instances, fences };
}
