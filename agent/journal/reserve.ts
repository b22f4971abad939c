/**
 * Room that is kept free for orders that have begun: their entries go through when the disk is full, so that no downtime stays half done for want of
 * a few kilobytes. An agent that has spent it takes no order before it has it again.
 */
import { randomBytes } from 'node:crypto';
import { closeSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { type Failure, failure } from '../../common/failure.ts';
import { systemReason, unwritableReason, unwritableText } from '../../common/file-obstacle.ts';
import { AgentStopped } from '../lifetime.ts';
import type { Journal } from './journal.ts';

/** The longest downtime with its rollback writes about a quarter of this. */
const reserveBytes = 1024 * 1024;

export class JournalReserve {
  readonly #journal: string;
  readonly #file: string;
  #whole: boolean;

  constructor(journal: string) {
    this.#journal = journal;
    this.#file = `${journal}.reserve`;
    this.#whole = statSync(this.#file, { throwIfNoEntry: false })?.size === reserveBytes;
  }

  /** Makes it whole again where it is not. null: the room is there; else why no order can be taken. */
  ensure(): Failure | null {
    if (this.#whole) return null;
    try {
      const descriptor = openSync(this.#file, 'w', 0o600);
      try {
        // Nothing that a file system could fold together.
        for (let written = 0; written < reserveBytes; ) written += writeSync(descriptor, randomBytes(reserveBytes - written));
      } finally {
        closeSync(descriptor);
      }
      this.#whole = true;
      return null;
    } catch (thrown) {
      this.#drop();
      const why = unwritableReason(this.#journal, thrown) ?? `${this.#file}: ${systemReason(thrown)}`;
      return journalUnwritable(this.#journal, why);
    }
  }

  /** Gives the room to the journal. False: it was given already. */
  spend(): boolean {
    const had = this.#whole;
    this.#drop();
    this.#whole = false;
    return had;
  }

  /** What somebody else has put there is not ours to remove. */
  #drop(): void {
    if (statSync(this.#file, { throwIfNoEntry: false })?.isFile() === true) rmSync(this.#file, { force: true });
  }
}

/** Nothing is begun; what has begun goes on when there is room. */
export function journalUnwritable(file: string, why: string): Failure {
  const message = `${unwritableText('journal', file, why)}; this agent accepts no order until there is space: free some there`;
  return failure('refused', 'journal-unwritable', message, { remedy: 'retry' });
}

// What is written before the agent acts: a journal that does not take it ends this life at once, for acting without it could act twice.

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
