/**
 * What becomes of an order that arrives: fence, target, known already, words, one disruptive order per host; then it is begun. What is
 * said through `tell` may be lost; what must arrive lies in the journal and is repeated by the session.
 */
import assert from 'node:assert';
import { type Failure, failure, toFailure } from '../../common/failure.ts';
import type { Fence } from '../../common/link.ts';
import type { Order, Receipt } from '../../common/orders.ts';
import { downtimeBegun, isDisruptive } from '../downtime/machine.ts';
import { observeNode } from '../facts/facts.ts';
import { noWords, wordsOf } from '../instance.ts';
import { localRun, type OrderState } from '../journal/agent-machine.ts';
import { type SureWrites, sureWrites } from '../journal/reserve.ts';
import { AgentStopped } from '../lifetime.ts';
import { bindingRefusal, fenceRefusal, nameRefusal, removedRefusal, targetRefusal, wordRefusal } from './admission.ts';
import { type LiveOrderParts, LiveOrders } from './live-orders.ts';

interface ExecutorParts extends Omit<LiveOrderParts, 'writes' | 'notBegun'> {
  readonly hostName: string;
  /** An order that was taken in turned out not to be for us, or its link was lost. */
  readonly notBegun: (orderId: string, why: Failure) => void;
}

/** Run id of probes outside any run: they change nothing, so they are neither fenced nor journaled. */
const probeRun = 'probe';

export class Executor {
  readonly #parts: ExecutorParts;
  readonly #writes: SureWrites;
  readonly #live: LiveOrders;

  constructor(parts: ExecutorParts) {
    this.#parts = parts;
    this.#writes = sureWrites(parts.journal, parts.fatal);
    this.#live = new LiveOrders({
      ...parts,
      writes: this.#writes,
      notBegun: (order, why) => {
        this.#refuse(order, why);
        parts.notBegun(order.orderId, why);
      },
    });
  }

  /** An order from the controller; answered by an ack, later by a report. */
  receive(order: Order): void {
    const isProbe = order.body.kind === 'observe' && order.run === probeRun;
    const refusal = nameRefusal(order) ?? this.#strangers(order, isProbe) ?? (isProbe ? this.#unknownWord(order) : null);
    if (refusal !== null) this.#refuse(order, refusal);
    else if (isProbe) this.#answerProbe(order);
    else this.#admit(order);
  }

  /** An order made on this host, without a controller; refused like any other. */
  receiveLocal(order: Order): Failure | null {
    const { journal } = this.#parts;
    const unfit = targetRefusal(order, this.#hostSettings()) ?? this.#unknownWord(order) ?? this.#hostBusy(order) ?? journal.room();
    if (unfit !== null) return unfit;
    this.#live.take(order, this.#writes.append(order.orderId, { type: 'accepted', order }));
    return null;
  }

  /** P5 for what is asked beside orders: from now on this claim is obeyed. null: it is. */
  obeyClaim(what: string, claim: Fence): Failure | null {
    const refusal = fenceRefusal(what, claim, this.#parts.journal.fences()) ?? this.#parts.journal.room();
    if (refusal === null) this.#obey(claim);
    return refusal;
  }

  /** Honoured only while the order was not begun; waiting for a condition changes nothing and may end at any time, and a job can be ended. */
  cancel(orderId: string): void {
    const live = this.#live.get(orderId);
    if (live === undefined) return;
    if (live.order.body.kind === 'await' && live.state.phase === 'begun') {
      const why = failure('failed', 'cancelled', `order ${orderId} was cancelled by the controller while it waited`);
      this.#live.interrupt(live, why);
      return;
    }
    if (live.order.body.kind === 'job' && live.state.phase === 'begun') {
      live.cancelling.abort();
      return;
    }
    if (live.state.phase !== 'accepted') return;
    this.#live.forget(live, 'cancelled by the controller');
    this.#refuse(live.order, failure('refused', 'cancelled', `order ${orderId} was cancelled before it began`));
  }

  /** Orders that were not begun are forgotten: their sender may be gone for good. */
  linkLost(): void {
    for (const live of this.#live.all())
      if (live.state.phase === 'accepted' && live.order.run !== localRun)
        this.#live.forget(live, 'the connection was lost before it began');
  }

  /** Once, at start. */
  resume(): void {
    this.#live.resume();
  }

  /** A person gives an order up: it ends as interrupted and the database stays as it is. null: it is not under way. */
  release(orderId: string, actor: string): Receipt | null {
    const live = this.#live.find(orderId);
    if (live === null || live.state.phase === 'accepted') return null;
    return this.#live.interrupt(
      live,
      failure('failed', 'released', `order ${orderId} was cancelled on the host by ${actor}; check the database before you continue`),
    );
  }

  /** Ids of orders that are under way. */
  underWay(): readonly string[] {
    return this.#live.all().map(({ order }) => order.orderId);
  }

  /** The instance is being stopped or started: probes of our own accord would only disturb. */
  inDowntime(instance: string): boolean {
    return this.#live
      .all()
      .some(({ order, state }) => order.target.instance === instance && order.body.kind === 'downtime' && downtimeBegun(state));
  }

  /** P5, then P12. */
  #strangers(order: Order, isProbe: boolean): Failure | null {
    const fenced = isProbe ? null : fenceRefusal(`order ${order.orderId}`, order, this.#parts.journal.fences());
    return fenced ?? targetRefusal(order, this.#hostSettings());
  }

  #admit(order: Order): void {
    const known = this.#parts.journal.order(order.orderId);
    // Before it is obeyed: who gives what another gave before raises no fence.
    const bound = known === null ? this.#removed(order) : bindingRefusal(order, known.order);
    if (bound !== null) {
      this.#refuse(order, bound);
      return;
    }
    const noRoom = this.#parts.journal.room();
    if (noRoom !== null) {
      this.#answerWithoutRoom(order, noRoom);
      return;
    }
    this.#obey(order);
    if (known !== null && known.phase !== 'forgotten') {
      this.#repeatAnswer(known);
      return;
    }
    const unfit = this.#unknownWord(order) ?? this.#hostBusy(order);
    if (unfit !== null) {
      this.#refuse(order, unfit);
      return;
    }
    const state = this.#writes.append(order.orderId, { type: 'accepted', order });
    this.#parts.tell({ type: 'ack', orderId: order.orderId, state: 'accepted' });
    this.#live.take(order, state);
  }

  #removed(order: Order): Failure | null {
    const removedAtMs = this.#parts.journal.removedAtMs(order.orderId);
    return removedAtMs === null ? null : removedRefusal(order, removedAtMs);
  }

  /** What stands in the journal is answered as ever; nothing new is obeyed or begun. */
  #answerWithoutRoom(order: Order, noRoom: Failure): void {
    const known = this.#parts.journal.order(order.orderId);
    if (known === null || known.phase === 'forgotten') this.#refuse(order, noRoom);
    else this.#repeatAnswer(known);
  }

  #repeatAnswer(state: OrderState): void {
    const { orderId } = state.order;
    const report = this.#parts.journal.reportOf(orderId);
    if (report !== null) this.#parts.tell({ type: 'report', ...report });
    else this.#parts.tell({ type: 'ack', orderId, state: state.phase === 'accepted' ? 'accepted' : 'begun' });
  }

  #answerProbe(order: Order): void {
    const { host, clock, lifetime, instances, tell, log } = this.#parts;
    const instance = instances.find(({ settings }) => settings.instance === order.target.instance);
    const { body } = order;
    assert(instance !== undefined && body.kind === 'observe', `probe ${order.orderId} was admitted but is not a probe`);
    observeNode({ host, clock, signal: lifetime.signal }, instance, body, body.nonce).then(
      (facts) => tell({ type: 'facts', facts }),
      (thrown: unknown) => {
        if (thrown instanceof AgentStopped) return;
        log.warn({ order: order.orderId }, toFailure(thrown).message);
        this.#refuse(order, toFailure(thrown));
      },
    );
  }

  /** P5: the highest fence is on disk before anything is done in its name. */
  #obey({ cluster, epoch, writer }: Fence): void {
    const known = this.#parts.journal.fences().find((fence) => fence.cluster === cluster);
    if (known?.epoch === epoch && known.writer === writer) return;
    this.#writes.raiseFence({ cluster, epoch, writer });
  }

  #refuse(order: Order, why: Failure): void {
    this.#parts.log.warn({ order: order.orderId, code: why.code }, why.message);
    this.#parts.tell({ type: 'ack', orderId: order.orderId, state: 'refused', failure: why });
  }

  #hostSettings() {
    return { name: this.#parts.hostName, instances: this.#parts.instances };
  }

  #unknownWord(order: Order): Failure | null {
    const instance = this.#parts.instances.find(({ settings }) => settings.instance === order.target.instance);
    return wordRefusal(order, instance === undefined ? noWords : wordsOf(instance));
  }

  #hostBusy(order: Order): Failure | null {
    const other = isDisruptive(order) ? this.#live.all().find((live) => isDisruptive(live.order)) : undefined;
    if (other === undefined) return null;
    const { hostName } = this.#parts;
    return failure('refused', 'host-busy', `order ${order.orderId} is refused while ${other.order.orderId} is under way on ${hostName}`, {
      remedy: 'retry',
    });
  }
}
