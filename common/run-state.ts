/** One word for what a run is, wherever it is told: in its status, in lists and in refusals. */
import type { RunDocument } from './documents/runs.ts';

type Reported = Pick<RunDocument, 'state' | 'way' | 'paused' | 'aborting' | 'waiting'> & { readonly holds: readonly unknown[] };

/** The state as a person wants it first: which way it goes, and what keeps it, come before `active`. */
export function runStateText(run: Reported): string {
  if (run.state !== 'active') return shouted(run.state);
  const turned = run.aborting ? 'ABORTING' : run.way === 'back' ? 'ROLLING BACK' : null;
  const stands = run.holds.length > 0 ? 'HOLDING' : run.paused ? 'PAUSED' : null;
  if (turned !== null || stands !== null) return [turned, stands].filter((word) => word !== null).join(', ');
  return run.waiting === null ? 'ACTIVE' : 'WAITING';
}

/** `ROLLED BACK`. */
export const shouted = (state: string): string => state.replace('-', ' ').toUpperCase();
