/** PURE. Whether a run may go back (P11). Commands that are offered and those that are taken ask the same question (P17). */
import { type Hop, type Plan, type Turn, variantFor } from '../../common/plan.ts';
import { oppositeOf, planCommand } from '../../common/plan-commands.ts';
import { currentHop, isOutage, placesOf, turnStatusOf } from './progress.ts';
import type { RunStatus } from './run-status.ts';

export interface NoWayBack {
  readonly code: 'way-back-gone' | 'way-back-lossy';
  /** Follows on `run r-1 cannot go back`. */
  readonly why: string;
}

/** null: it may go back. Only where nothing is lost by it, and while the previous release is still there. */
export function noWayBack(plan: Plan, status: RunStatus): NoWayBack | null {
  const hop = currentHop(plan, status);
  const gone = wayBackGone(plan, status, hop);
  if (gone !== null) return { code: 'way-back-gone', why: `: ${gone}${insteadText(plan, hop)}` };
  if (hop === null || hop.wayBack === 'swap') return null;
  const why =
    plan.goal.restore === undefined
      ? `the way back of ${hop.from} → ${hop.to} is ${hop.wayBack}`
      : 'what a restored node had before lies beside its data folder, and only a person puts that back';
  return { code: 'way-back-lossy', why: ` by itself: ${why}` };
}

function insteadText({ goal, cluster, direction, from }: Plan, hop: Hop | null): string {
  if (goal.config !== undefined) return '; plan the former configuration instead';
  if (goal.release === undefined) return '';
  const opposite = oppositeOf(direction);
  const what = opposite === 'upgrade' ? 'an upgrade' : 'a downgrade';
  return `; plan ${what} instead: ${planCommand(cluster, hop?.from ?? from, opposite)}`;
}

/**
 * Why the hop that the run is in has no way back any more; null: it has one. Its chores remove what would be gone back to; a hop that the
 * database finalizes by itself may be finalized from the moment when its last node runs the new version.
 */
function wayBackGone(plan: Plan, status: RunStatus, hop: Hop | null): string | null {
  if (hop === null) return 'every hop is finalized';
  const places = placesOf(plan).filter((place) => place.hop === hop);
  // Those of a restore or a restart remove nothing that could be gone back to.
  const removes = plan.goal.release !== undefined || plan.goal.config !== undefined;
  if (removes && places.some(({ phase, turn }) => phase.name === 'chores' && turnStatusOf(status, turn.id) !== null))
    return `it has begun to remove ${plan.goal.release === undefined ? 'the former configuration' : 'the previous release'}`;
  const isLeft = status.way === 'forward' && places.every(({ turn }) => !turn.disruptive || runsThere(turn, status));
  return hop.finalize === 'automatic' && isLeft ? `every node runs ${hop.to}, which ${plan.engine} finalizes by itself` : null;
}

/** Proven or not: the database does not wait for our proofs. */
function runsThere(turn: Turn, status: RunStatus): boolean {
  const chosen = turnStatusOf(status, turn.id);
  const outages = chosen === null ? [] : (variantFor(turn, chosen.role)?.steps ?? []).filter(isOutage);
  return outages.length > 0 && outages.every(({ id }) => chosen?.steps[id]?.state === 'done');
}
