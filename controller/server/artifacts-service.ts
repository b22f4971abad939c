/** Artifacts.Read: from an offset to the end in small pieces, no faster than the reader takes them. */
import type { ServerWritableStream } from '@grpc/grpc-js';
import { fail } from '../../common/failure.ts';
import type { Log } from '../../common/log.ts';
import { artifactPieceBytes } from '../../proto/channel.ts';
import type { ArtifactsHandlers } from '../../proto/generated/drydock/v1/Artifacts.ts';
import type { ReadRequest__Output } from '../../proto/generated/drydock/v1/ReadRequest.ts';
import type { ReadResponse } from '../../proto/generated/drydock/v1/ReadResponse.ts';
import type { ArtifactStore } from '../operations/artifact-store.ts';
import { type Patience, serviceError, write } from './answering.ts';
import type { Gate } from './gate.ts';

type ReadCall = ServerWritableStream<ReadRequest__Output, ReadResponse>;

/** @param isForHost whether an agent's host may have an artifact */
export function artifactsHandlers(
  artifacts: ArtifactStore,
  gate: Gate,
  isForHost: (digest: string, host: string) => Promise<boolean>,
  patience: Patience,
  log: Log,
): ArtifactsHandlers {
  const permitted = async (call: ReadCall) => {
    const peer = gate.peer(call);
    const { digest } = call.request;
    // Whether there is such an artifact is no business of a host that could not use it.
    if (!(await isForHost(digest, peer.identity)))
      throw fail('not-found', 'unknown-artifact', `no artifact ${digest} for host ${peer.identity}`);
  };
  return {
    Read(call) {
      permitted(call)
        .then(() => sendArtifact(call, artifacts, patience))
        .then(
          () => call.end(),
          (error: unknown) => {
            if (!call.cancelled) call.emit('error', serviceError(error, 'Artifacts.Read', log));
          },
        );
    },
  };
}

async function sendArtifact(call: ReadCall, artifacts: ArtifactStore, patience: Patience): Promise<void> {
  const gone = new AbortController();
  call.once('cancelled', () => gone.abort());
  const { digest, offset } = call.request;
  const { file, sizeBytes } = await artifacts.open(digest);
  try {
    if (!Number.isSafeInteger(offset) || offset < 0 || offset > sizeBytes)
      throw fail('usage', 'bad-offset', `offset ${offset} is beyond the end of ${digest} (${sizeBytes} bytes); start again at 0`);
    await sendFrom(call, gone.signal, file, offset, sizeBytes, patience);
  } finally {
    await file.close();
  }
}

async function sendFrom(
  call: ReadCall,
  gone: AbortSignal,
  file: Awaited<ReturnType<ArtifactStore['open']>>['file'],
  offset: number,
  sizeBytes: number,
  patience: Patience,
): Promise<void> {
  // Even when nothing is left to send, the size is said.
  let position = offset;
  do {
    const content = Buffer.allocUnsafe(Math.min(artifactPieceBytes, sizeBytes - position));
    const { bytesRead } = await file.read(content, 0, content.length, position);
    if (bytesRead < content.length) throw fail('failed', 'artifact-torn', `an artifact was truncated: run drydock release verify`);
    await write(call, { content, sizeBytes: position === offset ? sizeBytes : 0 }, gone, patience);
    position += bytesRead;
  } while (position < sizeBytes && !gone.aborted);
}
