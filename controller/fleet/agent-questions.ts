/** What the controller asks of agents beside its orders (probes, journals, removals of snapshots), each question with its answer, its refusal or the loss of the agent. */
import type { Clock, Timer } from '../../common/clock.ts';
import type { NodeFacts } from '../../common/facts.ts';
import { FailureError, fail, failure } from '../../common/failure.ts';
import type { AgentMessage, Recollection, SnapshotRemoval } from '../../common/link.ts';
import type { ProbeMore } from './fleet.ts';
import type { KnownHosts } from './known-hosts.ts';
import { agentLost, PendingProbes, probeOrder, probeRun } from './pending-probes.ts';

export interface QuestionParts {
  readonly clock: Clock;
  /** A fresh, unguessable name at every call. */
  readonly nonce: () => string;
  readonly writer: string;
}

export class AgentQuestions {
  readonly #parts: QuestionParts;
  readonly #hosts: KnownHosts;
  readonly #probes: PendingProbes;
  readonly #recalls: Recalls;
  readonly #removals: SnapshotRemovals;

  constructor(parts: QuestionParts, hosts: KnownHosts) {
    this.#parts = parts;
    this.#hosts = hosts;
    this.#probes = new PendingProbes(parts.clock);
    this.#recalls = new Recalls(parts.clock);
    this.#removals = new SnapshotRemovals(parts.clock);
  }

  /** See Fleet. */
  async probe(instance: string, checks: readonly string[], deadlineMs: number, more: ProbeMore): Promise<NodeFacts> {
    const found = this.#hosts.held(instance);
    if (found === null) throw agentLost(instance, null, 'no agent announced it');
    const { announced, known } = found;
    const { host } = known;
    const link = this.#hosts.freshLink(host);
    if (link === null) throw agentLost(instance, host, 'its stream is closed or silent');
    const nonce = this.#parts.nonce();
    const answer = this.#probes.wait(nonce, host, instance, deadlineMs);
    link.send({
      type: 'order',
      order: probeOrder({ writer: this.#parts.writer, host, announced, body: { kind: 'observe', checks, nonce, ...more }, deadlineMs }),
    });
    return answer;
  }

  /** See Fleet. */
  async recall(host: string, cluster: string, beforeSeq: number, deadlineMs: number): Promise<Recollection> {
    const link = this.#hosts.freshLink(host);
    if (link === null) throw hostLost(host, 'its stream is closed or silent');
    const answer = this.#recalls.wait(host, cluster, beforeSeq, deadlineMs);
    link.send({ type: 'recall', cluster, beforeSeq });
    return answer;
  }

  /** Resolves when the snapshot is gone. FailureError: what the agent answers, (unreachable, `agent-lost`), (timeout, `removal-timeout`). */
  async removeSnapshot(removal: SnapshotRemoval, deadlineMs: number): Promise<void> {
    const { instance } = removal;
    const host = this.#hosts.hostOf(instance);
    const link = this.#hosts.freshLink(host);
    if (host === null || link === null) throw agentLost(instance, host, 'it is disconnected');
    const nonce = this.#parts.nonce();
    const answer = this.#removals.wait(nonce, host, instance, deadlineMs);
    link.send({ type: 'remove-snapshot', nonce, ...removal });
    return answer;
  }

  /** True: the message answers a question, or answers one that is asked no more, and is of no further interest. */
  answered(host: string, message: AgentMessage): boolean {
    if (message.type === 'recalled') this.#recalls.answer(host, message);
    else if (message.type === 'snapshot-removed') this.#removals.answer(host, message);
    else if (message.type === 'ack' && message.orderId.startsWith(`${probeRun}/`)) this.#probeAcked(host, message);
    else return false;
    return true;
  }

  /** Facts that a probe asked for answer it; others answer nothing. */
  observed(host: string, facts: NodeFacts): void {
    this.#probes.answer(host, facts);
  }

  hostLost(host: string, reason: string): void {
    this.#probes.hostLost(host, reason);
    this.#recalls.hostLost(host, reason);
    this.#removals.hostLost(host, reason);
  }

  #probeAcked(host: string, ack: Extract<AgentMessage, { type: 'ack' }>): void {
    if (ack.state !== 'refused') return;
    this.#probes.refuse(
      host,
      ack.orderId,
      ack.failure ?? failure('refused', 'probe-refused', `the agent on ${host} refused a probe and gave no reason`),
    );
  }
}

// Questions to hosts about their journals that wait for an answer.

type Recalled = Extract<AgentMessage, { type: 'recalled' }>;

interface PendingRecall {
  readonly host: string;
  readonly timer: Timer;
  resolve(found: Recollection): void;
  reject(error: Error): void;
}

class Recalls {
  readonly #clock: Clock;
  readonly #pending = new Map<string, PendingRecall>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Resolves with the page that answers exactly this question. One at a time for each place in each host's journal. */
  wait(host: string, cluster: string, beforeSeq: number, deadlineMs: number): Promise<Recollection> {
    return new Promise((resolve, reject) => {
      const key = keyOf(host, cluster, beforeSeq);
      const timer = this.#clock.after(deadlineMs, () => {
        this.#pending.delete(key);
        const sentence = `the agent on ${host} did not return its journal of ${cluster} within ${deadlineMs} ms; try again, or check the agent's log`;
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

  #take(key: string): PendingRecall | undefined {
    const pending = this.#pending.get(key);
    pending?.timer.cancel();
    this.#pending.delete(key);
    return pending;
  }
}

const keyOf = (host: string, cluster: string, beforeSeq: number): string => `${host} ${cluster} ${beforeSeq}`;

function hostLost(host: string, reason: string): Error {
  return fail('unreachable', 'agent-lost', `no connection to the agent on ${host} (${reason}); start the agent, or check its log`, {
    remedy: 'retry',
  });
}

// Removals of snapshots that hosts were asked for and have not answered yet.

interface PendingRemoval {
  readonly host: string;
  readonly instance: string;
  readonly timer: Timer;
  resolve(): void;
  reject(error: Error): void;
}

class SnapshotRemovals {
  readonly #clock: Clock;
  readonly #pending = new Map<string, PendingRemoval>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Rejects with what the agent answered, or FailureError(timeout, `removal-timeout`) after deadlineMs. */
  wait(nonce: string, host: string, instance: string, deadlineMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = this.#clock.after(deadlineMs, () => {
        this.#pending.delete(nonce);
        const sentence = `the agent on ${host} did not remove the snapshot within ${deadlineMs} ms and may still be removing it; check drydock snapshot list, or try again`;
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

  #take(nonce: string, host: string): PendingRemoval | undefined {
    const pending = this.#pending.get(nonce);
    if (pending?.host !== host) return undefined;
    pending.timer.cancel();
    this.#pending.delete(nonce);
    return pending;
  }
}
