/** PURE. What a plan is for, in words: plans that stay at a version are told apart by nothing else; and which asked changes change nothing anywhere. */

import type { NodeView } from '../../common/cluster-view.ts';
import type { ConfigChange } from '../../common/orders.ts';
import type { Plan } from '../../common/plan.ts';
import { planCommand } from '../../common/plan-commands.ts';
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
    .map((change) => `${isSoAlready(change)}: this change alters nothing`);
}

/** Name of the setting that a line of a diff sets; empty: none. */
const settingOf = (line: string): string => /^[+-]\s*([A-Za-z_][\w.$-]*)/.exec(line)?.[1]?.toLowerCase() ?? '';

function isSoAlready(change: ConfigChange): string {
  if (change.op === 'set') return `every node has ${change.key} = ${change.value} already`;
  return `no node sets ${change.key}`;
}
