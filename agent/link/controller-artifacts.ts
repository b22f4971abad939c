/** Releases fetched from the controller by digest, over a call of their own so that the link stays free. */
import { type ServiceError, status } from '@grpc/grpc-js';
import { fail } from '../../common/failure.ts';
import type { ReadResponse__Output } from '../../proto/generated/drydock/v1/ReadResponse.ts';
import { drydockV1 } from '../../proto/loader.ts';
import type { DialledBy } from '../identity.ts';

export function controllerArtifacts(address: string, by: () => DialledBy): ArtifactSource {
  return {
    async *read(digest, offset) {
      const dialled = by();
      const client = new drydockV1.Artifacts(address, dialled.credentials, dialled.options);
      const call = client.read({ digest, offset });
      try {
        // Reading piece by piece is the flow control: the stream is paused while a piece is being written.
        for await (const piece of call as AsyncIterable<ReadResponse__Output>) yield piece.content;
      } catch (error) {
        throw readFailure(digest, error as ServiceError);
      } finally {
        call.cancel();
        client.close();
      }
    },
  };
}

function readFailure(digest: string, error: ServiceError): Error {
  if (error.code === status.NOT_FOUND)
    return fail('not-found', 'unknown-artifact', `the controller does not have artifact ${digest}; add the release again`);
  if (error.code === status.INVALID_ARGUMENT || error.code === status.OUT_OF_RANGE)
    return fail('failed', 'artifact-refused', `the controller refused to send ${digest}: ${error.details}`);
  return fail('unreachable', 'fetch-interrupted', `fetching ${digest} was interrupted: ${error.details ?? error.message}`, {
    remedy: 'retry',
  });
}

/** Where the bytes of releases come from: the controller in production, memory in tests. */
export interface ArtifactSource {
  /** From offset to the end. Throws FailureError; remedy `retry` says that going on from the new offset makes sense. */
  read(digest: string, offset: number): AsyncIterable<Uint8Array>;
}
