/** PURE. Policy by position: a canary that fails is rolled back automatically where nothing is lost by it (P11), a later node holds; and why a run has no rollback any more. */

import { oppositeOf, planCommand } from '../../../common/commands.ts';
import { unnamed } from '../../../common/failure.ts';
import type { Hold } from '../../../common/holds.ts';
import { type Hop, type Plan, type Step, type Turn, variantFor } from '../../../common/plan.ts';
import { type ChosenPlace, hasWaves, isWaved, planIndex, runIndex } from '../run/run-index.ts';
import { isExcluded, type RunStatus, type StepAt, type StepStatus, type TurnStatus, withTurn } from '../run/run-status.ts';
import { endedWell, handoverOf, isDowntime, nextInTurn, undoOf } from '../run/turn-progress.ts';
import type { DecisionInput } from './decision-input.ts';

/** The reason for going back now; null: there is none, or it is not for Drydock alone to say. */
export function automaticRollback({ plan, status }: Pick<DecisionInput, 'plan' | 'status'>): string | null {
  if (status.state !== 'active' || status.way === 'back' || status.aborting !== null || status.paused !== null) return null;
  if (noRollback(plan, status) !== null) return null;
  for (const hop of plan.hops) {
    if (hasWaves(hop)) continue;
    const canaries = runIndex(plan, status).chosenDisruptive.filter((place) => place.hop.id === hop.id && isNoGap(status, place));
    // A proof that one of them fails later on is no canary's any more.
    if (canaries.length > plan.canaryCount) continue;
    for (const { turn, chosen } of canaries) {
      const next = nextInTurn(turn, chosen);
      // A person who said `failed` has it in hand; what is tried again by itself has not failed yet; unknown is never assumed.
      if (next.kind !== 'failed' || next.last.outcome === null || next.last.hold?.releasedBy === 'automatic') continue;
      if (wasLeftDown(next.step, next.last)) continue;
      if (turn.rollback === 'lossless' && undoOf(turn, chosen) !== 'none' && handoverOf(turn, chosen) !== 'open')
        return `the canary ${turn.instance} failed: ${unnamed(next.last.hold?.detail ?? '', turn.instance ?? turn.id)}`;
    }
  }
  return null;
}

/** A node that was excluded before its turn was over has proven nothing: the next one is the canary in its place. */
export const isNoGap = (status: RunStatus, { turn, chosen }: Pick<ChosenPlace, 'turn' | 'chosen'>): boolean =>
  !isExcluded(status, turn.instance) || endedWell(turn, chosen);

/**
 * Its agent could not start what ran before either: the cause is not what the run brought, and going back would fail for the same reason.
 * A person removes the cause, and the step is retried or rolled back.
 */
const wasLeftDown = (step: Step, { outcome, effect }: StepStatus): boolean => isDowntime(step) && outcome === 'failed' && effect === 'made';

/** What the run does when this step, which is under way, comes to a bad end. */
export function afterFailed(plan: Plan, status: RunStatus, open: StepAt): string {
  const hold: Hold = { kind: 'health-check-failed', subject: open.step, detail: '', releasedBy: 'person', until: '', commands: [] };
  const last: StepStatus = { ...open.status, state: 'failed', outcome: 'failed', hold };
  const failed = withTurn(status, open.turn, (turn) => ({ ...turn, steps: { ...turn.steps, [open.step]: last } }));
  if (automaticRollback({ plan, status: failed }) !== null) return 'the run rolls back automatically';
  return 'the run holds until an operator acts';
}

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
  if (hop !== null && hasWaves(hop)) return passed(plan, status, hop);
  if (hop === null || hop.rollback === 'lossless' || hop.rollbackConsent !== undefined) return null;
  const why =
    plan.goal.restore === undefined
      ? `the rollback of ${hop.from} → ${hop.to} is ${hop.rollback}`
      : 'what a restored node had before is kept beside its data directory, and only an operator can restore it';
  return { code: 'rollback-lossy', why: ` automatically: ${why}` };
}

/** A hop of waves goes back until a turn was begun that nothing undoes; what loses something is undone by consent, where that is planned. */
function passed(plan: Plan, status: RunStatus, hop: Hop): NoRollback | null {
  const index = runIndex(plan, status);
  const lost = index.places.find((place) => {
    const { rollback } = place.turn;
    const chosen = index.chosen(place.turn.id);
    if (place.hop !== hop || !isWaved(place) || chosen === null || undoOf(place.turn, chosen) === 'none') return false;
    return rollback === 'none' || (rollback !== 'lossless' && hop.rollbackConsent === undefined);
  });
  if (lost === undefined) return null;
  const left = lost.turn.rollback === 'none' ? `nothing leads back to ${hop.from}` : `its rollback is ${hop.rollback}`;
  return {
    code: 'rollback-gone',
    why: `: the phase ${lost.phase.name} has begun, the point of no return of ${hop.from} → ${hop.to}, ${left}; retry what failed, or restore a backup outside this run`,
  };
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
  if (hop.finalize.policy !== 'automatic' && status.hops[hop.id] === 'finalizing') return `the finalization of ${hop.to} has begun`;
  return hop.finalize.policy === 'automatic' && isLeft ? `every node runs ${hop.to}, which ${plan.engine} finalizes automatically` : null;
}

/** Proven or not: the database does not wait for our proofs. */
function runsThere(turn: Turn, chosen: TurnStatus | null): boolean {
  const downtimes = chosen === null ? [] : (variantFor(turn, chosen.role)?.steps ?? []).filter(isDowntime);
  return downtimes.length > 0 && downtimes.every(({ id }) => chosen?.steps[id]?.state === 'done');
}
