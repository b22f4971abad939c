/**
 * What is known of one run's nodes: the last probe of them, the lives they began, what failed when. Put together with what is heard and stored,
 * it is what a decision is made of. Kept nowhere else, and lost without harm.
 */
import assert from 'node:assert/strict';
import { canonicalJson } from '../../common/canonical-json.ts';
import { dayOf } from '../../common/clock.ts';
import type { RunEvent } from '../../common/events.ts';
import type { ClusterView, Incarnation } from '../../common/facts.ts';
import type { Procedure } from '../../common/procedure.ts';
import { membershipProblems } from '../fleet/membership.ts';
import { type Probed, probeNodes, viewWith } from '../fleet/pending-probes.ts';
import { observedTraits, pathDifference } from '../planner/path-drift.ts';
import type { RulePacks } from '../rules/pack.ts';
import type { EpochClaim, RunPlan } from '../store/store.ts';
import type { Links, SequencerDeps } from './connections.ts';
import type { DecisionInput } from './decide/decision-input.ts';
import { runIndex } from './run/run-index.ts';
import { isExcluded, isReplacedId, onlyWaits, type RunStatus, sameIncarnation } from './run/run-status.ts';
import { StepWatch } from './step-watch.ts';

export interface ClusterObserverDeps extends SequencerDeps {
  readonly links: Links;
  /** Why a run other than this one keeps disruptive orders from a host, one sentence, by host. */
  busyHosts(runId: string): ReadonlyMap<string, string>;
  /** Why this store may not command a cluster; null: it may. */
  behindFleet(cluster: string): string | null;
}

/** Beats from one probe to the next in a run in which nothing happens, such as one that waits for a person. */
const quietBeats = 4;
/** So long a probe waits for clients that wait themselves. */
const longestRestMs = 10_000;
/** A reconnect takes seconds; only what is longer is a hold. */
const linkGraceMs = 10_000;
/** Pause before what failed for a passing reason is tried again; it doubles with each attempt, up to the second. */
const againAfterMs = 1_000;
const mostPauseMs = 60_000;

interface ProbeTaken {
  readonly probed: Probed;
  readonly atMs: number;
}

export class ClusterObserver {
  readonly #deps: ClusterObserverDeps;
  readonly #record: RunPlan;
  #probe: ProbeTaken | null = null;
  #lastProbeMs = Number.NEGATIVE_INFINITY;
  #stirredMs: number;
  #due = false;
  readonly #failedAtMs = new Map<string, number>();
  readonly #watch: StepWatch;
  /** Newest life of each member that was seen or told of. */
  readonly #incarnations = new Map<string, Incarnation>();
  readonly #restarted = new Set<string>();
  #proven: { readonly packs: RulePacks; readonly hosts: string; readonly difference: string | null } | null = null;

  constructor(deps: ClusterObserverDeps, record: RunPlan) {
    this.#deps = deps;
    this.#record = record;
    this.#watch = new StepWatch(record.plan, deps.external, deps.clock);
    this.#stirredMs = deps.clock.monotonicMs();
  }

  /**
   * Somebody asked for a probe that was not taken yet. While clients wait with their writes no agent is asked for more than the order that they
   * wait for: who is to take over would look at itself instead.
   */
  isDue(status: RunStatus): boolean {
    const rests = this.#deps.clock.monotonicMs() - this.#lastProbeMs < longestRestMs;
    return this.#due && !(rests && runIndex(this.#record.plan, status).writesWait);
  }

  /** Whole milliseconds until the last probe is old; 0: it is. */
  restMs(status: RunStatus): number {
    const nowMs = this.#deps.clock.monotonicMs();
    return Math.ceil(Math.max(0, this.#everyMs(status, nowMs) - (nowMs - this.#lastProbeMs)));
  }

  /** Nothing happened for so long that the next probe has time, and no other system has answered since. */
  isQuiet(status: RunStatus): boolean {
    return !this.#watch.hasNews && this.#everyMs(status, this.#deps.clock.monotonicMs()) > this.#procedure().probes.everyMs;
  }

  /** Other systems that are due are asked; their answers are waited for by nothing, and part of what is decided next. */
  askOthers(status: RunStatus): void {
    this.#watch.ask(status);
  }

  /** Something happened, here or to a node: probes are as frequent again as the engine bears. */
  stir(): void {
    this.#stirredMs = this.#deps.clock.monotonicMs();
  }

  /**
   * As its engine declares it, and the longer nothing happened in the run, the longer, up to a few beats: agents report what changes of their own
   * accord, and what is decided is asked anew (P21). A run that only watches or waits for a person begins at a beat; a soak has its samples.
   */
  #everyMs(status: RunStatus, nowMs: number): number {
    const { beatMs } = this.#deps.fleet;
    const quietMs = Math.max(this.#procedure().probes.everyMs, Math.min((nowMs - this.#stirredMs) / 10, quietBeats * beatMs));
    return onlyWaits(status) ? this.#watch.everyMs(status, Math.max(quietMs, beatMs)) : quietMs;
  }

  probeAgain(): void {
    this.#due = true;
  }

  /** Nothing rests on the last probe any more. */
  outdate(): void {
    this.#probe = null;
  }

  /** What a committed event tells of lives and of failures. */
  remember(event: RunEvent): void {
    this.#watch.remember(event, this.#deps.clock.monotonicMs());
    this.stir();
    if (event.type !== 'order-ended') return;
    const { facts, after } = event.receipt;
    if (facts !== null && after !== null) this.#incarnations.set(facts.instance, after);
    if (!event.verdict.ok) this.#failedAtMs.set(event.step, this.#deps.clock.monotonicMs());
  }

  /**
   * Nodes in the middle of their downtime are busy with it; their receipt tells of them. A probe that is overtaken by a receipt is given up,
   * for nothing would rest on it: false.
   */
  async take(status: RunStatus, overtaken: AbortSignal): Promise<boolean> {
    const { plan } = this.#record;
    const busy = new Set(runIndex(plan, status).inDowntime);
    const connected = this.#deps.fleet.nodes(plan.cluster).filter((node) => node.connected && !busy.has(node.instance));
    const asked = probeNodes(
      this.#deps.fleet,
      connected.map((node) => node.instance),
      this.#procedure().preflightChecks,
      this.#procedure().probes.answerMs,
    );
    const probed = await Promise.race([asked, aborted(overtaken)]);
    if (probed === null) return false;
    const atMs = this.#deps.clock.monotonicMs();
    this.#noteIncarnations(status, probed);
    this.#probe = { probed, atMs };
    this.#lastProbeMs = atMs;
    this.#due = false;
    return true;
  }

  /**
   * Another life of a member that nothing of this run made stays noted until the member is seen in service at a later probe. What was the case
   * before this process began is not known, and is not news.
   */
  #noteIncarnations(status: RunStatus, probed: Probed): void {
    const ours = new Set(runIndex(this.#record.plan, status).disturbed);
    for (const [instance, facts] of probed) {
      const incarnation = facts?.incarnation ?? null;
      const known = this.#incarnations.get(instance) ?? null;
      if (facts?.inService === true && sameIncarnation(incarnation, known)) this.#restarted.delete(instance);
      if (incarnation === null) continue;
      if (known !== null && !sameIncarnation(incarnation, known) && !ours.has(instance)) this.#restarted.add(instance);
      this.#incarnations.set(instance, incarnation);
    }
  }

  /** All that a decision is made of, now. */
  async input(status: RunStatus, claim: EpochClaim, actor: string | null): Promise<DecisionInput> {
    const { fleet, store, clock, links } = this.#deps;
    const { plan } = this.#record;
    const procedure = this.#procedure();
    const nowMs = clock.monotonicMs();
    // Decisions rest on a probe not older than this, made after the run's last receipt.
    const freshMs = 1.5 * procedure.probes.everyMs;
    const taken = this.#probe !== null && nowMs - this.#probe.atMs <= freshMs ? this.#probe : null;
    const heard = await fleet.view(plan.cluster);
    const view = taken === null ? heard : viewWith(heard, taken.probed);
    const lost = plan.nodes.filter(({ instance }) => {
      const connected = view.nodes.some((node) => node.instance === instance && node.connected);
      return links.disconnectedMs(instance, connected, nowMs) > linkGraceMs;
    });
    const adopted = await store.cluster(plan.cluster);
    return {
      runId: this.#record.runId,
      plan,
      status,
      view,
      fresh: taken !== null,
      lost: this.#lastSeen(lost),
      membership: membershipProblems({
        cluster: plan.cluster,
        expectedMembers: view.expectedMembers,
        adopted: adopted?.instances ?? null,
        enrolled: view.nodes,
        seen: procedure.membersSeen(view).filter((member) => !isReplacedId(status, member)),
        ...(procedure.notAMember === undefined ? {} : { notAMember: procedure.notAMember }),
        refused: fleet.refused(plan.cluster),
      }),
      restarted: new Set(this.#restarted),
      busyHosts: this.#deps.busyHosts(this.#record.runId),
      dueAgain: this.#dueAgain(status, nowMs),
      soaks: this.#watch.readings(status, { view, procedure, sampledAtMs: taken?.atMs ?? null }),
      expired: this.#watch.expired(status, nowMs),
      behindFleet: this.#deps.behindFleet(plan.cluster),
      unheard: plan.nodes
        .filter(({ host, instance }) => !links.isKnown(host) && !isExcluded(status, instance))
        .map((node) => node.instance),
      rulesChanged: this.rulesChanged(heard),
      procedure,
      claim,
      actor,
    };
  }

  /** Asked again only when there are other rules, or other hosts or traits are known: after a restart their agents come one by one. */
  rulesChanged(view: ClusterView): string | null {
    const packs = this.#deps.packs();
    const observed = observedTraits(this.#procedure(), view);
    const hosts = `${view.nodes.map(({ host, os, arch }) => `${host} ${os} ${arch}`).join()} ${canonicalJson(observed)}`;
    if (this.#proven?.packs !== packs || this.#proven.hosts !== hosts)
      this.#proven = { packs, hosts, difference: pathDifference(this.#record.plan, view, packs, dayOf(this.#deps.clock), observed) };
    return this.#proven.difference;
  }

  #lastSeen(lost: RunPlan['plan']['nodes']): ReadonlyMap<string, number | null> {
    return new Map(lost.map(({ instance, host }) => [instance, this.#deps.fleet.host(host)?.lastSeenAtMs ?? null]));
  }

  #procedure(): Procedure {
    const procedure = this.#deps.procedures.get(this.#record.plan.engine);
    assert(procedure !== undefined, `no procedure for the engine of plan ${this.#record.planId}`);
    return procedure;
  }

  /** Steps that failed for a passing reason, once they had their pause; after a restart they had it. */
  #dueAgain(status: RunStatus, nowMs: number): ReadonlySet<string> {
    const due = new Set<string>();
    for (const turn of status.turns) {
      for (const [step, last] of Object.entries(turn.steps)) {
        if (last.state !== 'failed' || last.hold?.releasedBy !== 'automatic') continue;
        const pauseMs = Math.min(againAfterMs * 2 ** (last.attempt - 1), mostPauseMs);
        if (nowMs - (this.#failedAtMs.get(step) ?? Number.NEGATIVE_INFINITY) >= pauseMs) due.add(step);
      }
    }
    return due;
  }
}

function aborted(signal: AbortSignal): Promise<null> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(null), { once: true }));
}
