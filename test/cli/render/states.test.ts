/** Every state of runs, plans, hops and turns, in every text that shows one. */
import { describe, expect, test } from 'vitest';
import { eventText } from '../../../cli/render/events.ts';
import { planHistoryLines, runHistoryLines } from '../../../cli/render/history.ts';
import { liveLines } from '../../../cli/render/live.ts';
import { reportLines } from '../../../cli/render/report.ts';
import { runListLines, statusLines } from '../../../cli/render/status.ts';
import { plainView } from '../../../cli/render/view.ts';
import { type RunDocument, type RunListDocument, runStates, turnStates } from '../../../common/documents/runs.ts';
import type { HopState, RunEnd } from '../../../common/events.ts';
import { runStateText, stateText } from '../../../common/run-state.ts';
import * as documents from '../../stand-ins/operator-documents.ts';
import { nowMs } from '../captured-io.ts';

const view = { ...plainView(nowMs), wide: true };
const text = (lines: readonly string[]) => lines.join('\n');
const live = (run: RunDocument) => text(liveLines({ run, ageMs: 0, progress: new Map(), trouble: null, rows: null }, view));

/** What JSON and `--state` write, and what the first edition called it. */
const otherSpellings = /rolled-back|rolling-back|revert|taken back|going back/i;

const row = (run: RunDocument): RunListDocument['runs'][number] => ({
  ...{
    run: run.run,
    plan: run.plan,
    cluster: run.cluster,
    engine: run.engine,
    what: run.what,
    from: run.from,
    to: run.to,
    state: run.state,
  },
  ...{ shown: runStateText(run), holds: run.holds.length, startedAt: run.startedAt, endedAt: null, endReason: null, plannedBy: 'admin-1' },
});

const planRow = {
  plan: 'p',
  cluster: 'c',
  engine: 'e',
  what: 'w',
  from: '1',
  to: '2',
  run: 'r',
  digest: 'd',
  madeAt: '2026-03-01T01:00:00.000Z',
};

describe('13.7: one spelling for each state', () => {
  test.each(runStates)('of a run: %s', (state) => {
    const run: RunDocument = { ...documents.run, state };
    const word = stateText(state);
    const shown = [
      [text(statusLines(run, view)), word.toUpperCase()],
      [text(reportLines({ ...documents.report, run: { ...documents.report.run, state } }, view)), word.toUpperCase()],
      [live(run), word],
      [text(runHistoryLines({ runs: [row(run)] }, view)), word],
      [text(runListLines({ runs: [row(run)], holds: [] }, view)), word],
      [text(planHistoryLines({ plans: [{ ...planRow, state, madeBy: 'admin-1' }] }, view)), word],
      [eventText({ type: 'run-ended', state: state as RunEnd, reason: '' }), word],
    ] as const;
    for (const [printed, expected] of shown) {
      expect(printed).toContain(expected);
      expect(printed).not.toMatch(otherSpellings);
    }
  });

  test.each(turnStates)('of a turn: %s', (state) => {
    const run = { ...documents.run, turns: documents.turns.map((turn) => ({ ...turn, state })) };
    expect(text(statusLines(run, view))).toContain(stateText(state));
    for (const printed of [text(statusLines(run, view)), live(run)]) expect(printed).not.toMatch(otherSpellings);
  });

  test.each(['pending', 'rolling', 'unfinalized', 'finalizing', 'finalized', 'rolling-back'] as const)(
    'of a hop: %s',
    (state: HopState) => {
      expect(eventText({ type: 'hop-state', hop: 'h1', state })).toBe(`h1 is ${stateText(state)}`);
    },
  );

  test('a run that holds, waits or turns round is called the same in its head line, in lists and live', () => {
    const runs = [documents.holding, documents.goingBack, { ...documents.run, paused: true }, { ...documents.run, aborting: true }];
    for (const run of runs) {
      const word = runStateText(run);
      expect(text(statusLines(run, view)).split('\n')[0]).toContain(word.toUpperCase());
      expect(live(run).split('\n')[0]).toContain(`   ${word}   `);
      expect(text(runHistoryLines({ runs: [row(run)] }, view))).toContain(word);
    }
  });
});
