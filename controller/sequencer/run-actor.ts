/**
 * One run's actor: everything that concerns the run goes through here one after the other, so that no two decisions are made on the same
 * status. It probes, has `decide` decide, commits, and only then sends (P4).
 */
import assert from 'node:assert/strict';
import type { RunEvent } from '../../common/events.ts';
import type { ClusterView } from '../../common/facts.ts';
import { type Order, orderIdOf } from '../../common/orders.ts';
import type { Step } from '../../common/plan.ts';
import type { EpochClaim, RunAppend, RunPlan } from '../store/store.ts';
import type { Watchers } from '../views/watchers.ts';
import { ClusterObserver, type ClusterObserverDeps } from './cluster-observer.ts';
import { type Admission, admitAgain } from './decide/admission.ts';
import { decide, mayCommand } from './decide/decide.ts';
import { underClaim } from './decide/decision.ts';
import { restEvents } from './decide/soak.ts';
import { isStatusDue, type KeptStatus, keptAfter } from './load-run.ts';
import { planIndex, runIndex } from './run/run-index.ts';
import { nextStatus } from './run/run-machine.ts';
import { findStep, foldVersion, openSteps, type RunStatus } from './run/run-status.ts';
import { nextTimeline, type RunCommit, type Timeline } from './run/timeline.ts';

export interface RunActorDeps extends ClusterObserverDeps {
  readonly watchers: Watchers;
  /** Called once for all that was appended together, when it is durable. */
  committed(commit: RunCommit): void;
}

/** What a caller adds to the events that it brings. */
export interface Brought {
  readonly events: readonly RunEvent[];
  readonly ended?: RunAppend['ended'];
  readonly unknown?: readonly string[];
  readonly actor?: string;
  /** Called once the events are durable, before anything else is done. */
  committed?(): void;
}

export class RunActor {
  readonly runId: string;
  readonly record: RunPlan;
  readonly #deps: RunActorDeps;
  readonly #observer: ClusterObserver;
  #status: RunStatus;
  #cursor: number;
  #timeline: Timeline;
  #kept: KeptStatus;
  #waits = false;
  /** Disruptive orders that are decided and not yet committed. */
  #leaving: readonly Order[] = [];
  #tail: Promise<void> = Promise.resolve();
  #wakePending = false;
  /** Receipts that wait for their turn. */
  #receiptsWaiting = 0;
  /** Of the probe that is under way, or the last one. */
  #overtaken = new AbortController();

  constructor(
    deps: RunActorDeps,
    record: RunPlan,
    loaded: { readonly status: RunStatus; readonly cursor: number; readonly timeline: Timeline; readonly kept: KeptStatus },
  ) {
    this.#deps = deps;
    this.#observer = new ClusterObserver(deps, record);
    this.runId = record.runId;
    this.record = record;
    this.#status = loaded.status;
    this.#cursor = loaded.cursor;
    this.#timeline = loaded.timeline;
    this.#kept = loaded.kept;
  }

  get status(): RunStatus {
    return this.#status;
  }

  get cursor(): number {
    return this.#cursor;
  }

  get timeline(): Timeline {
    return this.#timeline;
  }

  get isActive(): boolean {
    return this.#status.state === 'active';
  }

  get isResting(): boolean {
    return this.#status.state === 'unfinalized';
  }

  /** Reminds of the time that a resting run has left, and holds once it is over. */
  remind(): Promise<void> {
    return this.inTurn(async () => {
      const { plan } = this.record;
      const events = restEvents({
        runId: this.runId,
        plan,
        status: this.#status,
        timeline: this.#timeline,
        nowMs: this.#deps.clock.wallMs(),
      });
      if (events.length > 0) await this.advance({ events });
    });
  }

  /** Hosts on which this run has a disruptive order, sent or about to be. */
  busyHosts(): readonly string[] {
    const { plan } = this.record;
    // A node between two downtimes of its turn is still this run's: its host takes no other disruptive order meanwhile.
    const taken = [...new Set([...runIndex(plan, this.#status).inDowntime, ...runIndex(plan, this.#status).inTurn])];
    const hosts = taken.map((instance) => plan.nodes.find((node) => node.instance === instance)?.host ?? '');
    return [...hosts, ...this.#leaving.map((order) => order.target.host)];
  }

  /** The instance is in the middle of a downtime that this run ordered: what is heard of it meanwhile is no news. */
  isInDowntime(instance: string): boolean {
    return runIndex(this.record.plan, this.#status).inDowntime.includes(instance);
  }

  concerns(instance: string): boolean {
    return this.record.plan.nodes.some((node) => node.instance === instance);
  }

  /** Runs when everything before it is through. */
  inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#tail.then(work);
    this.#tail = done.then(
      () => undefined,
      () => undefined,
    );
    return done;
  }

  /**
   * As `inTurn`, for a receipt: a probe that is under way is not waited for. It would be old as soon as the receipt is taken in, and writes may
   * wait for the order that comes next.
   */
  inTurnOvertaking(work: () => Promise<void>): Promise<void> {
    this.#receiptsWaiting += 1;
    this.#overtaken.abort();
    return this.inTurn(() => {
      this.#receiptsWaiting -= 1;
      return work();
    });
  }

  /** Looks whether there is something to do; several calls before it comes to it are one. */
  wake(): Promise<void> {
    if (this.#wakePending) return this.#tail;
    this.#wakePending = true;
    return this.inTurn(async () => {
      this.#wakePending = false;
      await this.advance({ events: [] });
    });
  }

  /** The periodic probe: nodes are asked again when the last probe is old. Where nothing happens, nothing is decided before that either (P21). */
  async tick(): Promise<void> {
    const rests = this.#observer.restMs(this.#status) > 0;
    if (rests && this.#observer.isQuiet(this.#status)) return;
    if (!rests) this.#observer.probeAgain();
    return this.wake();
  }

  /** Something was heard that the last probe does not know. */
  probeAgain(): Promise<void> {
    this.#observer.stir();
    this.#observer.probeAgain();
    return this.wake();
  }

  /** The link to a node was lost: how long for is soon to be judged. */
  linkLost(): void {
    this.#observer.stir();
  }

  /** When its nodes are looked at next, at the latest; wall clock, for people. null: nothing is looked at. */
  nextProbeAtMs(): number | null {
    return this.isActive ? this.#deps.clock.wallMs() + this.#observer.restMs(this.#status) : null;
  }

  /**
   * Commits what was brought together with what follows from it, sends, and goes on until there is nothing more to do without waiting.
   * Only inside `inTurn`.
   */
  async advance(brought: Brought): Promise<void> {
    let pending: Brought = brought;
    // A receipt makes every probe before it old, and so does a word: nothing that follows from it may rest on one (P2).
    if (brought.events.some(({ type }) => type === 'order-ended' || type === 'step-confirmed')) this.#observer.outdate();
    for (;;) {
      const status = pending.events.reduce(nextStatus, this.#status);
      const claim = await this.#deps.store.currentEpoch(this.record.plan.cluster);
      if (claim?.writer !== this.#deps.writer || status.state !== 'active') {
        // Not ours to command: what happened is still written down.
        await this.#commit(pending, []);
        return;
      }
      if (pending.events.length === 0 && this.#observer.isDue(status) && !(await this.#probe(status))) return;
      const input = await this.#observer.input(status, claim, pending.actor ?? null);
      const decision = decide(input);
      const events = [...pending.events, ...decision.events];
      this.#leaving = decision.orders.filter((order) => order.body.kind === 'downtime');
      try {
        await this.#commit({ ...pending, events }, decision.orders);
      } finally {
        this.#leaving = [];
      }
      if (mayCommand(input)) await this.#sendOpenOrders(claim, decision.orders);
      // Shown to those who ask; no order waits for it.
      await this.#recordAdmissions(decision.admissions);
      this.#cancelWaiting();
      if (mayCommand(input)) this.#observer.askOthers(this.#status);
      pending = { events: [] };
      if (decision.probe) {
        if (!(await this.#probe(this.#status))) return;
      } else if (events.length === 0 || !this.isActive) return;
    }
  }

  /** false: a receipt waits, and taking it in goes on. */
  async #probe(status: RunStatus): Promise<boolean> {
    if (this.#receiptsWaiting > 0) return false;
    this.#overtaken = new AbortController();
    return this.#observer.take(status, this.#overtaken.signal);
  }

  /** How the rules active now lead elsewhere than its plan goes, one sentence; null: they do not. */
  rulesChanged(view: ClusterView): string | null {
    return this.#observer.rulesChanged(view);
  }

  async #commit(brought: Brought, orders: readonly Order[]): Promise<void> {
    if (brought.events.length === 0) return brought.committed?.();
    const status = brought.events.reduce(nextStatus, this.#status);
    const statusJson = isStatusDue(this.#kept, status.state !== this.#status.state) ? JSON.stringify(status) : null;
    const stored = await this.#deps.store.append({
      runId: this.runId,
      afterSeq: this.#cursor,
      atMs: this.#deps.clock.wallMs(),
      events: brought.events,
      state: status.state,
      holds: status.holds.length,
      statusJson,
      foldVersion,
      dispatched: orders,
      ended: brought.ended ?? [],
      unknown: brought.unknown ?? [],
    });
    const before = { status: this.#status, timeline: this.#timeline };
    this.#status = status;
    this.#cursor = stored.at(-1)?.seq ?? this.#cursor;
    this.#kept = keptAfter(
      this.#kept,
      statusJson,
      stored.map(({ text }) => text),
    );
    this.#timeline = stored.reduce(nextTimeline, this.#timeline);
    for (const event of brought.events) this.#observer.remember(event);
    brought.committed?.();
    this.#deps.committed({ record: this.record, before, events: stored });
    this.#deps.watchers.changed(this.runId);
  }

  async #recordAdmissions(admissions: readonly Admission[]): Promise<void> {
    const atMs = this.#deps.clock.wallMs();
    for (const { subject, verdict, reason } of admissions) {
      const nextProbeAtMs = verdict === 'allow' ? null : atMs + this.#observer.restMs(this.#status);
      await this.#deps.store.recordAdmission({ runId: this.runId, atMs, subject, verdict, reason, nextProbeAtMs });
    }
    const waits = admissions.some((admission) => admission.verdict === 'wait');
    if (waits !== this.#waits) this.#deps.watchers.changed(this.runId);
    this.#waits = waits;
  }

  /** Every order without an end goes out once on each stream, with the id that it always had. */
  async #sendOpenOrders(claim: EpochClaim, admitted: readonly Order[]): Promise<void> {
    if (openSteps(this.#status).length === 0) return;
    for (const { order } of await this.#deps.store.openOrders(this.runId)) {
      const { host } = order.target;
      // Settled without its answer, and made anew: it must not be begun any more.
      const isSuperseded = (findStep(this.#status, order.step)?.status.attempt ?? 0) > order.attempt;
      if (isSuperseded || !this.#deps.links.isToBeSent(host, order.orderId)) continue;
      const isAdmitted = order.body.kind !== 'downtime' || admitted.some(({ orderId }) => orderId === order.orderId);
      if (!isAdmitted && !(await this.#admitsAgain(order, claim))) continue;
      if (this.#deps.fleet.send(host, { type: 'order', order: underClaim(order, claim) })) this.#deps.links.sent(host, order.orderId);
    }
  }

  /** What only waits for the way that the run has left need not come to its end: a soak may last a day. */
  #cancelWaiting(): void {
    const status = this.#status;
    if (status.way === 'forward' && status.aborting === null) return;
    for (const { turn, step, status: open } of openSteps(status)) {
      const place = planIndex(this.record.plan).step(step);
      const left = status.turns.find((each) => each.turn === turn)?.way !== status.way && open.onRollback !== true;
      const leaves = status.aborting !== null || left;
      const host = this.record.plan.nodes.find((node) => node.instance === open.instance)?.host;
      if (place === null || !mayEndEarly(place.step) || !leaves || host === undefined) continue;
      this.#deps.fleet.send(host, { type: 'cancel', orderId: orderIdOf(this.runId, step, open.attempt) });
    }
  }

  /** A downtime that the agent does not have yet, ordered a while ago: what speaks against it now need not have been so then (P1, P2). */
  async #admitsAgain(order: Order, claim: EpochClaim): Promise<boolean> {
    const place = planIndex(this.record.plan).step(order.step);
    assert(place !== null, `order ${order.orderId} does not belong to any step of the plan`);
    const input = await this.#observer.input(this.#status, claim, null);
    if (!input.fresh) this.#observer.probeAgain();
    const admission = admitAgain(input, place.turn, place.hop.maxDown, order.step);
    await this.#recordAdmissions([admission]);
    return admission.verdict === 'allow';
  }
}

/** Waiting changes nothing, and what is repeated from where it came to loses nothing; what may be done only once is let come to its end. */
const mayEndEarly = ({ body, repeat }: Step): boolean => body.kind === 'await' || (body.kind === 'job' && repeat === 'convergent');
