/** Questions to hosts about their journals that wait for an answer. */
import type { Clock, Timer } from '../../common/clock.ts';
import { fail } from '../../common/failure.ts';
import type { AgentMessage, Recollection } from '../../common/link.ts';

type Recalled = Extract<AgentMessage, { type: 'recalled' }>;

interface Pending {
  readonly host: string;
  readonly timer: Timer;
  resolve(found: Recollection): void;
  reject(error: Error): void;
}

export class Recalls {
  readonly #clock: Clock;
  readonly #pending = new Map<string, Pending>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Resolves with the page that answers exactly this question. One at a time for each place in each host's journal. */
  wait(host: string, cluster: string, beforeSeq: number, deadlineMs: number): Promise<Recollection> {
    return new Promise((resolve, reject) => {
      const key = keyOf(host, cluster, beforeSeq);
      const timer = this.#clock.after(deadlineMs, () => {
        this.#pending.delete(key);
        const sentence = `the agent on ${host} was asked what its journal holds of ${cluster} and did not answer within ${deadlineMs} ms; ask again, or read the agent's log`;
        reject(fail('timeout', 'recall-timeout', sentence, { remedy: 'retry' }));
      });
      this.#pending.set(key, { host, timer, resolve, reject });
    });
  }

  answer(host: string, { cluster, beforeSeq, orders, isAll }: Recalled): void {
    this.#take(keyOf(host, cluster, beforeSeq))?.resolve({ orders, isAll });
  }

  hostLost(host: string, reason: string): void {
    for (const [key, pending] of this.#pending) if (pending.host === host) this.#take(key)?.reject(hostLost(host, reason));
  }

  #take(key: string): Pending | undefined {
    const pending = this.#pending.get(key);
    pending?.timer.cancel();
    this.#pending.delete(key);
    return pending;
  }
}

const keyOf = (host: string, cluster: string, beforeSeq: number): string => `${host} ${cluster} ${beforeSeq}`;

export function hostLost(host: string, reason: string): Error {
  return fail('unreachable', 'agent-lost', `no link to the agent on ${host} (${reason}); start the agent, or look at its log`, {
    remedy: 'retry',
  });
}
