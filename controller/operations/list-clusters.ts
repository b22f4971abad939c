/** The list of clusters, page by page by name: no page looks at more than so many, however few of them are wanted, so that none keeps others waiting. */

import { setImmediate } from 'node:timers/promises';
import type { ClusterListDocument, ClusterSummary } from '../../common/documents/fleet.ts';
import type { ClusterView, NodeView } from '../../common/facts.ts';
import type { Failure } from '../../common/failure.ts';
import { type Labels, type Selector, selects } from '../../common/labels.ts';
import type { Problem, Procedure } from '../../common/procedure.ts';
import type { Inventory } from '../fleet/inventory.ts';
import { membershipProblems } from '../fleet/membership.ts';
import type { ClusterRecord, Store } from '../store/store.ts';
import { isoOf } from '../views/run-document.ts';

export const clusterStates = ['healthy', 'unhealthy', 'not-adopted'] as const;
type ClusterState = (typeof clusterStates)[number];

/** null: whichever. */
export interface ClustersAsked {
  readonly selector: Selector;
  readonly engine: string | null;
  /** That a node of it runs. */
  readonly version: string | null;
  readonly state: ClusterState | null;
  /** The last name of the page before; empty: from the first. */
  readonly after: string;
  /** 0: as many as one page takes. */
  readonly pageSize: number;
}

export interface ClusterPage {
  readonly clusters: ClusterListDocument;
  /** Name that the next page is asked for with; empty: nothing after this page. */
  readonly nextAfter: string;
}

interface ListParts extends SummaryParts {
  readonly store: Pick<Store, 'clustersFrom' | 'labels' | 'openRunsOf'>;
  readonly fleet: Pick<Inventory, 'refused' | 'announcedClusters' | 'viewOf'>;
}

/** Clusters that one page looks at. */
const mostAtOnce = 200;
/** Judged without a pause: some milliseconds, also of engines whose judgement is dear. */
const judgedAtOnce = 20;
/** A page must fit into one message, whatever their labels are. */
const pageBytes = 256 * 1024;

export async function listClusters(parts: ListParts, asked: ClustersAsked): Promise<ClusterPage> {
  const { store, fleet } = parts;
  const limit = asked.pageSize === 0 ? mostAtOnce : Math.min(asked.pageSize, mostAtOnce);
  const records = new Map((await store.clustersFrom(asked.after, limit + 1)).map((record) => [record.cluster, record]));
  const announced = fleet.announcedClusters().filter((name) => name > asked.after);
  const names = [...new Set([...announced.slice(0, limit + 1), ...records.keys()])].sort();
  const page = names.slice(0, limit);
  const [labels, runs] = [await store.labels(page), await store.openRunsOf(page)];
  const clusters: ClusterSummary[] = [];
  let bytes = 0;
  for (const [index, name] of page.entries()) {
    if (index % judgedAtOnce === judgedAtOnce - 1) await setImmediate();
    const recorded = { labels: labels.get(name) ?? {}, run: runs.get(name) ?? null };
    if (!selects(asked.selector, recorded.labels)) continue;
    const summary = summaryOf(parts, name, records.get(name) ?? null, recorded);
    if (summary === null || !isAsked(summary, asked)) continue;
    bytes += JSON.stringify(summary).length;
    if (bytes > pageBytes && clusters.length > 0) return pageOf(clusters, page[index - 1] ?? '');
    clusters.push(summary);
  }
  return pageOf(clusters, names.length > page.length ? (page.at(-1) ?? '') : '');
}

const pageOf = (clusters: readonly ClusterSummary[], nextAfter: string): ClusterPage => ({
  clusters: { apiVersion: 'drydock/v1', clusters },
  nextAfter,
});

function summaryOf(
  parts: ListParts,
  name: string,
  record: ClusterRecord | null,
  recorded: Parameters<typeof clusterSummary>[3],
): ClusterSummary | null {
  const view = parts.fleet.viewOf(name, record);
  return view === null ? null : clusterSummary(parts, view, clusterProblems(parts, view, record), recorded);
}

function isAsked(summary: ClusterSummary, { engine, version, state }: ClustersAsked): boolean {
  if (engine !== null && summary.engine !== engine) return false;
  if (version !== null && !summary.versions.includes(version)) return false;
  if (state === null) return true;
  return state === 'not-adopted' ? !summary.adopted : summary.healthy === (state === 'healthy');
}

// What is said of a cluster wherever it is listed or shown: how many of its nodes serve, what speaks against a plan, which run has it.

export interface SummaryParts {
  readonly fleet: Pick<Inventory, 'refused'>;
  readonly procedures: ReadonlyMap<string, Procedure>;
  /** Why this store may not command a cluster (`store-behind-fleet`); null: it may. */
  refusal(cluster: string): Failure | null;
  /** The run that rests unfinalized there; null: none does. */
  rest(cluster: string): { readonly run: string; readonly untilMs: number | null } | null;
}

/** What the store says of a cluster beside its adoption. */
interface Recorded {
  readonly labels: Labels;
  /** null: none is open but drafts. */
  readonly run: string | null;
}

export function clusterSummary(parts: SummaryParts, view: ClusterView, problems: readonly Problem[], recorded: Recorded): ClusterSummary {
  const rest = parts.rest(view.cluster);
  const running = view.nodes.map(({ facts }) => facts?.version.running ?? null).filter((version) => version !== null);
  return {
    cluster: view.cluster,
    engine: view.engine,
    labels: recorded.labels,
    adopted: view.databaseId !== null,
    expectedMembers: view.expectedMembers,
    nodes: view.nodes.length,
    nodesInService: view.nodes.filter(serves).length,
    versions: [...new Set(running)].sort(),
    healthy: view.nodes.length > 0 && !problems.some(({ severity }) => severity === 'refuse') && view.nodes.every(serves),
    behind: parts.refusal(view.cluster)?.message ?? null,
    run: recorded.run,
    ...(rest === null ? {} : { rest: { run: rest.run, until: isoOf(rest.untilMs) } }),
  };
}

/** `seen`: members that the database lists; left out: by the engine's own view. */
export function clusterProblems(
  parts: SummaryParts,
  view: ClusterView,
  record: ClusterRecord | null,
  seen?: readonly string[],
): readonly Problem[] {
  const refusal = parts.refusal(view.cluster);
  const behind: readonly Problem[] =
    refusal === null ? [] : [{ check: refusal.code, severity: 'refuse', subject: view.cluster, detail: refusal.message, clears: 'person' }];
  const procedure = parts.procedures.get(view.engine);
  if (procedure === undefined) {
    const detail = `engine ${view.engine} has no procedure yet: its clusters are shown, but cannot be planned or changed`;
    return [...behind, { check: 'engine', severity: 'refuse', subject: view.cluster, detail, clears: 'person' }];
  }
  const membership = membershipProblems({
    cluster: view.cluster,
    expectedMembers: view.expectedMembers,
    adopted: record?.instances ?? null,
    enrolled: view.nodes,
    seen: seen ?? procedure.membersSeen(view),
    ...(procedure.notAMember === undefined ? {} : { notAMember: procedure.notAMember }),
    refused: parts.fleet.refused(view.cluster),
  });
  return [...behind, ...membership, ...procedure.assess(view, [])];
}

function serves({ connected, facts }: NodeView): boolean {
  return connected && facts?.inService === true;
}
