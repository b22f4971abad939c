/** Words that status, live view and lists of runs share. */
import type { HoldDocument, RestDocument, RunDocument, RunListDocument, TurnDocument } from '../../common/documents/runs.ts';
import type { MovedRole } from '../../common/plan.ts';
import { durationText, timeText } from './text.ts';
import type { Tone, View } from './view.ts';

export function runTone(run: RunDocument): Tone {
  switch (run.state) {
    case 'done':
      return 'good';
    case 'aborted':
    case 'stuck':
      return 'bad';
    case 'rolled-back':
      return 'attention';
    default:
      return run.holds.length > 0 || run.paused || run.way === 'back' ? 'attention' : 'strong';
  }
}

export const runEnded = (run: RunDocument): boolean => ['done', 'rolled-back', 'aborted', 'stuck'].includes(run.state);

export const turnMarks: Readonly<Record<TurnDocument['state'], { readonly mark: string; readonly tone: Tone }>> = {
  pending: { mark: '·', tone: 'faint' },
  open: { mark: '▶', tone: 'strong' },
  done: { mark: '✓', tone: 'good' },
  failed: { mark: '✗', tone: 'bad' },
  'rolling-back': { mark: '▶', tone: 'attention' },
  'rolled-back': { mark: '✓', tone: 'attention' },
  excluded: { mark: '-', tone: 'attention' },
};

/** `main 16.4 → 16.14`, `main 16.4, restart`: a run that stays at a version is told by what it is for. */
export const headingText = ({ cluster, from, to, what }: Pick<RunDocument, 'cluster' | 'from' | 'to' | 'what'>): string =>
  from === to ? `${cluster} ${from}, ${what}` : `${cluster} ${from} → ${to}`;

/** `db-2 is primary, planned as standby`. */
export const movedText = (moved: readonly MovedRole[]): string =>
  moved.map(({ instance, now, planned }) => `${instance} is ${now}, planned as ${planned}`).join('; ');

/** Whose doing ends a hold, and when: `automatically once db-3 was seen in service`. */
export function releaseText({ releasedBy, until }: Pick<HoldDocument, 'releasedBy' | 'until'>): string {
  if (releasedBy === 'automatic') return until === '' ? 'automatically' : `automatically ${until}`;
  return until === '' ? 'after operator action' : `after operator action: ${until}`;
}

/** What is waited for, and until when a proof is. */
export function waitText({ reason, givenUp }: NonNullable<RunDocument['waiting']>, view: View): string {
  if (givenUp === undefined) return reason;
  return `${reason}; fails at ${timeText(Date.parse(givenUp.at), view.timeZone)}, then ${givenUp.otherwise}`;
}

/** Why it does not go forward any more: `goes back`, `automatically: the canary db-2 failed`; null: it goes forward. */
export function turnedText(run: RunDocument): readonly [what: string, why: string] | null {
  const request = run.aborting ? run.abort : run.rollback;
  if (request === null) return null;
  return [
    run.aborting ? 'ends' : 'rolls back',
    `${request.actor === null ? 'automatically' : `requested by ${request.actor}`}${request.reason === '' ? '' : `: ${request.reason}`}`,
  ];
}

/** How much of its time is left: `until 2026-12-10T08:00:00+01:00 (4 days left)`. */
export function restText({ until }: RestDocument, view: View): string {
  if (until === null) return 'without a deadline';
  const leftMs = Date.parse(until) - view.nowMs;
  return `until ${timeText(Date.parse(until), view.timeZone)} (${leftMs > 0 ? `${durationText(leftMs)} left` : 'overdue'})`;
}

/** The state of a row of a list; of a run that rests with its deadline. */
export const rowState = ({ shown, restUntil }: RunListDocument['runs'][number], view: View): string =>
  restUntil === undefined ? shown : `${shown} until ${timeText(Date.parse(restUntil), view.timeZone)}`;

/** Ready to paste. The document gives them without the program's name, and some only by their verb. */
export function commandLine(command: string, run: string): string {
  return `drydock ${command.includes(' ') ? command : `${command} ${run}`}`;
}

/** What to do after a run: `bring level: drydock plan main --to 16.14`. */
export const nextLines = ({ next }: Pick<RunDocument, 'next'>): readonly string[] => next.map(({ what, command }) => `${what}: ${command}`);

/** What a command does, for the reader who has to choose one; empty when the name says it. */
export function commandMeaning(command: string): string {
  const [verb = ''] = command.split(' ');
  return verb === 'resolve' ? resolvedAs(command) : (meanings[verb] ?? '');
}

const resolvedAs = (command: string): string =>
  `record that the step ${command.includes(' --as done') ? 'was done' : 'failed'}; check the host first`;

const meanings: Readonly<Record<string, string>> = {
  approve: 'allow the plan to run',
  run: 'start it',
  watch: 'follow the run live',
  pause: 'start no new turn; steps in progress finish',
  resume: 'let the next turn start',
  abort: 'end the run after the steps in progress; nodes then stay as they are',
  rollback: 'roll back the nodes that the run changed',
  retry: 'retry the step',
  exclude: 'leave the node out of the rest of the run: it keeps its present version until a later plan',
  confirm: 'let the step continue; read its question first',
  finalize: 'finalize; the previous version can then no longer run on this data',
  report: 'show what was done, node by node',
};
