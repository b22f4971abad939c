/** The door for people on the host: a unix socket in the state directory, one line of JSON in, one out. Only the agent's own user passes. */
import { chmodSync, rmSync } from 'node:fs';
import { createConnection, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { z } from 'zod';
import { type Failure, FailureError, fail, toFailure } from '../../common/failure.ts';
import { systemReason } from '../../common/file-obstacle.ts';
import type { AgentSettings } from '../settings.ts';
import type { LocalVerbs } from './verbs.ts';

const localVerbNames = ['status', 'finish', 'preview-revert', 'revert', 'release', 'redial'] as const;

const requestSchema = z.object({ verb: z.enum(localVerbNames), subject: z.string().max(400), actor: z.string().max(100) });
export type LocalRequest = z.output<typeof requestSchema>;
type Reply = { readonly ok: true; readonly result: unknown } | { readonly ok: false; readonly failure: Failure };

const maxLineChars = 4096;
export const doorPath = ({ stateDir }: Pick<AgentSettings, 'stateDir'>): string => join(stateDir, 'agent.sock');

/** How long an asker may take to ask, and how many there may be at a time. */
const askMs = 10_000;
const mostAskers = 32;

export async function carryOutLocal(verbs: LocalVerbs, { verb, subject, actor }: LocalRequest): Promise<unknown> {
  switch (verb) {
    case 'status':
      return verbs.status();
    case 'finish':
      return verbs.finish(subject, actor);
    case 'preview-revert':
      return verbs.previewRevert(subject);
    case 'revert':
      return verbs.revert(subject, actor);
    case 'release':
      return verbs.release(subject, actor);
    case 'redial':
      verbs.redial();
      return null;
    default:
      return verb satisfies never;
  }
}

/** Listens, taking the place of a dead predecessor's socket: the journal's lock has shown that no other agent runs. */
export function openLocalDoor(socketPath: string, verbs: LocalVerbs): Promise<Server> {
  const server = createServer((socket) => {
    let received = '';
    socket.setEncoding('utf8');
    socket.setTimeout(askMs, () => socket.destroy());
    socket.on('error', () => socket.destroy()); // the asker went away: no answer is due
    socket.on('data', (piece: string) => {
      received += piece;
      const end = received.indexOf('\n');
      if (end < 0 && received.length <= maxLineChars) return;
      socket.removeAllListeners('data');
      socket.setTimeout(0); // the answer takes as long as the order
      void answer(verbs, received.slice(0, Math.max(0, end))).then((reply) => socket.end(`${JSON.stringify(reply)}\n`));
    });
  });
  server.maxConnections = mostAskers;
  return new Promise((resolve, reject) => {
    const unopened = (error: unknown) =>
      reject(fail('failed', 'no-local-door', `${socketPath} cannot be listened on: ${systemReason(error)}`));
    server.once('error', unopened);
    try {
      rmSync(socketPath, { force: true });
    } catch (error) {
      return unopened(error);
    }
    server.listen(socketPath, () => {
      chmodSync(socketPath, 0o600);
      resolve(server);
    });
  });
}

async function answer(verbs: LocalVerbs, line: string): Promise<Reply> {
  try {
    const request = requestSchema.safeParse(JSON.parse(line));
    if (!request.success) throw fail('usage', 'bad-request', 'unknown request; is the agent of another version than this command?');
    return { ok: true, result: await carryOutLocal(verbs, request.data) };
  } catch (thrown) {
    return { ok: false, failure: thrown instanceof SyntaxError ? toFailure(new Error('expected one line of JSON')) : toFailure(thrown) };
  }
}

/** Asks a running agent. null: none runs. Throws what the agent answered. */
export function askRunningAgent(socketPath: string, request: LocalRequest): Promise<{ readonly result: unknown } | null> {
  return new Promise((resolve, reject) => {
    let received = '';
    const socket = createConnection(socketPath, () => socket.write(`${JSON.stringify(request)}\n`));
    socket.setEncoding('utf8');
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ECONNREFUSED') resolve(null);
      else reject(fail('unreachable', 'agent-unreachable', `the agent at ${socketPath} is unreachable: ${error.message}`));
    });
    socket.on('data', (piece: string) => {
      received += piece;
    });
    socket.on('close', () => {
      if (!received.endsWith('\n'))
        return reject(fail('unreachable', 'agent-gone', `the agent at ${socketPath} exited before it answered; try again`));
      const reply = JSON.parse(received) as Reply;
      if (reply.ok) resolve({ result: reply.result });
      else reject(new FailureError(reply.failure));
    });
  });
}
