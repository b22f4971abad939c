/** PURE. Whether a run may go back (P11). Commands that are offered and those that are taken ask the same question (P17). */
import { type Hop, type Plan, type Turn, variantFor } from '../../common/plan.ts';
import { oppositeOf, planCommand } from '../../common/plan-commands.ts';
import { planIndex, runIndex } from './run-index.ts';
import type { RunStatus, TurnStatus } from './run-status.ts';
import { isDowntime } from './turn-progress.ts';

export interface NoRollback {
  readonly code: 'rollback-gone' | 'rollback-lossy';
  /** Follows on `run r-1 cannot roll back`. */
  readonly why: string;
}

/** null: it may go back. Only where nothing is lost by it, and while the previous release is still there. */
export function noRollback(plan: Plan, status: RunStatus): NoRollback | null {
  const hop = runIndex(plan, status).currentHop;
  const gone = rollbackGone(plan, status, hop);
  if (gone !== null) return { code: 'rollback-gone', why: `: ${gone}${insteadText(plan, hop)}` };
  if (hop === null || hop.rollback === 'lossless') return null;
  const why =
    plan.goal.restore === undefined
      ? `the rollback of ${hop.from} → ${hop.to} is ${hop.rollback}`
      : 'what a restored node had before lies beside its data folder, and only a person can undo that';
  return { code: 'rollback-lossy', why: ` automatically: ${why}` };
}

function insteadText({ goal, cluster, direction, from }: Plan, hop: Hop | null): string {
  if (goal.config !== undefined) return '; plan the former configuration instead';
  if (goal.release === undefined) return '';
  const opposite = oppositeOf(direction);
  const what = opposite === 'upgrade' ? 'an upgrade' : 'a downgrade';
  return `; plan ${what} instead: ${planCommand(cluster, hop?.from ?? from, opposite)}`;
}

/**
 * Why the hop that the run is in has no rollback any more; null: it has one. Its cleanup remove what would be gone back to; a hop that the
 * database finalizes automatically may be finalized from the moment when its last node runs the new version.
 */
function rollbackGone(plan: Plan, status: RunStatus, hop: Hop | null): string | null {
  if (hop === null) return 'every hop is finalized';
  const places = planIndex(plan).places.filter((place) => place.hop === hop);
  // Those of a restore or a restart remove nothing that could be gone back to.
  const removes = plan.goal.release !== undefined || plan.goal.config !== undefined;
  if (removes && places.some(({ phase, turn }) => phase.name === 'cleanup' && runIndex(plan, status).chosen(turn.id) !== null))
    return `it has begun to remove ${plan.goal.release === undefined ? 'the former configuration' : 'the previous release'}`;
  const isLeft =
    status.way === 'forward' && places.every(({ turn }) => !turn.disruptive || runsThere(turn, runIndex(plan, status).chosen(turn.id)));
  return hop.finalize === 'automatic' && isLeft ? `every node runs ${hop.to}, which ${plan.engine} finalizes automatically` : null;
}

/** Proven or not: the database does not wait for our proofs. */
function runsThere(turn: Turn, chosen: TurnStatus | null): boolean {
  const downtimes = chosen === null ? [] : (variantFor(turn, chosen.role)?.steps ?? []).filter(isDowntime);
  return downtimes.length > 0 && downtimes.every(({ id }) => chosen?.steps[id]?.state === 'done');
}
