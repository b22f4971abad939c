/** Follows a run until it ends, somebody leaves, a person is needed or the time is up; says which, and with what exit code. */
import type { Timer } from '../../common/clock.ts';
import type { RunDocument } from '../../common/documents/runs.ts';
import type { RunEnd } from '../../common/events.ts';
import { printable } from '../../common/printable.ts';
import { stateText } from '../../common/run-state.ts';
import { type ExitCode, exitCodeOfRunEnd, exitCodes } from '../exit-codes.ts';
import { whileGone } from '../failures.ts';
import { nextLines, runEnded } from '../render/run-text.ts';
import { durationText } from '../render/text.ts';
import { controllerPlace, forPeople, identityAt, type Session, say } from '../session.ts';
import { followRun } from './follow.ts';
import { lineView } from './lines.ts';

export interface WatchOptions {
  /** Leave with exit code 8 when a person is needed, also on a terminal. */
  readonly wait?: boolean;
  /** Leave with exit code 6 after so many milliseconds. */
  readonly timeout?: number;
}

/** A hold must stand for so long before it counts: some are answered by the controller itself in its next probe. */
const holdStandsMs = 1000;

type Leave = 'detached' | 'timeout' | 'person';

export async function watchRun(session: Session, runId: string, options: WatchOptions): Promise<ExitCode> {
  const { clock, interrupted } = session.io;
  const place = await controllerPlace(session);
  const { connect } = await import('../client.ts');
  const live = session.io.stdout.isTTY === true && forPeople(session) && options.wait !== true;
  const view = live ? (await import('./live.ts')).liveView(session, runId) : lineView(session, runId);

  const leaving = new AbortController();
  let why: Leave | null = null;
  const leave = (reason: Leave) => {
    why ??= reason;
    leaving.abort();
  };
  interrupted.addEventListener('abort', () => leave('detached'), { once: true });
  if (interrupted.aborted) leave('detached');
  const deadline = options.timeout === undefined ? null : clock.after(options.timeout, () => leave('timeout'));
  const person = live ? null : personNeeded(session, () => leave('person'));

  let run: RunDocument | null = null;
  let gone = false;
  try {
    for await (const seen of followRun({
      runId,
      // Read for each connection: it may have been renewed.
      connect: async () => connect(place.address, leaving.signal, await identityAt(session, place), place.namedBy),
      clock,
      signal: leaving.signal,
    })) {
      gone = seen.kind === 'gone';
      if (seen.kind === 'status') {
        run = seen.run;
        person?.notice(seen.run);
      }
      view.show(seen);
    }
  } finally {
    deadline?.cancel();
    person?.stop();
    view.close();
  }
  return ending(session, run?.run ?? runId, run === null ? null : printable(run), why, gone, options);
}

/** Calls back when a hold that only a person can release, or a rest until a person finalizes, has stood for long enough. */
function personNeeded(session: Session, needed: () => void): { notice(run: RunDocument): void; stop(): void } {
  let timer: Timer | null = null;
  const stop = () => {
    timer?.cancel();
    timer = null;
  };
  return {
    notice(run) {
      const stands = !runEnded(run) && (run.rest !== null || run.holds.some((hold) => hold.releasedBy === 'person'));
      if (!stands) stop();
      else timer ??= session.io.clock.after(holdStandsMs, needed);
    },
    stop,
  };
}

function ending(
  session: Session,
  runId: string,
  run: RunDocument | null,
  why: Leave | null,
  gone: boolean,
  options: WatchOptions,
): ExitCode {
  const meanwhile = gone ? `the controller does not answer: ${whileGone(runId)}` : `it continues. Rejoin: drydock watch ${runId}`;
  if (run !== null && runEnded(run)) {
    const reason = run.endReason === null || run.endReason === '' ? '' : `: ${run.endReason}`;
    say(session, `${runId} ${stateText(run.state)}${reason}`, ...nextLines(run), `report: drydock report ${runId}`);
    return exitCodeOfRunEnd(run.state as RunEnd);
  }
  if (why === 'person') {
    const rest = run?.rest ?? null;
    if (rest !== null) {
      const due = rest.until === null ? '' : ` by ${rest.until}`;
      const sentence = `${runId} is upgraded but not done: an operator must finalize it${due}, or roll it back`;
      say(session, `${sentence}\nfinalize: drydock finalize ${runId}        roll back: drydock rollback ${runId}`);
      return exitCodes.needsPerson;
    }
    const [hold] = (run?.holds ?? []).filter(({ releasedBy }) => releasedBy === 'person');
    say(
      session,
      `${runId} holds until an operator acts: ${hold === undefined ? '' : `${hold.kind}: ${hold.detail}`}\nsee: drydock status ${runId}`,
    );
    return exitCodes.needsPerson;
  }
  if (why === 'timeout') {
    say(session, `${runId} has not ended after ${durationText(options.timeout ?? 0)}; ${meanwhile}`);
    return exitCodes.waitTimedOut;
  }
  say(session, `left ${runId}; ${meanwhile}`);
  return exitCodes.ok;
}
