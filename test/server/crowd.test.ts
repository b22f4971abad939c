/** P12 Who comes in crowds, floods or never reads is let go; a run of another cluster beside them goes as it always goes. */
import { once } from 'node:events';
import { constants as http2, connect as http2Connect } from 'node:http2';
import { type Socket, connect as tcpConnect } from 'node:net';
import { connect as tlsConnect } from 'node:tls';
import { status } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { RunSeen } from '../../controller/operations/run-lists.ts';
import { drydockV1 } from '../../proto/loader.ts';
import { clientCredentials, secureClientOptions } from '../../proto/secure-channel.ts';
import { agentMessageToWire } from '../../proto/wire/link.ts';
import { announced, hello } from '../fleet/agents.ts';
import { identityOf } from '../identities.ts';
import { Stage } from '../sequencer/stage.ts';
import { type Door, openDoor } from './door.ts';

const portOf = (door: Door) => Number(door.server.address.split(':').at(-1));
/** Another machine than the one from which everything else comes. */
const attacker = '127.0.0.9';
const strangers = { perAddress: 8, inAll: 64, waiting: 100, failures: 60, failuresPerSecond: 0 };

interface Course {
  readonly end: string;
  readonly events: readonly string[];
  readonly tookMs: number;
}

/** A whole upgrade of a cluster of twins in this very process, and what it took by its own clock. */
async function course(): Promise<Course> {
  await using stage = await Stage.open();
  const begunMs = stage.clock.monotonicMs();
  const run = await stage.started();
  const end = await stage.end(run);
  return { end, events: (await stage.events(run)).map(({ type }) => type), tookMs: stage.clock.monotonicMs() - begunMs };
}

let usual: Course;
beforeAll(async () => {
  usual = await course();
  expect(usual.end).toBe('done');
}, 120_000);

async function beside(attack: () => Promise<void>): Promise<void> {
  const [beside] = await Promise.all([course(), attack()]);
  expect(beside).toEqual(usual);
}

describe('P12 a run beside', { timeout: 120_000 }, () => {
  let door: Door;
  beforeAll(async () => {
    door = await openDoor({ limits: { prefaceMs: 1_000, strangers } });
  }, 60_000);
  afterAll(() => door[Symbol.asyncDispose]());

  it('a thousand bad connections goes as usual, and their address is not listened to any more', async () => {
    const tlsRecord = Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01]);
    const words = [Buffer.alloc(0), Buffer.from('GET / HTTP/1.1\r\n\r\n'), tlsRecord, Buffer.alloc(4_096, 0xff)];
    const bad = async (number: number): Promise<void> => {
      const socket: Socket = tcpConnect({ port: portOf(door), host: '127.0.0.1', localAddress: attacker });
      socket.on('error', () => {});
      socket.resume();
      socket.write(words[number % words.length] ?? tlsRecord);
      await once(socket, 'close').catch(() => {});
    };
    await beside(async () => {
      await Promise.all([...Array.from({ length: 1_000 }, (_, number) => bad(number)), door.ask('ListClusters', {})]);
      await door.ask('ListClusters', {});
    });
    const socket = tcpConnect({ port: portOf(door), host: '127.0.0.1', localAddress: attacker });
    const late = tlsConnect({ socket, rejectUnauthorized: false });
    const [error] = await once(late, 'error').catch((thrown: unknown) => [thrown]);
    expect(String((error as NodeJS.ErrnoException).code)).toBe('ECONNRESET');
  });

  it('a crowd with good certificates behind one address is served, each of them', async () => {
    const by = await identityOf({ class: 'human', name: 'tester' });
    const clients = Array.from(
      { length: 200 },
      () => new drydockV1.Operator(door.server.address, clientCredentials(by), secureClientOptions),
    );
    const answered = await Promise.all(
      clients.map(
        (client) =>
          new Promise<string>((resolve) =>
            client.getVersion({}, { deadline: Date.now() + 60_000 }, (error, answer) => resolve(error?.details ?? answer?.version ?? '')),
          ),
      ),
    );
    for (const client of clients) client.close();
    expect(new Set(answered)).toEqual(new Set(['test']));
  });

  it('a fleet behind one address waits for its turns, and is not hung up on later for having waited', async () => {
    const localAddress = '127.0.0.10';
    const from = { port: portOf(door), host: '127.0.0.1', localAddress };
    const silent = await Promise.all(
      Array.from({ length: strangers.perAddress }, async () => {
        const socket = tcpConnect(from);
        await once(socket, 'connect');
        return socket;
      }),
    );
    const { key, chain } = await identityOf({ class: 'agent', name: 'patient' });
    const agents = await Promise.all(
      Array.from({ length: 12 }, async () => {
        const socket = tcpConnect(from);
        await once(socket, 'connect');
        return tlsConnect({ socket, rejectUnauthorized: false, ALPNProtocols: ['h2'], key, cert: chain });
      }),
    );
    const served = agents.map((agent) => once(agent, 'secureConnect'));
    for (const socket of silent) socket.destroy();
    await Promise.all(served);
    const ended = agents.map((agent) => once(agent.resume(), 'close').then(() => 'ended'));
    for (const agent of agents) agent.write(Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), frame(4, 0, 0)]));
    const over = new Promise<string>((resolve) => setTimeout(() => resolve('open'), 1_500));
    expect(await Promise.race([over, ...ended])).toBe('open');
    for (const agent of agents) agent.destroy();
  });

  it('an agent that floods goes as usual, and its stream is ended', async () => {
    const client = new drydockV1.AgentLink(
      door.server.address,
      clientCredentials(await identityOf({ class: 'agent', name: 'evil' })),
      secureClientOptions,
    );
    const stream = client.connect();
    stream.on('data', () => {});
    stream.on('error', () => {});
    const ended = new Promise<number>((resolve) => stream.on('status', ({ code }) => resolve(code)));
    stream.write(agentMessageToWire(hello('evil', [announced('evil-1', 'evil')])));
    await beside(async () => {
      for (let sent = 0; sent < 12_000; sent++) stream.write(agentMessageToWire({ type: 'beat', journalHead: sent }));
      expect(await ended).toBe(status.RESOURCE_EXHAUSTED);
    });
    client.close();
  });

  it('streams that are reset as fast as they are opened goes as usual, and their connection is ended', async () => {
    const by = await identityOf({ class: 'agent', name: 'evil' });
    const socket = tlsConnect({
      port: portOf(door),
      host: '127.0.0.1',
      rejectUnauthorized: false,
      ALPNProtocols: ['h2'],
      key: by.key,
      cert: by.chain,
    });
    socket.on('error', () => {});
    socket.resume();
    await once(socket, 'secureConnect');
    let opened = 0;
    await beside(async () => {
      socket.write(Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), frame(4, 0, 0)]));
      while (!socket.destroyed && opened < 20_000) {
        const burst = Array.from({ length: 100 }, () => resetAtOnce(1 + 2 * opened++));
        socket.write(Buffer.concat(burst));
        await new Promise((resolve) => setImmediate(resolve));
      }
    });
    expect(opened).toBeLessThan(20_000);
    await door.ask('ListClusters', {});
  });
});

/** A frame of HTTP/2. */
function frame(type: number, flags: number, stream: number, payload: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

const literal = (text: string) => Buffer.concat([Buffer.from([text.length]), Buffer.from(text)]);
/** POST to a method of Operator, by indices of the static table and literals. */
const headers = Buffer.concat([
  Buffer.from([0x83, 0x87, 0x01]),
  literal('controller'),
  Buffer.from([0x04]),
  literal('/drydock.v1.Operator/ListClusters'),
  Buffer.from([0x0f, 0x10]),
  literal('application/grpc'),
  Buffer.from([0x00]),
  literal('te'),
  literal('trailers'),
]);
const cancel = Buffer.from([0, 0, 0, http2.NGHTTP2_CANCEL]);
const resetAtOnce = (stream: number) => Buffer.concat([frame(1, 4, stream, headers), frame(3, 0, stream, cancel)]);

describe('P12 a caller that never reads', { timeout: 120_000 }, () => {
  it('is hung up on after a while, what was done for it ends, and others are answered', async () => {
    let [given, over] = [0, false];
    const status = { filler: 'x'.repeat(50_000) } as unknown as NonNullable<RunSeen['status']>;
    async function* endless(): AsyncGenerator<RunSeen> {
      try {
        for (; ; given++) yield { status } as RunSeen;
      } finally {
        over = true;
      }
    }
    await using door = await openDoor({ limits: { unreadMs: 300 }, runs: { watchRun: endless as never } });
    const by = await identityOf({ class: 'human', name: 'tester' });
    const session = http2Connect(`https://${door.server.address}`, {
      settings: { initialWindowSize: 0 },
      createConnection: () =>
        tlsConnect({
          port: portOf(door),
          host: '127.0.0.1',
          rejectUnauthorized: false,
          ALPNProtocols: ['h2'],
          key: by.key,
          cert: by.chain,
        }),
    });
    session.on('error', () => {});
    const closed = once(session, 'close');
    const stream = session.request({
      ':method': 'POST',
      ':path': '/drydock.v1.Operator/WatchRun',
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    stream.on('error', () => {});
    const request = drydockV1.Operator.service.WatchRun.requestSerialize({ runId: 'r-1', afterSeq: 0 });
    const head = Buffer.alloc(5);
    head.writeUInt32BE(request.length, 1);
    stream.end(Buffer.concat([head, request]));
    await door.ask('ListClusters', {});
    await closed;
    await vi.waitFor(() => expect(over).toBe(true));
    expect(given).toBeLessThan(5);
    await door.ask('ListClusters', {});
  });
});
