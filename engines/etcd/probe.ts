/** Parsers of what etcd's programs print and its HTTP paths answer. PURE. Null stands for a form that is not known. */
import { z } from 'zod';
import { hexId, parseBigJson } from './big-json.ts';
import { etcdScheme } from './scheme.ts';

/** First line of `etcd --version`, `etcdctl version` and `etcdutl version`: the canonical version. */
export function parseProgramVersion(output: string): string | null {
  const match = /^(?:etcd Version|etcdctl version|etcdutl version): (\S+)/.exec(output.trim());
  return match?.[1] === undefined ? null : etcdScheme.parse(match[1]);
}

/** `3.5.0`, as cluster and storage versions are written, to the minor that they mean. */
export function parseMinor(text: string): string | null {
  const version = etcdScheme.parse(text.trim());
  return version === null ? null : etcdScheme.series(version);
}

const id = z.union([z.number(), z.string().regex(/^\d+$/)]).transform(hexId);
/** Zero means that there is none. */
const idOrNone = id.transform((hex) => (hex === '0' ? null : hex)).default(null);
const count = z.union([z.number(), z.string().regex(/^\d+$/).transform(Number)]).default(0);
const minorOrNone = z.string().default('').transform(parseMinor);

// What is zero, empty or false is left out of the answer.
const statusSchema = z.array(
  z.object({
    Endpoint: z.string(),
    Status: z.object({
      header: z.object({ cluster_id: id, member_id: id, revision: count }),
      version: z.string(),
      dbSize: count,
      leader: idOrNone,
      raftIndex: count,
      raftTerm: count,
      raftAppliedIndex: count,
      isLearner: z.boolean().default(false),
      errors: z.array(z.string()).default([]),
      storageVersion: minorOrNone,
      downgradeInfo: z.object({ targetVersion: minorOrNone, enabled: z.boolean().default(false) }).optional(),
    }),
  }),
);

export interface EndpointStatus {
  readonly endpoint: string;
  readonly clusterId: string;
  readonly memberId: string;
  readonly leaderId: string | null;
  readonly version: string | null;
  readonly revision: number;
  readonly term: number;
  readonly index: number;
  readonly appliedIndex: number;
  readonly isLearner: boolean;
  readonly dbBytes: number;
  /** Before 3.6 it does not tell. */
  readonly storageVersion: string | null;
  readonly downgradeTarget: string | null;
  /** Alarms, and that there is no leader. */
  readonly errors: readonly string[];
}

/** `etcdctl endpoint status -w json`: those that answered. */
export function parseEndpointStatus(output: string): readonly EndpointStatus[] | null {
  const parsed = statusSchema.safeParse(parseBigJson(output));
  if (!parsed.success) return null;
  return parsed.data.map(({ Endpoint, Status }) => ({
    endpoint: Endpoint,
    clusterId: Status.header.cluster_id,
    memberId: Status.header.member_id,
    leaderId: Status.leader,
    version: etcdScheme.parse(Status.version),
    revision: Status.header.revision,
    term: Status.raftTerm,
    index: Status.raftIndex,
    appliedIndex: Status.raftAppliedIndex,
    isLearner: Status.isLearner,
    dbBytes: Status.dbSize,
    storageVersion: Status.storageVersion,
    downgradeTarget: Status.downgradeInfo?.enabled === true ? Status.downgradeInfo.targetVersion : null,
    errors: Status.errors,
  }));
}

const memberListSchema = z.object({
  header: z.object({ cluster_id: id }),
  members: z.array(
    z.object({
      ID: id,
      name: z.string().default(''),
      clientURLs: z.array(z.string()).default([]),
      peerURLs: z.array(z.string()).default([]),
      isLearner: z.boolean().default(false),
    }),
  ),
});

export interface MemberSeen {
  readonly id: string;
  /** Empty: it was added and has never been started. */
  readonly name: string;
  readonly clientUrls: readonly string[];
  readonly isLearner: boolean;
}

/** `etcdctl member list -w json`. */
export function parseMemberList(output: string): readonly MemberSeen[] | null {
  const parsed = memberListSchema.safeParse(parseBigJson(output));
  if (!parsed.success) return null;
  return parsed.data.members.map(({ ID, name, clientURLs, isLearner }) => ({ id: ID, name, clientUrls: clientURLs, isLearner }));
}

const healthListSchema = z.array(z.object({ endpoint: z.string(), health: z.boolean(), error: z.string().default('') }));

/** `etcdctl endpoint health -w json`: why each endpoint is not healthy; null for one that is. */
export function parseEndpointHealth(output: string): ReadonlyMap<string, string | null> | null {
  const parsed = healthListSchema.safeParse(parseBigJson(output));
  if (!parsed.success) return null;
  return new Map(parsed.data.map(({ endpoint, health, error }) => [endpoint, health ? null : error.trim() || 'it is not healthy']));
}

const hashSchema = z.array(z.object({ Endpoint: z.string(), HashKV: z.object({ hash: count, compact_revision: count }) }));

export interface HashSeen {
  readonly endpoint: string;
  readonly hash: number;
  /** Of the same data members may have different hashes when they compacted at different revisions. */
  readonly compactRevision: number;
}

/** `etcdctl endpoint hashkv --rev N -w json`. */
export function parseHashKv(output: string): readonly HashSeen[] | null {
  const parsed = hashSchema.safeParse(parseBigJson(output));
  if (!parsed.success) return null;
  return parsed.data.map(({ Endpoint, HashKV }) => ({ endpoint: Endpoint, hash: HashKV.hash, compactRevision: HashKV.compact_revision }));
}

const databaseHashSchema = z.object({ hash: count, compactRevision: z.number() });

/** `etcdutl hashkv FILE --rev N -w json`, which spells its fields otherwise than etcdctl. */
export function parseDatabaseHash(output: string): Omit<HashSeen, 'endpoint'> | null {
  return databaseHashSchema.safeParse(parseBigJson(output)).data ?? null;
}

const snapshotSchema = z.object({ hash: count, revision: count, totalKey: count, totalSize: count, version: z.string().default('') });
export type SnapshotStatus = z.infer<typeof snapshotSchema>;

/** `etcdutl snapshot status FILE -w json`. */
export function parseSnapshotStatus(output: string): SnapshotStatus | null {
  return snapshotSchema.safeParse(parseBigJson(output)).data ?? null;
}

const versionsSchema = z.object({ etcdserver: z.string(), etcdcluster: z.string(), storage: z.string().default('') });

export interface VersionsSeen {
  readonly server: string | null;
  /** Minors; null while they are not decided, and for the storage before 3.6. */
  readonly cluster: string | null;
  readonly storage: string | null;
}

/** Answer of GET /version. */
export function parseVersions(body: string): VersionsSeen | null {
  const parsed = versionsSchema.safeParse(parseBigJson(body));
  if (!parsed.success) return null;
  const { etcdserver, etcdcluster, storage } = parsed.data;
  return { server: etcdScheme.parse(etcdserver), cluster: parseMinor(etcdcluster), storage: parseMinor(storage) };
}

const healthSchema = z.object({ health: z.string(), reason: z.string().default('') });

/** Answer of GET /health, also that of status 503: why it is not healthy; empty: it is. */
export function parseHealth(body: string): string | null {
  const parsed = healthSchema.safeParse(parseBigJson(body));
  if (!parsed.success) return null;
  return parsed.data.health === 'true' ? '' : parsed.data.reason || 'it does not say why';
}

/** `memberID:9372538179322589801 alarm:NOSPACE ` as errors have it, from 3.7 on with one or two spaces: `NOSPACE of 8211f1d0f64f3269`. */
export function parseAlarm(text: string): string | null {
  const match = /^memberID:(\d+)\s+alarm:(\S+)\s*$/.exec(text);
  return match?.[1] === undefined ? null : `${match[2]} of ${hexId(match[1])}`;
}

const alarmListSchema = z.object({ alarms: z.array(z.object({ memberID: id, alarm: z.string() })).default([]) });

/** Answer of POST /v3/maintenance/alarm: `NOSPACE of 8211f1d0f64f3269`; empty where none is raised. */
export function parseAlarmList(body: string): readonly string[] {
  const parsed = alarmListSchema.safeParse(parseBigJson(body));
  return parsed.success ? parsed.data.alarms.map(({ memberID, alarm }) => `${alarm} of ${memberID}`) : [];
}

/** The flag that a start ended over: `flag provided but not defined: -enable-v2`. */
export function parseUnknownFlag(output: string): string | null {
  return /flag provided but not defined: -+(\S+)/.exec(output)?.[1] ?? null;
}

/** Holders of a file by /proc/locks; `inode` as `stat -c %i` prints it. The kernel writes device and inode as `fe:00:131090`. */
export function parseLockHolders(locks: string, inode: string): readonly number[] {
  const pids = locks.split('\n').flatMap((line) => {
    const match = /^\d+: (?:FLOCK|OFDLCK|POSIX)\s+\S+\s+WRITE\s+(-?\d+) [0-9a-f]+:[0-9a-f]+:(\d+) /.exec(line);
    return match?.[2] === inode ? [Number(match[1])] : [];
  });
  return [...new Set(pids)];
}

/** Names of the flags that `etcd --help` explains: `  --enable-v2 'false'`. */
export function parseHelp(output: string): ReadonlySet<string> {
  return new Set([...output.matchAll(/^\s+--([a-z][a-z0-9-]*)/gm)].flatMap(([, name]) => name ?? []));
}
