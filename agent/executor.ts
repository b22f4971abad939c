/**
 * Takes orders in and keeps those that are in the works: fence, target, known already, words, one disruptive order per host. What is
 * said through `tell` may be lost; what must arrive lies in the journal and is repeated by the session.
 */
import assert from 'node:assert';
import type { Clock } from '../common/clock.ts';
import { type Failure, failure, toFailure } from '../common/failure.ts';
import type { AgentMessage, Fence } from '../common/link.ts';
import type { Log } from '../common/log.ts';
import type { Order, Receipt } from '../common/orders.ts';
import { bindingRefusal, fenceRefusal, nameRefusal, targetRefusal, wordRefusal } from './admission.ts';
import { localRun, nextOrderState, type OrderEntry, type OrderState } from './agent-machine.ts';
import type { ArtifactSource } from './artifact-source.ts';
import { downtimeBegun, isDisruptive, leftDownBefore } from './downtime-machine.ts';
import { startEngineMeter } from './engine-meter.ts';
import { observeNode } from './facts.ts';
import type { Host } from './host/host.ts';
import { type Instance, noWords, wordsOf } from './instance.ts';
import type { Journal } from './journal/journal.ts';
import { AgentStopped, beginLifetime, type Lifetime, mortal } from './lifetime.ts';
import { concludeOnce, type LiveOrder, liveThrough, writeReceipt } from './order-life.ts';
import { startStopwatch } from './stopwatch.ts';

export interface ExecutorParts {
  readonly hostName: string;
  readonly instances: readonly Instance[];
  readonly host: Host;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly log: Log;
  readonly lifetime: Lifetime;
  readonly artifacts: ArtifactSource;
  /** Sends when there is a link; else it is lost. */
  readonly tell: (message: AgentMessage) => void;
  /** A receipt is in the journal. */
  readonly ended: (receipt: Receipt) => void;
  /** An order that was taken in turned out not to be for us, or its link was lost. */
  readonly notBegun: (orderId: string, why: Failure) => void;
  /** The journal cannot be trusted any more: the agent must not go on. */
  readonly fatal: (error: unknown) => void;
}

/** Run id of looks outside any run: they change nothing, so they are neither fenced nor journaled. */
const probeRun = 'probe';

export class Executor {
  readonly #parts: ExecutorParts;
  readonly #live = new Map<string, LiveOrder>();

  constructor(parts: ExecutorParts) {
    this.#parts = parts;
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
    this.#take(order, this.#append(order.orderId, { type: 'accepted', order }));
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
      this.#interrupt(live, why);
      return;
    }
    if (live.order.body.kind === 'job' && live.state.phase === 'begun') {
      live.cancelling.abort();
      return;
    }
    if (live.state.phase !== 'accepted') return;
    this.#forget(live, 'cancelled by the controller');
    this.#refuse(live.order, failure('refused', 'cancelled', `order ${orderId} was cancelled before it began`));
  }

  /** Orders that were not begun are forgotten: their sender may be gone for good. */
  linkLost(): void {
    for (const live of this.#live.values())
      if (live.state.phase === 'accepted' && live.order.run !== localRun) this.#forget(live, 'the link was lost before it began');
  }

  /**
   * Once, at start: carries on what was begun and forgets what was not. A downtime whose stop was not begun has taken nothing away yet, and
   * after our absence another node may be out: its controller must ask about the others again before it sends it again (P1).
   */
  resume(): void {
    for (const state of this.#parts.journal.openOrders()) {
      const { order } = state;
      const tookNothing = order.body.kind === 'downtime' && order.run !== localRun && !downtimeBegun(state);
      if (state.phase === 'accepted' || tookNothing)
        this.#append(order.orderId, { type: 'forgotten', reason: 'the agent was restarted before it began' });
      else this.#carryOn(state);
    }
  }

  /** A person gives an order up: it ends as interrupted and the database stays as it is. null: it is not under way. */
  release(orderId: string, actor: string): Receipt | null {
    const live = this.#live.get(orderId) ?? this.#restored(orderId);
    if (live === null || live.state.phase === 'accepted') return null;
    return this.#interrupt(
      live,
      failure('failed', 'released', `order ${orderId} was given up on the host by ${actor}; look at the database before going on`),
    );
  }

  /** Ids of orders that are under way. */
  underWay(): readonly string[] {
    return [...this.#live.keys()];
  }

  /** The instance is being stopped or started: looks of our own accord would only disturb. */
  inDowntime(instance: string): boolean {
    return [...this.#live.values()].some(
      ({ order, state }) => order.target.instance === instance && order.body.kind === 'downtime' && downtimeBegun(state),
    );
  }

  /** P5, then P12. */
  #strangers(order: Order, isProbe: boolean): Failure | null {
    const fenced = isProbe ? null : fenceRefusal(`order ${order.orderId}`, order, this.#parts.journal.fences());
    return fenced ?? targetRefusal(order, this.#hostSettings());
  }

  #admit(order: Order): void {
    const known = this.#parts.journal.order(order.orderId);
    // Before it is obeyed: who gives what another gave before raises no fence.
    const bound = known === null ? null : bindingRefusal(order, known.order);
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
    const state = this.#append(order.orderId, { type: 'accepted', order });
    this.#parts.tell({ type: 'ack', orderId: order.orderId, state: 'accepted' });
    this.#take(order, state);
  }

  /** What stands in the journal is answered as ever; nothing new is obeyed or begun. */
  #answerWithoutRoom(order: Order, noRoom: Failure): void {
    const known = this.#parts.journal.order(order.orderId);
    if (known === null || known.phase === 'forgotten') this.#refuse(order, noRoom);
    else this.#repeatAnswer(known);
  }

  /** An order that stands open in the journal while nothing is carried on (`drydock-agent release` without a running agent). */
  #restored(orderId: string): LiveOrder | null {
    const state = this.#parts.journal.openOrders().find(({ order }) => order.orderId === orderId);
    return state === undefined ? null : this.#makeLive(state.order, state);
  }

  #carryOn(state: OrderState): void {
    const { order } = state;
    const live = this.#makeLive(order, state);
    if (live === null) {
      const gone = failure(
        'failed',
        'unknown-instance',
        `order ${order.orderId}: instance ${order.target.instance} is no longer in the settings of this agent`,
      );
      this.#parts.log.error({ order: order.orderId }, gone.message);
      return;
    }
    this.#live.set(order.orderId, live);
    const carriesOn =
      order.repeat === 'convergent' || order.body.kind === 'job' || (order.body.kind === 'downtime' && downtimeBegun(state));
    this.#run(live, carriesOn ? liveThrough : concludeOnce);
  }

  #take(order: Order, state: OrderState): void {
    const live = this.#makeLive(order, state);
    assert(live !== null, `order ${order.orderId} was admitted for an instance that is not there`);
    this.#live.set(order.orderId, live);
    this.#run(live);
  }

  #makeLive(order: Order, state: OrderState): LiveOrder | null {
    const { host, clock, instances, artifacts, tell } = this.#parts;
    const instance = instances.find(({ settings }) => settings.instance === order.target.instance);
    if (instance === undefined) return null;
    const lifetime = beginLifetime();
    const meter = startEngineMeter(clock);
    const unwritten: OrderEntry[] = [];
    this.#parts.lifetime.signal.addEventListener('abort', lifetime.end, { once: true, signal: lifetime.signal });
    const live: LiveOrder = {
      order,
      lifetime,
      instance: { ...instance, driver: meter.over(mortal(instance.driver, lifetime)) },
      vantage: {
        host: meter.over(mortal(host, lifetime), ['bootId', 'startUnit', 'stopUnit', 'unitState']),
        clock,
        signal: lifetime.signal,
      },
      artifacts,
      leftDown: () => leftDownBefore(order, this.#parts.journal.endedDowntimes(order.target.instance)),
      cancelling: new AbortController(),
      state,
      watch: startStopwatch(clock, state.at),
      record: (entry) => {
        lifetime.check();
        // That a part has ended is written with what comes next: a part that is begun again after a kill brings about only what is
        // missing, so nothing rests on it, and each write that is waited for would lengthen the downtime.
        if (entry.type === 'part-ended') {
          live.state = nextOrderState(live.state, entry);
          unwritten.push(entry);
        } else live.state = this.#append(order.orderId, [...unwritten.splice(0), entry]);
      },
      meter,
      tell,
    };
    return live;
  }

  #run(live: LiveOrder, way: (live: LiveOrder) => Promise<Receipt | Failure> = liveThrough): void {
    const { orderId } = live.order;
    way(live).then(
      (result) => {
        if ('orderId' in result) this.#over(live, result);
        else this.#turnAway(live, result);
      },
      (thrown: unknown) => {
        // An order that was ended from outside has been seen to there.
        if (thrown instanceof AgentStopped) return;
        this.#parts.log.error({ order: orderId }, `order ${orderId} broke: ${toFailure(thrown).message}`);
        this.#parts.fatal(thrown);
      },
    );
  }

  #turnAway(live: LiveOrder, why: Failure): void {
    this.#forget(live, why.message);
    this.#refuse(live.order, why);
    this.#parts.notBegun(live.order.orderId, why);
  }

  #interrupt(live: LiveOrder, why: Failure): Receipt {
    const receipt = writeReceipt(live, { outcome: 'interrupted', failure: why, findings: [] }, live.watch.now(), null);
    this.#over(live, receipt);
    return receipt;
  }

  #over(live: LiveOrder, receipt: Receipt): void {
    this.#live.delete(live.order.orderId);
    live.lifetime.end();
    this.#parts.log.info(
      { order: receipt.orderId, outcome: receipt.outcome, elapsedMs: Math.round(receipt.elapsedMs) },
      receipt.failure?.message ?? `order ${receipt.orderId} is done`,
    );
    this.#parts.ended(receipt);
  }

  #forget(live: LiveOrder, reason: string): void {
    live.lifetime.end();
    this.#live.delete(live.order.orderId);
    this.#append(live.order.orderId, { type: 'forgotten', reason });
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
    assert(instance !== undefined && body.kind === 'observe', `look ${order.orderId} was admitted and is none`);
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
    this.#guarded(() => this.#parts.journal.raiseFence({ cluster, epoch, writer }));
  }

  #append(orderId: string, entries: OrderEntry | readonly OrderEntry[]): OrderState {
    return this.#guarded(() => this.#parts.journal.append(orderId, entries));
  }

  /** A journal that does not take an entry ends this life at once: acting without it could act twice. */
  #guarded<T>(write: () => T): T {
    try {
      return write();
    } catch (error) {
      if (!(error instanceof AgentStopped)) this.#parts.fatal(error);
      throw new AgentStopped();
    }
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
    const other = isDisruptive(order) ? [...this.#live.values()].find((live) => isDisruptive(live.order)) : undefined;
    if (other === undefined) return null;
    const { hostName } = this.#parts;
    return failure('refused', 'host-busy', `order ${order.orderId} is refused while ${other.order.orderId} is under way on ${hostName}`, {
      remedy: 'retry',
    });
  }
}
