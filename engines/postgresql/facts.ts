/** What is observed of one PostgreSQL server: the `detail` of NodeFacts, written by the driver and judged by the procedure. */
import { z } from 'zod';
import type { NodeFacts } from '../../common/facts.ts';
import { factsReader } from '../kit/pure/scene.ts';

export const roles = ['primary', 'standby'] as const;

/** A standby further behind than this has not caught up: one WAL segment of the usual size. */
export const maxLagBytes = 16 * 1024 * 1024;

/** Position in the WAL as the server prints it: `0/3000148`. */
const lsn = z.string().regex(/^[0-9A-F]{1,8}\/[0-9A-F]{1,8}$/);

/** Settings that a standby must not have lower than its primary, else replay pauses or refuses (chapter Hot Standby). */
export const guardedSettings = [
  'max_connections',
  'max_worker_processes',
  'max_wal_senders',
  'max_prepared_transactions',
  'max_locks_per_transaction',
] as const;

const replicationRow = z.object({
  applicationName: z.string(),
  /** `startup`, `catchup`, `streaming`, `backup`, `stopping`. */
  state: z.string(),
  /** `async`, `potential`, `sync`, `quorum`. */
  syncState: z.string(),
  /** Logical subscribers are no members of the cluster. */
  logical: z.boolean(),
  replayLsn: lsn.nullable(),
  /** From what this server has (written or replayed) to what the other one replayed. */
  lagBytes: z.number().nullable(),
  // Agents of before this was asked do not report the rest.
  /** Flushed by the other one, or at least written. */
  receivedLsn: lsn.nullable().default(null),
  /** From what this server has to what the other one received. */
  receivedLagBytes: z.number().nullable().default(null),
  /** The agent's settings say that it is no member. */
  namedReceiver: z.boolean().default(false),
});
export type ReplicationRow = z.infer<typeof replicationRow>;

const walReceiver = z.object({
  /** `streaming` when it follows; `waiting`, `starting`, `stopping` … otherwise. */
  status: z.string(),
  senderHost: z.string().nullable(),
  senderPort: z.number().nullable(),
  slot: z.string().nullable(),
  timeline: z.number().nullable(),
});

const slot = z.object({
  name: z.string(),
  type: z.enum(['physical', 'logical']),
  active: z.boolean(),
  /** `reserved`, `extended`, `unreserved`, `lost`; null before version 13 and for slots that hold nothing. */
  walStatus: z.string().nullable(),
  retainedBytes: z.number().nullable(),
  /** Logical, 17 and newer: standbys are asked to keep a copy of it. */
  failover: z.boolean().default(false),
  /** On a standby: it is such a copy. */
  synced: z.boolean().default(false),
});

/** It can fetch WAL from an archive (restore_command), too; null: not known. */
const fromArchive = z.boolean().nullable().default(null);

export const serverSchema = z.object({
  state: z.literal('reachable'),
  /** As the server says it, with the vendor's text: `16.4 (Debian 16.4-1.pgdg120+1)`. */
  serverVersion: z.string(),
  serverVersionNum: z.number(),
  inRecovery: z.boolean(),
  timeline: z.number(),
  /** Primary: written so far. Standby: replayed so far. */
  currentLsn: lsn.nullable(),
  /** Standby: received so far. */
  receivedLsn: lsn.nullable(),
  replayPaused: z.boolean(),
  walReceiver: walReceiver.nullable(),
  replication: z.array(replicationRow),
  slots: z.array(slot),
  synchronousStandbyNames: z.string(),
  dataChecksums: z.boolean(),
  settings: z.record(z.enum(guardedSettings), z.number()),
  preloadLibraries: z.array(z.string()),
  // Agents of before the switchover do not tell these.
  /** Where peers reach this server, by the agent's settings; null: they do not say. */
  advertised: z.object({ host: z.string(), port: z.number() }).nullable().default(null),
  /** The slot by which it follows, or would follow; null: none. */
  primarySlot: z.string().nullable().default(null),
  /** It could be made a standby of another member. */
  canFollow: z.boolean().default(false),
  /** Where the oldest WAL begins that it still has; null: it was not asked. */
  oldestLsn: lsn.nullable().default(null),
  fromArchive,
  /** recovery_min_apply_delay: as a standby it replays this late, on purpose. */
  applyDelayMs: z.number().default(0),
  /** Its replay waits for that time to pass. Before it has replayed what lies in its own WAL folder it does not connect to its source. */
  heldBack: z.boolean().default(false),
  /** ALTER SYSTEM is allowed (allow_alter_system, 17 and newer). */
  altersSystem: z.boolean().default(true),
  /** Replication slots that it has room for beside those it has; null: not known. */
  freeSlots: z.number().nullable().default(null),
});
export type ServerFacts = z.infer<typeof serverSchema>;

/** What a server said of itself in one statement. */
export interface ServerSeen {
  readonly systemId: string;
  /** application_name by the server's own configuration; null when it has none. */
  readonly memberId: string | null;
  readonly version: string | null;
  readonly server: ServerFacts;
  readonly isSuperuser: boolean;
  /** Why it cannot be made a standby; null: it can. */
  readonly followObstacle: string | null;
}

export const roleOf = ({ inRecovery }: ServerFacts): (typeof roles)[number] => (inRecovery ? 'standby' : 'primary');

/** The server did not answer: stopped, starting, or out of reach of the agent. */
const unreachable = z.object({ state: z.literal('unreachable'), reason: z.string(), fromArchive });

export const detailSchema = z.discriminatedUnion('state', [serverSchema, unreachable]);

/** The server's own facts out of NodeFacts; null when it did not answer or the facts are not of this engine's form. */
export const serverFactsOf = factsReader(serverSchema);

/** False: what the members still have is all the WAL that it can get. */
export function fetchesFromArchive(facts: NodeFacts | null): boolean | null {
  const parsed = detailSchema.safeParse(facts?.detail);
  return parsed.success ? parsed.data.fromArchive : null;
}

/** Those that standbys have no copy of unless they are asked to keep one. Source: chapter Logical Replication Failover (17). */
export const ownLogicalSlots = ({ slots }: Pick<ServerFacts, 'slots'>): ServerFacts['slots'] =>
  slots.filter(({ type, synced }) => type === 'logical' && !synced);

/** Names of those among them that would be lost with the server's role. */
export const unkeptSlots = (server: Pick<ServerFacts, 'slots'>): readonly string[] =>
  ownLogicalSlots(server).flatMap(({ name, failover }) => (failover ? [] : [name]));

/**
 * The rows of pg_stat_replication that are standbys, whatever they are called: who replays reports how far. An archiver or a backup reports at
 * most what it wrote and flushed; who has just connected has reported nothing yet.
 */
export const standbyRows = (server: Pick<ServerFacts, 'replication'>): readonly ReplicationRow[] =>
  server.replication.filter((row) => isPhysical(row) && !row.namedReceiver && row.replayLsn !== null);

/** Its row of the standby of this name; undefined: none streams from it. */
export const standbyNamed = (server: Pick<ServerFacts, 'replication'>, name: string | null): ReplicationRow | undefined =>
  standbyRows(server).find(({ applicationName }) => applicationName === name);

/** The rows of those that take WAL and are no members: archivers, whichever program they are. */
export const receiverRows = (server: Pick<ServerFacts, 'replication'>): readonly ReplicationRow[] =>
  server.replication.filter((row) => isPhysical(row) && (row.namedReceiver || (row.replayLsn === null && row.receivedLsn !== null)));

const isPhysical = (row: ReplicationRow): boolean => !row.logical && row.state !== 'backup';

/** Those that stream now and whose confirmation a commit may wait for, once for each connection: standbys, and receivers that the server counts among them. */
export function streamingNames(server: Pick<ServerFacts, 'replication'>): readonly string[] {
  const confirming = receiverRows(server).filter((row) => row.syncState !== 'async');
  return [...standbyRows(server), ...confirming].flatMap((row) => (row.state === 'streaming' ? [row.applicationName] : []));
}

/** Replays late on purpose: judged by what it received, and no successor. */
export const isDelayed = (server: ServerFacts | null): boolean => server?.inRecovery === true && server.applyDelayMs > 0;

/** `1 h`, `90 s`: a delay as its setting is written. */
export function delayText(delayMs: number): string {
  const units = [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['min', 60_000],
    ['s', 1000],
  ] as const;
  const [unit, ms] = units.find(([, each]) => delayMs % each === 0) ?? ['ms', 1];
  return `${delayMs / ms} ${unit}`;
}
