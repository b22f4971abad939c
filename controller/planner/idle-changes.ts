/** PURE. Changes of the configuration that change nothing anywhere: whoever asked for them must not look for them in the diff in vain. */
import type { NodeView } from '../../common/cluster-view.ts';
import type { ConfigChange } from '../../common/orders.ts';
import type { PlannedGoal } from './plan-input.ts';

/** One sentence each. */
export function idleChanges(goal: PlannedGoal, nodes: readonly NodeView[]): readonly string[] {
  if (goal.kind !== 'restart' || goal.config === null) return [];
  const changed = nodes.flatMap(({ facts }) => (facts?.config?.lines ?? []).filter((line) => /^[+-]/.test(line)));
  return goal.config
    .filter(({ key }) => !changed.some((line) => settingOf(line) === key.toLowerCase()))
    .map((change) => `${isSoAlready(change)}: this change alters nothing`);
}

/** Name of the setting that a line of a diff sets; empty: none. */
const settingOf = (line: string): string => /^[+-]\s*([A-Za-z_][\w.$-]*)/.exec(line)?.[1]?.toLowerCase() ?? '';

function isSoAlready(change: ConfigChange): string {
  if (change.op === 'set') return `every node has ${change.key} = ${change.value} already`;
  return `no node sets ${change.key}`;
}
