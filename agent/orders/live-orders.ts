/**
 * Orders under way on this host. Each has a lifetime of its own, which ends with its receipt, or when the order is forgotten before it began;
 * after a restart of the agent what had begun goes on.
 */
import assert from 'node:assert';
import type { Clock } from '../../common/clock.ts';
import { type Failure, failure, toFailure } from '../../common/failure.ts';
import type { AgentMessage } from '../../common/link.ts';
import type { Log } from '../../common/log.ts';
import type { Order, Receipt } from '../../common/orders.ts';
import { downtimeBegun, leftDownBefore } from '../downtime/machine.ts';
import type { Host } from '../host/host.ts';
import type { Instance } from '../instance.ts';
import { localRun, nextOrderState, type OrderEntry, type OrderState } from '../journal/agent-machine.ts';
import type { Journal } from '../journal/journal.ts';
import type { SureWrites } from '../journal/reserve.ts';
import { AgentStopped, beginLifetime, type Lifetime, mortal } from '../lifetime.ts';
import type { ArtifactSource } from '../link/controller-artifacts.ts';
import { concludeOnce, type LiveOrder, liveThrough, writeReceipt } from './order-life.ts';
import { startEngineMeter, startStopwatch } from './order-run.ts';

export interface LiveOrderParts {
  readonly instances: readonly Instance[];
  readonly host: Host;
  readonly journal: Journal;
  readonly writes: SureWrites;
  readonly clock: Clock;
  readonly log: Log;
  readonly lifetime: Lifetime;
  readonly artifacts: ArtifactSource;
  /** Sends when there is a link; else it is lost. */
  readonly tell: (message: AgentMessage) => void;
  /** A receipt is in the journal. */
  readonly ended: (receipt: Receipt) => void;
  /** An accepted order turned out not to be for us. */
  readonly notBegun: (order: Order, why: Failure) => void;
  /** The journal cannot be trusted any more: the agent must not go on. */
  readonly fatal: (error: unknown) => void;
}

export class LiveOrders {
  readonly #parts: LiveOrderParts;
  readonly #live = new Map<string, LiveOrder>();

  constructor(parts: LiveOrderParts) {
    this.#parts = parts;
  }

  all(): readonly LiveOrder[] {
    return [...this.#live.values()];
  }

  get(orderId: string): LiveOrder | undefined {
    return this.#live.get(orderId);
  }

  /** Also one that stands open in the journal while nothing is carried on (`drydock-agent release` without a running agent). */
  find(orderId: string): LiveOrder | null {
    const live = this.#live.get(orderId);
    if (live !== undefined) return live;
    const state = this.#parts.journal.openOrders().find(({ order }) => order.orderId === orderId);
    return state === undefined ? null : this.#make(state.order, state);
  }

  /** Begins an order that was accepted, for an instance of this host. */
  take(order: Order, state: OrderState): void {
    const live = this.#make(order, state);
    assert(live !== null, `order ${order.orderId} was admitted for an unknown instance`);
    this.#live.set(order.orderId, live);
    this.#run(live);
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
        this.#parts.writes.append(order.orderId, { type: 'forgotten', reason: 'the agent was restarted before it began' });
      else this.#carryOn(state);
    }
  }

  /** Ends an order that was not begun. */
  forget(live: LiveOrder, reason: string): void {
    live.lifetime.end();
    this.#live.delete(live.order.orderId);
    this.#parts.writes.append(live.order.orderId, { type: 'forgotten', reason });
  }

  /** Ends an order where it stands; the database stays as it is. */
  interrupt(live: LiveOrder, why: Failure): Receipt {
    const receipt = writeReceipt(live, { outcome: 'interrupted', failure: why, findings: [] }, live.watch.now(), null);
    this.#over(live, receipt);
    return receipt;
  }

  #carryOn(state: OrderState): void {
    const { order } = state;
    const live = this.#make(order, state);
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

  /** null: its instance is not in the settings of this agent. */
  #make(order: Order, state: OrderState): LiveOrder | null {
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
      leftDown: () => leftDownBefore(order, this.#parts.journal.endedDowntimes(order.target.instance, order.run)),
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
        } else live.state = this.#parts.writes.append(order.orderId, [...unwritten.splice(0), entry]);
      },
      meter,
      tell,
    };
    return live;
  }

  #run(live: LiveOrder, carry: (live: LiveOrder) => Promise<Receipt | Failure> = liveThrough): void {
    const { orderId } = live.order;
    carry(live).then(
      (result) => {
        if ('orderId' in result) this.#over(live, result);
        else {
          this.forget(live, result.message);
          this.#parts.notBegun(live.order, result);
        }
      },
      (thrown: unknown) => {
        // An order that was ended from outside has its receipt or its refusal from there.
        if (thrown instanceof AgentStopped) return;
        this.#parts.log.error({ order: orderId }, `order ${orderId} failed unexpectedly: ${toFailure(thrown).message}`);
        this.#parts.fatal(thrown);
      },
    );
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
}
