/** PURE. Who takes the leader's role over in the leader's turn, and which roles moved since the plan was made: each turn goes by the role that its node has then. */
import type { ClusterView, NodeView } from '../../common/facts.ts';
import type { Failure } from '../../common/failure.ts';
import type { MovedRole, Plan, Succession } from '../../common/plan.ts';
import { isReloadOnly, orderOf } from './goals.ts';
import type { PlanInput, PlannedNode } from './plan-input.ts';
import { refused } from './refusals.ts';

/** The leader among those that have a downtime; null: it has none, or no switchover is wanted. */
function retiring(input: PlanInput, moving: readonly PlannedNode[]): PlannedNode | null {
  const { options, procedure } = input;
  if (options.leader !== 'switchover' || isReloadOnly(input)) return null;
  return moving.find((node) => node.role === procedure.leaderRole) ?? null;
}

export function successionProblems(input: PlanInput, moving: readonly PlannedNode[]): readonly Failure[] {
  const { options, procedure, view, scheme, path } = input;
  if (options.leader !== 'switchover') return [];
  if (procedure.successor === undefined)
    return [refused('no-switchover', `${view.engine} moves its ${procedure.leaderRole} automatically; omit --primary`)];
  const direction = orderOf(input, scheme.compare(path.to, path.from) < 0 ? 'downgrade' : 'upgrade');
  if (input.goal.kind === 'restore' || direction === 'downgrade')
    return [
      refused(
        'no-switchover',
        `${view.cluster}: in a downgrade, or when a limit is lowered, the leader must be restarted first, so that no follower lacks what it must read; use --primary restart`,
      ),
    ];
  if (retiring(input, moving) === null) return [];
  const choice = procedure.successor(view);
  return 'problems' in choice ? choice.problems.map((problem) => refused('no-successor', `${view.cluster}: ${problem}`)) : [];
}

export function successorOf(input: PlanInput, order: readonly PlannedNode[]): NodeView | null {
  if (retiring(input, order) === null) return null;
  const choice = input.procedure.successor?.(input.view);
  if (choice === undefined || 'problems' in choice) return null;
  return input.view.nodes.find((node) => node.instance === choice.instance) ?? null;
}

/** The same with the other thing that could become of the leader's role; null: there is none. */
export function turnedRound(input: PlanInput, order: readonly PlannedNode[]): PlanInput | null {
  const leader = input.options.leader === 'switchover' ? 'restart' : 'switchover';
  const turned: PlanInput = { ...input, options: { ...input.options, leader } };
  const handingOver = leader === 'switchover' ? turned : input;
  return successionProblems(handingOver, order).length === 0 && successorOf(handingOver, order) !== null ? turned : null;
}

export function successionOf(input: PlanInput, order: readonly PlannedNode[]): Succession | null {
  const from = retiring(input, order)?.view.instance;
  const choice = input.procedure.successor?.(input.view);
  if (from === undefined || choice === undefined || 'problems' in choice) return null;
  const to = choice.instance;
  return {
    from,
    to,
    why: choice.why,
    withoutController: [
      `until ${from} is stopped: nothing has changed`,
      `from the stop to the promotion of ${to}: ${from} stays down and fenced, no node takes writes until the controller is back`,
      `after the promotion: ${to} takes writes; ${from} stays down and fenced unless its start was already ordered: its agent then finishes the start alone`,
    ],
  };
}

/** Members that have another role than when the plan was made, as far as they say it. */
export function movedRoles({ nodes }: Pick<Plan, 'nodes'>, view: Pick<ClusterView, 'nodes'>): readonly MovedRole[] {
  return nodes.flatMap(({ instance, role }) => {
    const node = view.nodes.find((each) => each.instance === instance);
    const now = node?.connected === true ? (node.facts?.role ?? null) : null;
    return now === null || now === role ? [] : [{ instance, planned: role, now }];
  });
}
