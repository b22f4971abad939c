/** A whole Failure in the trailer of a call that failed, beside the gRPC status that everybody reads. */
import type { Metadata } from '@grpc/grpc-js';
import { type Failure, failure, failureClasses } from '../common/failure.ts';

/** The trailer's name; its value is JSON. */
export const failureTrailer = 'drydock-failure-bin';

const remedies = ['retry', 'hold', 'abort'] as const;

/** null: there is none, or it makes no sense. */
export function failureOfTrailer(metadata: Metadata | undefined): Failure | null {
  const sent = metadata?.get(failureTrailer)[0];
  if (sent === undefined) return null;
  try {
    return failureFrom(JSON.parse(sent.toString()));
  } catch {
    return null;
  }
}

function failureFrom(value: unknown): Failure | null {
  if (value === null || typeof value !== 'object') return null;
  const { class: failureClass, code, message, remedy, cause } = value as Record<string, unknown>;
  const known = failureClasses.find((each) => each === failureClass);
  if (known === undefined || typeof code !== 'string' || typeof message !== 'string') return null;
  const inner = failureFrom(cause);
  const reported = remedies.find((each) => each === remedy);
  return failure(known, code, message, {
    ...(reported === undefined ? {} : { remedy: reported }),
    ...(inner === null ? {} : { cause: inner }),
  });
}
