/** PURE. Steps that are no orders, as they go on: what was watched long enough ends, what was agreed to long ago is asked for again. */

import { isControllerBody } from '../../../common/controller-body.ts';
import { durationText } from '../../../common/duration-text.ts';
import type { SoakProgress } from '../../../common/events.ts';
import type { Hold } from '../../../common/holds.ts';
import type { Turn } from '../../../common/plan.ts';
import { freshSoak } from '../run/controller-steps.ts';
import { type PlacedStep, runIndex } from '../run/run-index.ts';
import { type StepAt, waitingSteps } from '../run/run-status.ts';
import type { DecisionBuilder } from './decision.ts';
import type { DecisionInput } from './decision-input.ts';
import type { WatchBody } from './soak.ts';

/** How often, at least, the log is told how far a watching is: what a restart of the controller loses of it. */
const toldEveryMs = 5 * 60_000;

/** Ends what was watched long enough, tells how the rest stands, and asks again for agreements that are too old. */
export function goOnWatching(builder: DecisionBuilder): void {
  expireConsents(builder);
  const { soaks } = builder.now();
  for (const at of waitingSteps(builder.status)) {
    const [placed, soak] = [builder.index.step(at.step), soaks.get(at.step)];
    const body = placed?.step.body;
    if (placed === null || soak === undefined || (body?.kind !== 'soak' && body?.kind !== 'external')) continue;
    if (!isCurrent(builder, placed.turn)) continue;
    const told = at.status.soak ?? freshSoak;
    const isOver = soak.state === 'steady' && soak.soakedMs >= wantedMs(body);
    if (isOver || soak.state !== told.state || soak.soakedMs - told.soakedMs >= toldEveryMs) {
      const { turn, step, attempt } = placeOf(at);
      builder.emit({ type: 'step-observed', turn, step, attempt, soak, hold: holdOf(builder.now(), placed, soak, body) });
      if (isOver) builder.emit({ type: 'step-settled', turn, step, attempt, verdict: { ok: true } });
    }
  }
}

/** One good answer is enough of another system; of the cluster all the time that the plan asks for. */
export const wantedMs = (body: WatchBody): number => (body.kind === 'soak' ? body.soakMs : 0);

const isCurrent = ({ index, status }: DecisionBuilder, turn: Turn): boolean => index.chosen(turn.id)?.way === status.way;

const placeOf = ({ turn, step, status: { attempt } }: StepAt) => ({ turn, step, attempt });

function holdOf({ runId }: DecisionInput, { step }: PlacedStep, soak: SoakProgress, body: WatchBody): Hold | null {
  if (soak.state !== 'breached') return null;
  const what = soak.why ?? 'it is well again, not yet for long enough';
  const commands = [`rollback ${runId}`, `abort ${runId}`];
  return body.kind === 'soak'
    ? {
        kind: 'soak-breached',
        subject: step.id,
        detail: what,
        releasedBy: 'automatic',
        until: `once the cluster has been well for ${durationText(body.toleranceMs)}`,
        commands,
      }
    : { kind: 'external-refused', subject: step.id, detail: what, releasedBy: 'automatic', until: `once ${body.name} agrees`, commands };
}

/** Agreed to, and what was agreed to has not begun: what it is now need not be what it was then. */
function expireConsents(builder: DecisionBuilder): void {
  const { expired } = builder.now();
  for (const { turn, steps } of builder.status.turns) {
    for (const [step, last] of Object.entries(steps)) {
      if (last.state !== 'done' || !expired.has(step) || hasFollowers(builder, turn, step)) continue;
      if (builder.index.step(step)?.step.body.kind !== 'consent') continue;
      builder.emit({ type: 'consent-expired', turn, step, attempt: last.attempt });
    }
  }
}

/** Something that stands behind it in the plan was begun. */
function hasFollowers({ index }: DecisionBuilder, turnId: string, step: string): boolean {
  const chosen = index.chosen(turnId);
  const at = index.places.findIndex(({ turn }) => turn.id === turnId);
  const later = index.places.slice(at + 1).some(({ turn }) => index.chosen(turn.id) !== null);
  const variant = index.place(turnId)?.turn.variants.find(({ steps }) => steps.some(({ id }) => id === step));
  const rest = variant === undefined ? [] : variant.steps.slice(variant.steps.findIndex(({ id }) => id === step) + 1);
  return later || rest.some(({ id }) => chosen?.steps[id] !== undefined);
}

/** What waits for a person's word, as holds; a rest is no hold. */
export function consentHolds(input: DecisionInput): readonly Hold[] {
  const { status, plan, runId } = input;
  const index = runIndex(plan, status);
  if (status.aborting !== null) return [];
  return waitingSteps(status).flatMap(({ step, turn }): readonly Hold[] => {
    const placed = index.step(step);
    const chosen = index.chosen(turn);
    if (placed === null || chosen === null || chosen.way !== status.way || !isControllerBody(placed.step.body)) return [];
    const { body } = placed.step;
    if ((body.kind !== 'consent' && body.kind !== 'attest') || (body.kind === 'consent' && body.rests !== undefined)) return [];
    const detail = body.kind === 'consent' ? `an ${body.role} has to agree: ${body.thing}` : `a person has to confirm: ${body.what}`;
    return [
      {
        kind: 'awaiting-consent',
        subject: step,
        detail,
        releasedBy: 'person',
        until: body.kind === 'consent' ? 'confirm it, or end the run' : 'confirm it in your own words, or end the run',
        commands: [`confirm ${runId} ${step} --reason TEXT`, `rollback ${runId}`, `abort ${runId}`],
      },
    ];
  });
}
