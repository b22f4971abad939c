/** The agent's end of the wire against a real gRPC server in this process. */
import { Server, type ServerDuplexStream, type ServerWritableStream, status } from '@grpc/grpc-js';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { controllerArtifacts } from '../../agent/link/controller-artifacts.ts';
import { dialController } from '../../agent/link/link.ts';
import { type Failure, toFailure } from '../../common/failure.ts';
import type { AgentMessage, HeardMessage } from '../../common/link.ts';
import { artifactPieceBytes, serverOptions } from '../../proto/channel.ts';
import type { AgentMessage__Output } from '../../proto/generated/drydock/v1/AgentMessage.ts';
import type { ControllerMessage as WireControllerMessage } from '../../proto/generated/drydock/v1/ControllerMessage.ts';
import type { ReadRequest__Output } from '../../proto/generated/drydock/v1/ReadRequest.ts';
import type { ReadResponse } from '../../proto/generated/drydock/v1/ReadResponse.ts';
import { drydockV1 } from '../../proto/loader.ts';
import { agentMessageFromWire, controllerMessageToWire } from '../../proto/wire/link.ts';
import { dialledAs, serverCredentials } from '../identities.ts';

type Stream = ServerDuplexStream<AgentMessage__Output, WireControllerMessage>;
const by = await dialledAs({ class: 'agent', name: 'db-1' });
const shown = () => by;
const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.forceShutdown();
});

async function serve(
  connect: (stream: Stream) => void,
  read: (call: ServerWritableStream<ReadRequest__Output, ReadResponse>) => void,
): Promise<string> {
  const server = new Server(serverOptions);
  servers.push(server);
  server.addService(drydockV1.AgentLink.service, { Connect: connect });
  server.addService(drydockV1.Artifacts.service, { Read: read });
  const own = await serverCredentials();
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', own, (error, bound) => (error === null ? resolve(bound) : reject(error)));
  });
  return `127.0.0.1:${port}`;
}

const none = () => {};
const beat: AgentMessage = { type: 'beat', journalHead: 3 };

describe('the stream to the controller', () => {
  it('carries messages both ways in order', async () => {
    const heard: AgentMessage[] = [];
    const address = await serve((stream) => {
      stream.on('data', (wire: AgentMessage__Output) => {
        heard.push(agentMessageFromWire(wire));
        stream.write(controllerMessageToWire({ type: 'report-ack', seq: heard.length }));
      });
    }, none);
    const link = dialController(address, shown);
    const answers: HeardMessage[] = [];
    link.onMessage((message) => answers.push(message));
    for (let head = 1; head <= 50; head += 1) link.send({ type: 'beat', journalHead: head });
    await vi.waitFor(() => expect(answers).toHaveLength(50), { timeout: 20_000 });
    expect(heard.map((message) => (message.type === 'beat' ? message.journalHead : null))).toEqual(
      Array.from({ length: 50 }, (_, index) => index + 1),
    );
    link.close('the test is over');
  });

  it('closes with a reason when nothing listens', async () => {
    const link = dialController('127.0.0.1:1', shown);
    const reason = await new Promise<string>((resolve) => link.onClose(resolve));
    expect(reason).toMatch(/connect|ECONNREFUSED|UNAVAILABLE/i);
  });

  it('closes when the controller ends the stream', async () => {
    const address = await serve((stream) => stream.end(), none);
    const link = dialController(address, shown);
    link.onMessage(none);
    expect(await new Promise<string>((resolve) => link.onClose(resolve))).not.toBe('');
  });

  it('closes when the controller sends something that is no message (P13)', async () => {
    const address = await serve((stream) => stream.write({}), none);
    const link = dialController(address, shown);
    link.onMessage(none);
    expect(await new Promise<string>((resolve) => link.onClose(resolve))).toContain('malformed message');
  });

  it('closes when the controller does not read what it is sent', async () => {
    const address = await serve((stream) => stream.pause(), none);
    const link = dialController(address, shown);
    const closed = new Promise<string>((resolve) => link.onClose(resolve));
    const note = 'x'.repeat(10_000);
    for (let count = 0; count < 2_000; count += 1) link.send({ type: 'progress', orderId: 'r/s/1', part: 'fetch', fraction: 0, note });
    expect(await closed).toContain('does not read');
  });

  it('says once that it is closed, and sends nothing afterwards', async () => {
    const address = await serve(none, none);
    const link = dialController(address, shown);
    const reasons: string[] = [];
    link.onClose((reason) => reasons.push(reason));
    link.close('first');
    link.close('second');
    link.send(beat);
    expect(reasons).toEqual(['first']);
  });
});

describe('artifacts from the controller', () => {
  const bytes = Buffer.alloc(3 * artifactPieceBytes + 17, 5);

  async function readAll(address: string, offset: number): Promise<Buffer> {
    const pieces: Uint8Array[] = [];
    for await (const piece of controllerArtifacts(address, shown).read('sha256:x', offset)) pieces.push(piece);
    return Buffer.concat(pieces);
  }

  const whole = (call: ServerWritableStream<ReadRequest__Output, ReadResponse>) => {
    for (let from = call.request.offset; from < bytes.length; from += artifactPieceBytes)
      call.write({ content: bytes.subarray(from, from + artifactPieceBytes), sizeBytes: bytes.length });
    call.end();
  };

  it('come from any offset to the end', async () => {
    const address = await serve(none, whole);
    expect((await readAll(address, 0)).equals(bytes)).toBe(true);
    expect((await readAll(address, 100_001)).equals(bytes.subarray(100_001))).toBe(true);
  });

  async function failureOf(promise: Promise<unknown>): Promise<Failure> {
    return promise.then(
      () => {
        throw new Error('it did not fail');
      },
      (thrown: unknown) => toFailure(thrown),
    );
  }

  it('that the controller does not have are not asked for again', async () => {
    const address = await serve(none, (call) => void call.emit('error', { code: status.NOT_FOUND, details: 'no such artifact' }));
    expect(await failureOf(readAll(address, 0))).toMatchObject({ code: 'unknown-artifact', remedy: 'hold' });
  });

  it('that were cut off can be gone on with', async () => {
    const address = await serve(none, (call) => {
      call.write({ content: bytes.subarray(0, 1_000), sizeBytes: bytes.length });
      call.emit('error', { code: status.UNAVAILABLE, details: 'going down' });
    });
    expect(await failureOf(readAll(address, 0))).toMatchObject({ code: 'fetch-interrupted', remedy: 'retry' });
  });
});
