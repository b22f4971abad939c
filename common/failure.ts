/**
 * What can go wrong in the world, as plain values that cross gRPC and sit in SQLite. Bugs of our own are `assert`s, never Failures.
 * The class decides the exit code of the CLI; the code says which sentence it is; the remedy says what a sequencer may do about it.
 */
import { printable } from './printable.ts';

export const failureClasses = ['usage', 'refused', 'not-found', 'unreachable', 'timeout', 'failed', 'internal'] as const;
export type FailureClass = (typeof failureClasses)[number];

export type Remedy = 'retry' | 'hold' | 'abort';

export interface Failure {
  readonly class: FailureClass;
  /** Kebab-case, stable, greppable: `unknown-cluster`, `digest-mismatch`. */
  readonly code: string;
  /** One sentence: what is wrong, where, and what to do. */
  readonly message: string;
  readonly remedy: Remedy;
  readonly cause?: Failure;
}

/** Code of a staging that could not be judged because the database did not answer: it is ordered again until the database does. */
export const fitUnknown = 'fit-unknown';

/** Code of a downtime that failed and whose node runs again what it ran before; its sentence names the node. */
export const downtimeTakenBack = 'downtime-reverted';

/** Carries a Failure through `throw`; the only exception type that crosses module borders on purpose. */
export class FailureError extends Error {
  readonly failure: Failure;
  constructor(failure: Failure) {
    super(failure.message);
    this.name = 'FailureError';
    this.failure = failure;
  }
}

/** Builds a Failure; the remedy defaults to `hold`, the answer that never makes things worse. */
export function failure(
  failureClass: FailureClass,
  code: string,
  message: string,
  more: { readonly remedy?: Remedy; readonly cause?: Failure } = {},
): Failure {
  return {
    class: failureClass,
    code,
    message,
    remedy: more.remedy ?? 'hold',
    ...(more.cause === undefined ? {} : { cause: more.cause }),
  };
}

/** `throw fail('usage', 'bad-version', '…')`. */
export function fail(
  failureClass: FailureClass,
  code: string,
  message: string,
  more: { readonly remedy?: Remedy; readonly cause?: Failure } = {},
): FailureError {
  return new FailureError(failure(failureClass, code, message, more));
}

/** Whatever was thrown, as a Failure: what we did not make ourselves is `internal`, so that it never passes for a user's error. */
export function toFailure(thrown: unknown): Failure {
  if (thrown instanceof FailureError) return thrown.failure;
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  return failure('internal', 'unexpected', text);
}

/** A sentence of a host begins with the name of its instance: what names that already quotes it without. */
export function unnamed(sentence: string, instance: string): string {
  const name = `${instance}: `;
  return sentence.startsWith(name) ? sentence.slice(name.length) : sentence;
}

/** The whole chain, outermost first, each layer on its own line, fit for a terminal. */
export function printFailure(outer: Failure): string {
  const lines: string[] = [];
  for (let current: Failure | undefined = outer; current !== undefined; current = current.cause) {
    lines.push(lines.length === 0 ? current.message : `  because: ${current.message}`);
  }
  return lines
    .flatMap((line) => line.split('\n'))
    .map(printable)
    .join('\n');
}
