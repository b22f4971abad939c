/**
 * A fleet in memory: agents that journal, answer and forget as real ones do, and a PostgreSQL cluster that can be broken. Orders are carried
 * out as soon as everything else stands still, unless a test holds them back.
 */
import type { ClusterView, Incarnation, NodeFacts, NodeView } from '../../common/facts.ts';
import { fail, failure } from '../../common/failure.ts';
import {
  type AgentMessage,
  type ControllerMessage,
  type Fence,
  type GivenOrder,
  protocolVersion,
  type RecalledOrder,
  type Recollection,
} from '../../common/link.ts';
import { type Args, memberAddress } from '../../common/order-body.ts';
import type { Effect, Giver, Order, OrderBody, Receipt } from '../../common/orders.ts';
import type { Fleet, FleetListener, HostView, ProbeMore } from '../../controller/fleet/fleet.ts';
import { askedIds } from '../../engines/kit/pure/checks.ts';
import { checks } from '../../engines/postgresql/checks.ts';
import { verbs } from '../../engines/postgresql/verbs.ts';
import { down, recordedFacts, streamingRow, withServer } from '../engines/postgresql-fixtures.ts';

export interface TwinNode {
  readonly instance: string;
  host: string;
  role: string;
  /** Of PostgreSQL, 16.13 answers as 16.14 did when it was recorded, under its own name. */
  version: string;
  release: string;
  previous: string | null;
  installed: string[];
  running: boolean;
  /** Counts starts. */
  incarnation: number;
  connected: boolean;
  inService: boolean;
  profileDigest: string;
  /** As its agent announces it; null: an agent of 0.1. */
  profile: Readonly<Record<string, string>> | null;
  /** Whom it streams from when it is a standby. */
  follows: string;
  /** It was a primary and must start as a standby. */
  fenced: boolean;
  syncNames: string;
}

interface TwinJournal {
  seq: number;
  readonly receipts: Map<string, { readonly seq: number; readonly receipt: Receipt; readonly given: Giver; acked: boolean }>;
  readonly open: Map<string, Order>;
  fence: Fence | null;
  /** Every order that was taken in, oldest first. */
  readonly taken: Order[];
}

/** What an order comes to instead of what it asks for; null: as ordered. */
export type Mishap =
  | 'fails'
  | 'fit-unknown'
  | 'fails-and-reverts'
  | 'refused'
  | 'interrupted'
  | 'times-out'
  | 'wrong-version'
  | 'space-short'
  | 'release-unavailable'
  | 'release-missing'
  | 'needs-reseed'
  | null;

export const twinCluster = 'pg-main';
export const releaseOf = (version: string): string => `${version}-aaaaaaaaaaaa`;

export class FleetTwin implements Fleet {
  readonly beatMs = 15_000;
  readonly nodesByName = new Map<string, TwinNode>();
  /** Every order that was begun, in order: what really happened. */
  readonly begun: Order[] = [];
  readonly journals = new Map<string, TwinJournal>();
  /** Asked for each order when it begins. */
  mishap: (order: Order, node: TwinNode) => Mishap = () => null;
  /** What the leader's snapshot brings along when it is restored. */
  broughtAlong: readonly Effect[] = [];
  /** Orders for which this says true stay under way until `release` is called. */
  held: (order: Order) => boolean = () => false;
  /** How often any node was probed. */
  probes = 0;
  /** Nodes that never answer a probe. */
  readonly mute = new Set<string>();
  /** Called after each downtime, for tests that watch how many are out. */
  readonly downtimes: string[] = [];
  /** Moments at which two members would have taken writes. */
  readonly breaches: string[] = [];
  /** A setting of the whole cluster. */
  clusterSetting: string | null = null;
  /** Members whose agents may not change what needs an administrator. */
  readonly incapable = new Set<string>();
  /** What jobs tell that they came to. */
  jobCursor: string | null = null;
  #listener: FleetListener | null = null;
  #nonce = 0;

  constructor(size = 3, readonly: { readonly adopted: boolean } = { adopted: true }) {
    this.#adopted = readonly.adopted;
    for (let number = 1; number <= size; number++) this.add(`pg-${number}`, number === 1 ? 'primary' : 'standby', '16.4');
  }

  protected add(instance: string, role: string, version: string): void {
    this.nodesByName.set(instance, {
      instance,
      host: `host-of-${instance}`,
      role,
      version,
      release: releaseOf(version),
      previous: null,
      installed: [releaseOf(version)],
      running: true,
      incarnation: 1,
      connected: true,
      inService: true,
      profileDigest: 'sha256:00',
      profile: { unit: `postgres-${instance}`, releasesDir: '/srv/releases' },
      follows: 'pg-1',
      fenced: false,
      syncNames: '',
    });
    this.journals.set(`host-of-${instance}`, { seq: 0, receipts: new Map(), open: new Map(), fence: null, taken: [] });
  }

  get cluster(): string {
    return twinCluster;
  }

  get engine(): string {
    return 'postgresql';
  }

  get databaseId(): string {
    return databaseIdOfTwins;
  }

  protected get checkIds(): readonly string[] {
    return askedIds(checks);
  }

  protected get verbs(): readonly string[] {
    return Object.keys(verbs);
  }

  protected get keys(): readonly string[] {
    return ['synchronous-standby-names', 'retained-wal'];
  }

  protected get jobs(): readonly string[] {
    return ['rewrite'];
  }

  readonly #adopted: boolean;

  // ---- the port -------------------------------------------------------------------------------------------------

  accept(): void {
    throw new Error('the twin opens its own streams');
  }

  /** One controller at a time: the newest. */
  listen(listener: FleetListener): void {
    this.#listener = listener;
  }

  hosts(): readonly HostView[] {
    return [...this.nodesByName.values()].map(({ host, connected }) => ({
      host,
      connected,
      lastSeenAtMs: 0,
      agentVersion: 'twin',
      bootId: 'boot-1',
      arch: 'x64',
      os: 'debian:12',
      instances: [],
      fences: [this.#journal(host).fence ?? []].flat(),
    }));
  }

  host(host: string): HostView | null {
    return this.hosts().find((each) => each.host === host) ?? null;
  }

  async recall(host: string, cluster: string, beforeSeq: number): Promise<Recollection> {
    if (!this.#on(host).connected) throw fail('unreachable', 'agent-lost', `no connection to the agent on ${host}`);
    const journal = this.#journal(host);
    const orders = journal.taken
      .map((order, at): RecalledOrder => {
        const receipt = journal.receipts.get(order.orderId)?.receipt ?? null;
        return { seq: at + 1, order, state: receipt === null ? 'open' : 'ended', receipt };
      })
      .filter(({ seq, order }) => order.cluster === cluster && (beforeSeq === 0 || seq < beforeSeq))
      .reverse();
    // A short page, so that more than one is asked for.
    return { orders: orders.slice(0, 3), isAll: orders.length <= 3 };
  }

  announcedClusters(): readonly string[] {
    return [this.cluster];
  }

  nodes(cluster: string): readonly NodeView[] {
    return cluster === this.cluster ? [...this.nodesByName.values()].map((node) => this.#view(node)) : [];
  }

  async view(cluster: string): Promise<ClusterView> {
    const databaseId = this.#adopted ? this.databaseId : null;
    return {
      cluster,
      engine: this.engine,
      databaseId,
      expectedMembers: this.#adopted ? this.nodesByName.size : null,
      nodes: this.nodes(cluster),
    };
  }

  refused(): readonly [] {
    return [];
  }

  hostOf(instance: string): string | null {
    return this.nodesByName.get(instance)?.host ?? null;
  }

  async probe(instance: string, checks: readonly string[], _deadlineMs: number, more: ProbeMore = {}): Promise<NodeFacts> {
    this.probes += 1;
    const node = this.node(instance);
    if (!node.connected) throw fail('unreachable', 'agent-lost', `${instance} is not connected`);
    this.#nonce += 1;
    if (this.mute.has(instance)) return new Promise(() => {});
    const need = checks.includes('snapshot-need') ? { snapshotNeed: { bytes: 1_000_000, inodes: 10, method: 'copy' as const } } : {};
    const room = { freeBytes: 40e9, freeInodes: 1e6 };
    const beside = more.restoreRun === undefined ? {} : { restoreNeeds: [{ path: '/srv/pg', bytes: 1_000_000, inodes: 10, room }] };
    return { ...this.facts(node, checks), ...need, ...beside, nonce: `probe-${this.#nonce}` };
  }

  send(host: string, message: ControllerMessage): boolean {
    const node = this.#on(host);
    if (!node.connected) return false;
    if (message.type === 'order') this.#take(message.order);
    if (message.type === 'cancel') this.#cancel(node, message.orderId);
    if (message.type === 'report-ack') {
      for (const entry of this.#journal(host).receipts.values()) if (entry.seq === message.seq) entry.acked = true;
    }
    return true;
  }

  // ---- what a test does to the fleet ---------------------------------------------------------------------------

  node(instance: string): TwinNode {
    const node = this.nodesByName.get(instance);
    if (node === undefined) throw new Error(`no twin ${instance}`);
    return node;
  }

  unlink(instance: string): void {
    const node = this.node(instance);
    node.connected = false;
    this.#listener?.disconnected(node.host, 'cut by the test');
  }

  /** A new stream: hello, then every report that was not acknowledged. */
  link(instance: string): void {
    const node = this.node(instance);
    node.connected = true;
    const journal = this.#journal(node.host);
    const openOrders = [
      ...[...journal.open.keys()].map((orderId) => ({ orderId, state: 'begun' as const })),
      ...[...journal.receipts].filter(([, entry]) => !entry.acked).map(([orderId]) => ({ orderId, state: 'ended' as const })),
    ];
    this.#listener?.connected(node.host, {
      type: 'hello',
      protocol: protocolVersion,
      agentVersion: 'twin',
      host: node.host,
      bootId: 'boot-1',
      arch: 'x64',
      os: 'debian:12',
      instances: [],
      fences: journal.fence === null ? [] : [journal.fence],
      openOrders,
      journalHead: journal.seq,
      newestOrders: journal.taken.slice(-1).map(({ cluster, orderId, given }): GivenOrder => ({ cluster, orderId, ...given })),
    });
    for (const { seq, receipt, given, acked } of journal.receipts.values())
      if (!acked) this.#say(node, { type: 'report', seq, receipt, given });
  }

  /** A host of which no node is known here opens a stream. */
  hello(host: string, hello: Extract<AgentMessage, { type: 'hello' }>): void {
    this.#listener?.connected(host, hello);
  }

  linkAll(): void {
    for (const node of this.nodesByName.values()) this.link(node.instance);
  }

  /** Ends an order that was held back. */
  release(orderId: string): void {
    for (const node of this.nodesByName.values()) {
      const order = this.#journal(node.host).open.get(orderId);
      if (order !== undefined) this.#end(order);
    }
  }

  heldOrders(): readonly string[] {
    return [...this.journals.values()].flatMap((journal) => [...journal.open.keys()]);
  }

  /** An order under way tells how far it is. */
  progress(orderId: string, part: string, note: string): void {
    for (const node of this.nodesByName.values())
      if (this.#journal(node.host).open.has(orderId)) this.#say(node, { type: 'progress', orderId, part, fraction: 0, note });
  }

  /** The agent tells how its node is, without being asked. */
  tell(instance: string): void {
    this.#listener?.observed(instance);
  }

  stopDatabase(instance: string): void {
    this.node(instance).running = false;
    this.#listener?.observed(instance);
  }

  startDatabase(instance: string): void {
    const node = this.node(instance);
    node.running = true;
    node.incarnation += 1;
    this.#listener?.observed(instance);
  }

  intervene(instance: string, verb: string): void {
    const node = this.node(instance);
    const journal = this.#journal(node.host);
    journal.seq += 1;
    this.#say(node, { type: 'intervention', seq: journal.seq, instance, verb, actor: 'root', incarnation: lifeOf(node) });
  }

  report(host: string, receipt: Receipt, seq: number): void {
    const given = this.begun.find(({ orderId }) => orderId === receipt.orderId)?.given ?? { epoch: 0, writer: '' };
    this.#say(this.#on(host), { type: 'report', seq, receipt, given });
  }

  // ---- how agents are ------------------------------------------------------------------------------------------

  facts(node: TwinNode, checks: readonly string[]): NodeFacts {
    const role = node.role === 'primary' ? 'primary' : 'standby';
    const recorded = recordedFacts(node.version === '16.4' ? node.version : '16.14', role, node.instance);
    const base: NodeFacts = {
      ...recorded,
      version: { ...recorded.version, running: node.version, onDisk: node.version },
      incarnation: lifeOf(node),
      inService: node.inService && (node.role === 'primary' || (this.#streams(node) && !this.#standsStill(node))),
      release: { current: node.release, previous: node.previous, installed: [...node.installed] },
      findings: checks.map((check) => ({ check, ok: true, detail: `${check} is fine` })),
    };
    if (!node.running) return down(base);
    const own = withServer(base, {
      synchronousStandbyNames: node.syncNames,
      canFollow: true,
      replayPaused: this.#standsStill(node),
      advertised: { host: `host-of-${node.instance}`, port: 5432 },
      ...(node.role === 'standby' && !this.#streams(node) ? { walReceiver: null } : {}),
    });
    const followers = [...this.nodesByName.values()].filter(
      (other) => other.follows === node.instance && this.#streams(other) && other.inService,
    );
    return withServer(own, { replication: followers.map((other) => streamingRow(other.instance)) });
  }

  /** Follows somebody who runs and takes writes, or follows such a one itself. */
  #streams(node: TwinNode): boolean {
    const upstream = this.nodesByName.get(node.follows);
    return (
      node.running &&
      node.role === 'standby' &&
      upstream !== undefined &&
      upstream !== node &&
      upstream.running &&
      upstream.role === 'primary'
    );
  }

  /** Its snapshot is being compared with it. */
  #standsStill(node: TwinNode): boolean {
    const open = [...this.#journal(node.host).open.values()];
    return node.role === 'standby' && open.some(({ body }) => body.kind === 'snapshot' && body.verify === 'restore-compare');
  }

  #view(node: TwinNode): NodeView {
    return {
      instance: node.instance,
      host: node.host,
      arch: 'x64',
      os: 'debian:12',
      dataDir: '/srv/pg',
      connected: node.connected,
      facts: this.facts(node, []),
      factsAgeMs: 10,
      capabilities: this.incapable.has(node.instance) ? ['sql'] : ['sql', 'sql-admin'],
      checks: this.checkIds,
      verbs: this.verbs,
      keys: this.keys,
      jobs: this.jobs,
      profileDigest: node.profileDigest,
      ...(node.profile === null ? {} : { profile: node.profile }),
    };
  }

  /** Fence, journal, begin: the same id is never begun twice. */
  #take(order: Order): void {
    const node = this.node(order.target.instance);
    const journal = this.#journal(node.host);
    const { fence } = journal;
    if (fence !== null && (order.epoch < fence.epoch || (order.epoch === fence.epoch && order.writer !== fence.writer))) {
      this.#say(node, {
        type: 'ack',
        orderId: order.orderId,
        state: 'refused',
        failure: failure('refused', 'superseded', 'an older controller'),
      });
      return;
    }
    journal.fence = { cluster: order.cluster, epoch: order.epoch, writer: order.writer };
    const known = journal.receipts.get(order.orderId);
    if (known !== undefined) this.#say(node, { type: 'report', seq: known.seq, receipt: known.receipt, given: known.given });
    if (known !== undefined || journal.open.has(order.orderId)) return;
    journal.open.set(order.orderId, order);
    journal.taken.push(order);
    this.begun.push(order);
    if (order.body.kind === 'downtime' && this.held(order)) node.running = false;
    this.#say(node, { type: 'ack', orderId: order.orderId, state: 'begun' });
    if (!this.held(order)) queueMicrotask(() => this.#end(order));
  }

  /** Waiting may end at any time; everything else that has begun goes on. */
  #cancel(node: TwinNode, orderId: string): void {
    const order = this.#journal(node.host).open.get(orderId);
    if (order === undefined || !['await', 'job'].includes(order.body.kind)) return;
    const usual = this.mishap;
    this.mishap = () => 'interrupted';
    this.#end(order);
    this.mishap = usual;
  }

  #end(order: Order): void {
    const node = this.node(order.target.instance);
    const journal = this.#journal(node.host);
    if (!journal.open.delete(order.orderId)) return;
    const receipt = this.#carryOut(node, order);
    journal.seq += 1;
    journal.receipts.set(order.orderId, { seq: journal.seq, receipt, given: order.given, acked: false });
    this.#say(node, { type: 'report', seq: journal.seq, receipt, given: order.given });
  }

  #carryOut(node: TwinNode, order: Order): Receipt {
    const before = lifeOf(node);
    const mishap = this.mishap(order, node) ?? missingRelease(order, node);
    if (order.body.kind === 'downtime' && mishap !== 'release-missing') this.downtime(node, order.body, mishap);
    const acted = mishap === null || mishap === 'interrupted' ? this.act(node, order.body) : {};
    if (order.body.kind === 'stage' && mishap === null) node.installed = [...new Set([...node.installed, order.body.bundle.release])];
    if (order.body.kind === 'cleanup' && order.body.part === 'previous-release' && mishap === null) {
      node.installed = [order.body.keepRelease];
      node.previous = null;
    }
    const carriedOut = order.body.kind === 'downtime' && outcomeOf(mishap) !== 'refused' ? order.body.parts : [];
    const checks = order.body.kind === 'observe' ? order.body.checks : [];
    return {
      orderId: order.orderId,
      outcome: outcomeOf(mishap),
      ...(mishap === null || mishap === 'wrong-version' ? {} : { failure: failure('failed', mishap, `${node.instance} ${mishap}`) }),
      before,
      after: lifeOf(node),
      elapsedMs: 400,
      engineMs: 0,
      parts: [
        { part: 'stop' as const, ms: 100 },
        { part: 'start' as const, ms: 300 },
      ].filter(({ part }) => carriedOut.includes(part)),
      downtimeMs: carriedOut.includes('stop') ? 400 : null,
      reverted: mishap === 'fails-and-reverts',
      findings: [],
      facts: this.facts(node, checks),
      effects: [],
      ...acted,
      ...(order.body.kind === 'job' && mishap !== 'refused' && this.jobCursor !== null ? { token: this.jobCursor } : {}),
    };
  }

  /** Verbs and settings, as far as the sequencer can tell them apart. */
  protected act(node: TwinNode, body: OrderBody): Partial<Pick<Receipt, 'token' | 'effects'>> {
    if (body.kind === 'set' && body.scope === 'cluster') {
      const prior = this.clusterSetting;
      this.clusterSetting = body.value;
      return { effects: [{ key: body.key, prior, set: body.value, scope: 'cluster' }] };
    }
    if (body.kind === 'unset' && body.scope === 'cluster' && body.effect !== null) {
      this.clusterSetting = body.effect.prior;
      return { effects: [{ ...body.effect, prior: body.effect.set, set: body.effect.prior }] };
    }
    if (body.kind === 'set') {
      const prior = node.syncNames;
      node.syncNames = body.value;
      return { effects: [{ key: body.key, prior, set: body.value }] };
    }
    if (body.kind === 'unset' && body.effect !== null) {
      node.syncNames = body.effect.prior ?? '';
      return { effects: [{ key: body.key, prior: body.effect.set, set: body.effect.prior }] };
    }
    if (body.kind === 'downtime' && body.restore !== undefined && node.role === 'primary') return { effects: this.broughtAlong };
    const call = body.kind === 'downtime' ? body.act : body.kind === 'act' ? body : undefined;
    switch (call?.verb) {
      case 'fence':
        if (node.running) this.breaches.push(`${node.instance} was fenced while it ran`);
        Object.assign(node, { fenced: true, role: 'standby', follows: followed(call.args) });
        return { token: `0/5000028:1:${node.instance}` };
      case 'unfence':
        Object.assign(node, { fenced: false, role: 'primary' });
        return {};
      case 'promote':
        if (body.kind === 'act' && body.token === undefined) this.breaches.push(`${node.instance} was promoted without a token`);
        node.role = 'primary';
        this.#countWriters(`promote ${node.instance}`);
        return {};
      case 'repoint':
        node.follows = followed(call.args);
        return {};
      default:
        return {};
    }
  }

  #countWriters(when: string): void {
    const writers = [...this.nodesByName.values()].filter((node) => node.running && node.role === 'primary');
    if (writers.length > 1) this.breaches.push(`${when}: ${writers.map((node) => node.instance).join(' and ')} take writes`);
  }

  protected downtime(node: TwinNode, body: Extract<OrderBody, { kind: 'downtime' }>, mishap: Mishap): void {
    if (mishap === 'refused') return;
    this.downtimes.push(node.instance);
    node.incarnation += 1;
    node.running = mishap !== 'fails' && body.parts.includes('start');
    this.#countWriters(`start ${node.instance}`);
    if (mishap !== null) {
      if (mishap === 'fails-and-reverts') node.running = true;
      return;
    }
    if (!body.parts.includes('activate')) return;
    if (body.toRelease !== node.release) node.previous = node.release;
    node.release = body.toRelease;
    node.version = body.expectVersion;
  }

  #say(node: TwinNode, message: Parameters<FleetListener['received']>[1]): void {
    if (!node.connected) return;
    const listener = this.#listener;
    queueMicrotask(() => listener?.received(node.host, message));
  }

  #on(host: string): TwinNode {
    const node = [...this.nodesByName.values()].find((each) => each.host === host);
    if (node === undefined) throw new Error(`no twin on ${host}`);
    return node;
  }

  #journal(host: string): TwinJournal {
    const journal = this.journals.get(host);
    if (journal === undefined) throw new Error(`no journal on ${host}`);
    return journal;
  }
}

export const databaseIdOfTwins = recordedFacts('16.4', 'primary', 'pg-1').databaseId ?? '';

export function lifeOf(node: TwinNode): Incarnation | null {
  return node.running ? { bootId: 'boot-1', invocationId: `${node.instance}-life-${node.incarnation}` } : null;
}

function outcomeOf(mishap: Mishap): Receipt['outcome'] {
  switch (mishap) {
    case null:
    case 'wrong-version':
      return 'done';
    case 'release-missing':
      return 'refused';
    case 'refused':
    case 'interrupted':
      return mishap;
    default:
      return 'failed';
  }
}

/** Nothing is stopped for what is not there. */
const missingRelease = ({ body }: Order, { installed }: TwinNode): Mishap =>
  body.kind === 'downtime' && !installed.includes(body.toRelease) ? 'release-missing' : null;

const followed = (args: Args): string => memberAddress.parse(args.follow).member;
