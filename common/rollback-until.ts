/** PURE. Until when `drydock rollback` works on a run of a plan, and what to do afterwards: printed before consent. */
import type { Hop, Plan } from './plan.ts';
import { oppositeOf, returnCommand } from './plan-commands.ts';

/** One sentence; a restore has its own. */
export function rollbackUntil(plan: Plan): string {
  const { goal, hops, cluster } = plan;
  const lossy = hops.find(({ rollback }) => rollback !== 'lossless');
  if (lossy !== undefined)
    return `Rollback: \`drydock rollback\` does not work for ${lossy.from} → ${lossy.to}: its rollback is ${lossy.rollback}.`;
  if (goal.release === undefined && goal.config === undefined)
    return 'Rollback: a restart leaves nothing to roll back; `drydock abort` ends the run between two nodes.';
  const what = hops.length === 1 ? '' : ' for the hop under way';
  const afterwards =
    goal.config === undefined
      ? `plan ${articled(oppositeOf(plan.direction))}: ${returnCommand(plan)}`
      : `plan the former configuration: drydock plan ${cluster} --config FILE`;
  return `Rollback: \`drydock rollback\` works${what} until ${until(plan)}; afterwards ${afterwards}`;
}

/** All hops of one engine end alike; one that the database finalizes may be finalized as soon as its last node runs the new version. */
function until({ goal, hops, engine }: Plan): string {
  const automatic = hops.some(({ finalize }) => finalize.policy === 'automatic');
  const to = hops.length === 1 ? hops[0]?.to : 'the version that the hop ends at';
  if (automatic) return `every node runs ${to}, which ${engine} then finalizes automatically`;
  if (hops.some(({ finalize }) => finalize.policy === 'guarded' || finalize.policy === 'manual')) return `${to} is finalized`;
  const removes = (hop: Hop) => hop.phases.some(({ name }) => name === 'cleanup');
  if (!hops.some(removes)) return 'the run is done';
  return `the run removes ${goal.release === undefined ? 'the former configuration' : 'the previous release'}, its last phase`;
}

const articled = (direction: Plan['direction']): string => (direction === 'upgrade' ? 'an upgrade' : 'a downgrade');
