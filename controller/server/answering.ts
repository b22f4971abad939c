/** What every answer of the Operator service has in common: its parts, its documents, who asked, and failures on the wire: a gRPC status for everybody, and the whole Failure for those who read the trailer. */

import { Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { canonicalJson, sha256Of } from '../../common/canonical-json.ts';
import { type Failure, type FailureClass, failure, toFailure } from '../../common/failure.ts';
import type { Log } from '../../common/log.ts';
import { failureTrailer } from '../../proto/failure-trailer.ts';
import type { Operations } from '../operations/operations.ts';
import type { WholeDocument } from './document-shelf.ts';
import type { Gate } from './gate.ts';
import type { Patience } from './unhurried-writes.ts';

export interface OperatorParts {
  readonly operations: Operations;
  readonly gate: Gate;
  readonly log: Log;
  readonly patience: Patience;
}

/** The bytes that are shown, digested and approved are the same bytes. */
export function documentOf(value: object): WholeDocument {
  const json = canonicalJson(value);
  return { json: Buffer.from(json), digest: sha256Of(json) };
}

const statuses: Record<FailureClass, status> = {
  usage: status.INVALID_ARGUMENT,
  refused: status.FAILED_PRECONDITION,
  'not-found': status.NOT_FOUND,
  unreachable: status.UNAVAILABLE,
  timeout: status.DEADLINE_EXCEEDED,
  failed: status.ABORTED,
  internal: status.INTERNAL,
};

/** Headers are bounded on the other side; a chain of causes longer than this travels without them. */
const trailerLimitBytes = 6 * 1024;

/** What was thrown as grpc-js wants it. What is not a Failure of ours is logged here, because the caller sees little of it. */
export function serviceError(thrown: unknown, method: string, log: Log): Partial<ServiceError> {
  const reported = toFailure(thrown);
  if (reported.class === 'internal') log.error({ method, stack: thrown instanceof Error ? (thrown.stack ?? '') : '' }, reported.message);
  const metadata = new Metadata();
  metadata.set(failureTrailer, Buffer.from(JSON.stringify(bounded(reported))));
  return { code: statuses[reported.class], details: reported.message.slice(0, trailerLimitBytes), metadata };
}

function bounded(reported: Failure): Failure {
  if (Buffer.byteLength(JSON.stringify(reported)) <= trailerLimitBytes) return reported;
  return failure(reported.class, reported.code, reported.message.slice(0, trailerLimitBytes / 4), { remedy: reported.remedy });
}
