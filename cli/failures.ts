/** What went wrong on the way to the controller and back, as a Failure. */
import { status as grpcStatus, type ServiceError } from '@grpc/grpc-js';
import { type Failure, FailureError, fail, failure } from '../common/failure.ts';
import { failureOfTrailer } from '../proto/failure-trailer.ts';

export interface Call {
  readonly address: string;
  readonly method: string;
  /** True when we gave the call up ourselves. */
  readonly interrupted: boolean;
}

/** The controller's own Failure where it sent one, else what the gRPC status says. */
export function failureOfCall(error: unknown, call: Call): FailureError {
  if (error instanceof FailureError) return error;
  if (!isServiceError(error)) return fail('internal', 'unexpected', error instanceof Error ? error.message : String(error));
  return new FailureError(failureOfTrailer(error.metadata) ?? failureOfStatus(error, call));
}

export function unreachable(address: string, why: string): FailureError {
  return fail('unreachable', 'controller-unreachable', `controller at ${address} is unreachable: ${why}`);
}

/** What becomes of a run while its controller is gone, and what to do about it. */
export const whileGone = (runId: string): string =>
  `agents finish the steps in progress, and no new step starts until the controller is back: start drydock-controller, then drydock watch ${runId}`;

function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && 'code' in error && 'details' in error;
}

function failureOfStatus(error: ServiceError, { address, method, interrupted }: Call): Failure {
  const text = error.details === '' ? `${method} failed` : error.details;
  switch (error.code) {
    case grpcStatus.UNAVAILABLE:
      return unreachable(address, 'the connection was lost before it answered').failure;
    case grpcStatus.INVALID_ARGUMENT:
      return failure('usage', 'invalid-argument', text);
    case grpcStatus.NOT_FOUND:
      return failure('not-found', 'not-found', text);
    case grpcStatus.FAILED_PRECONDITION:
      return failure('refused', 'failed-precondition', text);
    case grpcStatus.DEADLINE_EXCEEDED:
      return failure(
        'timeout',
        'deadline-exceeded',
        `controller at ${address} did not answer ${method} in time; the request may still take effect`,
      );
    case grpcStatus.UNIMPLEMENTED:
      return failure('failed', 'unknown-method', `controller at ${address} does not support ${method}; is it older than this drydock?`);
    case grpcStatus.CANCELLED:
      // A controller that goes down cancels what is under way.
      if (!interrupted) return unreachable(address, 'it closed the connection').failure;
      return failure('failed', 'interrupted', `${method} was interrupted; the request may still take effect`);
    default:
      return failure('internal', 'unexpected-status', `${method}: ${text}`);
  }
}
