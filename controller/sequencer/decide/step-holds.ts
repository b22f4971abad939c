/** PURE. Steps that ended badly, or of which it is unknown how they ended, as holds with the commands that release them. */
import type { Hold } from '../../../common/holds.ts';
import { resolveCommands } from '../../../common/offered-commands.ts';
import { type Turn, variantFor } from '../../../common/plan.ts';
import { planIndex, runIndex } from '../run/run-index.ts';
import { isEffectOf, type RunStatus, type TurnStatus } from '../run/run-status.ts';
import { handoverOf, isBetweenDowntimes, isBrokenOff, isHealthCheck, isUndone, nextInTurn, owedProof } from '../run/turn-progress.ts';
import type { DecisionInput } from './decision-input.ts';

/** Steps of turns that are open in the way that the run goes. Failures on the way forward do not hold the rollback. */
export function stepHolds(input: DecisionInput): readonly Hold[] {
  const { plan, status, runId } = input;
  return planIndex(plan).places.flatMap(({ turn }) => {
    const chosen = runIndex(plan, status).chosen(turn.id);
    if (chosen === null) return [];
    return Object.entries(chosen.steps).flatMap(([step, last]) => {
      if (last.hold === null || last.state === 'done') return [];
      // What was watched on the way forward is watched no more.
      if (last.state === 'waiting' && (chosen.way !== status.way || status.aborting !== null)) return [];
      if (last.state === 'failed' && !holdsStill(input, turn, chosen, step)) return [];
      const isOpen = last.state === 'unknown' || handoverOf(turn, chosen) === 'open';
      return [{ ...last.hold, commands: stepCommands(runId, step, last.hold, isOpen) }];
    });
  });
}

/** What a person said has failed comes with no commands of its own. Resolved it can be in any case: a person on the host may know better. */
function stepCommands(runId: string, step: string, { commands, releasedBy }: Hold, isOpen: boolean): readonly string[] {
  const abort = `abort ${runId}`;
  if (isOpen) return [...resolveCommands(runId, step), abort];
  if (releasedBy === 'automatic') return commands;
  const others = commands.length > 0 ? commands.filter((command) => command !== abort) : [`retry ${runId} ${step}`, `rollback ${runId}`];
  return [...others, ...resolveCommands(runId, step), abort];
}

/**
 * A failure on the way forward does not hold the rollback or an abort, unless it left open who leads. A step of the rollback that fails
 * holds, whatever it is: a run that ended there would leave nothing but its report.
 */
function holdsStill({ plan, status }: DecisionInput, turn: Turn, chosen: TurnStatus, step: string): boolean {
  if (chosen.way === status.way && status.way === 'forward' && status.aborting === null) return true;
  if (handoverOf(turn, chosen) === 'open') return variantFor(turn, chosen.role)?.handover?.step === step;
  if (owesAgain(status, turn, chosen, step)) return true;
  const body = planIndex(plan).step(step)?.step.body;
  const instance = chosen.steps[step]?.instance;
  // No end without it, there or back (P19).
  if (body?.kind === 'unset' && status.effects.some((effect) => isEffectOf(effect, instance ?? '', body.key))) return true;
  const next = nextInTurn(turn, chosen);
  if (next.kind !== 'failed' || next.step.id !== step) return false;
  // An abort does not leave the node down either: it waits for this step.
  return chosen.way === 'back' || (status.aborting !== null && isBetweenDowntimes(turn, chosen));
}

/** A proof of the way there that was asked for again before another node is rolled back, and did not come (P2). */
function owesAgain({ way, aborting }: RunStatus, turn: Turn, chosen: TurnStatus, step: string): boolean {
  // Of a turn that takes nothing down no proof is asked for again.
  if (!turn.disruptive || way === 'forward' || aborting !== null || isUndone(turn, chosen) || isBrokenOff(turn, chosen)) return false;
  const owed = owedProof(turn, chosen, null);
  return owed.kind === 'failed' && owed.step.id === step && isHealthCheck(owed.step);
}
