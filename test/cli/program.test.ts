/** The program as a shell starts it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { testerFolder } from '../identities.ts';
import { documentBytes, eventMessage, type StandInOperator, startOperator } from '../stand-ins/operator.ts';
import * as documents from '../stand-ins/operator-documents.ts';

const bin = fileURLToPath(new URL('../../cli/bin.ts', import.meta.url));
let operator: StandInOperator | null = null;
let listener: Server | null = null;
let identity: string;
beforeAll(async () => {
  identity = await testerFolder();
});
afterEach(() => {
  operator?.kill();
  listener?.close();
});

function start(argv: readonly string[]): {
  readonly child: ChildProcess;
  readonly ended: Promise<{ code: number | null; stdout: string; stderr: string }>;
} {
  const child = spawn(process.execPath, ['--import', 'tsx', bin, ...argv], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH, HOME: '/nonexistent', DRYDOCK_IDENTITY: identity },
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => (stdout += String(chunk)));
  child.stderr.on('data', (chunk) => (stderr += String(chunk)));
  return { child, ended: once(child, 'close').then(([code]) => ({ code: code as number | null, stdout, stderr })) };
}

async function listening(onConnection: (socket: import('node:net').Socket) => void): Promise<string> {
  listener = createServer(onConnection);
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const address = listener.address();
  return `127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
}

describe('drydock as a process', () => {
  test('a usage error ends with 2', async () => {
    const { code, stdout, stderr } = await start(['stats']).ended;
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain('Did you mean status?');
  });

  test('Ctrl-C leaves the run running, says so and ends with 0', async () => {
    operator = await startOperator({
      answers: { GetRun: () => ({ status: documentBytes(documents.run) }) },
      watch: (call) => void call.write(eventMessage(1, { type: 'resumed', actor: 'admin-1' })),
    });
    const { child, ended } = start(['watch', 'r-12', '--controller', operator.address]);
    child.stdout?.once('data', () => child.kill('SIGINT'));
    const { code, stdout, stderr } = await ended;
    expect(stdout).toContain('resumed by admin-1');
    expect(stderr).toContain('left r-12; it continues. Rejoin: drydock watch r-12');
    expect(code).toBe(0);
  });

  test('a reader that has seen enough is no failure', async () => {
    const events = Array.from({ length: 3000 }, (_, at) => ({ ...documents.audit.events[0], seq: at + 1 }));
    const page = (afterSeq: number) => documentBytes({ apiVersion: 'drydock/v1', events: events.slice(afterSeq, afterSeq + 500) });
    operator = await startOperator({
      answers: {
        ListAudit: ({ afterSeq }) => ({ audit: page(afterSeq), nextAfterSeq: afterSeq + 500 < events.length ? afterSeq + 500 : 0 }),
      },
    });
    const { child, ended } = start(['audit', '--controller', operator.address]);
    child.stdout?.once('data', () => child.stdout?.destroy());
    const { code, stderr } = await ended;
    expect(stderr).toBe('');
    expect(code).toBe(0);
  });

  test('something that speaks no gRPC is unreachable at once', async () => {
    const address = await listening((socket) => void socket.on('error', () => {}).end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    const { code, stderr } = await start(['status', '--controller', address]).ended;
    expect(code).toBe(5);
    expect(stderr).toMatch(`drydock: controller at ${address} is unreachable: the server there does not speak TLS`);
  });

  test('a listener that never answers is given up after about three seconds', async () => {
    const address = await listening((socket) => void socket.on('error', () => {}));
    const { code, stderr } = await start(['status', '--controller', address]).ended;
    expect(code).toBe(5);
    expect(stderr).toContain(`controller at ${address} is unreachable: no answer within 3 s`);
  });
});
