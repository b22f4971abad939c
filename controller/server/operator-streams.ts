/** The streams of the Operator service: a release coming in, a copy of the store going out, a run being watched. All keep to the other side's pace. */
import type { handleClientStreamingCall, handleServerStreamingCall, ServerReadableStream, ServerWritableStream } from '@grpc/grpc-js';
import { fail } from '../../common/failure.ts';
import type { AddReleaseRequest__Output } from '../../proto/generated/drydock/v1/AddReleaseRequest.ts';
import type { AddReleaseResponse } from '../../proto/generated/drydock/v1/AddReleaseResponse.ts';
import type { BackUpStoreRequest__Output } from '../../proto/generated/drydock/v1/BackUpStoreRequest.ts';
import type { BackUpStoreResponse } from '../../proto/generated/drydock/v1/BackUpStoreResponse.ts';
import type { ReadDocumentRequest__Output } from '../../proto/generated/drydock/v1/ReadDocumentRequest.ts';
import type { ReadDocumentResponse } from '../../proto/generated/drydock/v1/ReadDocumentResponse.ts';
import type { WatchRunRequest__Output } from '../../proto/generated/drydock/v1/WatchRunRequest.ts';
import type { WatchRunResponse } from '../../proto/generated/drydock/v1/WatchRunResponse.ts';
import type { RunSeen } from '../operations/run-lists.ts';
import { askedBy } from '../store/asker.ts';
import { type DocumentShelf, documentOf, headOf, type OperatorParts, restOf, serviceError, write } from './answering.ts';
import { actorOf } from './gate.ts';
import { parseRequest, releaseDescription, requests } from './requests.ts';

export function addReleaseHandler(parts: OperatorParts): handleClientStreamingCall<AddReleaseRequest__Output, AddReleaseResponse> {
  return (call, callback) => {
    addRelease(parts, call).then(
      (response) => callback(null, response),
      (error: unknown) => callback(serviceError(error, 'AddRelease', parts.log)),
    );
  };
}

async function addRelease(
  { operations, gate }: OperatorParts,
  call: ServerReadableStream<AddReleaseRequest__Output, AddReleaseResponse>,
): Promise<AddReleaseResponse> {
  const peer = gate.peer(call);
  const actor = actorOf(peer);
  await gate.requireSubject(call, '/drydock.v1.Operator/AddRelease', {});
  // Not destroyed when reading stops early: the answer still has to go out on this stream.
  const messages = call.iterator({ destroyOnReturn: false }) as AsyncIterableIterator<AddReleaseRequest__Output>;
  const first = (await messages.next()) as IteratorResult<AddReleaseRequest__Output, undefined>;
  const description = parseRequest(releaseDescription, described(first.value));
  const added = askedBy({ actor, address: peer.address }, () =>
    operations.releases.addRelease(description, contentOf(call, messages), actor),
  );
  return { release: documentOf(await added) };
}

function described(first: AddReleaseRequest__Output | undefined): unknown {
  if (first?.description == null) throw fail('usage', 'bad-request', 'the first message of a release must be its description');
  return first.description;
}

async function* contentOf(
  call: ServerReadableStream<AddReleaseRequest__Output, AddReleaseResponse>,
  messages: AsyncIterable<AddReleaseRequest__Output>,
): AsyncGenerator<Uint8Array> {
  for await (const message of messages) {
    if (message.content === undefined) throw fail('usage', 'bad-request', 'only bytes may follow the description');
    yield message.content;
  }
  if (call.cancelled)
    throw fail('unreachable', 'upload-interrupted', 'the connection was lost before all bytes arrived; nothing was stored');
}

export function backUpStoreHandler(parts: OperatorParts): handleServerStreamingCall<BackUpStoreRequest__Output, BackUpStoreResponse> {
  return streamHandler(parts, 'BackUpStore', async (call, gone) => {
    await parts.gate.requireSubject(call, '/drydock.v1.Operator/BackUpStore', {});
    for await (const piece of parts.operations.backups.backUp()) {
      if (gone.aborted) return;
      await write(call, piece instanceof Uint8Array ? { content: piece } : { copy: documentOf(piece) }, gone, parts.patience);
    }
  });
}

export function readDocumentHandler(
  parts: OperatorParts,
  shelf: DocumentShelf,
): handleServerStreamingCall<ReadDocumentRequest__Output, ReadDocumentResponse> {
  return streamHandler(parts, 'ReadDocument', async (call, gone) => {
    const { digest, offset } = parseRequest(requests.ReadDocument, call.request);
    const actor = actorOf(parts.gate.peer(call));
    for (const content of shelf.read(digest, offset, actor)) {
      if (gone.aborted) return;
      await write(call, { content }, gone, parts.patience);
    }
  });
}

export function watchRunHandler(parts: OperatorParts): handleServerStreamingCall<WatchRunRequest__Output, WatchRunResponse> {
  return streamHandler(parts, 'WatchRun', async (call, gone) => {
    const asked = await parts.operations.wholeIds(parseRequest(requests.WatchRun, call.request));
    await parts.gate.requireSubject(call, '/drydock.v1.Operator/WatchRun', asked);
    const { runId, afterSeq } = asked;
    for await (const seen of parts.operations.runs.watchRun(runId, afterSeq, gone)) {
      if (gone.aborted) return;
      for (const message of watchMessages(seen)) await write(call, message, gone, parts.patience);
    }
  });
}

function streamHandler<Asked, Reported>(
  { log }: OperatorParts,
  method: string,
  send: (call: ServerWritableStream<Asked, Reported>, gone: AbortSignal) => Promise<void>,
): handleServerStreamingCall<Asked, Reported> {
  return (call) => {
    const gone = new AbortController();
    call.once('cancelled', () => gone.abort());
    send(call, gone.signal).then(
      () => call.end(),
      (error: unknown) => {
        if (!gone.signal.aborted) call.emit('error', serviceError(error, method, log));
      },
    );
  };
}

function* watchMessages({ event, status, progress }: RunSeen): Generator<WatchRunResponse> {
  if (event !== undefined) {
    const { seq, v, atMs, body, text, hash } = event;
    yield { event: { seq, v, atMs, type: body.type, bodyJson: Buffer.from(text), hash } };
  }
  if (progress !== undefined) yield { progress };
  if (status === undefined) return;
  const whole = documentOf(status);
  yield { status: headOf(whole) };
  for (const statusRest of restOf(whole)) yield { statusRest };
}
