/** One frame of the live view: what is done, what is under way, what waits, and why. Pure: the caller brings the time. */
import type { RunDocument, TurnDocument } from '../../common/documents/runs.ts';
import { runStateText, stateText } from '../../common/run-state.ts';
import { headingText, releaseText, restText, runEnded, runTone, turnedText, turnMarks, waitText } from './run-text.ts';
import { currentStep, percentText } from './status.ts';
import { truncated, widthOf, wrapped } from './table.ts';
import { durationText } from './text.ts';
import type { View } from './view.ts';

export interface LiveState {
  readonly run: RunDocument;
  /** Since the document was received, milliseconds: progress and the time left go on by it. */
  readonly ageMs: number;
  /** Newest progress of each step. */
  readonly progress: ReadonlyMap<string, { readonly part: string; readonly fraction: number; readonly note: string }>;
  /** Shown until the controller answers again; null: it does. */
  readonly trouble: string | null;
  /** Lines that the terminal has; null: no limit. */
  readonly rows: number | null;
}

const barCells = 16;
const gap = '   ';

export function liveLines(state: LiveState, view: View): readonly string[] {
  const { run } = state;
  const nodes = run.turns.filter((turn) => turn.disruptive);
  const head = [headLine(state, view), ...phaseLine(run, view)];
  const words = [...holdLines(run, view), ...(state.trouble === null ? [] : [view.paint('attention', state.trouble)])];
  const tail = words.flatMap((text) => wrapped(text, view.width));
  const room = state.rows === null ? nodes.length : Math.max(3, state.rows - head.length - tail.length - 1);
  return [...head, ...nodeLines(nodes, room, state, view), ...tail];
}

function headLine(state: LiveState, view: View): string {
  const { run } = state;
  const title = `${headingText(run)}   run ${run.run}   ${view.paint(runTone(run), runStateText(run))}`;
  const { fraction } = now(state);
  const filled = Math.round(Math.min(1, Math.max(0, fraction)) * barCells);
  const bar = `▕${'█'.repeat(filled)}${'░'.repeat(barCells - filled)}▏ ${percentText(fraction)}`;
  const parts = [title, bar, ...timeParts(state, view)];
  // On a narrow terminal the least important parts go first.
  while (view.width !== null && parts.length > 2 && widthOf(parts.join(gap)) > view.width) parts.pop();
  return parts.join(gap);
}

/** A document says how far the run was when it was made; the steps that were under way have gone on since, and no further. */
function now({ run, ageMs }: LiveState): { readonly fraction: number; readonly leftMs: number | null } {
  const { fraction, remainingMs, currentStepMs } = run;
  if (remainingMs === null || remainingMs === 0 || runEnded(run)) return { fraction, leftMs: remainingMs };
  const leftMs = remainingMs - Math.min(ageMs, currentStepMs);
  return { fraction: 1 - ((1 - fraction) * leftMs) / remainingMs, leftMs };
}

function timeParts(state: LiveState, view: View): readonly string[] {
  const { run } = state;
  if (run.startedAt === null) return [];
  const { leftMs } = now(state);
  const elapsedMs = (runEnded(run) && run.endedAt !== null ? Date.parse(run.endedAt) : view.nowMs) - Date.parse(run.startedAt);
  const elapsed = `${durationText(Math.max(0, elapsedMs))} so far`;
  if (runEnded(run)) return [`took ${durationText(Math.max(0, elapsedMs))}`];
  const left = leftMs === null || run.rest !== null || run.holds.length > 0 || run.paused ? [] : [`about ${durationText(leftMs)} left`];
  return [elapsed, ...left, view.paint('faint', 'Ctrl-C leaves it running')];
}

/** Phases that take no node down, one entry each: `✓ stage 3/3 4.1 s`. */
function phaseLine(run: RunDocument, view: View): readonly string[] {
  const quiet = run.turns.filter((turn) => !turn.disruptive);
  const phases = new Map<string, TurnDocument[]>();
  for (const turn of quiet) phases.set(`${turn.hop} ${turn.phase}`, [...(phases.get(`${turn.hop} ${turn.phase}`) ?? []), turn]);
  const entries = [...phases.values()].map((turns) => {
    const done = turns.filter(isOver).length;
    const { mark, tone } = turnMarks[phaseState(turns)];
    const ms = wallMs(turns);
    const count = turns.length === 1 ? '' : ` ${done}/${turns.length}`;
    return `${view.paint(tone, mark)} ${turns[0]?.phase}${count}${done === turns.length && ms > 0 ? ` ${durationText(ms)}` : ''}`;
  });
  return entries.length === 0 ? [] : [`  ${entries.join('   ')}`];
}

/** By the wall clock: turns that go together count once. */
function wallMs(turns: readonly TurnDocument[]): number {
  const times = (of: 'startedAt' | 'lastReceiptAt') => turns.flatMap((turn) => (turn[of] === null ? [] : [Date.parse(turn[of])]));
  const [since, until] = [times('startedAt'), times('lastReceiptAt')];
  return since.length === 0 || until.length === 0 ? 0 : Math.max(...until) - Math.min(...since);
}

function phaseState(turns: readonly TurnDocument[]): TurnDocument['state'] {
  const has = (state: TurnDocument['state']) => turns.some((turn) => turn.state === state);
  if (has('failed')) return 'failed';
  if (has('open') || has('rolling-back')) return 'open';
  return turns.every(isOver) ? 'done' : has('done') ? 'open' : 'pending';
}

const isOver = ({ state }: TurnDocument): boolean => state === 'done' || state === 'excluded';

/** As many nodes as there is room for; those under way are always shown, those done and waiting are counted when they are too many. */
function nodeLines(nodes: readonly TurnDocument[], room: number, state: LiveState, view: View): readonly string[] {
  if (nodes.length <= room) return nodes.map((turn) => nodeLine(turn, state, view));
  const busy = nodes.filter((turn) => turn.state !== 'done' && turn.state !== 'pending').slice(0, Math.max(1, room - 2));
  const count = (turnState: TurnDocument['state']) => nodes.filter((turn) => turn.state === turnState).length;
  return [
    `  ${view.paint('good', '✓')} ${count('done')} nodes done`,
    ...busy.map((turn) => nodeLine(turn, state, view)),
    `  ${view.paint('faint', '·')} ${count('pending')} nodes wait`,
  ];
}

function nodeLine(turn: TurnDocument, state: LiveState, view: View): string {
  const { mark, tone } = turnMarks[turn.state];
  const name = `${turn.instance ?? state.run.cluster}${turn.role === null ? '' : ` ${turn.role}`}`;
  const facts = [
    ...(['rolling-back', 'rolled-back', 'failed', 'excluded'].includes(turn.state) ? [stateText(turn.state)] : []),
    ...(turn.downtimeMs === null ? [] : [`down ${durationText(turn.downtimeMs)}`]),
    ...(turn.version === null ? [] : [turn.version]),
    ...stepText(turn, state),
  ];
  const text = [name, ...facts].join('   ');
  return `  ${view.paint(tone, mark)} ${view.width === null ? text : truncated(text, view.width - 4)}`;
}

function stepText(turn: TurnDocument, { progress }: LiveState): readonly string[] {
  const step = currentStep(turn);
  if (step === null) return [];
  const seen = progress.get(step.step);
  const attempt = step.attempt > 1 ? ` (attempt ${step.attempt})` : '';
  if (step.state === 'ended') return [`${step.title}${attempt}: ${step.outcome ?? 'ended'}`];
  if (step.state === 'unknown') return [`${step.title}${attempt}: unknown yet`];
  if (seen === undefined) return [`${step.title}${attempt} …`];
  const fraction = seen.fraction > 0 && seen.fraction < 1 ? ` ${percentText(seen.fraction)}` : '';
  return [`${step.title}${attempt}: ${seen.part}${fraction}${seen.note === '' || seen.note === seen.part ? '' : ` ${seen.note}`} …`];
}

function holdLines(run: RunDocument, view: View): readonly string[] {
  if (runEnded(run)) return run.endReason === null || run.endReason === '' ? [] : [run.endReason];
  const holds = run.holds.map((hold) => {
    const needed = hold.releasedBy === 'person' ? `; see drydock status ${run.run}` : '';
    return `${view.paint('attention', `holds  ${hold.kind}`)}: ${hold.detail} · resumes ${releaseText(hold)}${needed}`;
  });
  const turned = turnedText(run);
  const waiting = run.waiting === null ? [] : [`waits: ${waitText(run.waiting, view)}`];
  const paused = run.paused ? [`paused; resume with: drydock resume ${run.run}`] : [];
  const rests =
    run.rest === null ? [] : [`rests ${restText(run.rest, view)}; decide: drydock finalize ${run.run} or drydock rollback ${run.run}`];
  const why = turned === null ? [] : [`${turned[0]} ${turned[1]}`];
  return [...why, ...(holds.length === 0 ? ['holds: none'] : holds), ...rests, ...paused, ...waiting];
}
