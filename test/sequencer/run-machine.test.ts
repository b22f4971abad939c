import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RunEvent } from '../../common/events.ts';
import type { Hold } from '../../common/holds.ts';
import type { Outcome, Receipt } from '../../common/orders.ts';
import { foldRun, IllegalEvent, initialStatus, nextStatus } from '../../controller/sequencer/run/run-machine.ts';
import { openSteps, type RunStatus } from '../../controller/sequencer/run/run-status.ts';
import { legalCommands } from '../../controller/views/legal-commands.ts';
import { inputFor, planOf } from '../planner/input.ts';

const digest = 'sha256:1';
const made: Extract<RunEvent, { type: 'plan-made' }> = { type: 'plan-made', plan: 'p-1', digest, cluster: 'pg-main', actor: 'a' };
const approved: RunEvent = { type: 'approved', digest, actor: 'b' };
const started: RunEvent = { type: 'run-started', actor: 'b' };
const chosen = (turn: string, way: 'forward' | 'back' = 'forward'): RunEvent => ({ type: 'turn-chosen', turn, role: 'standby', way });
const dispatched = (turn: string, step: string, attempt: number): RunEvent => ({
  type: 'order-dispatched',
  turn,
  step,
  attempt,
  instance: 'pg-2',
  epoch: 1,
  writer: 'w',
});
const hold: Hold = { kind: 'order-failed', subject: 's', detail: 'd', releasedBy: 'person', until: 'u', commands: [] };

function receipt(outcome: Outcome): Receipt {
  return {
    orderId: 'r-1/s/1',
    outcome,
    before: { bootId: 'b', invocationId: '1' },
    after: { bootId: 'b', invocationId: '2' },
    elapsedMs: 5,
    engineMs: 0,
    parts: [],
    downtimeMs: 3,
    reverted: false,
    findings: [],
    facts: null,
    effects: [],
  };
}
const ended = (turn: string, step: string, attempt: number, ok = true): RunEvent => ({
  type: 'order-ended',
  turn,
  step,
  attempt,
  receipt: receipt(ok ? 'done' : 'failed'),
  verdict: ok ? { ok: true } : { ok: false, hold },
});
const resolved = (step: string, attempt: number, as: 'done' | 'failed' | 'retry'): RunEvent => ({
  type: 'step-resolved',
  turn: 't',
  step,
  attempt,
  as,
  actor: 'a',
  reason: '',
});
const over = (state: 'done' | 'rolled-back' | 'aborted' | 'stuck'): RunEvent => ({ type: 'run-ended', state, reason: '' });
const paused: RunEvent = { type: 'paused', actor: 'a', reason: '' };
const aborting: RunEvent = { type: 'abort-started', actor: 'a', reason: '' };
const goingBack: RunEvent = { type: 'rollback-started', actor: null, reason: '' };
const inTurn = [made, approved, started, chosen('t')];
const open = [...inTurn, dispatched('t', 's', 1)];

describe('what may follow what', () => {
  const illegal: readonly (readonly [string, readonly RunEvent[], RunEvent])[] = [
    ['a second plan', [made], made],
    ['an approval of another digest', [made], { type: 'approved', digest: 'sha256:2', actor: 'b' }],
    ['a start without approval', [made], started],
    ['a turn before the start', [made, approved], chosen('t')],
    ['a turn twice', inTurn, chosen('t')],
    ['a turn while paused', [made, approved, started, paused], chosen('t')],
    ['a turn while aborting', [made, approved, started, aborting], chosen('t')],
    ['a turn back while going forward', inTurn, chosen('t', 'back')],
    ['a turn forward while going back', [...inTurn, goingBack], chosen('u')],
    ['an order without its turn', [made, approved, started], dispatched('t', 's', 1)],
    ['an order while aborting', [...inTurn, aborting], dispatched('t', 's', 1)],
    ['an order of a forward turn while going back', [...inTurn, goingBack], dispatched('t', 's', 1)],
    ['attempt 2 before attempt 1 (P3)', inTurn, dispatched('t', 's', 2)],
    ['attempt 2 while attempt 1 is open (P3)', open, dispatched('t', 's', 2)],
    [
      'attempt 2 while nobody knows what attempt 1 came to (P3)',
      [...open, { type: 'order-unknown', turn: 't', step: 's', attempt: 1, reason: '' }],
      dispatched('t', 's', 2),
    ],
    ['attempt 1 once more (P3)', [...open, ended('t', 's', 1)], dispatched('t', 's', 1)],
    ['a second end of one attempt (P3)', [...open, ended('t', 's', 1)], ended('t', 's', 1)],
    ['an end of what was never sent', inTurn, ended('t', 's', 1)],
    ['a retry of what is still open', open, resolved('s', 1, 'retry')],
    ['a retry of what is done', [...open, ended('t', 's', 1)], resolved('s', 1, 'retry')],
    [
      'clearing a hold that is not up',
      [made, approved, started],
      { type: 'hold-cleared', kind: 'node-down', subject: 'pg-1', actor: null },
    ],
    ['closing an effect that is not open', [made, approved, started], { type: 'effect-closed', instance: 'pg-1', key: 'k' }],
    ['a pause twice', [made, approved, started, paused], paused],
    ['resuming what runs', [made, approved, started], { type: 'resumed', actor: 'a' }],
    ['a rollback of a rollback', [made, approved, started, goingBack], goingBack],
    ['an end with an order open', open, over('aborted')],
    ['done with a hold', [made, approved, started, { type: 'hold-raised', hold }], over('done')],
    ['done with a failed step', [...open, ended('t', 's', 1, false)], over('done')],
    [
      'done with an open effect (P19)',
      [made, approved, started, { type: 'effect-opened', instance: 'pg-1', effect: { key: 'k', prior: null, set: '1' } }],
      over('done'),
    ],
    ['done after going back', [made, approved, started, goingBack], over('done')],
    ['rolled back without going back', [made, approved, started], over('rolled-back')],
    ['anything after the end', [made, approved, started, over('done')], paused],
    [
      'an epoch that was claimed before',
      [made, { type: 'epoch-claimed', epoch: 3, writer: 'w' }],
      { type: 'epoch-claimed', epoch: 3, writer: 'x' },
    ],
    ['a hop that is finalized before it rolls', [made, approved, started], { type: 'hop-state', hop: 'h1', state: 'finalized' }],
  ];

  test.each(illegal)('%s is illegal', (_name, before, event) => {
    expect(() => nextStatus(foldRun(before), event)).toThrow(IllegalEvent);
  });

  test('attempt 2 follows when attempt 1 failed and a person lets it be made (P3)', () => {
    const failed = [...open, ended('t', 's', 1, false)];
    expect(foldRun([...failed, resolved('s', 1, 'retry'), dispatched('t', 's', 2)]).turns[0]?.steps.s).toMatchObject({
      attempt: 2,
      state: 'dispatched',
    });
  });

  test('what an earlier attempt left behind is not forgotten by a later one that was refused', () => {
    const refusedLater: RunEvent = { ...ended('t', 's', 2, false), receipt: receipt('refused') } as RunEvent;
    const status = foldRun([...open, ended('t', 's', 1, false), dispatched('t', 's', 2), refusedLater]);
    expect(status.turns[0]?.steps.s?.effect).toBe('made');
  });

  test('an order that nobody knew of may still get its receipt', () => {
    const status = foldRun([...open, { type: 'order-unknown', turn: 't', step: 's', attempt: 1, reason: '' }, ended('t', 's', 1)]);
    expect(status.turns[0]?.steps.s?.state).toBe('done');
  });
});

describe('commands', () => {
  test('each state says which are legal', async () => {
    const plan = planOf(await inputFor(3));
    const verbs = (events: readonly RunEvent[]) =>
      legalCommands(plan, foldRun(events)).map(({ verb, step }) => (step === null ? verb : `${verb} ${step}`));
    expect(verbs([made])).toEqual(['approve', 'abort']);
    expect(verbs([made, approved])).toEqual(['run', 'abort']);
    expect(verbs([made, approved, started])).toEqual(['watch', 'pause', 'rollback', 'abort']);
    expect(verbs([made, approved, started, paused])).toEqual(['watch', 'resume', 'rollback', 'abort']);
    expect(verbs(open)).toEqual(['watch', 'pause', 'rollback', 'abort']);
    expect(verbs([...open, ended('t', 's', 1, false), { type: 'hold-raised', hold }])).toEqual([
      'watch',
      'pause',
      'retry s',
      'resolve s',
      'rollback',
      'abort',
    ]);
    expect(verbs([made, approved, started, goingBack])).toEqual(['watch', 'pause', 'abort']);
    expect(verbs([made, approved, started, over('done')])).toEqual(['report']);
  });
});

const turns = ['h1.canary.pg-2', 'h1.roll.pg-3'];
const steps = ['downtime', 'settle'];
const anyTurn = fc.constantFrom(...turns);
const anyStep = fc.constantFrom(...steps);
const anyAttempt = fc.integer({ min: 1, max: 3 });
const anyEvent: fc.Arbitrary<RunEvent> = fc.oneof(
  fc.constantFrom<RunEvent>(approved, started, paused, { type: 'resumed', actor: 'a' }, goingBack, aborting, {
    type: 'approval-voided',
    reason: '',
  }),
  fc.constantFrom<RunEvent>({ type: 'hold-raised', hold }, { type: 'hold-cleared', kind: hold.kind, subject: hold.subject, actor: null }),
  fc.tuple(anyTurn, fc.constantFrom('forward' as const, 'back' as const)).map(([turn, way]) => chosen(turn, way)),
  fc.tuple(anyTurn, anyStep, anyAttempt).map(([turn, step, attempt]) => dispatched(turn, step, attempt)),
  fc.tuple(anyTurn, anyStep, anyAttempt, fc.boolean()).map(([turn, step, attempt, ok]) => ended(turn, step, attempt, ok)),
  fc
    .tuple(anyTurn, anyStep, anyAttempt)
    .map(([turn, step, attempt]): RunEvent => ({ type: 'order-unknown', turn, step, attempt, reason: '' })),
  fc
    .tuple(anyTurn, anyStep, anyAttempt, fc.constantFrom('done' as const, 'failed' as const, 'retry' as const))
    .map(([turn, step, attempt, as]): RunEvent => ({ type: 'step-resolved', turn, step, attempt, as, actor: 'a', reason: '' })),
  fc.constantFrom('done' as const, 'rolled-back' as const, 'aborted' as const, 'stuck' as const).map(over),
);

/** Takes what is legal of the given events and leaves the rest; only IllegalEvent may be thrown. */
function walk(events: readonly RunEvent[]): { readonly status: RunStatus; readonly taken: readonly RunEvent[] } {
  let status = initialStatus(made);
  const taken: RunEvent[] = [made];
  for (const event of [approved, started, ...events]) {
    try {
      status = nextStatus(status, event);
      taken.push(event);
    } catch (thrown) {
      if (!(thrown instanceof IllegalEvent)) throw thrown;
    }
  }
  return { status, taken };
}

describe('any walk of legal events', () => {
  test('folds again to the same status, also from its JSON', () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 60 }), (events) => {
        const { status, taken } = walk(events);
        expect(foldRun(taken)).toEqual(status);
        expect(JSON.parse(JSON.stringify(status))).toEqual(status);
      }),
    );
  });

  test('never sends an attempt while the one before has no end, and gives each one end (P3)', () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 80 }), (events) => {
        const openAttempts = new Map<string, number>();
        for (const event of walk(events).taken) {
          if (event.type === 'order-dispatched') {
            const key = `${event.turn} ${event.step}`;
            expect(openAttempts.has(key)).toBe(false);
            openAttempts.set(key, event.attempt);
          }
          if (event.type === 'order-ended' || event.type === 'step-resolved') {
            const key = `${event.turn} ${event.step}`;
            if (event.type === 'order-ended') expect(openAttempts.get(key)).toBe(event.attempt);
            openAttempts.delete(key);
          }
        }
      }),
    );
  });

  test('is never over with an order open', () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 80 }), (events) => {
        const { status } = walk(events);
        if (!['draft', 'approved', 'active'].includes(status.state)) expect(openSteps(status)).toEqual([]);
      }),
    );
  });
});
