/**
 * A simulated PostgreSQL cluster: a server that is no standby takes writes, and standbys stream from the server they are set to follow, as far as their
 * histories are one. What a server does follows from its host's unit and from what lies on its disk; nothing here knows of agents or orders.
 */
import type { ServerFacts } from '../../engines/postgresql/facts.ts';
import { isSatisfiedBy, parseSyncNames } from '../../engines/postgresql/switchover/sync-names.ts';
import type { HostTwin } from '../twins/host.ts';
import type { Kernel } from './kernel.ts';
import { forked, holds, longer, lsnOf, recordBytes, type Wal } from './wal.ts';

export const unit = 'postgresql';
export const databaseId = '7300000000000000001';

/** What outlives every end of the server. */
export interface ServerDisk {
  wal: Wal;
  /** Its control file says that it was shut down as a primary. */
  shutDown: boolean;
  /** standby.signal: from its next start on it is a standby. */
  signal: boolean;
  /** Address that primary_conninfo leads to. */
  follows: string;
  /** synchronous_standby_names in postgresql.auto.conf; null: what the other file says is active. */
  ownSyncNames: string | null;
  /** The driver's notes. */
  fence: { readonly token: string; readonly follows: string; readonly signal: boolean } | null;
  effects: Readonly<Record<string, { readonly prior: string | null; readonly set: string }>>;
}

/** What ends with the process. */
interface ServerLife {
  readonly invocationId: string | null;
  inRecovery: boolean;
  /** It was asked to promote, and its recovery has not ended yet. */
  promoting: boolean;
  /** When it last began to ask the one that it follows. */
  asksSinceMs: number;
}

export interface Server {
  readonly name: string;
  readonly address: string;
  readonly host: HostTwin;
  readonly disk: ServerDisk;
  lifetime: ServerLife;
}

/** A standby asks again this often for a primary that was away. */
const reconnectMs = 30;
const writeEveryMs = 250;
const longestPromotionMs = 120;

export class PostgresTwin {
  readonly servers: readonly Server[];
  /** synchronous_standby_names in every server's configuration file. */
  readonly syncNames: string;
  /** Newest record whose commit a client was told of; null: none. */
  acknowledged: Wal | null = null;
  /** Writes that no client had an answer to: no server took them, or too few standbys confirmed. */
  unanswered = 0;
  /** Who was asked to promote, in order. */
  readonly promotions: string[] = [];
  readonly #kernel: Kernel;

  constructor(kernel: Kernel, servers: readonly Server[], syncNames: string) {
    this.#kernel = kernel;
    this.servers = servers;
    this.syncNames = syncNames;
    for (const server of servers) this.started(server.name, false);
  }

  server(name: string): Server {
    const found = this.servers.find((server) => server.name === name);
    if (found === undefined) throw new Error(`there is no server ${name}`);
    return found;
  }

  /** Version that answers SQL; null: nothing does. */
  version(server: Server): string | null {
    return server.host.serves(unit)?.split('-')[0] ?? null;
  }

  /** All that take writes now; more than one is what must never be. */
  get writable(): readonly Server[] {
    return this.servers.filter((server) => this.version(server) !== null && !server.lifetime.inRecovery);
  }

  upstreamOf(server: Server): Server | null {
    return this.servers.find((other) => other !== server && other.address === server.disk.follows) ?? null;
  }

  streams(standby: Server): boolean {
    const upstream = this.upstreamOf(standby);
    return upstream !== null && this.version(upstream) !== null && this.#isFed(standby, upstream);
  }

  /** As long as the upstream is up. */
  #isFed(standby: Server, upstream: Server): boolean {
    if (!standby.lifetime.inRecovery || this.version(standby) === null || !holds(upstream.disk.wal, standby.disk.wal)) return false;
    const askedMs = Math.max(readyAtMs(standby), readyAtMs(upstream), standby.lifetime.asksSinceMs);
    return this.#kernel.nowMs >= askedMs + reconnectMs;
  }

  /** Its WAL went on where that of the one which it follows did not. */
  hasParted(server: Server): boolean {
    const upstream = this.upstreamOf(server);
    return server.disk.signal && upstream !== null && this.version(upstream) !== null && !holds(upstream.disk.wal, server.disk.wal);
  }

  /** In service as its role asks: a primary takes writes, a standby streams. */
  inService(server: Server): boolean {
    return server.lifetime.inRecovery ? this.streams(server) : this.version(server) !== null;
  }

  syncNamesOf({ disk }: Server): string {
    return disk.ownSyncNames ?? this.syncNames;
  }

  // ---- what hosts do ----------------------------------------------------------------------------------------------

  /** A unit was started. What it is, the files say at that moment. `inVain`: it ended again before it touched any. */
  started(name: string, inVain: boolean): void {
    const server = this.server(name);
    const { host, disk } = server;
    const invocationId = host.units.get(unit)?.invocationId ?? null;
    server.lifetime = { invocationId, inRecovery: disk.signal, promoting: false, asksSinceMs: 0 };
    if (!inVain) disk.shutDown = false;
  }

  /** A unit was stopped the clean way: a primary writes its last record, and ends when all that stream from it have everything. */
  stopped(name: string): void {
    const server = this.server(name);
    if (server.lifetime.inRecovery) return;
    const fed = this.servers.filter((other) => this.upstreamOf(other) === server && this.#isFed(other, server));
    server.disk.wal = longer(server.disk.wal);
    server.disk.shutDown = true;
    for (const standby of fed) standby.disk.wal = server.disk.wal;
  }

  // ---- what sessions do -------------------------------------------------------------------------------------------

  /** Comes to its end after a while, unless the server ends before. */
  promote(server: Server): void {
    const { lifetime, disk } = server;
    lifetime.promoting = true;
    this.promotions.push(server.name);
    this.#kernel.clock.after(this.#kernel.between(10, longestPromotionMs), () => {
      if (server.lifetime !== lifetime || this.version(server) === null) return;
      disk.wal = forked(disk.wal);
      Object.assign(disk, { signal: false, shutDown: false });
      Object.assign(lifetime, { inRecovery: false, promoting: false });
    });
  }

  pointTo(server: Server, address: string): void {
    server.disk.follows = address;
    server.lifetime.asksSinceMs = this.#kernel.nowMs;
  }

  /** Whether a commit would be confirmed now. */
  commits(primary: Server): boolean {
    const rule = parseSyncNames(this.syncNamesOf(primary));
    return (
      rule !== null &&
      isSatisfiedBy(
        rule,
        this.#fedBy(primary).map(({ name }) => name),
      )
    );
  }

  #fedBy(upstream: Server): readonly Server[] {
    return this.servers.filter((other) => this.upstreamOf(other) === upstream && this.streams(other));
  }

  /** A client writes without pause until the end of time. */
  startWriting(): void {
    this.#kernel.clock.after(writeEveryMs, () => {
      this.#write();
      this.startWriting();
    });
  }

  #write(): void {
    const [primary] = this.writable;
    // What was written before has arrived by now: a standby lags one write behind.
    for (const upstream of this.servers) this.#feed(upstream);
    if (primary === undefined) {
      this.unanswered += 1;
      return;
    }
    primary.disk.wal = longer(primary.disk.wal);
    if (!this.commits(primary)) {
      this.unanswered += 1;
      return;
    }
    if (this.syncNamesOf(primary) !== '') this.#feed(primary);
    this.acknowledged = primary.disk.wal;
  }

  #feed(upstream: Server): void {
    for (const standby of this.#fedBy(upstream)) standby.disk.wal = upstream.disk.wal;
  }

  /** What the server says of itself; null: it does not answer. */
  facts(server: Server): ServerFacts | null {
    const version = this.version(server);
    if (version === null) return null;
    const { inRecovery } = server.lifetime;
    const { wal } = server.disk;
    const upstream = this.upstreamOf(server);
    return {
      state: 'reachable',
      serverVersion: version,
      serverVersionNum: Number(version.split('.')[0]) * 10_000 + Number(version.split('.')[1]),
      inRecovery,
      timeline: wal.timeline.number,
      currentLsn: lsnOf(wal.end),
      receivedLsn: inRecovery ? lsnOf(wal.end) : null,
      replayPaused: false,
      walReceiver:
        upstream !== null && this.streams(server)
          ? {
              status: 'streaming',
              senderHost: upstream.address,
              senderPort: 5432,
              slot: null,
              timeline: upstream.disk.wal.timeline.number,
            }
          : null,
      replication: this.#fedBy(server).map((other) => this.#row(other, server)),
      slots: [],
      synchronousStandbyNames: this.syncNamesOf(server),
      dataChecksums: true,
      settings: {
        max_connections: 100,
        max_worker_processes: 8,
        max_wal_senders: 10,
        max_prepared_transactions: 0,
        max_locks_per_transaction: 64,
      },
      preloadLibraries: [],
      advertised: { host: server.address, port: 5432 },
      primarySlot: null,
      canFollow: true,
      oldestLsn: null,
      fromArchive: false,
      applyDelayMs: 0,
      heldBack: false,
      altersSystem: true,
      freeSlots: null,
    };
  }

  #row(standby: Server, upstream: Server): ServerFacts['replication'][number] {
    const { wal } = standby.disk;
    return {
      applicationName: standby.name,
      state: 'streaming',
      syncState: this.syncNamesOf(upstream) === '' ? 'async' : 'quorum',
      logical: false,
      replayLsn: lsnOf(wal.end),
      lagBytes: (upstream.disk.wal.end - wal.end) * recordBytes,
      receivedLsn: lsnOf(wal.end),
      receivedLagBytes: (upstream.disk.wal.end - wal.end) * recordBytes,
      namedReceiver: false,
    };
  }
}

function readyAtMs({ host }: Server): number {
  return host.units.get(unit)?.readyAtMs ?? Number.POSITIVE_INFINITY;
}
