/**
 * PURE. What a restore knows of the members that it restores. Their databases may be down or damaged, which is what restores are for: then
 * the disk tells the version, and the snapshot the role.
 */
import type { NodeView, SnapshotSeen } from '../../common/facts.ts';
import type { PlanInput, PlannedGoal, PlannedNode } from './plan-input.ts';

export function isRestored(goal: PlannedGoal, instance: string): boolean {
  return goal.kind === 'restore' && (goal.instance === null || goal.instance === instance);
}

/** Instances whose own condition is no reason against this goal. */
export function restoredIn({ goal, view }: Pick<PlanInput, 'goal' | 'view'>): readonly string[] {
  return view.nodes.map(({ instance }) => instance).filter((instance) => isRestored(goal, instance));
}

/** The snapshot that a node is restored to; null: none, or none is there. */
export function snapshotFor(goal: PlannedGoal, { instance, facts }: NodeView): SnapshotSeen | null {
  if (goal.kind !== 'restore' || !isRestored(goal, instance)) return null;
  return facts?.snapshots?.find(({ run, hop }) => run === goal.run && hop === undefined) ?? null;
}

export function noSnapshot({ goal, view }: Pick<PlanInput, 'goal' | 'view'>, { instance, host }: NodeView): string {
  const run = goal.kind === 'restore' ? goal.run : '';
  return `${instance}: ${host} has no snapshot of ${run}; drydock snapshot list --cluster ${view.cluster} shows all`;
}

/** Version that a node runs, or will run once it is restored; null: nothing tells. */
export function versionOf(goal: PlannedGoal, view: NodeView): string | null {
  const { running = null, onDisk = null } = view.facts?.version ?? {};
  return isRestored(goal, view.instance) ? (onDisk ?? running ?? snapshotFor(goal, view)?.version ?? null) : running;
}

export function roleOf(goal: PlannedGoal, view: NodeView): string | null {
  return view.facts?.role ?? snapshotFor(goal, view)?.role ?? null;
}

/** Whom the procedure cannot choose, as nothing answers: the leader first, for the others follow it. */
export function firstToRestore(
  { goal, procedure }: Pick<PlanInput, 'goal' | 'procedure'>,
  rest: readonly PlannedNode[],
): PlannedNode | null {
  if (goal.kind !== 'restore') return null;
  return rest.find((node) => node.role === procedure.leaderRole) ?? rest[0] ?? null;
}
