/** What the controller asks of agents beside its orders, each question with its answer, its refusal or the loss of the agent. */
import type { Clock } from '../../common/clock.ts';
import type { NodeFacts } from '../../common/facts.ts';
import { failure } from '../../common/failure.ts';
import type { AgentMessage, Recollection, SnapshotRemoval } from '../../common/link.ts';
import type { ProbeMore } from './fleet.ts';
import type { KnownHosts } from './known-hosts.ts';
import { agentLost, PendingProbes, probeOrder, probeRun } from './pending-probes.ts';
import { hostLost, Recalls } from './recalls.ts';
import { SnapshotRemovals } from './snapshot-removals.ts';

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
      ack.failure ?? failure('refused', 'probe-refused', `the agent on ${host} refused a look and did not say why`),
    );
  }
}
