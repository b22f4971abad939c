/** What people ask of clusters: see them as they are now, adopt and forget them. */
import type { Clock } from '../../common/clock.ts';
import { reasonOption } from '../../common/commands.ts';
import type { ClusterDocument, ClusterLabelsDocument, NodeDocument, SnapshotDocument } from '../../common/documents/fleet.ts';
import type { ClusterView, NodeView, SnapshotSeen } from '../../common/facts.ts';
import { fail } from '../../common/failure.ts';
import type { Procedure } from '../../common/procedure.ts';
import type { Inventory } from '../fleet/inventory.ts';
import { awayAdvice } from '../fleet/membership.ts';
import { probeNodes, viewWith } from '../fleet/pending-probes.ts';
import { newestRow, startedStates } from '../store/run-lists.ts';
import type { ClusterRecord, LabelChange, Store } from '../store/store.ts';
import { type ClusterPage, type ClustersAsked, clusterProblems, clusterSummary, listClusters, type SummaryParts } from './list-clusters.ts';

export interface ClusterParts extends SummaryParts {
  readonly store: Store;
  readonly fleet: Inventory;
  readonly writer: string;
  readonly clock: Clock;
}

export interface ClusterOperations {
  listClusters(asked: ClustersAsked): Promise<ClusterPage>;
  /** FailureError(not-found, `unknown-cluster`). */
  labelCluster(change: LabelChange, actor: string): Promise<ClusterLabelsDocument>;
  /** Asks every node for a probe now. */
  getCluster(cluster: string): Promise<ClusterDocument>;
  /**
   * With a reason also once more, with other members. FailureError(refused): `already-adopted`, `membership-mismatch` saying who,
   * `fewer-than-seen`, `agent-lost`, `database-differs`, `run-active`.
   */
  adoptCluster(adoption: Adoption, actor: string): Promise<ClusterDocument>;
  /** FailureError: (not-found, `unknown-cluster`), (refused, `run-active`). */
  forgetCluster(cluster: string, reason: string, actor: string): Promise<void>;
}

export interface Adoption {
  readonly cluster: string;
  readonly members: number;
  /** Empty: none was given. */
  readonly reason: string;
  /** The admin confirmed that there are fewer members than the database sees. */
  readonly fewerThanSeen: boolean;
}

export function createClusterOperations(parts: ClusterParts): ClusterOperations {
  const { store, fleet } = parts;
  const cases: ClusterOperations = {
    listClusters: (asked) => listClusters(parts, asked),
    async getCluster(cluster) {
      const view = await probedView(parts, await fleet.view(cluster));
      const problems = clusterProblems(parts, view, await store.cluster(cluster));
      const members = view.nodes.map((node) => nodeDocument(node, fleet.host(node.host)?.lastSeenAtMs ?? 0));
      const run = (await store.openRunsOf([cluster])).get(cluster) ?? null;
      return {
        apiVersion: 'drydock/v1',
        ...clusterSummary(parts, view, problems, { labels: await store.labelsOf(cluster), run }),
        databaseId: view.databaseId,
        members,
        problems,
      };
    },
    async labelCluster(change, actor) {
      const { cluster } = change;
      // Throws where no agent announced it and it is not adopted.
      await fleet.view(cluster);
      await store.labelCluster(change, parts.clock.wallMs(), actor);
      return { apiVersion: 'drydock/v1', cluster, labels: await store.labelsOf(cluster) };
    },
    async adoptCluster(adoption, actor) {
      const { cluster, members, reason } = adoption;
      const adopted = await store.cluster(cluster);
      if (adopted !== null) {
        if (reason === '') throw adoptedAlready(adopted);
        await refuseActiveRun(store, cluster, 'adopted again');
      }
      // Every node that an agent announces now, whether the last adoption knew it or not.
      const known = { ...(await fleet.view(cluster)), nodes: fleet.nodes(cluster) };
      const view = await probedView(parts, { ...known, expectedMembers: members });
      const databaseId = adoptable(parts, view, adoption);
      if (adopted !== null && adopted.databaseId !== databaseId) throw otherDatabase(adopted, databaseId);
      const record = {
        cluster,
        engine: view.engine,
        databaseId,
        expectedMembers: members,
        instances: view.nodes.map(({ instance }) => instance),
        adoptedAtMs: parts.clock.wallMs(),
      };
      if (adopted !== null) await store.readoptCluster(record, actor, reason);
      else await store.adoptCluster(record, parts.writer, actor, reason === '' ? undefined : reason);
      return cases.getCluster(cluster);
    },
    async forgetCluster(cluster, reason, actor) {
      await refuseActiveRun(store, cluster, 'forgotten');
      await store.forgetCluster(cluster, parts.clock.wallMs(), actor, reason);
    },
  };
  return cases;
}

function adoptedAlready({ cluster, expectedMembers }: ClusterRecord): Error {
  return fail(
    'refused',
    'already-adopted',
    `cluster ${cluster} is already adopted, with ${expectedMembers} members; to adopt it with other members, give ${reasonOption}`,
  );
}

function otherDatabase({ cluster, databaseId: was }: ClusterRecord, databaseId: string): Error {
  return fail(
    'refused',
    'database-differs',
    `${cluster} was not adopted again: it was adopted as database ${was}, but its nodes belong to database ${databaseId}; if it was rebuilt: drydock cluster forget ${cluster} ${reasonOption}, then adopt it`,
  );
}

/** Throws FailureError(refused, `run-active`). */
async function refuseActiveRun(store: Store, cluster: string, what: string): Promise<void> {
  const [active] = await store.listRuns({ ...newestRow, cluster, states: startedStates });
  if (active === undefined) return;
  const sentence = `${cluster} cannot be ${what} while run ${active.runId} is ${active.state}: wait for it, or drydock abort ${active.runId}`;
  throw fail('refused', 'run-active', sentence);
}

function procedureOf({ procedures }: ClusterParts, engine: string): Procedure | null {
  return procedures.get(engine) ?? null;
}

async function probedView(parts: ClusterParts, view: ClusterView): Promise<ClusterView> {
  const instances = view.nodes.map(({ instance }) => instance);
  const procedure = procedureOf(parts, view.engine);
  return viewWith(view, await probeNodes(parts.fleet, instances, procedure?.preflightChecks ?? [], procedure?.probes.answerMs));
}

/** The database id that all members share. Health is not asked for: a sick cluster may be adopted, to be watched. */
function adoptable(parts: ClusterParts, view: ClusterView, { members, reason, fewerThanSeen }: Adoption): string {
  const silent = view.nodes.filter(({ facts }) => facts === null);
  if (silent.length > 0)
    throw fail(
      'refused',
      'agent-lost',
      `${view.cluster} was not adopted: no answer from ${silent.map(nodeName).join(', ')}; ${silent.map(silentAdvice).join('; ')}`,
      { remedy: 'retry' },
    );
  const seen = procedureOf(parts, view.engine)?.membersSeen(view) ?? [];
  const fewer = members < seen.length && members === view.nodes.length;
  if (fewer && !(fewerThanSeen && reason !== ''))
    throw fail(
      'refused',
      'fewer-than-seen',
      `${view.cluster} was not adopted: --members is ${members}, but the database sees ${seen.length} members: ${[...seen].sort().join(', ')}; plans are refused until each member has an agent. To adopt it anyway: --yes ${reasonOption}`,
    );
  const known = view.nodes.map(({ facts }) => facts?.memberId ?? null);
  const mismatches = clusterProblems(parts, view, null, fewer ? seen.filter((member) => known.includes(member)) : seen).filter(
    ({ check }) => check === 'membership-mismatch' || check === 'engine',
  );
  if (mismatches.length > 0)
    throw fail('refused', 'membership-mismatch', `${view.cluster} was not adopted: ${mismatches.map(({ detail }) => detail).join('; ')}`);
  const ids = new Map(view.nodes.map((node) => [node.facts?.databaseId ?? null, node]));
  const [databaseId] = ids.keys();
  if (ids.size === 1 && databaseId !== null && databaseId !== undefined) return databaseId;
  const advice = ids.has(null) ? 'start the nodes whose database is unknown, then adopt it' : "correct the agents' settings";
  const reported = view.nodes.map((node) => `${nodeName(node)}: ${node.facts?.databaseId ?? 'unknown'}`).join(', ');
  throw fail(
    'refused',
    'database-differs',
    `${view.cluster} was not adopted: its nodes belong to different databases (${reported}); ${advice}`,
  );
}

function silentAdvice(node: NodeView): string {
  return node.connected ? `${node.host} is connected but did not answer: check the log of its agent` : awayAdvice(node);
}

function nodeName({ instance, host }: NodeView): string {
  return `${instance} on ${host}`;
}

function nodeDocument({ instance, host, connected, facts, factsAgeMs }: NodeView, lastSeenAtMs: number): NodeDocument {
  return {
    instance,
    host,
    connected,
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
    snapshots: (facts?.snapshots ?? []).map(snapshotDocument),
    findings: facts?.findings ?? [],
    factsAgeMs: factsAgeMs === null ? null : Math.round(factsAgeMs),
    lastSeen: new Date(lastSeenAtMs).toISOString(),
  };
}

export function snapshotDocument({ id, madeAtMs, expiresAtMs, bytes, version, role, verified }: SnapshotSeen): SnapshotDocument {
  const [madeAt, expiresAt] = [new Date(madeAtMs).toISOString(), new Date(expiresAtMs).toISOString()];
  return { id, bytes, version, role, verified, madeAt, expiresAt };
}
