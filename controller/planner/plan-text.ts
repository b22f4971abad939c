/** PURE. Plans in words: what one is for, the command that makes it again, and what two do differently. */

import { planCommand } from '../../common/commands.ts';
import type { PlanDiffDocument } from '../../common/documents/plans.ts';
import type { NodeView } from '../../common/facts.ts';
import type { ConfigChange } from '../../common/orders.ts';
import type { Plan } from '../../common/plan.ts';
import { renderPlan } from '../../common/render-plan.ts';
import type { PlannedGoal } from './plan-input.ts';

/** `upgrade`, `configuration, restart`, `restore r-3 on db-3`. */
export function goalText({ goal, direction }: Pick<Plan, 'goal' | 'direction'>): string {
  const { restore } = goal;
  if (restore !== undefined) {
    const where = restore.scope === 'node' ? ` on ${restore.snapshots.map(({ instance }) => instance).join(', ')}` : '';
    return `restore ${restore.run}${where}`;
  }
  const level = [...(goal.config === undefined ? [] : ['configuration']), ...(goal.restart === true ? ['restart'] : [])];
  return level.length === 0 ? direction : level.join(', ');
}

type Planned = Pick<
  Plan,
  'goal' | 'direction' | 'cluster' | 'to' | 'succession' | 'canaryCount' | 'snapshot' | 'traits' | 'configGiven' | 'configOptional'
>;

/** The command that makes such a plan anew from what is there now. */
export function planAgain(plan: Planned): string {
  const { goal, direction, cluster, to, succession, canaryCount, snapshot, traits = [], configGiven = {}, configOptional } = plan;
  const { restore } = goal;
  const asked = [
    ...(succession === undefined ? [] : ['--primary switchover']),
    ...(canaryCount === 1 ? [] : [`--canary ${canaryCount}`]),
    ...(snapshot === undefined ? [] : [`--snapshot ${snapshot.verify}`]),
  ];
  if (restore !== undefined) {
    const [only] = restore.snapshots;
    return `drydock restore ${restore.run}${restore.scope === 'node' ? ` --node ${only?.instance ?? ''}` : ''}`;
  }
  const level = [...(goal.config === undefined ? [] : ['--config FILE']), ...(goal.restart === true ? ['--restart'] : [])];
  if (level.length > 0) return `drydock plan ${[cluster, ...level, ...asked].join(' ')}`;
  const given = traits.flatMap(({ name, value, given: byHand }) => (byHand === true ? [`--trait ${name}=${value}`] : []));
  const config = [
    ...Object.entries(configGiven).map(([key, value]) => `--config-set ${key}=${value}`),
    ...(configOptional === true ? ['--config-optional'] : []),
  ];
  const via = (goal.via ?? []).map((version) => `--via ${version}`);
  return [planCommand(cluster, to, direction), ...via, ...given, ...config, ...asked].join(' ');
}

/** One sentence each. */
export function idleChanges(goal: PlannedGoal, nodes: readonly NodeView[]): readonly string[] {
  if (goal.kind !== 'restart' || goal.config === null) return [];
  const changed = nodes.flatMap(({ facts }) => (facts?.config?.lines ?? []).filter((line) => /^[+-]/.test(line)));
  return goal.config
    .filter(({ key }) => !changed.some((line) => settingOf(line) === key.toLowerCase()))
    .map((change) => `${isSoAlready(change)}: this change has no effect`);
}

/** Name of the setting that a line of a diff sets; empty: none. */
const settingOf = (line: string): string => /^[+-]\s*([A-Za-z_][\w.$-]*)/.exec(line)?.[1]?.toLowerCase() ?? '';

function isSoAlready(change: ConfigChange): string {
  if (change.op === 'set') return `every node already has ${change.key} = ${change.value}`;
  return `no node sets ${change.key}`;
}

// What differs between two plans, line by line of what a person reads.

interface NamedPlan {
  readonly planId: string;
  readonly digest: string;
  readonly plan: Plan;
}

export function diffPlans(a: NamedPlan, b: NamedPlan): PlanDiffDocument {
  const lines = diffLines(linesOf(a), linesOf(b));
  return { apiVersion: 'drydock/v1', a: a.planId, b: b.planId, same: a.digest === b.digest, lines };
}

const linesOf = (named: NamedPlan): readonly string[] => renderPlan(named.plan, named.planId, named.digest).split('\n');

/** Longest common subsequence; printed plans have some dozens of lines. */
export function diffLines(a: readonly string[], b: readonly string[]): readonly string[] {
  const common = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0));
  const at = (row: number, column: number): number => common[row]?.[column] ?? 0;
  for (let row = a.length - 1; row >= 0; row--) {
    for (let column = b.length - 1; column >= 0; column--) {
      const best = a[row] === b[column] ? at(row + 1, column + 1) + 1 : Math.max(at(row + 1, column), at(row, column + 1));
      (common[row] ?? [])[column] = best;
    }
  }
  const lines: string[] = [];
  let row = 0;
  let column = 0;
  while (row < a.length || column < b.length) {
    if (row < a.length && column < b.length && a[row] === b[column]) {
      lines.push(` ${a[row]}`);
      row++;
      column++;
    } else if (column >= b.length || (row < a.length && at(row + 1, column) >= at(row, column + 1))) {
      lines.push(`-${a[row++]}`);
    } else {
      lines.push(`+${b[column++]}`);
    }
  }
  return lines;
}
