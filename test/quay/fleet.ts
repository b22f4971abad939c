/** A fleet of quay in memory: routers, stores and a lens, whose data goes along with what is done to it. */
import type { NodeFacts } from '../../common/facts.ts';
import type { OrderBody } from '../../common/orders.ts';
import { FleetTwin, lifeOf, type Mishap, type TwinNode } from '../twins/fleet.ts';
import { holdBackKey } from './procedure.ts';

type Downtime = Extract<OrderBody, { kind: 'downtime' }>;

export const quayVerbs = ['prepare', 'cancelPrepare', 'finalize', 'compare', 'switch', 'switchBack', 'discard'] as const;
export const quayJobs = ['migrate', 'reindex', 'copy'] as const;

/** What lies on a node's disk. */
interface QuayDisk {
  /** Version that the data is of; the version before cannot read it once it was migrated or finalized. */
  format: string;
  /** A node that was replaced has another one. */
  member: string;
  readonly snapshots: Map<string, string>;
  clone: 'none' | 'created' | 'copied' | 'switched';
  retired: boolean;
  prepared: boolean;
}

export class QuayFleet extends FleetTwin {
  readonly disks = new Map<string, QuayDisk>();
  /** What should never be, with when it was. */
  readonly wrong: string[] = [];

  constructor(names: readonly string[], version: string) {
    super(0);
    for (const name of names) {
      this.add(name, 'member', version);
      this.disks.set(name, { format: version, member: name, snapshots: new Map(), clone: 'none', retired: false, prepared: false });
    }
  }

  override get cluster(): string {
    return 'quay-main';
  }

  override get engine(): string {
    return 'quay';
  }

  override get databaseId(): string {
    return 'quay-1';
  }

  protected override get checkIds(): readonly string[] {
    return ['in-service'];
  }

  protected override get verbs(): readonly string[] {
    return quayVerbs;
  }

  protected override get keys(): readonly string[] {
    return [holdBackKey];
  }

  protected override get jobs(): readonly string[] {
    return quayJobs;
  }

  disk(instance: string): QuayDisk {
    const disk = this.disks.get(instance);
    if (disk === undefined) throw new Error(`no disk of ${instance}`);
    return disk;
  }

  /** From now on these run on one host, from one releases folder: what is staged, activated and removed for one is so for all. */
  share(host: string, names: readonly [string, ...string[]]): void {
    const [first, ...others] = names.map((name) => this.node(name));
    if (first === undefined) return;
    const journal = this.journals.get(first.host);
    if (journal === undefined) throw new Error(`no journal on ${first.host}`);
    this.journals.set(host, journal);
    for (const name of names) this.node(name).host = host;
    for (const other of others)
      for (const key of ['release', 'previous', 'installed', 'version'] as const)
        Object.defineProperty(other, key, { get: () => first[key], set: (value: never) => Object.assign(first, { [key]: value }) });
  }

  #sharers({ instance, host }: TwinNode): readonly TwinNode[] {
    return [...this.nodesByName.values()].filter((other) => other.host === host && other.instance !== instance);
  }

  override facts(node: TwinNode, checks: readonly string[]): NodeFacts {
    const space = { freeBytes: 400e9, totalBytes: 500e9, freeInodes: 1e7 };
    return {
      instance: node.instance,
      databaseId: this.databaseId,
      memberId: this.disk(node.instance).member,
      version: { running: node.running ? node.version : null, onDisk: node.version },
      format: this.disk(node.instance).format,
      role: 'member',
      inService: node.running && node.inService,
      incarnation: lifeOf(node),
      release: { current: node.release, previous: node.previous, installed: [...node.installed], ...this.#sharing(node) },
      space: { data: space, releases: space },
      snapshotNeed: { bytes: 1_000_000, inodes: 10, method: 'copy' },
      peers: [],
      findings: checks.map((check) => ({ check, ok: true, detail: `${check} is fine` })),
      detail: {},
    } as unknown as NodeFacts;
  }

  #sharing(node: TwinNode): Pick<NodeFacts['release'], 'sharedWith'> {
    const sharers = this.#sharers(node);
    return sharers.length === 0 ? {} : { sharedWith: sharers.map(({ instance }) => instance) };
  }

  protected override downtime(node: TwinNode, body: Downtime, mishap: Mishap): void {
    if (mishap === 'refused') return;
    const { parts } = body;
    if (parts.includes('stop')) this.#stop(node, mishap);
    if (mishap !== null && mishap !== 'fails-and-reverts') return;
    if (mishap === null && parts.includes('restore')) this.#restore(node, body.restore ?? '');
    if (mishap === null && parts.includes('activate')) this.#activate(node, body);
    if (parts.includes('start')) this.#start(node, mishap);
    if (mishap === 'fails-and-reverts' && !parts.includes('start')) this.#start(node, null);
  }

  #stop(node: TwinNode, mishap: Mishap): void {
    // A stop that fails leaves it running.
    if (mishap !== 'fails') node.running = false;
  }

  #restore(node: TwinNode, snapshot: string): void {
    if (node.running) this.wrong.push(`${node.instance} was restored while it ran`);
    const format = this.disk(node.instance).snapshots.get(snapshot);
    if (format === undefined) this.wrong.push(`${node.instance} has no snapshot ${snapshot}`);
    else this.disk(node.instance).format = format;
  }

  #activate(node: TwinNode, { toRelease, expectVersion }: Downtime): void {
    for (const { instance, running } of [node, ...this.#sharers(node)])
      if (running) this.wrong.push(`${instance} got ${toRelease} while it ran`);
    const running = [...this.nodesByName.values()].filter((other) => other.running);
    this.activations.push(
      `${node.instance} ${expectVersion}${running.length === 0 ? '' : ` while ${running.map(({ instance }) => instance).join(', ')} ran`}`,
    );
    if (toRelease !== node.release) node.previous = node.release;
    node.release = toRelease;
    node.version = expectVersion;
  }

  /** What was activated, and who ran then. */
  readonly activations: string[] = [];

  #start(node: TwinNode, mishap: Mishap): void {
    if (mishap === 'fails') return;
    const { format } = this.disk(node.instance);
    if (Number(format) > Number(node.version)) this.wrong.push(`${node.instance} was started with ${node.version} on data of ${format}`);
    node.running = true;
    node.incarnation += 1;
  }

  protected override act(node: TwinNode, body: OrderBody): ReturnType<FleetTwin['act']> {
    if (body.kind === 'set' || body.kind === 'unset') return super.act(node, body);
    const disk = this.disk(node.instance);
    const snapshotOf = (run: string) => `${run}.${node.instance}`;
    if (body.kind === 'snapshot') {
      const run = this.begun.at(-1)?.run ?? '';
      disk.snapshots.set(snapshotOf(run), disk.format);
    }
    if (body.kind === 'instance') {
      if (body.action === 'create') disk.clone = 'created';
      else disk.retired = true;
    }
    switch (body.kind === 'act' ? body.verb : body.kind === 'job' ? body.name : '') {
      case 'prepare':
        disk.prepared = true;
        break;
      case 'cancelPrepare':
        disk.prepared = false;
        break;
      case 'finalize':
      case 'migrate':
        disk.format = node.version;
        break;
      case 'copy':
        disk.clone = 'copied';
        break;
      case 'switch':
        disk.clone = 'switched';
        node.version = versionAbove(node.version);
        break;
      case 'switchBack':
        disk.clone = 'copied';
        node.version = versionBelow(node.version);
        break;
      case 'discard':
        disk.clone = 'none';
        break;
    }
    return {};
  }
}

const versionAbove = (version: string): string => `${Math.floor(Number(version)) + 1}.0`;
const versionBelow = (version: string): string => `${Math.floor(Number(version)) - 1}.0`;
