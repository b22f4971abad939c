/** Runs and plans of any age as tables. */
import type { PlanListDocument } from '../../common/documents/plans.ts';
import type { RunListDocument } from '../../common/documents/runs.ts';
import { stateText } from '../../common/run-state.ts';
import { rowState } from './run-text.ts';
import { tableLines } from './table.ts';
import { durationText, none, shortDigest, timeOrNone } from './text.ts';
import type { Tone, View } from './view.ts';

type RunRow = RunListDocument['runs'][number];

export function runHistoryLines({ runs }: Pick<RunListDocument, 'runs'>, view: View): readonly string[] {
  if (runs.length === 0) return ['no runs'];
  return tableLines<RunRow>(
    [
      { head: 'RUN', cell: (row) => row.run },
      { head: 'CLUSTER', cell: (row) => row.cluster },
      { head: 'WHAT', cell: whatText },
      { head: 'STATE', cell: (row) => rowState(row, view), tone: (row) => toneOf(row.state, row.holds) },
      { head: 'STARTED', cell: (row) => timeOrNone(row.startedAt, view.timeZone) },
      { head: 'TOOK', cell: (row) => tookText(row, view.nowMs) },
      { head: 'BY', cell: (row) => row.plannedBy },
      { head: 'WHY', cell: (row) => (row.state === 'done' ? '' : (row.endReason ?? '')) },
      { head: 'PLAN', wide: true, cell: (row) => row.plan },
      { head: 'ENGINE', wide: true, cell: (row) => row.engine },
      { head: 'ENDED', wide: true, cell: (row) => timeOrNone(row.endedAt, view.timeZone) },
    ],
    runs,
    view,
  );
}

export function planHistoryLines({ plans }: Pick<PlanListDocument, 'plans'>, view: View): readonly string[] {
  if (plans.length === 0) return ['no plans'];
  return tableLines(
    [
      { head: 'PLAN', cell: (row) => row.plan },
      { head: 'CLUSTER', cell: (row) => row.cluster },
      { head: 'WHAT', cell: whatText },
      { head: 'STATE', cell: (row) => stateText(row.state), tone: (row) => toneOf(row.state, 0) },
      { head: 'RUN', cell: (row) => row.run ?? none },
      { head: 'MADE', cell: (row) => timeOrNone(row.madeAt, view.timeZone) },
      { head: 'BY', cell: (row) => row.madeBy },
      { head: 'ENGINE', wide: true, cell: (row) => row.engine },
      { head: 'DIGEST', cell: (row) => (view.wide ? row.digest : shortDigest(row.digest)) },
    ],
    plans,
    view,
  );
}

/** A change of version is told by its ends; what stays at a version by what it does. */
const whatText = ({ what, from, to }: Pick<RunRow, 'what' | 'from' | 'to'>): string => (from === to ? what : `${from} → ${to}`);

function tookText({ startedAt, endedAt }: RunRow, nowMs: number): string {
  if (startedAt === null) return none;
  return durationText(Math.max(0, (endedAt === null ? nowMs : Date.parse(endedAt)) - Date.parse(startedAt)));
}

function toneOf(state: string, holds: number): Tone | null {
  if (holds > 0) return 'attention';
  if (state === 'done') return 'good';
  return state === 'stuck' || state === 'aborted' || state === 'rolled-back' ? 'bad' : null;
}
