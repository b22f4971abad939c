/** The exit codes that scripts rely on, and the only place that says which end has which. */
import type { RunEnd } from '../common/events.ts';
import type { FailureClass } from '../common/failure.ts';

export const exitCodes = {
  ok: 0,
  failure: 1,
  usage: 2,
  refused: 3,
  notFound: 4,
  unreachable: 5,
  waitTimedOut: 6,
  rolledBack: 7,
  needsPerson: 8,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

export function exitCodeOfFailure(failureClass: FailureClass): ExitCode {
  switch (failureClass) {
    case 'usage':
      return exitCodes.usage;
    case 'refused':
      return exitCodes.refused;
    case 'not-found':
      return exitCodes.notFound;
    case 'unreachable':
      return exitCodes.unreachable;
    case 'timeout':
      return exitCodes.waitTimedOut;
    case 'failed':
    case 'internal':
      return exitCodes.failure;
  }
}

export function exitCodeOfRunEnd(end: RunEnd): ExitCode {
  switch (end) {
    case 'done':
      return exitCodes.ok;
    case 'rolled-back':
      return exitCodes.rolledBack;
    case 'aborted':
    case 'stuck':
      return exitCodes.failure;
  }
}
