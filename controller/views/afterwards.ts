/** PURE. After a run: what its nodes run now, of those that are not as it left them, and which command is of use next. */
import type { ClusterView } from '../../common/cluster-view.ts';
import type { NextCommand } from '../../common/documents/runs.ts';
import type { Plan } from '../../common/plan.ts';
import { oppositeOf, planCommand, returnCommand } from '../../common/plan-commands.ts';
import { planAgain } from '../planner/goal-text.ts';
import { nodeOf } from '../sequencer/decide/decision-input.ts';
import { planIndex, runIndex } from '../sequencer/run/run-index.ts';
import { isOver, type RunStatus } from '../sequencer/run/run-status.ts';
import { undoOf } from '../sequencer/run/turn-progress.ts';

export interface Ended {
  readonly plan: Plan;
  readonly status: RunStatus;
  readonly view: Pick<ClusterView, 'nodes'>;
}

/** `db-2 runs 16.14; db-1, db-3 are down`: what agents report now of the nodes that are not as the end of the run says; empty: all are. */
export function nowText({ plan, status, view }: Ended): string {
  const states = new Map<string, string[]>();
  for (const { instance } of plan.nodes) {
    const expected = runIndex(plan, status).expectedVersion(instance);
    if (expected !== null && runningIn(view, instance) === expected) continue;
    const state = stateOf(view, instance);
    states.set(state, [...(states.get(state) ?? []), instance]);
  }
  return [...states].map(([state, instances]) => `${instances.join(', ')} ${instances.length === 1 ? state : plural(state)}`).join('; ');
}

const plural = (state: string): string => state.replace(/^runs /, 'run ').replace(/^is /, 'are ');

function runningIn(view: Ended['view'], instance: string): string | null {
  const node = nodeOf({ view }, instance);
  return node?.connected === true ? (node.facts?.version.running ?? null) : null;
}

function stateOf(view: Ended['view'], instance: string): string {
  const running = runningIn(view, instance);
  if (running !== null) return `runs ${running}`;
  return nodeOf({ view }, instance)?.connected === true ? 'is down' : 'is disconnected';
}

/** Nothing of a run that goes on; nothing while a node does not answer, for then it comes first, and no plan would be made. */
export function nextCommands(ended: Ended): readonly NextCommand[] {
  const { plan, status, view } = ended;
  if (!isOver(status) || status.turns.length === 0) return [];
  const versions = new Set(plan.nodes.map(({ instance }) => runningIn(view, instance)));
  if (versions.has(null) || plan.goal.restore !== undefined) return [];
  if (plan.goal.release === undefined) return isLevel(ended) ? [] : [{ what: 'bring level', command: planAgain(plan) }];
  const [only] = versions;
  const back = (): NextCommand => ({ what: oppositeOf(plan.direction), command: returnCommand(plan) });
  const isReturnable = plan.hops.every(({ rollback }) => rollback === 'lossless');
  if (versions.size === 1 && only !== plan.to) return [];
  const level = { what: 'bring level', command: planCommand(plan.cluster, plan.to, plan.direction) };
  return [...(versions.size > 1 ? [level] : []), ...(isReturnable ? [back()] : [])];
}

/** Every node has what the run was to bring, or none. */
function isLevel({ plan, status }: Ended): boolean {
  const brought = planIndex(plan)
    .places.filter(({ turn }) => turn.disruptive)
    .map(({ turn }) => {
      const chosen = runIndex(plan, status).chosen(turn.id);
      return chosen !== null && chosen.way === 'forward' && undoOf(turn, chosen) === 'full';
    });
  return new Set(brought).size < 2;
}
