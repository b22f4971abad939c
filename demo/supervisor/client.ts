/** Asks a supervisor one thing: one connection, one line out, one line back. */
import { createConnection } from 'node:net';
import { z } from 'zod';
import { fail } from '../../common/failure.ts';
import { refusals, type UnitState, type Verb } from './protocol.ts';

const stateSchema = z.object({
  active: z.boolean(),
  invocationId: z.string().nullable(),
  pid: z.number().nullable(),
  exitCode: z.number().nullable(),
  bootId: z.string(),
  lockFile: z.string().nullable(),
  logFile: z.string().nullable(),
});
const replySchema = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true), state: stateSchema }),
  z.object({ ok: z.literal(false), code: z.enum(refusals), failure: z.string() }),
]);

/** Throws FailureError with the supervisor's own code and sentence, or `unreachable` when nothing listens. */
export async function askSupervisor(
  socketPath: string,
  request: {
    readonly verb: Verb;
    readonly unit?: string;
    readonly timeoutMs?: number;
    readonly pass?: string;
    readonly flags?: readonly string[];
  },
): Promise<UnitState> {
  const line = await exchange(socketPath, `${JSON.stringify({ id: 1, ...request })}\n`);
  const reply = replySchema.parse(JSON.parse(line));
  if (!reply.ok) throw fail('failed', reply.code, reply.failure);
  return reply.state;
}

function exchange(socketPath: string, line: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(socketPath, () => socket.write(line));
    let received = '';
    const unreachable = (why: string) => reject(fail('unreachable', 'supervisor-unreachable', `supervisor at ${socketPath}: ${why}`));
    socket.setEncoding('utf8');
    socket.on('error', (cause) => unreachable(cause.message));
    socket.on('close', () => unreachable('closed without an answer'));
    socket.on('data', (chunk: string) => {
      received += chunk;
      const end = received.indexOf('\n');
      if (end < 0) return;
      resolve(received.slice(0, end));
      socket.end();
    });
  });
}
