/** Parsers of what etcd's programs print and its HTTP paths answer. PURE. Null stands for a form that is not known. */
import { z } from 'zod';
import { parserOf } from '../kit/pure/big-json.ts';
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

/** An id as etcd writes it for people, lower-case hex without padding; from a number, or the decimal text of a big one. */
export function hexId(id: number | string): string {
  return BigInt(id).toString(16);
}

const id = z.union([z.number(), z.string().regex(/^\d+$/)]).transform(hexId);
/** Zero means that there is none. */
const idOrNone = id.transform((hex) => (hex === '0' ? null : hex)).default(null);
const count = z.union([z.number(), z.string().regex(/^\d+$/).transform(Number)]).default(0);
const minorOrNone = z.string().default('').transform(parseMinor);

// What is zero, empty or false is left out of the answer.
const status = z
  .object({
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
      // Before 3.6 it does not tell.
      storageVersion: minorOrNone,
      downgradeInfo: z.object({ targetVersion: minorOrNone, enabled: z.boolean().default(false) }).optional(),
    }),
  })
  .transform(({ Endpoint: endpoint, Status: { header, version, leader: leaderId, downgradeInfo, ...status } }) => {
    const { dbSize: dbBytes, raftTerm: term, raftIndex: index, raftAppliedIndex: appliedIndex, ...same } = status;
    const downgradeTarget = downgradeInfo?.enabled === true ? downgradeInfo.targetVersion : null;
    const of = { endpoint, clusterId: header.cluster_id, ownId: header.member_id, leaderId, version: etcdScheme.parse(version) };
    const at = { revision: header.revision, term, index, appliedIndex, dbBytes, downgradeTarget };
    // Errors are alarms, and that there is no leader.
    return { ...same, ...of, ...at, alarms: same.errors.flatMap((error) => parseAlarm(error) ?? []) };
  });
export type EndpointStatus = z.output<typeof status>;

/** `etcdctl endpoint status -w json`: those that answered. */
export const parseEndpointStatus = parserOf(z.array(status));

const member = z
  .object({
    ID: id,
    // Empty: it was added and has never been started.
    name: z.string().default(''),
    clientURLs: z.array(z.string()).default([]),
    isLearner: z.boolean().default(false),
  })
  .transform(({ ID, name, clientURLs, isLearner }) => ({ id: ID, name, clientUrls: clientURLs, isLearner }));

/** `etcdctl member list -w json`. */
export const parseMemberList = parserOf(
  z.object({ header: z.object({ cluster_id: id }), members: z.array(member) }).transform(({ members }) => members),
);

const health = z.object({ endpoint: z.string(), health: z.boolean(), error: z.string().default('') });

/** `etcdctl endpoint health -w json`: why each endpoint is not healthy; null for one that is. */
export const parseEndpointHealth = parserOf(
  z
    .array(health)
    .transform((list) => new Map(list.map((each) => [each.endpoint, each.health ? null : each.error.trim() || 'it is not healthy']))),
);

/** `etcdctl endpoint hashkv --rev N -w json`. Of the same data members may have different hashes when they compacted at different revisions. */
export const parseHashKv = parserOf(
  z.array(
    z
      .object({ Endpoint: z.string(), HashKV: z.object({ hash: count, compact_revision: count }) })
      .transform(({ Endpoint, HashKV }) => ({ endpoint: Endpoint, hash: HashKV.hash, compactRevision: HashKV.compact_revision })),
  ),
);

/** `etcdutl hashkv FILE --rev N -w json`, which spells its fields otherwise than etcdctl. */
export const parseDatabaseHash = parserOf(z.object({ hash: count, compactRevision: z.number() }));

const snapshot = z.object({ hash: count, revision: count, totalKey: count, totalSize: count, version: z.string().default('') });
export type SnapshotStatus = z.output<typeof snapshot>;

/** `etcdutl snapshot status FILE -w json`. */
export const parseSnapshotStatus = parserOf(snapshot);

/** Answer of GET /version. Cluster and storage are minors; null while they are not decided, and for the storage before 3.6. */
export const parseVersions = parserOf(
  z
    .object({ etcdserver: z.string(), etcdcluster: z.string(), storage: z.string().default('') })
    .transform(({ etcdserver, etcdcluster, storage }) => ({
      server: etcdScheme.parse(etcdserver),
      cluster: parseMinor(etcdcluster),
      storage: parseMinor(storage),
    })),
);
export type VersionsSeen = NonNullable<ReturnType<typeof parseVersions>>;

/** Answer of GET /health, also that of status 503: why it is not healthy; empty: it is. */
export const parseHealth = parserOf(
  z
    .object({ health: z.string(), reason: z.string().default('') })
    .transform((answer) => (answer.health === 'true' ? '' : answer.reason || 'no reason given')),
);

/** `memberID:9372538179322589801 alarm:NOSPACE ` as errors have it, from 3.7 on with one or two spaces: `NOSPACE of 8211f1d0f64f3269`. */
export function parseAlarm(text: string): string | null {
  const match = /^memberID:(\d+)\s+alarm:(\S+)\s*$/.exec(text);
  return match?.[1] === undefined ? null : `${match[2]} of ${hexId(match[1])}`;
}

/** Answer of POST /v3/maintenance/alarm: `NOSPACE of 8211f1d0f64f3269`; empty where none is raised. */
export const parseAlarmList = parserOf(
  z
    .object({ alarms: z.array(z.object({ memberID: id, alarm: z.string() })).default([]) })
    .transform(({ alarms }) => alarms.map(({ memberID, alarm }) => `${alarm} of ${memberID}`)),
);

/** The flag that a start ended over: `flag provided but not defined: -enable-v2`. */
export function parseUnknownFlag(output: string): string | null {
  return /flag provided but not defined: -+(\S+)/.exec(output)?.[1] ?? null;
}
