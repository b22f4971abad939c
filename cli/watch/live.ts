import { createLogUpdate } from 'log-update';
import type { Timer } from '../../common/clock.ts';
import type { RunDocument } from '../../common/documents/runs.ts';
import { printable, printableLine } from '../../common/printable.ts';
import { whileGone } from '../failures.ts';
import { liveLines } from '../render/live.ts';
import { type Session, viewOf } from '../session.ts';
import type { RunView } from './follow.ts';

/** At most five frames a second; and one a second when nothing happens, for the times shown. */
const shortestFrameMs = 200;
const longestFrameMs = 1000;

/** For terminals: a tree that is drawn over itself and stays in its last state. */
export function liveView(session: Session, runId: string): RunView {
  const { clock, stdout } = session.io;
  const draw = createLogUpdate(stdout as NodeJS.WriteStream);
  const progress = new Map<string, { part: string; fraction: number; note: string }>();
  let run: { readonly document: RunDocument; readonly atMs: number } | null = null;
  let trouble: string | null = null;
  let drawnAtMs = Number.NEGATIVE_INFINITY;
  let next: Timer | null = null;

  const frame = () => {
    next?.cancel();
    if (run === null) return;
    drawnAtMs = clock.monotonicMs();
    const state = { run: run.document, ageMs: drawnAtMs - run.atMs, progress, trouble, rows: stdout.rows ?? null };
    draw(liveLines(state, viewOf(session)).map(printableLine).join('\n'));
    next = clock.after(longestFrameMs, frame);
  };
  const soon = () => {
    const waitMs = drawnAtMs + shortestFrameMs - clock.monotonicMs();
    if (waitMs <= 0) return frame();
    next?.cancel();
    next = clock.after(waitMs, frame);
  };

  return {
    show(seen) {
      if (seen.kind === 'status') {
        run = { document: printable(seen.run), atMs: clock.monotonicMs() };
        forgetEnded(progress, seen.run);
      }
      if (seen.kind === 'progress') progress.set(seen.step, printable({ part: seen.part, fraction: seen.fraction, note: seen.note }));
      if (seen.kind === 'gone') trouble = `${seen.why}; retrying; ${whileGone(runId)}`;
      if (seen.kind === 'back') trouble = null;
      soon();
    },
    close() {
      frame();
      next?.cancel();
      draw.done();
    },
  };
}

/** A later attempt at a step must not begin with the progress of the one before. */
function forgetEnded(progress: Map<string, unknown>, run: RunDocument): void {
  const underWay = new Set(run.turns.flatMap((turn) => turn.steps.filter(({ state }) => state !== 'ended').map(({ step }) => step)));
  for (const step of progress.keys()) if (!underWay.has(step)) progress.delete(step);
}
