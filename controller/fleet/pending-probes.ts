/** Probes: nodes are asked how they are now, and each question ends with an answer, a refusal or its time limit. */

import type { Clock, Timer } from '../../common/clock.ts';
import { type ClusterView, isAffectsCheck, type NodeFacts } from '../../common/facts.ts';
import { type Failure, FailureError, fail } from '../../common/failure.ts';
import type { InstanceAnnounced } from '../../common/link.ts';
import { type Order, type OrderBody, orderIdOf } from '../../common/orders.ts';
import type { Fleet, ProbeMore } from './fleet.ts';

interface Pending {
  readonly host: string;
  readonly instance: string;
  readonly timer: Timer;
  resolve(facts: NodeFacts): void;
  reject(error: Error): void;
}

/** Order id of a probe outside any run; it changes nothing, so agents neither journal nor fence it. */
export const probeRun = 'probe';

interface ProbeAsked {
  readonly writer: string;
  readonly host: string;
  readonly announced: InstanceAnnounced;
  readonly body: Extract<OrderBody, { kind: 'observe' }>;
  readonly deadlineMs: number;
}

export function probeOrder({ writer, host, announced, body, deadlineMs }: ProbeAsked): Order {
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
    // Not pinned: an instance with another database is exactly what a probe must be able to show.
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
        const sentence = `${instance} on ${host} did not answer a probe within ${deadlineMs} ms; try again, or check the agent's log`;
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
        fail('failed', 'probe-answered-wrongly', `${host} was probed for ${asked.instance} but answered for ${facts.instance}`),
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
  return fail(
    'unreachable',
    'agent-lost',
    `no connection to the agent of ${instance}${where} (${reason}); start the agent, or check its log`,
    {
      remedy: 'retry',
    },
  );
}

// The probe that plans and decisions rest on: nodes say now how they are.

/** null: the node was asked and did not answer, which counts as out. */
export type Probed = ReadonlyMap<string, NodeFacts | null>;

/** What a snapshot would need, measured; an agent that can take any announces it. */
export const snapshotNeedCheck = 'snapshot-need';

/** An agent that is alive answers in milliseconds; one that is not must not keep anybody waiting for long. Where the engine does not declare it. */
const usualAnswerMs = 5_000;
/** Each file of a data directory or of a snapshot is looked at, or the catalogs of every database. */
const measuringDeadlineMs = 30_000;

/** Asks all given nodes at the same time. `answerMs`: how long an agent may take, as its engine declares it; longer where something is measured. */
export async function probeNodes(
  fleet: Pick<Fleet, 'probe'>,
  instances: readonly string[],
  checks: readonly string[],
  answerMs: number = usualAnswerMs,
  moreOf: (instance: string) => ProbeMore = () => ({}),
): Promise<Probed> {
  const answers = await Promise.all(
    instances.map(async (instance): Promise<readonly [string, NodeFacts | null]> => {
      const more = moreOf(instance);
      const measures = more.restoreRun !== undefined || checks.includes(snapshotNeedCheck) || checks.some(isAffectsCheck);
      try {
        return [instance, await fleet.probe(instance, checks, measures ? Math.max(measuringDeadlineMs, answerMs) : answerMs, more)];
      } catch (thrown) {
        if (!(thrown instanceof FailureError)) throw thrown;
        return [instance, null];
      }
    }),
  );
  return new Map(answers);
}

/** The fleet's view with what was looked at in place of what was heard. */
export function viewWith(view: ClusterView, probed: Probed): ClusterView {
  const nodes = view.nodes.map((node) => {
    const facts = probed.get(node.instance);
    if (facts === undefined) return node;
    return { ...node, facts, factsAgeMs: facts === null ? null : 0 };
  });
  return { ...view, nodes };
}
