/** Removals of snapshots that hosts were asked for and have not answered yet. */
import type { Clock, Timer } from '../../common/clock.ts';
import { FailureError, fail } from '../../common/failure.ts';
import type { AgentMessage } from '../../common/link.ts';
import { agentLost } from './pending-probes.ts';

interface Pending {
  readonly host: string;
  readonly instance: string;
  readonly timer: Timer;
  resolve(): void;
  reject(error: Error): void;
}

export class SnapshotRemovals {
  readonly #clock: Clock;
  readonly #pending = new Map<string, Pending>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Rejects with what the agent answered, or FailureError(timeout, `removal-timeout`) after deadlineMs. */
  wait(nonce: string, host: string, instance: string, deadlineMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = this.#clock.after(deadlineMs, () => {
        this.#pending.delete(nonce);
        const sentence = `the agent on ${host} did not remove the snapshot within ${deadlineMs} ms and may still be at it; see drydock snapshot list, or ask again`;
        reject(fail('timeout', 'removal-timeout', sentence, { remedy: 'retry' }));
      });
      this.#pending.set(nonce, { host, instance, timer, resolve, reject });
    });
  }

  /** Answers of another host than was asked are not believed. */
  answer(host: string, { nonce, failure }: Extract<AgentMessage, { type: 'snapshot-removed' }>): void {
    const asked = this.#take(nonce, host);
    if (failure === undefined) asked?.resolve();
    else asked?.reject(new FailureError(failure));
  }

  hostLost(host: string, reason: string): void {
    for (const [nonce, pending] of this.#pending)
      if (pending.host === host) this.#take(nonce, host)?.reject(agentLost(pending.instance, host, reason));
  }

  #take(nonce: string, host: string): Pending | undefined {
    const pending = this.#pending.get(nonce);
    if (pending?.host !== host) return undefined;
    pending.timer.cancel();
    this.#pending.delete(nonce);
    return pending;
  }
}
