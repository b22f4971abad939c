/**
 * One run's lane: everything that concerns the run goes through here one after the other, so that no two decisions are made on the same
 * status. The lane looks, has `decide` decide, commits, and only then sends (P4).
 */
import assert from 'node:assert/strict';
import type { ClusterView, Procedure } from '../../common/engine.ts';
import type { RunEvent } from '../../common/events.ts';
import type { Incarnation } from '../../common/facts.ts';
import { type Order, orderIdOf } from '../../common/orders.ts';
import { membershipProblems } from '../fleet/membership.ts';
import { type Looked, lookAt, viewWith } from '../planner/look.ts';
import { pathDifference } from '../planner/reproof.ts';
import type { RulePacks } from '../rules/pack.ts';
import type { ClusterRecord, EpochClaim, PlanRecord, RunAppend } from '../store/store.ts';
import { type Admission, admitAgain } from './admission.ts';
import { decide } from './decide.ts';
import type { Links } from './links.ts';
import { underClaim } from './orders.ts';
import type { SequencerDeps } from './parts.ts';
import { instancesDisturbed, instancesInTurn, isOutage, stepPlace } from './progress.ts';
import { nextStatus } from './run-machine.ts';
import { openSteps, type RunStatus, sameLife } from './run-status.ts';
import type { Situation } from './situation.ts';
import { nextTimeline, type Timeline } from './timeline.ts';
import type { Watchers } from './watchers.ts';

export interface LaneDeps extends SequencerDeps {
  readonly links: Links;
  readonly watchers: Watchers;
  /** Hosts with a disruptive order of a run other than this one, by host. */
  busyHosts(runId: string): ReadonlyMap<string, string>;
  /** Why this store may not command a cluster; null: it may. */
  behindFleet(cluster: string): string | null;
}

/** How often nodes are looked at while nothing else calls for it. */
const lookEveryMs = 2_000;
/** Decisions rest on a look not older than this, made after the run's last receipt. */
const freshMs = 3_000;
/** A reconnect takes seconds; only what is longer is a hold. */
const linkGraceMs = 10_000;
/** Pause before what failed for a passing reason is tried again; it doubles with each attempt. */
const againAfterMs = 1_000;

/** What a caller adds to the events that it brings. */
export interface Brought {
  readonly events: readonly RunEvent[];
  readonly ended?: RunAppend['ended'];
  readonly unknown?: readonly string[];
  readonly actor?: string;
  /** Called once the events are durable, before anything else is done. */
  committed?(): void;
}

interface LookTaken {
  readonly looked: Looked;
  readonly atMs: number;
}

export class Lane {
  readonly runId: string;
  readonly record: PlanRecord;
  readonly #deps: LaneDeps;
  #status: RunStatus;
  #cursor: number;
  #timeline: Timeline;
  #look: LookTaken | null = null;
  #lastLookMs = Number.NEGATIVE_INFINITY;
  #lookDue = false;
  #waits = false;
  readonly #failedAtMs = new Map<string, number>();
  /** Newest life of each member that was seen or told of. */
  readonly #lives = new Map<string, Incarnation>();
  readonly #restarted = new Set<string>();
  /** Disruptive orders that are decided and not yet committed. */
  #leaving: readonly Order[] = [];
  #tail: Promise<void> = Promise.resolve();
  #wakePending = false;
  #proven: { readonly packs: RulePacks; readonly difference: string | null } | null = null;

  constructor(
    deps: LaneDeps,
    record: PlanRecord,
    loaded: { readonly status: RunStatus; readonly cursor: number; readonly timeline: Timeline },
  ) {
    this.#deps = deps;
    this.runId = record.runId;
    this.record = record;
    this.#status = loaded.status;
    this.#cursor = loaded.cursor;
    this.#timeline = loaded.timeline;
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

  /** Hosts on which this run has a disruptive order, sent or about to be. */
  busyHosts(): readonly string[] {
    const { nodes } = this.record.plan;
    // A node between two outages of its turn is still this run's: its host takes no other disruptive order meanwhile.
    const taken = [...new Set([...this.#inOutage(this.#status), ...instancesInTurn(this.record.plan, this.#status)])];
    const hosts = taken.map((instance) => nodes.find((node) => node.instance === instance)?.host ?? '');
    return [...hosts, ...this.#leaving.map((order) => order.target.host)];
  }

  /** The instance is in the middle of an outage that this run ordered: what is heard of it meanwhile is no news. */
  isInOutage(instance: string): boolean {
    return this.#inOutage(this.#status).includes(instance);
  }

  #inOutage(status: RunStatus): readonly string[] {
    const open = openSteps(status).filter(({ step }) => {
      const place = stepPlace(this.record.plan, step);
      return place !== null && isOutage(place.step);
    });
    return open.map((each) => each.status.instance);
  }

  concerns(instance: string): boolean {
    return this.record.plan.nodes.some((node) => node.instance === instance);
  }

  /** Runs when everything before it in this lane is through. */
  inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#tail.then(work);
    this.#tail = done.then(
      () => undefined,
      () => undefined,
    );
    return done;
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

  /** The periodic look: nodes are asked again when the last look is old. */
  tick(): Promise<void> {
    if (this.#deps.clock.monotonicMs() - this.#lastLookMs >= lookEveryMs) this.#lookDue = true;
    return this.wake();
  }

  /** Something was heard that the last look does not know. */
  lookAgain(): Promise<void> {
    this.#lookDue = true;
    return this.wake();
  }

  /** When its nodes are looked at next, at the latest; wall clock, for people. null: nothing is looked at. */
  nextLookAtMs(): number | null {
    if (!this.isActive) return null;
    const { clock } = this.#deps;
    return clock.wallMs() + Math.max(0, lookEveryMs - (clock.monotonicMs() - this.#lastLookMs));
  }

  /**
   * Commits what was brought together with what follows from it, sends, and goes on until there is nothing more to do without waiting.
   * Only inside `inTurn`.
   */
  async advance(brought: Brought): Promise<void> {
    let pending: Brought = brought;
    // A receipt makes every look before it old: nothing that follows from it may rest on one (P2).
    if (brought.events.some(({ type }) => type === 'order-ended')) this.#look = null;
    for (;;) {
      const status = pending.events.reduce(nextStatus, this.#status);
      const claim = await this.#deps.store.currentEpoch(this.record.plan.cluster);
      if (claim?.writer !== this.#deps.writer || status.state !== 'active') {
        // Not ours to command: what happened is still written down.
        await this.#commit(pending, []);
        return;
      }
      if (this.#lookDue && pending.events.length === 0) await this.#takeLook(status);
      const situation = await this.#situation(status, claim, pending.actor ?? null);
      const decision = decide(situation);
      const events = [...pending.events, ...decision.events];
      this.#leaving = decision.orders.filter((order) => order.body.kind === 'outage');
      try {
        await this.#commit({ ...pending, events }, decision.orders);
      } finally {
        this.#leaving = [];
      }
      await this.#sendOpenOrders(claim, decision.orders);
      // Told to whoever asks; no order waits for it.
      await this.#recordAdmissions(decision.admissions);
      this.#cancelWaiting();
      pending = { events: [] };
      if (decision.look) await this.#takeLook(this.#status);
      else if (events.length === 0 || !this.isActive) return;
    }
  }

  /** Nodes in the middle of their outage are busy with it; their receipt tells of them. */
  async #takeLook(status: RunStatus): Promise<void> {
    const { plan } = this.record;
    const busy = new Set(this.#inOutage(status));
    const linked = this.#deps.fleet.nodes(plan.cluster).filter((node) => node.linked && !busy.has(node.instance));
    const looked = await lookAt(
      this.#deps.fleet,
      linked.map((node) => node.instance),
      this.#procedure().preflightChecks,
    );
    const atMs = this.#deps.clock.monotonicMs();
    this.#noteLives(status, looked);
    this.#look = { looked, atMs };
    this.#lastLookMs = atMs;
    this.#lookDue = false;
  }

  /**
   * Another life of a member that nothing of this run made stays noted until the member is seen in service at a later look. What was the case
   * before this process began is not known, and is not news.
   */
  #noteLives(status: RunStatus, looked: Looked): void {
    const ours = new Set(instancesDisturbed(this.record.plan, status));
    for (const [instance, facts] of looked) {
      const life = facts?.incarnation ?? null;
      const known = this.#lives.get(instance) ?? null;
      if (facts?.inService === true && sameLife(life, known)) this.#restarted.delete(instance);
      if (life === null) continue;
      if (known !== null && !sameLife(life, known) && !ours.has(instance)) this.#restarted.add(instance);
      this.#lives.set(instance, life);
    }
  }

  async #situation(status: RunStatus, claim: EpochClaim, actor: string | null): Promise<Situation> {
    const { fleet, store, clock, links } = this.#deps;
    const { plan } = this.record;
    const procedure = this.#procedure();
    const nowMs = clock.monotonicMs();
    const taken = this.#look !== null && nowMs - this.#look.atMs <= freshMs ? this.#look : null;
    const heard = await fleet.view(plan.cluster);
    const view = taken === null ? heard : viewWith(heard, taken.looked);
    const lost = plan.nodes.filter(({ instance }) => {
      const linked = view.nodes.some((node) => node.instance === instance && node.linked);
      return links.unlinkedMs(instance, linked, nowMs) > linkGraceMs;
    });
    const adopted: ClusterRecord | undefined = (await store.clusters()).find((record) => record.cluster === plan.cluster);
    return {
      runId: this.runId,
      plan,
      status,
      view,
      fresh: taken !== null,
      lost: new Set(lost.map((node) => node.instance)),
      membership: membershipProblems({
        cluster: plan.cluster,
        expectedMembers: view.expectedMembers,
        adopted: adopted?.instances ?? null,
        enrolled: view.nodes,
        seen: procedure.membersSeen(view),
        refused: fleet.refused(),
      }),
      restarted: new Set(this.#restarted),
      busyHosts: this.#deps.busyHosts(this.runId),
      dueAgain: this.#dueAgain(status, nowMs),
      behindFleet: this.#deps.behindFleet(plan.cluster),
      rulesChanged: this.rulesChanged(heard),
      procedure,
      claim,
      actor,
    };
  }

  /** Asked again only when other rules are in force. */
  rulesChanged(view: ClusterView): string | null {
    const packs = this.#deps.packs();
    if (this.#proven?.packs !== packs) this.#proven = { packs, difference: pathDifference(this.record.plan, view, packs) };
    return this.#proven.difference;
  }

  #procedure(): Procedure {
    const procedure = this.#deps.procedures.get(this.record.plan.engine);
    assert(procedure !== undefined, `no procedure for the engine of plan ${this.record.planId}`);
    return procedure;
  }

  /** Steps that failed for a passing reason, once they had their pause; after a restart they had it. */
  #dueAgain(status: RunStatus, nowMs: number): ReadonlySet<string> {
    const due = new Set<string>();
    for (const turn of status.turns) {
      for (const [step, last] of Object.entries(turn.steps)) {
        if (last.state !== 'failed' || last.hold?.releasedBy !== 'itself') continue;
        const pauseMs = againAfterMs * 2 ** (last.attempt - 1);
        if (nowMs - (this.#failedAtMs.get(step) ?? Number.NEGATIVE_INFINITY) >= pauseMs) due.add(step);
      }
    }
    return due;
  }

  async #commit(brought: Brought, orders: readonly Order[]): Promise<void> {
    if (brought.events.length === 0) return brought.committed?.();
    const status = brought.events.reduce(nextStatus, this.#status);
    const stored = await this.#deps.store.append({
      runId: this.runId,
      afterSeq: this.#cursor,
      atMs: this.#deps.clock.wallMs(),
      events: brought.events,
      state: status.state,
      statusJson: JSON.stringify(status),
      dispatched: orders,
      ended: brought.ended ?? [],
      unknown: brought.unknown ?? [],
    });
    this.#status = status;
    this.#cursor = stored.at(-1)?.seq ?? this.#cursor;
    this.#timeline = stored.reduce(nextTimeline, this.#timeline);
    for (const event of brought.events) this.#remember(event);
    brought.committed?.();
    this.#deps.watchers.changed(this.runId);
  }

  #remember(event: RunEvent): void {
    if (event.type !== 'order-ended') return;
    const { facts, after } = event.receipt;
    if (facts !== null && after !== null) this.#lives.set(facts.instance, after);
    if (!event.verdict.ok) this.#failedAtMs.set(event.step, this.#deps.clock.monotonicMs());
  }

  async #recordAdmissions(admissions: readonly Admission[]): Promise<void> {
    const atMs = this.#deps.clock.wallMs();
    for (const { subject, verdict, reason } of admissions) {
      const nextLookAtMs = verdict === 'allow' ? null : atMs + lookEveryMs;
      await this.#deps.store.recordAdmission({ runId: this.runId, atMs, subject, verdict, reason, nextLookAtMs });
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
      if (!this.#deps.links.isToBeSent(host, order.orderId)) continue;
      const isAdmitted = order.body.kind !== 'outage' || admitted.some(({ orderId }) => orderId === order.orderId);
      if (!isAdmitted && !(await this.#admitsAgain(order, claim))) continue;
      if (this.#deps.fleet.send(host, { type: 'order', order: underClaim(order, claim) })) this.#deps.links.sent(host, order.orderId);
    }
  }

  /** What only waits for the way that the run has left need not come to its end: a soak may last a day. */
  #cancelWaiting(): void {
    const status = this.#status;
    if (status.way === 'forward' && status.aborting === null) return;
    for (const { turn, step, status: open } of openSteps(status)) {
      const place = stepPlace(this.record.plan, step);
      const leaves = status.aborting !== null || status.turns.find((each) => each.turn === turn)?.way !== status.way;
      const host = this.record.plan.nodes.find((node) => node.instance === open.instance)?.host;
      if (place?.step.body.kind !== 'await' || !leaves || host === undefined) continue;
      this.#deps.fleet.send(host, { type: 'cancel', orderId: orderIdOf(this.runId, step, open.attempt) });
    }
  }

  /** An outage that the agent does not have yet, ordered a while ago: what speaks against it now need not have been so then (P1, P2). */
  async #admitsAgain(order: Order, claim: EpochClaim): Promise<boolean> {
    const place = stepPlace(this.record.plan, order.step);
    assert(place !== null, `order ${order.orderId} is of no step of the plan`);
    const situation = await this.#situation(this.#status, claim, null);
    if (!situation.fresh) this.#lookDue = true;
    const admission = admitAgain(situation, place.turn, place.hop.maxOutOfService, order.step);
    await this.#recordAdmissions([admission]);
    return admission.verdict === 'allow';
  }
}
