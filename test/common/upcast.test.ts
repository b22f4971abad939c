import { describe, expect, test } from 'vitest';
import { eventVersion, type RunEvent } from '../../common/events.ts';
import { planVersion } from '../../common/plan.ts';
import { refuseLaterEvent, upcastEvent, upcastGoal, upcastOrder, upcastPlan, upcastSnapshotRun } from '../../common/upcast.ts';
import { recordedRun } from '../sequencer/recorded-run.ts';

const { plan, orders, events } = recordedRun('0.1', 'upgrade-done');
const old = JSON.parse(plan.json) as Readonly<Record<string, unknown>>;

describe('a plan that was stored', () => {
  test('by 0.1 names no version, and is read as one of today', () => {
    expect(old).not.toHaveProperty('v');
    expect(upcastPlan(old, 'p-1').v).toBe(planVersion);
  });

  test('by this release is read as it is', () => {
    const today = upcastPlan(old, 'p-1');
    expect(upcastPlan(today, 'p-1')).toEqual(today);
  });

  test.each(['restore-of-a-node', 'restore-of-the-cluster'])('by 0.1 for a %s says whose snapshots it restores, in lists, too', (story) => {
    const stored = JSON.parse(recordedRun('0.1', story).plan.json) as { readonly goal: { readonly restore: object } };
    expect(stored.goal.restore).not.toHaveProperty('run');
    const { goal } = upcastPlan(stored, 'p-1');
    expect(goal.restore?.run).toBe('r-1');
    expect(upcastGoal(stored.goal)).toEqual(goal);
    expect(upcastGoal(goal)).toEqual(goal);
  });

  test('by a later release is refused in one sentence', () => {
    expect(() => upcastPlan({ ...old, v: planVersion + 1 }, 'p-1')).toThrow(
      `plan p-1 was made by a newer Drydock (plan version ${planVersion + 1}, this one reads up to ${planVersion}): use that version for it`,
    );
  });
});

describe('an event that was stored', () => {
  const body = { type: 'resumed', actor: 'a' } as const satisfies RunEvent;
  const stored = { chain: 'r-1', seq: 3, v: eventVersion, atMs: 0, body, text: '', hash: '' };

  test('of every version up to today is read; 0 comes over the wire from a controller that names none', () => {
    for (let v = 0; v <= eventVersion; v++) for (const { text } of events) expect(upcastEvent(JSON.parse(text), v)).toHaveProperty('type');
  });

  test('of a later version is given as it is, and refused where it must be understood', () => {
    const later = { type: 'consent-given', by: 'ann' };
    expect(upcastEvent(later, eventVersion + 1)).toEqual(later);
    expect(() => refuseLaterEvent({ ...stored, v: eventVersion + 1 })).toThrow(
      /^run r-1 was written by a newer Drydock \(event 3 has version/,
    );
    expect(() => refuseLaterEvent({ ...stored, body: later as unknown as RunEvent })).toThrow(
      /event 3 is consent-given, which this one does not/,
    );
    expect(() => refuseLaterEvent(stored)).not.toThrow();
  });
});

test('an order that names no giver was given by who stands on it', () => {
  const { given, ...unnamed } = JSON.parse(orders[0]?.json ?? '') as { given: unknown; epoch: number; writer: string };
  expect(given).toEqual({ epoch: unnamed.epoch, writer: unnamed.writer });
  expect(upcastOrder(unnamed).given).toEqual(given);
});

test.each([
  ['r-7Q4M', 'r-9-aa.db-1', 'r-7Q4M'],
  [undefined, 'r-7-0123456789.db-1', 'r-7-0123456789'],
  ['', 'r-7-0123456789.db-1.north', 'r-7-0123456789'],
])('the run of a snapshot is its field, and of one of 0.1, which had none, what its id begins with: %s, %s', (run, id, made) => {
  expect(upcastSnapshotRun(run, id)).toBe(made);
});
