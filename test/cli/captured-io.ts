/** The surroundings of a command line run inside the test: what it wrote is text, what it reads is given. */
import { Readable, Writable } from 'node:stream';
import type { ExitCode } from '../../cli/exit-codes.ts';
import type { Io, Terminal } from '../../cli/io.ts';
import { main } from '../../cli/main.ts';
import { type Clock, systemClock } from '../../common/clock.ts';
import { testerFolder } from '../identities.ts';

export const nowMs = Date.parse('2026-03-01T01:20:07Z');

/** Real waiting replaced by none: a delay is over in the next turn of the loop. */
export const hurriedClock: Clock = {
  wallMs: () => nowMs,
  monotonicMs: () => systemClock.monotonicMs(),
  after(_delayMs, callback) {
    const immediate = setImmediate(callback);
    return { cancel: () => clearImmediate(immediate) };
  },
};

/** Time that never passes: what waits on a timer waits for ever. */
export const standingClock: Clock = { ...hurriedClock, monotonicMs: () => 0, after: () => ({ cancel() {} }) };

export interface CapturedText extends Writable {
  text: string;
}

function captured(
  terminal: { readonly isTTY?: boolean; readonly columns?: number; readonly rows?: number },
  seen: () => void,
): CapturedText {
  const stream = new Writable({
    write(chunk, _encoding, done) {
      (stream as CapturedText).text += String(chunk);
      seen();
      done();
    },
  });
  return Object.assign(stream, { text: '', ...terminal });
}

export interface Surroundings {
  /** Shows the tester's identity unless DRYDOCK_IDENTITY says otherwise; '' shows that of the context. */
  readonly env?: Readonly<Record<string, string>>;
  readonly terminal?: { readonly columns: number; readonly rows?: number };
  /** What a person types; gives a terminal to read from. */
  readonly typed?: string;
  readonly clock?: Clock;
  /** Ctrl-C is pressed when this text has been written to either stream. */
  readonly interruptAt?: string;
}

export interface Ran {
  readonly exitCode: ExitCode;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs one command line and gives back what it wrote. */
export async function drydock(argv: readonly string[], surroundings: Surroundings = {}): Promise<Ran> {
  const interrupt = new AbortController();
  const changed = () => {
    if (surroundings.interruptAt !== undefined && (stdout.text + stderr.text).includes(surroundings.interruptAt)) interrupt.abort();
  };
  const terminal = surroundings.terminal === undefined ? {} : { isTTY: true, ...surroundings.terminal };
  const stdout = captured(terminal, changed);
  const stderr = captured(terminal, changed);
  const io: Io = {
    stdout: stdout as Terminal,
    stderr: stderr as Terminal,
    stdin: Object.assign(Readable.from(surroundings.typed === undefined ? [] : [surroundings.typed]), {
      isTTY: surroundings.typed !== undefined,
    }),
    env: { NO_COLOR: '1', DRYDOCK_IDENTITY: await testerFolder(), ...surroundings.env },
    clock: surroundings.clock ?? hurriedClock,
    timeZone: 'UTC',
    interrupted: interrupt.signal,
  };
  const exitCode = await main(argv, io);
  return { exitCode, stdout: stdout.text, stderr: stderr.text };
}
