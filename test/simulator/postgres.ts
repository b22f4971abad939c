/**
 * A simulated PostgreSQL cluster: a primary that takes writes and standbys that stream from it while both serve. What a server does
 * follows from its host's unit and from what lies on its disk; nothing here knows of agents or orders.
 */
import type { ServerFacts } from '../../engines/postgresql/facts.ts';
import type { HostTwin } from '../twins/host.ts';
import type { Kernel } from './kernel.ts';

export const unit = 'postgresql';
export const databaseId = '7300000000000000001';

/** What a stop leaves behind: role and data outlive every start. */
export interface Server {
  readonly name: string;
  readonly address: string;
  readonly host: HostTwin;
  readonly role: 'primary' | 'standby';
  /** Rows on its disk, by number. */
  rows: number;
}

/** A standby asks again this often for a primary that was away. */
const reconnectMs = 30;
const writeEveryMs = 250;
const rowBytes = 8_192;

export class PostgresTwin {
  readonly servers: readonly Server[];
  readonly synchronous: boolean;
  /** Rows whose commit a client was told of. */
  acknowledged = 0;
  /** Writes that no client was told of: the server was gone, or a standby did not confirm. */
  unanswered = 0;
  readonly #kernel: Kernel;

  constructor(kernel: Kernel, servers: readonly Server[], synchronous: boolean) {
    this.#kernel = kernel;
    this.servers = servers;
    this.synchronous = synchronous;
  }

  get primary(): Server {
    const [primary] = this.servers.filter((server) => server.role === 'primary');
    if (primary === undefined) throw new Error('a cluster has a primary');
    return primary;
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

  streams(standby: Server): boolean {
    if (standby.role !== 'standby' || this.version(standby) === null || this.version(this.primary) === null) return false;
    const bothUpMs = Math.max(readyAtMs(standby), readyAtMs(this.primary));
    return this.#kernel.nowMs >= bothUpMs + reconnectMs;
  }

  /** In service as its role asks: a primary takes writes, a standby streams. */
  inService(server: Server): boolean {
    return server.role === 'primary' ? this.version(server) !== null : this.streams(server);
  }

  /** A client writes without pause until the end of time. */
  startWriting(): void {
    this.#kernel.clock.after(writeEveryMs, () => {
      this.#write();
      this.startWriting();
    });
  }

  #write(): void {
    const { primary } = this;
    const streaming = this.servers.filter((server) => this.streams(server));
    // What was written before has arrived by now: a standby lags one write behind.
    for (const standby of streaming) standby.rows = primary.rows;
    if (this.version(primary) === null) {
      this.unanswered += 1;
      return;
    }
    primary.rows += 1;
    if (this.synchronous && streaming.length === 0) {
      this.unanswered += 1;
      return;
    }
    if (this.synchronous) for (const standby of streaming) standby.rows = primary.rows;
    this.acknowledged = primary.rows;
  }

  /** What the server says of itself; null: it does not answer. */
  facts(server: Server): ServerFacts | null {
    const version = this.version(server);
    if (version === null) return null;
    const isStandby = server.role === 'standby';
    return {
      state: 'reachable',
      serverVersion: version,
      serverVersionNum: Number(version.split('.')[0]) * 10_000 + Number(version.split('.')[1]),
      inRecovery: isStandby,
      timeline: 1,
      currentLsn: lsn(server.rows),
      receivedLsn: isStandby ? lsn(server.rows) : null,
      replayPaused: false,
      walReceiver: this.streams(server)
        ? { status: 'streaming', senderHost: this.primary.address, senderPort: 5432, slot: null, timeline: 1 }
        : null,
      replication: isStandby ? [] : this.servers.filter((other) => this.streams(other)).map((other) => this.#row(other)),
      slots: [],
      synchronousStandbyNames: this.synchronous && !isStandby ? 'ANY 1 (*)' : '',
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
    };
  }

  #row(standby: Server): ServerFacts['replication'][number] {
    return {
      applicationName: standby.name,
      state: 'streaming',
      syncState: this.synchronous ? 'quorum' : 'async',
      logical: false,
      replayLsn: lsn(standby.rows),
      lagBytes: (this.primary.rows - standby.rows) * rowBytes,
    };
  }
}

function readyAtMs({ host }: Server): number {
  return host.units.get(unit)?.readyAtMs ?? Number.POSITIVE_INFINITY;
}

function lsn(rows: number): string {
  const position = 0x3000000 + rows * rowBytes;
  return `${Math.floor(position / 2 ** 32).toString(16)}/${(position % 2 ** 32).toString(16)}`.toUpperCase();
}
