/** `drydock status RUN`: why it stands where it stands, what that means, how it goes on and what can be done. */
import type { HoldDocument, RestDocument, RunDocument, RunListDocument, StepDocument, TurnDocument } from '../../common/documents/runs.ts';
import { runStateText, stateText } from '../../common/run-state.ts';
import {
  commandLine,
  commandMeaning,
  headingText,
  movedText,
  releaseText,
  restText,
  rowState,
  runEnded,
  runTone,
  turnedText,
  turnMarks,
  waitText,
} from './run-text.ts';
import { labelledLines, tableLines } from './table.ts';
import { durationOrNone, durationText, none, timeOrNone, timeText } from './text.ts';
import type { View } from './view.ts';

export function statusLines(run: RunDocument, view: View): readonly string[] {
  return [
    `${view.paint('strong', run.run)}  ${headingText(run)}   ${view.paint(runTone(run), runStateText(run).toUpperCase())}${sinceText(run, view)}`,
    ...labelledLines([...reasonEntries(run, view), ...commandEntries(run)], view),
    ...turnTable(run, view),
  ];
}

/** Since when it is in the state that the head line names, and for how long. */
function sinceText(run: RunDocument, view: View): string {
  const turned = (run.aborting ? run.abort : run.rollback)?.since;
  const unheld = run.paused ? null : (run.rest?.since ?? run.waiting?.since ?? run.startedAt);
  const since = runEnded(run) ? run.endedAt : (turned ?? earliest(run.holds.map((hold) => hold.since)) ?? unheld);
  if (since === null) return '';
  const ms = Date.parse(since);
  return ` since ${timeText(ms, view.timeZone)} (${durationText(Math.max(0, view.nowMs - ms))})`;
}

function earliest(times: readonly string[]): string | null {
  return [...times].sort((a, b) => Date.parse(a) - Date.parse(b))[0] ?? null;
}

type Entry = readonly [label: string, text: string];

function reasonEntries(run: RunDocument, view: View): readonly Entry[] {
  if (runEnded(run)) return [['why', run.endReason ?? none], ...meaning(run)];
  const turned = turnedText(run);
  const turns: readonly Entry[] = turned === null ? [] : [turned];
  const whys = run.holds.map(({ kind, detail }): Entry => ['why', `${kind}: ${detail}`]);
  const goings = goesOn(run.holds, view).map((text): Entry => ['resumes', text]);
  const waiting: readonly Entry[] =
    run.waiting === null ? [] : [['waits', `${waitText(run.waiting, view)}${nextProbe(run.waiting.nextProbe, view)}`]];
  const rests: readonly Entry[] =
    run.rest === null
      ? []
      : [
          [
            'rests',
            `${restText(run.rest, view)} for a person to finalize or roll back; the cluster can be restarted and repaired meanwhile`,
          ],
          ...(run.rest.refused.length === 0 ? [] : [['refused', `until it is finalized: ${run.rest.refused.join(', ')}`] as const]),
          ['rollback', run.rest.rollback === null ? 'no longer possible' : rollbackText(run.rest.rollback, view)],
        ];
  const paused: readonly Entry[] = run.paused ? [['paused', `until a person resumes it: drydock resume ${run.run}`]] : [];
  const left: readonly Entry[] =
    run.state === 'active'
      ? [
          [
            'progress',
            `${percentText(run.fraction)}${run.way === 'back' ? ' of the rollback' : ''}${run.remainingMs === null ? '' : `, about ${durationText(run.remainingMs)} left`}`,
          ],
        ]
      : [];
  const active = run.effects.map(
    ({ instance, key, set, prior }, at): Entry => [
      at === 0 ? 'active' : '',
      `${instance}: ${key} is '${set ?? ''}' during this turn, then restored to '${prior ?? ''}'`,
    ],
  );
  const roles: readonly Entry[] =
    run.moved.length === 0 ? [] : [['roles', `${movedText(run.moved)}; each node takes its turn in its role at that time`]];
  const excluded = run.excluded.map(
    ({ instance, actor, reason }, at): Entry => [at === 0 ? 'excluded' : '', `${instance}, by ${actor}: ${reason}`],
  );
  return [...turns, ...whys, ...meaning(run), ...excluded, ...roles, ...active, ...goings, ...rests, ...paused, ...waiting, ...left];
}

/** Until when it is open, and what is gone with it. */
function rollbackText({ until, lost }: NonNullable<RestDocument['rollback']>, view: View): string {
  const due = until === null ? '' : `, which is due by ${timeText(Date.parse(until), view.timeZone)}`;
  return `possible until the run is finalized${due}; afterwards ${lost}`;
}

const meaning = (run: RunDocument): readonly Entry[] => (run.meaning === '' ? [] : [['now', run.meaning]]);

/** Holds that end alike say it once. */
function goesOn(holds: readonly HoldDocument[], view: View): readonly string[] {
  const ways = new Map<string, string[]>();
  for (const hold of holds) {
    const way = `${releaseText(hold)}${nextProbe(hold.nextProbe, view)}`;
    ways.set(way, [...(ways.get(way) ?? []), `${hold.kind} ${hold.subject}`]);
  }
  return [...ways].map(([way, subjects]) => (ways.size === 1 ? way : `${subjects.join(', ')}: ${way}`));
}

const nextProbe = (at: string | null, view: View): string => (at === null ? '' : ` (next probe ${timeOrNone(at, view.timeZone)})`);

/** What to do after the run first; commands of the holds, because they solve what keeps it; then whatever else is legal. */
function commandEntries(run: RunDocument): readonly Entry[] {
  const offered = [...run.holds.flatMap((hold) => hold.commands), ...run.legalCommands].map((command) => commandLine(command, run.run));
  const legal = [...new Set(offered)].map((command) => ({ command, what: commandMeaning(command.replace(/^drydock /, '')) }));
  const commands = [...run.next, ...legal];
  const width = Math.max(0, ...commands.map(({ command }) => command.length));
  return commands.map(({ command, what }, at) => [at === 0 ? 'you can' : '', what === '' ? command : `${command.padEnd(width)}   ${what}`]);
}

function turnTable(run: RunDocument, view: View): readonly string[] {
  const table = tableLines<TurnDocument>(
    [
      { head: '', cell: (turn) => turnMarks[turn.state].mark, tone: (turn) => turnMarks[turn.state].tone },
      { head: 'PHASE', cell: (turn) => turn.phase },
      { head: 'NODE', cell: (turn) => turn.instance ?? run.cluster },
      { head: 'ROLE', cell: (turn) => turn.role ?? none },
      { head: 'STATE', cell: (turn) => stateText(turn.state) },
      { head: 'DOWNTIME', cell: (turn) => durationOrNone(turn.downtimeMs) },
      { head: 'VERSION', cell: (turn) => turn.version ?? none },
      { head: 'NOW', cell: (turn) => currentStep(turn)?.title ?? none },
      { head: 'STEP', wide: true, cell: (turn) => currentStep(turn)?.step ?? none },
    ],
    run.turns,
    view,
  );
  return table.length === 0 ? [] : ['', ...table];
}

/** The step that is under way, or failed and keeps the turn open. */
export function currentStep(turn: TurnDocument): StepDocument | null {
  if (['pending', 'done', 'rolled-back', 'excluded'].includes(turn.state)) return null;
  return (
    turn.steps.find((step) => step.state === 'dispatched' || step.state === 'begun' || step.state === 'unknown') ??
    turn.steps.find((step) => step.state === 'ended' && step.outcome !== 'done') ??
    turn.steps.find((step) => step.state === 'queued') ??
    null
  );
}

export const percentText = (fraction: number): string => `${Math.floor(Math.min(1, Math.max(0, fraction)) * 100)} %`;

/** What keeps all runs comes first: without it the list would look as if they went on. */
export function runListLines({ runs, holds }: Pick<RunListDocument, 'runs' | 'holds'>, view: View): readonly string[] {
  const kept = holds.flatMap((hold): readonly Entry[] => [
    ['why', `${hold.kind}: ${hold.detail}`],
    ['resumes', releaseText(hold)],
  ]);
  return [...(kept.length === 0 ? [] : [...labelledLines(kept, view), '']), ...runTable(runs, view)];
}

function runTable(runs: RunListDocument['runs'], view: View): readonly string[] {
  if (runs.length === 0) return ['no open runs'];
  return tableLines(
    [
      { head: 'RUN', cell: (row) => row.run },
      { head: 'PLAN', cell: (row) => row.plan },
      { head: 'CLUSTER', cell: (row) => row.cluster },
      { head: 'WHAT', cell: (row) => row.what },
      { head: 'FROM', cell: (row) => row.from },
      { head: 'TO', cell: (row) => row.to },
      { head: 'STATE', cell: (row) => rowState(row, view) },
      { head: 'HOLDS', cell: (row) => (row.holds === 0 ? 'none' : `${row.holds}`), tone: (row) => (row.holds === 0 ? null : 'attention') },
      { head: 'STARTED', cell: (row) => timeOrNone(row.startedAt, view.timeZone) },
    ],
    runs,
    view,
  );
}
