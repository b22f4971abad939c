/** PURE. Policy by position: a canary that fails is rolled back by itself where nothing is lost by it (P11); a later node holds. */
import type { Hold } from '../../common/holds.ts';
import type { Plan, Step } from '../../common/plan.ts';
import type { DecisionInput } from './decision-input.ts';
import { noRollback } from './no-rollback.ts';
import { runIndex } from './run-index.ts';
import { type RunStatus, type StepAt, type StepStatus, withTurn } from './run-status.ts';
import { handoverOf, isDowntime, nextInTurn, undoOf } from './turn-progress.ts';

/** The reason for going back now; null: there is none, or it is not for Drydock alone to say. */
export function automaticRollback({ plan, status }: Pick<DecisionInput, 'plan' | 'status'>): string | null {
  if (status.state !== 'active' || status.way === 'back' || status.aborting !== null || status.paused !== null) return null;
  if (noRollback(plan, status) !== null) return null;
  for (const hop of plan.hops) {
    const canaries = runIndex(plan, status).chosenDisruptive.filter((place) => place.hop.id === hop.id);
    // A proof that one of them fails later on is no canary's any more.
    if (canaries.length > plan.canaryCount) continue;
    for (const { turn, chosen } of canaries) {
      const next = nextInTurn(turn, chosen);
      // A person who said `failed` has it in hand; what is tried again by itself has not failed yet; unknown is never assumed.
      if (next.kind !== 'failed' || next.last.outcome === null || next.last.hold?.releasedBy === 'itself') continue;
      if (wasLeftDown(next.step, next.last)) continue;
      if (turn.rollback === 'lossless' && undoOf(turn, chosen) !== 'none' && handoverOf(turn, chosen) !== 'open')
        return `the canary ${turn.instance} failed: ${next.last.hold?.detail ?? ''}`;
    }
  }
  return null;
}

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
  return 'the run holds for a person';
}
