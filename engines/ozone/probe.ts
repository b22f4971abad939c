/** Reads what Ozone's processes answer on their HTTP port (/jmx) and what its tools print. What is not understood is null. PURE. */
import { z } from 'zod';
import { parserOf } from '../kit/pure/big-json.ts';
import type { DatanodeCount, DatanodeSeen, ServerFacts } from './facts.ts';
import type { Layout } from './layouts.ts';

/** The first bean of an answer that is of this form. */
function beanReader<T extends z.ZodType>(schema: T): (text: string) => z.output<T> | null {
  const parse = parserOf(z.object({ beans: z.array(z.unknown()) }));
  return (text) => {
    for (const bean of parse(text)?.beans ?? []) {
      const parsed = schema.safeParse(bean);
      if (parsed.success) return parsed.data;
    }
    return null;
  };
}

export interface OmSeen {
  readonly version: string;
  readonly roles: ServerFacts['roles'];
}

const omBean = beanReader(z.object({ SoftwareVersion: z.string(), RatisRoles: z.array(z.array(z.string())) }));

/** OzoneManagerInfo. A row of its roles: host, node id, port, role, readiness. */
export function parseOm(text: string): OmSeen | null {
  const bean = omBean(text);
  if (bean === null) return null;
  const roles = bean.RatisRoles.flatMap(([, member, , role = '', readiness = '']) =>
    member === undefined ? [] : [{ member, role, ready: readiness === 'LEADER_AND_READY' }],
  );
  return { version: bean.SoftwareVersion, roles };
}

export interface ScmSeen {
  readonly version: string;
  readonly clusterId: string;
  readonly safeMode: readonly string[] | null;
  /** By Ratis; null: it does not tell. */
  readonly hasLeader: boolean;
}

const scmBean = beanReader(
  z.object({
    SoftwareVersion: z.string(),
    ClusterId: z.string(),
    InSafeMode: z.boolean(),
    SafeModeRuleStatus: z.array(z.object({ key: z.string(), value: z.array(z.string()) })),
    ScmRatisRoles: z.array(z.array(z.string())).optional(),
  }),
);

/** StorageContainerManagerInfo. A row of its roles: host, id, port, role. Without Ratis there is one, which leads. */
export function parseScm(text: string): ScmSeen | null {
  const bean = scmBean(text);
  if (bean === null) return null;
  const roles = bean.ScmRatisRoles ?? [];
  const unmet = bean.SafeModeRuleStatus.filter(({ value: [, met] }) => met !== 'true').map(
    ({ key, value: [said] }) => `${key}: ${said ?? ''}`,
  );
  return {
    version: bean.SoftwareVersion,
    clusterId: bean.ClusterId,
    safeMode: bean.InSafeMode ? unmet : null,
    hasLeader: roles.every((row) => row.length < 4) || roles.some((row) => row[3] === 'LEADER'),
  };
}

export interface NodesSeen {
  readonly datanodes: readonly DatanodeSeen[];
  readonly counts: readonly DatanodeCount[];
}

const pairs = z.array(z.object({ key: z.string(), value: z.string() }));
const nodesBean = beanReader(
  z.object({
    NodeCount: z.array(z.object({ key: z.string(), value: z.array(z.object({ key: z.string(), value: z.int() })) })),
    NodeStatusInfo: z.array(z.object({ key: z.string(), value: pairs })),
  }),
);

/** SCMNodeManagerInfo. Of several datanodes with one host name it tells of one; the counts are of all. */
export function parseNodes(text: string): NodesSeen | null {
  const bean = nodesBean(text);
  if (bean === null) return null;
  return {
    datanodes: bean.NodeStatusInfo.flatMap(({ key: host, value }): readonly DatanodeSeen[] => {
      const of = new Map(value.map((pair) => [pair.key, pair.value]));
      const [member, operational, health] = [of.get('UUID'), of.get('OPSTATE'), of.get('COMSTATE')];
      return member === undefined || operational === undefined || health === undefined ? [] : [{ member, host, operational, health }];
    }),
    counts: bean.NodeCount.flatMap(({ key: operational, value }) =>
      value.filter(({ value: count }) => count > 0).map(({ key: health, value: count }) => ({ operational, health, count })),
    ),
  };
}

export interface DatanodeOwn {
  readonly version: string;
  readonly member: string;
}

const datanodeBean = beanReader(z.object({ SoftwareVersion: z.string(), DatanodeUuid: z.string() }));

/** HddsDatanodeServiceInfo. */
export function parseDatanode(text: string): DatanodeOwn | null {
  const bean = datanodeBean(text);
  return bean === null ? null : { version: bean.SoftwareVersion, member: bean.DatanodeUuid };
}

const connectionsBean = beanReader(
  z.object({ SCMServers: z.array(z.object({ state: z.string(), type: z.string(), missedCount: z.int() })) }),
);

/** SCMConnectionManager: whether the datanode reports to every storage container manager, and none has missed it. */
export function parseConnections(text: string): readonly { readonly state: string; readonly missed: number }[] | null {
  const bean = connectionsBean(text);
  return bean === null
    ? null
    : bean.SCMServers.filter(({ type }) => type === 'SCM').map(({ state, missedCount }) => ({ state, missed: missedCount }));
}

const layoutBean = beanReader(z.object({ MetadataLayoutVersion: z.int(), SoftwareLayoutVersion: z.int() }));

/** Any LayoutVersionManager. */
export function parseLayout(text: string): Layout | null {
  const bean = layoutBean(text);
  return bean === null ? null : { metadata: bean.MetadataLayoutVersion, software: bean.SoftwareLayoutVersion };
}

const runtimeBean = beanReader(z.object({ ClassPath: z.string() }));

/** java.lang:type=Runtime: the version that stands in the names of the process's own jars, where it tells it nowhere else. */
export function parseRuntime(text: string): string | null {
  const [, version = null] = /\/hdds-common-(\d+\.\d+\.\d+(?:-[A-Za-z0-9]+)?)\.jar/.exec(runtimeBean(text)?.ClassPath ?? '') ?? [];
  return version;
}

/** Output of `ozone version`: a drawing, then `2.2.0(Katmai)`. */
export function parseProgramVersion(output: string): string | null {
  return /^\s*(\d+\.\d+\.\d+(?:-SNAPSHOT|-RC\d+)?)\s*\(/m.exec(output)?.[1] ?? null;
}

/** A VERSION file of the metadata. */
export interface VersionFile {
  readonly clusterId: string | null;
  readonly layout: number | null;
}

export function parseVersionFile(text: string): VersionFile | null {
  const [layout, clusterId = null] = [/^layoutVersion=(\d+)$/m.exec(text)?.[1], /^clusterID=(\S+)$/m.exec(text)?.[1]];
  if (layout === undefined && clusterId === null) return null;
  return { clusterId, layout: layout === undefined ? null : Number(layout) };
}

export interface Prepared {
  /** As printed; empty where all are prepared. */
  readonly missing: string;
}

/** Output of `ozone admin om prepare`; null: they are not prepared. */
export function parsePrepare(output: string): Prepared | null {
  if (!output.includes('OM Preparation successful!')) return null;
  return { missing: /OMs that are not prepared : (.*)$/m.exec(output)?.[1]?.trim() ?? '' };
}

/** Output of `ozone admin om cancelprepare`: true when it was taken; null: of no known form. */
export function parseCancelPrepare(output: string): true | null {
  return output.includes('Cancel prepare succeeded') ? true : null;
}

/** Output of `finalizeupgrade`, of either service: it is over, now or since before; null: it is not. */
export function parseFinalize(output: string): true | null {
  return /metadata upgrade finished|Upgrade has already been finalized|Finalization already finished/.test(output) ? true : null;
}
