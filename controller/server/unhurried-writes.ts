/** Writing to a stream no faster than the other side reads, and no longer than it reads at all: two messages wait, and who does not take them is hung up on. */
import type { ServerWritableStream } from '@grpc/grpc-js';
import { fail } from '../../common/failure.ts';

export interface Patience {
  /** How long a caller may leave unread what a stream has for it. */
  readonly unreadMs: number;
  /** Ends the connection of a caller, by its address as calls give it: what it did not read would keep a stream open that is only ended. */
  hangUp(peer: string): void;
}

/** What each stream has written and not yet flushed, as of its last message. */
const unflushed = new WeakMap<object, Promise<void>>();

/**
 * Resolves when the message before this one was taken, so that two are on their way at most, or when the caller is gone.
 * Throws FailureError(timeout, `not-read`) when it was hung up on.
 */
export async function write<Asked, Reported>(
  call: ServerWritableStream<Asked, Reported>,
  message: Reported,
  gone: AbortSignal,
  { unreadMs, hangUp }: Patience,
): Promise<void> {
  const before = unflushed.get(call);
  unflushed.set(call, new Promise((resolve) => void call.write(message, () => resolve())));
  if (before === undefined || gone.aborted) return;
  let timer: NodeJS.Timeout | undefined;
  let left = () => {};
  const outcome = await Promise.race([
    before.then(() => 'taken' as const),
    new Promise<'late'>((resolve) => {
      timer = setTimeout(() => resolve('late'), unreadMs);
    }),
    new Promise<'gone'>((resolve) => {
      left = () => resolve('gone');
      gone.addEventListener('abort', left, { once: true });
    }),
  ]);
  clearTimeout(timer);
  gone.removeEventListener('abort', left);
  if (outcome !== 'late') return;
  hangUp(call.getPeer());
  throw fail('timeout', 'not-read', `the connection was ended: its caller read nothing for ${unreadMs} ms; ask again`);
}
