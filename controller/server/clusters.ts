/** What people ask of clusters and hosts: see them as they are now, and adopt a cluster. */
import type { Clock } from '../../common/clock.ts';
import type { ClusterView, NodeView } from '../../common/cluster-view.ts';
import type {
  ClusterDocument,
  ClusterListDocument,
  ClusterSummary,
  HostDocument,
  HostListDocument,
  NodeDocument,
} from '../../common/documents/fleet.ts';
import type { Versioned } from '../../common/documents/versioned.ts';
import { fail } from '../../common/failure.ts';
import type { Problem, Procedure } from '../../common/procedure.ts';
import type { HostView } from '../fleet/fleet.ts';
import type { Inventory } from '../fleet/inventory.ts';
import { membershipProblems } from '../fleet/membership.ts';
import { lookAt, viewWith } from '../planner/look.ts';
import type { ClusterRecord, Store } from '../store/store.ts';

export interface ClusterParts {
  readonly store: Store;
  readonly fleet: Inventory;
  readonly procedures: ReadonlyMap<string, Procedure>;
  readonly writer: string;
  readonly clock: Clock;
}

export interface ClusterUseCases {
  listClusters(): Promise<ClusterListDocument>;
  /** Asks every node to look now. */
  getCluster(cluster: string): Promise<ClusterDocument>;
  /** FailureError(refused): `already-adopted`, `membership-mismatch` saying who, `agent-lost`, `database-differs`. */
  adoptCluster(cluster: string, members: number, actor: string): Promise<ClusterDocument>;
  listHosts(): HostListDocument;
  getHost(host: string): HostDocument & Versioned;
}

export function createClusterUseCases(parts: ClusterParts): ClusterUseCases {
  const { store, fleet } = parts;
  const cases: ClusterUseCases = {
    async listClusters() {
      const records = await store.clusters();
      const names = [...new Set([...fleet.announcedClusters(), ...records.map(({ cluster }) => cluster)])].sort();
      const clusters: ClusterSummary[] = [];
      for (const name of names) {
        const view = await fleet.view(name);
        clusters.push(await summary(parts, view, problemsOf(parts, view, recordOf(records, name))));
      }
      return { apiVersion: 'drydock/v1', clusters };
    },
    async getCluster(cluster) {
      const view = await lookedAt(parts, await fleet.view(cluster));
      const problems = problemsOf(parts, view, recordOf(await store.clusters(), cluster));
      const members = view.nodes.map(nodeDocument);
      return { apiVersion: 'drydock/v1', ...(await summary(parts, view, problems)), databaseId: view.databaseId, members, problems };
    },
    async adoptCluster(cluster, members, actor) {
      const adopted = recordOf(await store.clusters(), cluster);
      if (adopted !== null)
        throw fail('refused', 'already-adopted', `cluster ${cluster} is adopted already; look at it with drydock cluster show ${cluster}`);
      const view = await lookedAt(parts, { ...(await fleet.view(cluster)), expectedMembers: members });
      const databaseId = adoptable(parts, view);
      const record = {
        cluster,
        engine: view.engine,
        databaseId,
        expectedMembers: members,
        instances: view.nodes.map(({ instance }) => instance),
        adoptedAtMs: parts.clock.wallMs(),
      };
      await store.adoptCluster(record, parts.writer, actor);
      return cases.getCluster(cluster);
    },
    listHosts: () => ({ apiVersion: 'drydock/v1', hosts: fleet.hosts().map(hostDocument) }),
    getHost(host) {
      const found = fleet.hosts().find((view) => view.host === host);
      if (found === undefined)
        throw fail(
          'not-found',
          'unknown-host',
          `no agent of a host ${host} has spoken since the controller started; drydock host list shows which did`,
        );
      return { apiVersion: 'drydock/v1', ...hostDocument(found) };
    },
  };
  return cases;
}

function recordOf(records: readonly ClusterRecord[], cluster: string): ClusterRecord | null {
  return records.find((record) => record.cluster === cluster) ?? null;
}

function procedureOf({ procedures }: ClusterParts, engine: string): Procedure | null {
  return procedures.get(engine) ?? null;
}

async function lookedAt(parts: ClusterParts, view: ClusterView): Promise<ClusterView> {
  const instances = view.nodes.map(({ instance }) => instance);
  return viewWith(view, await lookAt(parts.fleet, instances, procedureOf(parts, view.engine)?.preflightChecks ?? []));
}

function problemsOf(parts: ClusterParts, view: ClusterView, record: ClusterRecord | null): readonly Problem[] {
  const procedure = procedureOf(parts, view.engine);
  if (procedure === null) {
    const detail = `there is no procedure for engine ${view.engine}: its clusters can be seen and not changed`;
    return [{ check: 'engine', severity: 'refuse', subject: view.cluster, detail, clears: 'person' }];
  }
  const membership = membershipProblems({
    cluster: view.cluster,
    expectedMembers: view.expectedMembers,
    adopted: record?.instances ?? null,
    enrolled: view.nodes,
    seen: procedure.membersSeen(view),
    refused: parts.fleet.refused(),
  });
  return [...membership, ...procedure.assess(view, [])];
}

/** The database id that all members share. Health is not asked for: a sick cluster may be adopted, to be watched. */
function adoptable(parts: ClusterParts, view: ClusterView): string {
  const silent = view.nodes.filter(({ facts }) => facts === null);
  if (silent.length > 0)
    throw fail(
      'refused',
      'agent-lost',
      `${view.cluster} was not adopted: no answer from ${silent.map(nodeName).join(', ')}; start the agent there`,
      {
        remedy: 'retry',
      },
    );
  const mismatches = problemsOf(parts, view, null).filter(({ check }) => check === 'membership-mismatch' || check === 'engine');
  if (mismatches.length > 0)
    throw fail('refused', 'membership-mismatch', `${view.cluster} was not adopted: ${mismatches.map(({ detail }) => detail).join('; ')}`);
  const ids = new Map(view.nodes.map((node) => [node.facts?.databaseId ?? null, node]));
  const [databaseId] = ids.keys();
  if (ids.size === 1 && databaseId !== null && databaseId !== undefined) return databaseId;
  const told = view.nodes.map((node) => `${nodeName(node)}: ${node.facts?.databaseId ?? 'unknown'}`).join(', ');
  throw fail(
    'refused',
    'database-differs',
    `${view.cluster} was not adopted: its nodes are not of one database (${told}); correct the agents' settings`,
  );
}

function nodeName({ instance, host }: NodeView): string {
  return `${instance} on ${host}`;
}

async function summary(parts: ClusterParts, view: ClusterView, problems: readonly Problem[]): Promise<ClusterSummary> {
  const running = view.nodes.map(({ facts }) => facts?.version.running ?? null).filter((version) => version !== null);
  return {
    cluster: view.cluster,
    engine: view.engine,
    adopted: view.databaseId !== null,
    expectedMembers: view.expectedMembers,
    nodes: view.nodes.length,
    versions: [...new Set(running)].sort(),
    healthy: view.nodes.length > 0 && !problems.some(({ severity }) => severity === 'refuse') && view.nodes.every(serves),
    run: await runOf(parts.store, view.cluster),
  };
}

function serves({ linked, facts }: NodeView): boolean {
  return linked && facts?.inService === true;
}

/** The run under way, else the newest that waits to be started; drafts are only ideas. */
async function runOf(store: Store, cluster: string): Promise<string | null> {
  const open = (await store.runs({ openOnly: true })).filter((run) => run.cluster === cluster && run.state !== 'draft');
  return (open.find(({ state }) => state === 'active') ?? open[0])?.runId ?? null;
}

function nodeDocument({ instance, host, linked, facts, factsAgeMs }: NodeView): NodeDocument {
  return {
    instance,
    host,
    linked,
    member: facts?.memberId ?? null,
    role: facts?.role ?? null,
    running: facts?.incarnation != null,
    inService: facts?.inService ?? false,
    version: facts?.version.running ?? null,
    onDiskVersion: facts?.version.onDisk ?? null,
    release: facts?.release.current ?? null,
    previousRelease: facts?.release.previous ?? null,
    peers: facts?.peers ?? [],
    space: facts?.space ?? null,
    snapshots: (facts?.snapshots ?? []).map(({ id, madeAtMs, expiresAtMs, bytes, version, role, verified }) => ({
      ...{ id, bytes, version, role, verified },
      madeAt: new Date(madeAtMs).toISOString(),
      expiresAt: new Date(expiresAtMs).toISOString(),
    })),
    findings: facts?.findings ?? [],
    factsAgeMs: factsAgeMs === null ? null : Math.round(factsAgeMs),
  };
}

function hostDocument({ host, linked, lastSeenAtMs, agentVersion, arch, os, bootId, instances }: HostView): HostDocument {
  return {
    host,
    linked,
    lastSeen: new Date(lastSeenAtMs).toISOString(),
    agentVersion,
    arch,
    os,
    bootId,
    instances: instances.map(({ instance, cluster, engine, dataDir }) => ({ instance, cluster, engine, dataDir })),
  };
}
