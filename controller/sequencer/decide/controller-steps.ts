/** PURE. Progress of steps that are not orders: a soak that was long enough ends, a consent that is too old is asked for again. */
import { confirmCommand } from '../../../common/commands.ts';
import { isControllerBody } from '../../../common/controller-body.ts';
import { durationText } from '../../../common/duration-text.ts';
import type { SoakProgress } from '../../../common/events.ts';
import type { Hold } from '../../../common/holds.ts';
import type { Turn } from '../../../common/plan.ts';
import { type PlacedStep, runIndex } from '../run/run-index.ts';
import { type StepAt, waitingSteps } from '../run/run-status.ts';
import { freshSoak } from '../run/step-attempts.ts';
import type { DecisionBuilder } from './decision.ts';
import type { DecisionInput } from './decision-input.ts';
import type { WatchBody } from './soak.ts';

/** How often, at least, the progress of a soak is recorded: a restart of the controller loses at most so much of it. */
const toldEveryMs = 5 * 60_000;

/** Ends soaks that were long enough, records the progress of the others, and asks again for consents that are too old. */
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

const wantedMs = (body: WatchBody): number => (body.kind === 'soak' ? body.soakMs : body.forMs);

const isCurrent = ({ index, status }: DecisionBuilder, turn: Turn): boolean => index.chosen(turn.id)?.way === status.way;

const placeOf = ({ turn, step, status: { attempt } }: StepAt) => ({ turn, step, attempt });

function holdOf({ runId }: DecisionInput, { step }: PlacedStep, soak: SoakProgress, body: WatchBody): Hold | null {
  if (soak.state !== 'breached') return null;
  const well = body.kind === 'soak' ? 'it is healthy again' : `${body.name} agrees again`;
  const what = soak.why ?? `${well}, but not for long enough yet`;
  const forLong = durationText(body.toleranceMs);
  const commands = [`rollback ${runId}`, `abort ${runId}`];
  return body.kind === 'soak'
    ? {
        kind: 'soak-breached',
        subject: step.id,
        detail: what,
        releasedBy: 'automatic',
        until: `once the cluster has been healthy for ${forLong}`,
        commands,
      }
    : {
        kind: 'external-refused',
        subject: step.id,
        detail: what,
        releasedBy: 'automatic',
        until: `once ${body.name} has agreed for ${forLong}`,
        commands,
      };
}

/**
 * Consented, but what was consented to has not begun: the cluster may have changed since. What other systems were asked for it meanwhile is
 * asked again with it.
 */
function expireConsents(builder: DecisionBuilder): void {
  const { expired } = builder.now();
  for (const { turn, steps } of builder.status.turns) {
    for (const [step, last] of Object.entries(steps)) {
      if (last.state !== 'done' || !expired.has(step)) continue;
      if (builder.index.step(step)?.step.body.kind !== 'consent') continue;
      const followers = followersOf(builder, turn, step);
      if (followers.some(({ body }) => body?.kind !== 'external')) continue;
      builder.emit({ type: 'consent-expired', turn, step, attempt: last.attempt });
      for (const each of followers)
        if (['waiting', 'done'].includes(each.last.state))
          builder.emit({ type: 'consent-expired', turn: each.turn, step: each.step, attempt: each.last.attempt });
    }
  }
}

/** Steps begun after it: those behind it in the plan; behind the word that a rollback needs, which stands in no phase, those that go back. */
function followersOf({ index, status }: DecisionBuilder, turnId: string, step: string) {
  const at = index.places.findIndex(({ turn }) => turn.id === turnId);
  const goingBack = status.turns.filter(({ turn, way }) => turn !== turnId && way === 'back').map(({ turn }) => turn);
  const later = new Set(at === -1 ? goingBack : index.places.slice(at + 1).map(({ turn }) => turn.id));
  const variant = index.place(turnId)?.turn.variants.find(({ steps }) => steps.some(({ id }) => id === step));
  const rest = variant?.steps.slice(variant.steps.findIndex(({ id }) => id === step) + 1).map(({ id }) => id) ?? [];
  return status.turns.flatMap(({ turn, steps }) =>
    Object.entries(steps)
      .filter(([id]) => later.has(turn) || (turn === turnId && rest.includes(id)))
      .map(([id, last]) => ({ turn, step: id, last, body: index.step(id)?.step.body })),
  );
}

/** Steps that wait for a person, as holds; a rest is no hold. */
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
    const detail = body.kind === 'consent' ? `an ${body.role} must consent: ${body.thing}` : `a person must attest: ${body.what}`;
    return [
      {
        kind: 'awaiting-consent',
        subject: step,
        detail,
        releasedBy: 'person',
        until: body.kind === 'consent' ? 'confirm it, or end the run' : 'confirm it in your own words, or end the run',
        commands: [confirmCommand(runId, step), `rollback ${runId}`, `abort ${runId}`],
      },
    ];
  });
}
