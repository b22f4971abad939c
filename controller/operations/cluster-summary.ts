/** What is said of a cluster wherever it is listed or shown: how many of its nodes serve, what speaks against a plan, which run has it. */
import type { ClusterView, NodeView } from '../../common/cluster-view.ts';
import type { ClusterSummary } from '../../common/documents/fleet.ts';
import type { Failure } from '../../common/failure.ts';
import type { Labels } from '../../common/labels.ts';
import type { Problem, Procedure } from '../../common/procedure.ts';
import type { Inventory } from '../fleet/inventory.ts';
import { membershipProblems } from '../fleet/membership.ts';
import type { ClusterRecord } from '../store/store.ts';
import { isoOf } from '../views/run-document.ts';

export interface SummaryParts {
  readonly fleet: Pick<Inventory, 'refused'>;
  readonly procedures: ReadonlyMap<string, Procedure>;
  /** Why this store may not command a cluster (`store-behind-fleet`); null: it may. */
  refusal(cluster: string): Failure | null;
  /** The run that rests unfinalized there; null: none does. */
  rest(cluster: string): { readonly run: string; readonly untilMs: number | null } | null;
}

/** What the store says of a cluster beside its adoption. */
export interface Recorded {
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
    const detail = `there is no procedure for engine ${view.engine}: its clusters can be seen and not changed`;
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
