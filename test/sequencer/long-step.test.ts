/** 12.B7: what takes far longer than expected says so, and what it waits for. */
import { describe, expect, test } from 'vitest';
import type { RunEvent } from '../../common/events.ts';
import { foldRun } from '../../controller/sequencer/run/run-machine.ts';
import { emptyTimeline } from '../../controller/sequencer/run/timeline.ts';
import { longStep } from '../../controller/views/progress.ts';
import { meaningOf } from '../../controller/views/text.ts';
import { down } from '../engines/postgresql-fixtures.ts';
import { inputFor, withFacts } from '../planner/input.ts';
import { openingEvents, startedRun } from './started-run.ts';

const step = 'h1.canary.pg-2.standby.downtime';
const begun: readonly RunEvent[] = [
  { type: 'turn-chosen', turn: 'h1.canary.pg-2', role: 'standby', way: 'forward' },
  { type: 'order-dispatched', turn: 'h1.canary.pg-2', step, attempt: 1, instance: 'pg-2', epoch: 1, writer: 'w' },
];
const note = 'the server waits for its archiver';

async function going(nowMs: number, part: string | null) {
  const { plan } = startedRun(await inputFor(3));
  const progress = part === null ? null : { step, part, fraction: 0, note, sinceMs: 1_000 };
  return { plan, status: foldRun([...openingEvents, ...begun]), timeline: { ...emptyTimeline, sent: { [step]: 0 } }, progress, nowMs };
}

describe('12.B7: a step that is under way', () => {
  test('says nothing while it takes what was expected', async () => {
    expect(longStep(await going(4_900, 'stop'))).toBeNull();
  });

  test('says what it is at, since when, and what it waits for, against what was expected', async () => {
    expect(longStep(await going(101_000, 'stop'))).toEqual({
      reason: `stopping pg-2 for 1 min 40 s (expected 1.0 s in all): ${note}`,
      since: new Date(1_000).toISOString(),
      nextProbe: null,
    });
  });

  test('says since when it was ordered where its agent tells nothing', async () => {
    expect(longStep(await going(20_000, null))?.reason).toBe('downtime on pg-2 for 20 s (expected 1.0 s)');
  });

  test('says since when it was ordered where its agent tells how far it is', async () => {
    const seen = await going(20_000, '30 of 57 bytes');
    expect(longStep(seen)?.reason).toBe(`downtime on pg-2 for 20 s (expected 1.0 s): ${note}`);
  });

  test('leaves a proof to say itself what it waits for', async () => {
    expect(longStep(await going(20_000, 'waits'))).toBeNull();
  });
});

test('12.B7: nothing is called whole while a node answers nobody, whether its process runs or not', async () => {
  const input = await inputFor(3);
  const reported = (view: typeof input.view) => meaningOf({ ...startedRun(input), view });
  const silent = withFacts(input, 'pg-2', (facts) => ({ ...down(facts), incarnation: facts.incarnation })).view;
  expect(reported(silent)).toContain('pg-2 is not answering, left at 16.4');
  expect(reported(withFacts(input, 'pg-2', down).view)).toContain('pg-2 is down, left at 16.4');
});
