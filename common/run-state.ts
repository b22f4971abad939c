/** One spelling for each state, wherever it is read: in status, lists, events, reports and refusals. A head line says it in capitals. */
import type { RunDocument } from './documents/runs.ts';

type Reported = Pick<RunDocument, 'state' | 'way' | 'paused' | 'aborting' | 'waiting'> & { readonly holds: readonly unknown[] };

/** The state as a person wants it first: which way it goes, and what keeps it, come before `active`. */
export function runStateText(run: Reported): string {
  if (run.state !== 'active') return stateText(run.state);
  const turned = run.aborting ? 'aborting' : run.way === 'back' ? 'rolling back' : null;
  const stands = run.holds.length > 0 ? 'holding' : run.paused ? 'paused' : null;
  if (turned !== null || stands !== null) return [turned, stands].filter((word) => word !== null).join(', ');
  return run.waiting === null ? 'active' : 'waiting';
}

/** `rolled back`, of a run, a plan, a hop or a turn: JSON and `--state` write it with dashes. */
export const stateText = (state: string): string => state.replaceAll('-', ' ');
