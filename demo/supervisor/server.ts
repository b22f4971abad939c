/** The supervisor's door: newline-delimited JSON over a unix socket. Nonsense is answered with `bad-request` and does no harm. */
import { rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { toFailure } from '../../common/failure.ts';
import { plainText } from '../../common/plain-text.ts';
import { type Refusal, type Reply, type Request, refusals, requestSchema, type UnitState } from './protocol.ts';
import type { UnitTable } from './units.ts';

/** A request is a few hundred characters; a peer that sends more without a line break is cut off. */
const maxLineChars = 64 * 1024;

/** Listens on the socket's path, taking the place of a dead predecessor's; resolves when connections are accepted. */
export function listen(socketPath: string, units: UnitTable): Promise<Server> {
  const server = createServer((socket) => serve(socket, units));
  rmSync(socketPath, { force: true });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(socketPath, () => resolve(server));
  });
}

function serve(socket: Socket, units: UnitTable): void {
  let pending = '';
  const reply = (answer: Reply) => {
    if (socket.writable) socket.write(`${JSON.stringify(answer)}\n`);
  };
  socket.setEncoding('utf8');
  socket.on('error', () => socket.destroy()); // the peer went away: no answer can reach it
  socket.on('data', (chunk: string) => {
    const lines = (pending + chunk).split('\n');
    pending = lines.pop() ?? '';
    for (const line of lines) if (line.trim() !== '') void answer(line, units).then(reply);
    if (pending.length > maxLineChars) {
      reply(refusal(null, 'bad-request', `a line is longer than ${maxLineChars} characters`));
      socket.destroySoon();
    }
  });
}

async function answer(line: string, units: UnitTable): Promise<Reply> {
  let id: number | null = null;
  try {
    const parsed: unknown = JSON.parse(line);
    id = idOf(parsed);
    const request = requestSchema.safeParse(parsed, plainText);
    if (!request.success)
      return refusal(id, 'bad-request', request.error.issues.map((i) => `${i.path.join('.')}: ${i.message}`).join('; '));
    return { id, ok: true, state: await carryOut(request.data, units) };
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return refusal(null, 'bad-request', `not a JSON object on one line: ${thrown.message}`);
    const { code, message } = toFailure(thrown);
    return refusal(id, refusals.find((known) => known === code) ?? 'bad-request', message);
  }
}

function idOf(parsed: unknown): number | null {
  const id = typeof parsed === 'object' && parsed !== null && 'id' in parsed ? parsed.id : null;
  return typeof id === 'number' ? id : null;
}

function refusal(id: number | null, code: Refusal, failure: string): Reply {
  return { id, ok: false, code, failure };
}

async function carryOut(request: Request, units: UnitTable): Promise<UnitState> {
  const { verb, unit = '' } = request;
  switch (verb) {
    case 'start':
      return units.start(unit, request.pass ?? null, request.flags);
    case 'stop':
      return units.stop(unit, request.timeoutMs);
    case 'state':
      return units.state(unit);
    case 'boot':
      return units.boot();
    case 'reboot':
      return units.reboot();
    default:
      return verb satisfies never;
  }
}
