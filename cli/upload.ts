/** Sends the files of a release, no faster than the controller takes them. */
import { createReadStream } from 'node:fs';
import { type Client, type ClientWritableStream, Metadata } from '@grpc/grpc-js';
import { artifactPieceBytes } from '../proto/channel.ts';
import type { AddReleaseRequest } from '../proto/generated/drydock/v1/AddReleaseRequest.ts';
import type { AddReleaseResponse__Output } from '../proto/generated/drydock/v1/AddReleaseResponse.ts';
import type { ReleaseDescription } from '../proto/generated/drydock/v1/ReleaseDescription.ts';
import { drydockV1 } from '../proto/loader.ts';
import { failureOfCall } from './failures.ts';

export interface Upload {
  readonly client: Client;
  readonly address: string;
  readonly interrupted: AbortSignal;
  readonly description: ReleaseDescription;
  /** In the order of the description's artifacts. */
  readonly files: readonly string[];
  /** Hears the count of bytes sent so far. */
  readonly sent: (bytes: number) => void;
}

/** Description first, then the bytes. Throws FailureError; the controller may refuse before it has seen all bytes. */
export async function upload(request: Upload): Promise<AddReleaseResponse__Output> {
  const { client, address, interrupted } = request;
  const { path, requestSerialize, responseDeserialize } = drydockV1.Operator.service.AddRelease;
  const answered = new AbortController();
  let settle: (error: Error | null, reply?: AddReleaseResponse__Output) => void = () => {};
  const answer = new Promise<AddReleaseResponse__Output>((resolve, reject) => {
    settle = (error, reply) => {
      answered.abort();
      if (error === null && reply !== undefined) resolve(reply);
      else reject(failureOfCall(error, { address, method: 'AddRelease', interrupted: interrupted.aborted }));
    };
  });
  const call = client.makeClientStreamRequest(path, requestSerialize, responseDeserialize, new Metadata(), {}, (error, reply) =>
    settle(error, reply),
  );
  const cancel = () => call.cancel();
  interrupted.addEventListener('abort', cancel, { once: true });
  if (interrupted.aborted) cancel();
  try {
    const [reply] = await Promise.all([answer, sendAll(request, call, answered.signal)]);
    return reply;
  } finally {
    interrupted.removeEventListener('abort', cancel);
    call.cancel();
  }
}

async function sendAll(request: Upload, call: ClientWritableStream<AddReleaseRequest>, answered: AbortSignal): Promise<void> {
  let bytes = 0;
  await send(call, { description: request.description }, answered);
  for (const file of request.files) {
    for await (const piece of createReadStream(file, { highWaterMark: artifactPieceBytes }) as AsyncIterable<Buffer>) {
      if (answered.aborted) return;
      await send(call, { content: piece }, answered);
      bytes += piece.length;
      request.sent(bytes);
    }
  }
  call.end();
}

/** Waits while the stream is full, but not beyond the controller's answer. */
async function send(call: ClientWritableStream<AddReleaseRequest>, message: AddReleaseRequest, answered: AbortSignal): Promise<void> {
  if (call.write(message) || answered.aborted) return;
  await new Promise<void>((resolve) => {
    const go = () => {
      call.off('drain', go);
      answered.removeEventListener('abort', go);
      resolve();
    };
    call.once('drain', go);
    answered.addEventListener('abort', go, { once: true });
  });
}
