import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { connect as http2Connect } from 'node:http2';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import { Client, Metadata, type ServiceError, status } from '@grpc/grpc-js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AgentMessage } from '../../common/link.ts';
import { maxMessageBytes } from '../../proto/channel.ts';
import { drydockV1 } from '../../proto/loader.ts';
import { agentMessageToWire } from '../../proto/wire/link.ts';
import { agentPeer, announced, cardboardAgent, hello } from '../fleet/agents.ts';
import { dialledAs, identityOf, tester } from '../identities.ts';
import { type Door, json, openDoor, refusal } from './door.ts';

const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
const emptySettings = Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]);

function portOf(door: Door): number {
  return Number(door.server.address.split(':').at(-1));
}

/** Within TLS, with a certificate of who may ask: what is sent is the matter here. */
async function secureSocket(door: Door): Promise<TLSSocket> {
  const { key, chain, roots } = await identityOf(tester);
  const shown = { key, cert: chain, ca: roots, ALPNProtocols: ['h2'], checkServerIdentity: () => undefined };
  return connect({ port: portOf(door), host: '127.0.0.1', ...shown });
}

/** Sends bytes, waits for the first sign that they were read, and goes without a word. */
async function throwAt(door: Door, ...pieces: readonly Uint8Array[]): Promise<void> {
  const socket = await secureSocket(door);
  socket.on('error', () => {});
  await once(socket, 'secureConnect');
  for (const piece of pieces) socket.write(piece);
  socket.end();
  // An HTTP/2 server speaks first; what is no HTTP/2 at all it hangs up on.
  await Promise.race([once(socket, 'data'), once(socket, 'close')]);
  socket.destroy();
}

async function answers(door: Door): Promise<void> {
  expect(await door.ask('ListHosts', {})).toMatchObject({ hosts: { digest: expect.any(String) } });
}

/** A GetRun request of exactly so many bytes: an unknown field pads it. */
function requestOf(bytes: number): Buffer {
  const tag = (15 << 3) | 2;
  for (let content = bytes - 6; content <= bytes; content++) {
    const length: number[] = [];
    for (let rest = content; ; rest = Math.floor(rest / 128)) {
      length.push((rest % 128) | (rest >= 128 ? 128 : 0));
      if (rest < 128) break;
    }
    if (1 + length.length + content === bytes) return Buffer.concat([Buffer.from([tag, ...length]), Buffer.alloc(content)]);
  }
  throw new Error(`no request of ${bytes} bytes`);
}

async function rawCall(door: Door, request: Buffer, metadata = new Metadata()): Promise<ServiceError> {
  const by = await dialledAs(tester);
  const client = new Client(door.server.address, by.credentials, { ...by.options, 'grpc.max_send_message_length': -1 });
  return new Promise<ServiceError>((resolve, reject) => {
    const deadline = Date.now() + 10_000;
    const same = (bytes: Buffer) => bytes;
    client.makeUnaryRequest('/drydock.v1.Operator/GetRun', same, same, request, metadata, { deadline }, (error) =>
      error === null ? reject(new Error('answered')) : resolve(error),
    );
  }).finally(() => client.close());
}

describe('garbage on the port', () => {
  it('does not stop the controller, whatever the bytes are', async () => {
    await using door = await openDoor();
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 2_000 }), fc.boolean(), async (bytes, afterPreface) => {
        await throwAt(door, ...(afterPreface ? [preface, emptySettings, bytes] : [bytes]));
      }),
      { numRuns: 60 },
    );
    await answers(door);
  });

  it('is stood: half a preface, a preface alone, another protocol, frames that are none', async () => {
    await using door = await openDoor();
    await throwAt(door, preface.subarray(0, 10));
    await throwAt(door, preface);
    await throwAt(door, Buffer.from('GET / HTTP/1.1\r\nhost: x\r\n\r\n'));
    await throwAt(door, Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01]));
    await throwAt(door, preface, emptySettings, Buffer.from([0xff, 0xff, 0xff, 0x00, 0xff, 0, 0, 0, 1]));
    await throwAt(door, preface, emptySettings, Buffer.from([0, 0, 4, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0]));
    await answers(door);
  });

  it('in place of a message ends that call alone', async () => {
    await using door = await openDoor();
    expect((await rawCall(door, Buffer.from([0xff, 0xff, 0xff, 0xff]))).code).toBe(status.INTERNAL);
    const socket = await secureSocket(door);
    const session = http2Connect(`https://${door.server.address}`, { createConnection: () => socket });
    session.on('error', () => {});
    const headers = { ':method': 'POST', ':path': '/drydock.v1.Operator/GetRun', 'content-type': 'application/grpc', te: 'trailers' };
    for (const body of [Buffer.from([1, 0, 0, 0, 2, 0xff, 0xff]), Buffer.from([0, 0xff, 0xff, 0xff, 0xff, 1]), Buffer.from([0, 0])]) {
      const stream = session.request(headers);
      stream.on('error', () => {});
      stream.end(body);
      stream.resume();
      await once(stream, 'close');
    }
    session.destroy();
    await answers(door);
  });

  it('of the largest size is read, one byte more is refused', async () => {
    await using door = await openDoor();
    expect((await rawCall(door, requestOf(maxMessageBytes - 1))).code).toBe(status.INVALID_ARGUMENT);
    expect((await rawCall(door, requestOf(maxMessageBytes))).code).toBe(status.INVALID_ARGUMENT);
    expect((await rawCall(door, requestOf(maxMessageBytes + 1))).code).toBe(status.RESOURCE_EXHAUSTED);
    await answers(door);
  });

  it('in the metadata is refused when it is huge', async () => {
    await using door = await openDoor();
    const metadata = new Metadata();
    for (let index = 0; index < 50; index++) metadata.set(`x-garbage-${index}`, 'y'.repeat(8_000));
    const { code } = await rawCall(door, Buffer.alloc(0), metadata);
    expect(code).not.toBe(status.INVALID_ARGUMENT);
    await answers(door);
  });

  it('leaves no connection open behind it', async () => {
    await using door = await openDoor();
    for (let round = 0; round < 200; round++) await throwAt(door, preface.subarray(0, round % preface.length), Buffer.from([round % 256]));
    await answers(door);
    // Nothing hangs on: the server ends by itself as soon as our own client has left.
    door.operator.close();
    await door.server.stop(10_000);
  });
});

describe('12.C17: connections', () => {
  /** Opens one, says this, and keeps the line; resolves when it was hung up on. */
  async function keepsSilent(door: Door, ...pieces: readonly Uint8Array[]): Promise<void> {
    const socket = await secureSocket(door);
    socket.on('error', () => {});
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.resume();
    for (const piece of pieces) socket.write(piece);
    await closed;
  }

  it('that never say that they speak HTTP/2 are closed', async () => {
    await using door = await openDoor({ limits: { prefaceMs: 100 } });
    await Promise.all([keepsSilent(door), keepsSilent(door, preface.subarray(0, 10))]);
    await answers(door);
  });

  it('that ask nothing are closed', async () => {
    await using door = await openDoor({ limits: { idleMs: 200 } });
    await Promise.all([keepsSilent(door, preface), keepsSilent(door, preface, emptySettings)]);
    await answers(door);
  });

  it('that begin to ask and never end are told so', async () => {
    await using door = await openDoor({ limits: { requestMs: 100 } });
    const socket = await secureSocket(door);
    const session = http2Connect(`https://${door.server.address}`, { createConnection: () => socket });
    const headers = { ':method': 'POST', ':path': '/drydock.v1.Operator/GetRun', 'content-type': 'application/grpc', te: 'trailers' };
    const stream = session.request(headers, { endStream: false });
    const [answer] = await once(stream, 'response');
    expect(answer).toMatchObject({ 'grpc-status': String(status.DEADLINE_EXCEEDED) });
    session.destroy();
    await answers(door);
  });

  it('that send a release and stop half way are told so, and what they sent is gone', async () => {
    await using door = await openDoor({ limits: { requestMs: 200 } });
    const artifacts = [{ role: 'server', digest: `sha256:${'a'.repeat(64)}`, sizeBytes: 10, fileName: 'x.tar' }];
    const sent = new Promise<ServiceError | null>((resolve) => {
      const call = door.operator.addRelease((error: ServiceError | null) => resolve(error));
      call.write({ description: { engine: 'postgresql', version: '16.14', arch: 'x64', artifacts } });
      call.write({ content: Buffer.from('12345') });
    });
    await expect.poll(() => readdirSync(join(door.artifactsDir, 'tmp')), { interval: 10 }).toHaveLength(1);
    expect(await sent).toMatchObject({ code: status.DEADLINE_EXCEEDED });
    await expect.poll(() => readdirSync(join(door.artifactsDir, 'tmp')), { interval: 10 }).toEqual([]);
  });

  it('are taken up to a bound, and again when others have gone', async () => {
    await using door = await openDoor({ limits: { connections: 3, prefaceMs: 60_000 } });
    const held = await Promise.all(
      [1, 2, 3].map(async () => {
        const socket = await secureSocket(door);
        await once(socket, 'data');
        return socket;
      }),
    );
    await keepsSilent(door);
    for (const socket of held) socket.destroy();
    await Promise.all(held.map((socket) => (socket.closed ? null : once(socket, 'close'))));
    await answers(door);
  });
});

describe('12.C17: hosts', () => {
  it('whose hello is too long are told which field, and nothing of it is kept', async () => {
    await using door = await openDoor();
    const by = await dialledAs({ class: 'agent', name: 'db-1' });
    const client = new drydockV1.AgentLink(door.server.address, by.credentials, by.options);
    const many = Array.from({ length: 10_000 }, (_, at) => announced(`i${at}`));
    for (const [bad, says] of [
      [{ ...hello('db-1', []), agentVersion: 'x'.repeat(900_000) }, 'hello.agentVersion is 900000 characters long, at most'],
      [hello('db-1', many.slice(0, 8_000)), 'hello.instances has 8000 entries, at most'],
    ] as const) {
      const stream = client.connect();
      stream.on('error', () => {});
      stream.on('data', () => {});
      stream.write(agentMessageToWire(bad as AgentMessage));
      const ended = await new Promise((resolve) => stream.once('status', resolve));
      expect(ended).toMatchObject({ code: status.INVALID_ARGUMENT, details: expect.stringContaining(says) });
    }
    client.close();
    expect(door.fleet.hosts()).toEqual([]);
  });

  it('are listed in pages that fit a message, however much each says of itself', async () => {
    await using door = await openDoor();
    for (let host = 0; host < 300; host++) {
      const agent = cardboardAgent();
      door.fleet.accept(agent.end, agentPeer);
      const instances = Array.from({ length: 20 }, (_, at) => ({ ...announced(`h${host}-${at}`), dataDir: `/${'d'.repeat(1_000)}` }));
      agent.say(hello(`h${host}`, instances));
    }
    const listed: string[] = [];
    for (let after = ''; ; ) {
      const page = (await door.ask('ListHosts', { after })) as { readonly hosts: { readonly json: Buffer }; readonly nextAfter: string };
      expect(page.hosts.json.length).toBeLessThan(maxMessageBytes / 2);
      listed.push(...(json(page.hosts) as { hosts: { host: string }[] }).hosts.map(({ host }) => host));
      if (page.nextAfter === '') break;
      after = page.nextAfter;
    }
    expect(new Set(listed).size).toBe(300);
  });
});

it('12.C17: a plan that is to settle, soak or keep for longer than a year is refused by the name of the field', async () => {
  await using door = await openDoor();
  const asked = { cluster: 'pg-main', toVersion: '16.14', downgrade: false, restart: false, again: false, config: [] };
  for (const field of ['settleMs', 'soakMs', 'snapshotKeepMs']) {
    const { failure } = await refusal(door.ask('MakePlan', { ...asked, [field]: 999_999_999 * 3_600_000 }));
    expect(failure).toMatchObject({ class: 'usage', code: 'bad-request', message: `${field}: expected at most one year` });
  }
});
