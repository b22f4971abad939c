/** Units of a small supervisor beside the agent, for hosts without systemd: one line of JSON out, one back, over a unix socket. */
import { createConnection } from 'node:net';
import { z } from 'zod';
import { type FailureClass, fail } from '../../common/failure.ts';
import type { Units } from './host.ts';
import { diskLogs } from './log-files.ts';
import type { StartLocks } from './start-locks.ts';

const askMs = 10_000;
/** The protocol's own limit. */
const longestWaitMs = 600_000;

const stateSchema = z.object({
  active: z.boolean(),
  invocationId: z.string().nullable(),
  pid: z.number().nullable(),
  bootId: z.string().min(1),
  /** The file that keeps the unit from being started; null: it knows of none. */
  lockFile: z.string().nullable().default(null),
  /** What the unit's program writes goes there; null: it does not say. */
  logFile: z.string().nullable().default(null),
});
const replySchema = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true), state: stateSchema }),
  z.object({ ok: z.literal(false), code: z.string(), failure: z.string() }),
]);

interface Request {
  readonly verb: 'start' | 'stop' | 'state' | 'boot';
  readonly unit?: string;
  readonly timeoutMs?: number;
  /** Shown by who took the hold. */
  readonly pass?: string;
  /** Of this start alone. */
  readonly flags?: readonly string[];
}

const classes: Readonly<Record<string, FailureClass>> = {
  'stop-timeout': 'timeout',
  'unknown-unit': 'not-found',
  'bad-request': 'internal',
  held: 'refused',
};

/** Each question is a connection of its own: the supervisor may be restarted in between. */
export function supervisedUnits(socketPath: string, locks: StartLocks): Units {
  const ask = async (request: Request, waitMs: number) => {
    const line = await exchange(socketPath, `${JSON.stringify({ id: 1, ...request })}\n`, waitMs);
    const reply = parseReply(socketPath, line);
    if (!reply.ok) throw fail(classes[reply.code] ?? 'failed', reply.code, reply.failure);
    return reply.state;
  };
  const askToWait = (request: Request, timeoutMs: number) => {
    const wholeMs = Math.min(longestWaitMs, Math.max(1, Math.ceil(timeoutMs)));
    return ask({ ...request, timeoutMs: wholeMs }, wholeMs + askMs);
  };
  const unitLogFile = async (unit: string) => (await ask({ verb: 'state', unit }, askMs)).logFile;
  return {
    async bootId() {
      return (await ask({ verb: 'boot' }, askMs)).bootId;
    },
    async unitState(unit) {
      const { active, invocationId, pid } = await ask({ verb: 'state', unit }, askMs);
      return { active, invocationId, pid };
    },
    async startUnit(unit, timeoutMs, flags = []) {
      const pass = await locks.passOf(unit);
      const given = flags.length === 0 ? {} : { flags };
      await askToWait({ verb: 'start', unit, ...(pass === null ? {} : { pass }), ...given }, timeoutMs);
    },
    async stopUnit(unit, timeoutMs) {
      await askToWait({ verb: 'stop', unit }, timeoutMs);
    },
    async verifyStartLock(unit) {
      await locks.prepare();
      const { lockFile } = await ask({ verb: 'state', unit }, askMs);
      const wanted = locks.pathOf(unit);
      if (lockFile === wanted) return;
      throw fail(
        'refused',
        'no-start-lock',
        `unit ${unit} has no working start lock: its supervisor at ${socketPath} uses ${lockFile ?? 'no lock file'}; add \`lockFile: ${wanted}\` to the unit in the supervisor's settings and restart the supervisor`,
      );
    },
    // The protocol has them: the supervisor adds them to the program's own.
    async verifyStartFlags() {},
    lockUnit: locks.take,
    unitLogFile,
    async unitLog(unit, start) {
      const path = await unitLogFile(unit);
      if (path === null) return null;
      const mark = start?.logs.find((log) => log.path === path) ?? null;
      return { place: path, text: start === null ? null : await diskLogs.logSince({ path, mark, sinceMs: start.atMs }) };
    },
    unlockUnit: locks.letGo,
    lockedUnits: locks.held,
  };
}

function parseReply(socketPath: string, line: string): z.output<typeof replySchema> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw unreachable(socketPath, 'returned an answer that is not JSON');
  }
  const reply = replySchema.safeParse(value);
  if (!reply.success) throw unreachable(socketPath, 'returned an unknown answer');
  return reply.data;
}

function unreachable(socketPath: string, why: string): Error {
  return fail('unreachable', 'units-unreachable', `the units' supervisor at ${socketPath} ${why}`, { remedy: 'retry' });
}

function exchange(socketPath: string, line: string, waitMs: number): Promise<string> {
  return new Promise((resolve, reject) => {
    let received = '';
    const socket = createConnection(socketPath, () => socket.write(line));
    const giveUp = (why: string) => {
      reject(unreachable(socketPath, why));
      socket.destroy();
    };
    socket.setEncoding('utf8');
    socket.setTimeout(waitMs, () => giveUp(`did not answer within ${waitMs} ms`));
    socket.on('error', (error) => giveUp(`cannot be reached: ${error.message}`));
    socket.on('close', () => giveUp('closed the connection without an answer'));
    socket.on('data', (piece: string) => {
      received += piece;
      const end = received.indexOf('\n');
      if (end < 0) return;
      resolve(received.slice(0, end));
      socket.destroy();
    });
  });
}
