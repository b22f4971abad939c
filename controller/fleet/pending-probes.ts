/** Questions to agents that wait for an answer: each has a nonce, and only the host that was asked can answer it. */
import type { Clock, Timer } from '../../common/clock.ts';
import type { NodeFacts } from '../../common/facts.ts';
import { type Failure, FailureError, fail } from '../../common/failure.ts';
import type { InstanceAnnounced } from '../../common/link.ts';
import { type Order, type OrderBody, orderIdOf } from '../../common/orders.ts';

interface Pending {
  readonly host: string;
  readonly instance: string;
  readonly timer: Timer;
  resolve(facts: NodeFacts): void;
  reject(error: Error): void;
}

/** Order id of a look outside any run; it changes nothing, so agents neither journal nor fence it. */
export const probeRun = 'probe';

export interface LookAsked {
  readonly writer: string;
  readonly host: string;
  readonly announced: InstanceAnnounced;
  readonly body: Extract<OrderBody, { kind: 'observe' }>;
  readonly deadlineMs: number;
}

export function probeOrder({ writer, host, announced, body, deadlineMs }: LookAsked): Order {
  const { instance, cluster, engine, dataDir } = announced;
  return {
    orderId: orderIdOfProbe(body.nonce),
    run: probeRun,
    step: body.nonce,
    attempt: 1,
    cluster,
    epoch: 0,
    writer,
    given: { epoch: 0, writer },
    // Not pinned: an instance with another database is exactly what a look must be able to show.
    target: { instance, host, engine, dataDir, databaseId: null },
    guards: [],
    deadlineMs,
    repeat: 'convergent',
    body,
  };
}

const orderIdOfProbe = (nonce: string): string => orderIdOf(probeRun, nonce, 1);

export class PendingProbes {
  readonly #clock: Clock;
  readonly #pending = new Map<string, Pending>();
  /** By the order that asks. */
  readonly #nonces = new Map<string, string>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Resolves with the facts that echo the nonce; FailureError(timeout, `probe-timeout`) after deadlineMs. */
  wait(nonce: string, host: string, instance: string, deadlineMs: number): Promise<NodeFacts> {
    return new Promise((resolve, reject) => {
      const timer = this.#clock.after(deadlineMs, () => {
        this.#forget(nonce);
        const sentence = `${instance} on ${host} was probed and did not answer within ${deadlineMs} ms; try again, or read the agent's log`;
        reject(fail('timeout', 'probe-timeout', sentence, { remedy: 'retry' }));
      });
      this.#nonces.set(orderIdOfProbe(nonce), nonce);
      this.#pending.set(nonce, { host, instance, timer, resolve, reject });
    });
  }

  /** Facts that were not asked of this host answer nothing. */
  answer(host: string, facts: NodeFacts): void {
    if (facts.nonce === null) return;
    const asked = this.#take(facts.nonce, host);
    if (asked?.instance === facts.instance) asked.resolve(facts);
    else
      asked?.reject(
        fail('failed', 'probe-answered-wrongly', `${host} was asked about ${asked.instance} and answered about ${facts.instance}`),
      );
  }

  /** The agent refused the order of the probe. */
  refuse(host: string, orderId: string, failure: Failure): void {
    const nonce = this.#nonces.get(orderId);
    if (nonce !== undefined) this.#take(nonce, host)?.reject(new FailureError(failure));
  }

  hostLost(host: string, reason: string): void {
    for (const [nonce, { host: asked, instance }] of this.#pending)
      if (asked === host) this.#take(nonce, host)?.reject(agentLost(instance, host, reason));
  }

  #take(nonce: string, host: string): Pending | undefined {
    const asked = this.#pending.get(nonce);
    if (asked?.host !== host) return undefined;
    asked.timer.cancel();
    this.#forget(nonce);
    return asked;
  }

  #forget(nonce: string): void {
    this.#pending.delete(nonce);
    this.#nonces.delete(orderIdOfProbe(nonce));
  }
}

export function agentLost(instance: string, host: string | null, reason: string): FailureError {
  const where = host === null ? '' : ` on ${host}`;
  return fail('unreachable', 'agent-lost', `no link to the agent of ${instance}${where} (${reason}); start the agent, or look at its log`, {
    remedy: 'retry',
  });
}
