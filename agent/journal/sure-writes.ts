/** What is written before the agent acts: a journal that does not take it ends this life at once, for acting without it could act twice. */
import { AgentStopped } from '../lifetime.ts';
import type { Journal } from './journal.ts';

export type SureWrites = Pick<Journal, 'append' | 'raiseFence'>;

/** @param fatal is told why, once; the caller gets AgentStopped */
export function sureWrites(journal: Journal, fatal: (error: unknown) => void): SureWrites {
  const guarded = <T>(write: () => T): T => {
    try {
      return write();
    } catch (error) {
      if (!(error instanceof AgentStopped)) fatal(error);
      throw new AgentStopped();
    }
  };
  return {
    append: (orderId, entries) => guarded(() => journal.append(orderId, entries)),
    raiseFence: (fence) => guarded(() => journal.raiseFence(fence)),
  };
}
