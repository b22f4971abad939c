/**
 * Carries runs through. It takes no hint: timer, message and command all end in the same probe, decide, do of the run's actor. Clusters go
 * side by side; one run's work is serialised; what is known only here is lost without harm, because status is a fold over the store.
 */
import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { dayOf } from '../../common/clock.ts';
import type { AdoptionDocument } from '../../common/documents/administration.ts';
import type { RulePackChangeDocument } from '../../common/documents/rules.ts';
import { type Failure, fail, failure, toFailure } from '../../common/failure.ts';
import { wayOutOfBehind } from '../../common/holds.ts';
import { observedTraits, pathDifference } from '../planner/path-drift.ts';
import { planAgain } from '../planner/plan-text.ts';
import type { PlanRecord, RunRecord, StoreTrouble } from '../store/store.ts';
import { Watchers } from '../views/watchers.ts';
import { adoptFleet } from './adopt.ts';
import { FleetAhead } from './adoption.ts';
import { createAgentEvents } from './agent-events.ts';
import { Links, type SequencerDeps } from './connections.ts';
import { restOf } from './decide/soak.ts';
import { loadRun } from './load-run.ts';
import { runIndex } from './run/run-index.ts';
import { initialStatus } from './run/run-machine.ts';
import { foldVersion, isOver } from './run/run-status.ts';
import type { RunCommit } from './run/timeline.ts';
import { RunActor } from './run-actor.ts';

/** What the planner needs of runs; the sequencer gives it. */
export interface RunLedger {
  /** The run of a draft, from its first event on. FailureError(refused, `rules-changed`): the rules would not make this plan any more. */
  open(draft: PlanRecord, runId: () => Promise<string>): Promise<string>;
  /** Approving the same digest twice is success. */
  approve(runId: string, digest: string, actor: string): Promise<void>;
  /** Ends a run that was never started. FailureError(refused): `run-active`, `run-ended`. */
  discard(runId: string, actor: string, reason: string): Promise<void>;
  /** Why no new plan may be made for this cluster (`store-behind-fleet`); null: it may. */
  refusal(cluster: string): Failure | null;
}

export interface Sequencer extends RunLedger {
  /** Takes up all open runs, each under an epoch of its own, and listens to the fleet. Called once, before agents are let in. */
  start(): Promise<void>;
  /** Looks at every active run and does what there is to do. Never rejects: what goes wrong is logged and looked at again. */
  tick(): Promise<void>;
  /** Waits until what is under way is through. */
  stop(): Promise<void>;
  /** The actor of a run, loaded when it is not over; null: no such run. */
  runActor(runId: string): Promise<RunActor | null>;
  /** Lanes of all open runs. */
  runActors(): readonly RunActor[];
  /** The run that is upgraded and rests unfinalized there, and until when it may (null: nothing limits it); null: none does. */
  rest(cluster: string): { readonly run: string; readonly untilMs: number | null } | null;
  /** What agents said of an order that has no end yet. */
  liveState(orderId: string): 'accepted' | 'begun' | null;
  /** Learns from the agents what the fleet did without this store, and may command again. */
  adoptFleet(reason: string, actor: string): Promise<AdoptionDocument>;
  /** Sets open plans against the rules active now; one answer each. */
  reprove(engine: string): Promise<readonly Reproven[]>;
  /** From now on called with every commit of every run, once; for those who count, never for deciding. */
  onCommit(listener: (commit: RunCommit) => void): void;
  readonly watchers: Watchers;
}

type Reproven = RulePackChangeDocument['reproven'][number];

export function createSequencer(deps: SequencerDeps): Sequencer {
  return new LiveSequencer(deps);
}

/** Runs that are looked at without a pause: a few ten milliseconds, so that agents and people have their turn between. */
const tickedAtOnce = 10;

class LiveSequencer implements Sequencer {
  readonly watchers = new Watchers();
  readonly #deps: SequencerDeps;
  readonly #links = new Links();
  readonly #runActors = new Map<string, RunActor>();
  readonly #ahead: FleetAhead;
  readonly #live = new Map<string, 'accepted' | 'begun'>();
  readonly #listeners: ((commit: RunCommit) => void)[] = [];
  #loading: Promise<unknown> = Promise.resolve();
  /** Active runs that cannot be read, with their clusters: what they are doing is unknown. */
  readonly #unreadable = new Map<string, string>();
  #trouble: StoreTrouble | null = null;

  constructor(deps: SequencerDeps) {
    this.#deps = deps;
    this.#ahead = new FleetAhead({ hostOf: (instance) => deps.fleet.hostOf(instance) });
  }

  async start(): Promise<void> {
    const { store, clock, writer, fleet, log } = this.#deps;
    for (const record of await store.runs({ openOnly: true })) {
      const runActor = await this.#readable(record);
      if (runActor?.isActive !== true) continue;
      const { epoch } = await store.claimEpoch(record.cluster, writer, clock.wallMs());
      await runActor.inTurn(() => runActor.advance({ events: [{ type: 'epoch-claimed', epoch, writer }] }));
    }
    const agentEvents = createAgentEvents({
      ...this.#deps,
      links: this.#links,
      watchers: this.watchers,
      live: this.#live,
      ahead: this.#ahead,
      runActors: () => this.runActors(),
      runActor: (runId) => this.runActor(runId),
      probe: (runActor) => this.#safely(runActor, runActor.probeAgain()),
      safely: (runActor, work) => this.#safely(runActor, work),
    });
    fleet.listen(agentEvents);
    log.info({ writer, runs: this.#runActors.size }, 'sequencer started');
  }

  async tick(): Promise<void> {
    for (const runActor of this.runActors()) if (isOver(runActor.status)) this.#forget(runActor.runId);
    if (!(await this.#canWrite())) return;
    const ticks: Promise<void>[] = [];
    for (const [index, runActor] of this.runActors().entries()) {
      if (index % tickedAtOnce === tickedAtOnce - 1) await setImmediate();
      ticks.push(this.#tickOf(runActor));
    }
    await Promise.all(ticks);
  }

  #tickOf(runActor: RunActor): Promise<void> {
    if (runActor.isActive) return this.#safely(runActor, runActor.tick());
    return runActor.isResting ? this.#safely(runActor, runActor.remind()) : this.#approvalHolds(runActor);
  }

  /** One line in the log when the store stops taking writes and one when it takes them again; watchers of runs see the hold come and go. */
  async #canWrite(): Promise<boolean> {
    const { store, log, clock } = this.#deps;
    await store.recheck();
    const [before, now] = [this.#trouble, store.trouble()];
    this.#trouble = now;
    if ((before === null) === (now === null)) return now === null;
    if (now !== null)
      log.error({ file: now.file, freeBytes: now.freeBytes }, `${now.detail}; every active run holds until the store can be written`);
    else if (before !== null)
      log.info({ file: before.file, afterMs: clock.wallMs() - before.sinceMs }, `store ${before.file} can be written again; runs continue`);
    for (const runActor of this.runActors()) this.watchers.changed(runActor.runId);
    return now === null;
  }

  async stop(): Promise<void> {
    await Promise.all(this.runActors().map((runActor) => runActor.inTurn(async () => {})));
  }

  onCommit(listener: (commit: RunCommit) => void): void {
    this.#listeners.push(listener);
  }

  runActors(): readonly RunActor[] {
    return [...this.#runActors.values()];
  }

  /** Loads are one after the other: two callers get the same actor. */
  runActor(runId: string): Promise<RunActor | null> {
    const loaded = this.#loading.then(() => this.#runActors.get(runId) ?? this.#load(runId));
    this.#loading = loaded.catch(() => undefined);
    return loaded;
  }

  rest(cluster: string): { readonly run: string; readonly untilMs: number | null } | null {
    const runActor = this.runActors().find(({ isResting, record }) => isResting && record.plan.cluster === cluster);
    const rest =
      runActor === undefined ? null : restOf({ plan: runActor.record.plan, status: runActor.status, timeline: runActor.timeline });
    return runActor === undefined || rest === null ? null : { run: runActor.runId, untilMs: rest.untilMs };
  }

  liveState(orderId: string): 'accepted' | 'begun' | null {
    return this.#live.get(orderId) ?? null;
  }

  async open(draft: PlanRecord, nextRunId: () => Promise<string>): Promise<string> {
    const { store, clock, fleet, packs, procedures } = this.#deps;
    const { planId, plan, digest, madeAtMs, plannedBy: actor } = draft;
    const view = await fleet.view(plan.cluster);
    const observed = observedTraits(procedures.get(plan.engine), view);
    const difference = pathDifference(plan, view, packs(), dayOf(clock), observed);
    if (difference !== null) throw otherRules(draft, difference);
    const runId = await nextRunId();
    const planMade = { type: 'plan-made', plan: planId, digest, cluster: plan.cluster, actor } as const;
    const status = initialStatus(planMade);
    const folded = { state: status.state, holds: 0, statusJson: JSON.stringify(status), foldVersion };
    const first = { runId, afterSeq: 0, atMs: madeAtMs, events: [planMade], ...folded };
    await store.openRun(planId, first, clock.wallMs());
    return runId;
  }

  async discard(runId: string, actor: string, reason: string): Promise<void> {
    const runActor = await this.runActor(runId);
    assert(runActor !== null, `run ${runId} of a stored plan is not in the store`);
    await runActor.inTurn(async () => {
      const { planId } = runActor.record;
      if (runActor.isActive)
        throw fail('refused', 'run-active', `plan ${planId} is being carried out by run ${runId}: wait for it, or drydock abort ${runId}`);
      if (isOver(runActor.status))
        throw fail(
          'refused',
          'run-ended',
          `plan ${planId} was not discarded: its run ${runId} is ${runActor.status.state}, and ended runs stay listed`,
        );
      const why = `${reason === '' ? '' : `${reason}; `}the plan was discarded before it was started`;
      await runActor.advance({ events: [{ type: 'run-ended', state: 'aborted', reason: why }], actor });
    });
  }

  async approve(runId: string, digest: string, actor: string): Promise<void> {
    const runActor = await this.runActor(runId);
    assert(runActor !== null, `run ${runId} of a stored plan is not in the store`);
    await runActor.inTurn(async () => {
      await refuseOtherRules(this.#deps, runActor);
      // Said twice is said once; a run further on was approved with this very digest.
      if (runActor.status.state === 'draft') await runActor.advance({ events: [{ type: 'approved', digest, actor }] });
      const hop = runActor.isActive ? runIndex(runActor.record.plan, runActor.status).unapprovedHop?.id : undefined;
      if (hop !== undefined) await runActor.advance({ events: [{ type: 'approved', digest, actor, hop }] });
    });
  }

  /** Sets the open plans of an engine against the rules active now: only another result voids an approval or holds a run. */
  async reprove(engine: string): Promise<readonly Reproven[]> {
    const answers: Reproven[] = [];
    for (const record of await this.#deps.store.runs({ openOnly: true })) {
      const runActor = await this.#readable(record);
      if (runActor === null || runActor.record.plan.engine !== engine) continue;
      answers.push(await runActor.inTurn(() => this.#reproveRunActor(runActor)));
    }
    return answers;
  }

  /** A controller that comes up with newer rules of its own voids what they do not allow any more, as an import of them does. */
  async #approvalHolds(runActor: RunActor): Promise<void> {
    if (runActor.status.state === 'approved')
      await this.#safely(
        runActor,
        runActor.inTurn(async () => void (await this.#reproveRunActor(runActor))),
      );
  }

  async #reproveRunActor(runActor: RunActor): Promise<Reproven> {
    const { planId: plan, runId: run } = runActor.record;
    const { cluster } = runActor.record.plan;
    const detail = runActor.rulesChanged(await this.#deps.fleet.view(cluster));
    if (detail === null) return { run, plan, cluster, result: 'same', detail: 'its path is unchanged' };
    if (runActor.status.state === 'approved') await runActor.advance({ events: [{ type: 'approval-voided', reason: detail }] });
    if (!runActor.isActive) return { run, plan, cluster, result: 'approval-voided', detail: `${detail}; plan again` };
    await runActor.advance({ events: [] });
    return { run, plan, cluster, result: 'held', detail };
  }

  async adoptFleet(reason: string, actor: string): Promise<AdoptionDocument> {
    const adopted = await adoptFleet({ ...this.#deps, ahead: this.#ahead, readable: (record) => this.#readable(record) }, reason, actor);
    await this.tick();
    return adopted;
  }

  refusal(cluster: string): Failure | null {
    const detail = this.#ahead.of(cluster);
    return detail === null ? null : failure('refused', 'store-behind-fleet', `${cluster}: ${detail}; ${wayOutOfBehind}`);
  }

  async #load(runId: string): Promise<RunActor | null> {
    const loaded = await loadRun(this.#deps.store, runId);
    if (loaded === null) return null;
    const runActor = new RunActor(
      {
        ...this.#deps,
        links: this.#links,
        watchers: this.watchers,
        committed: (commit) => {
          for (const listener of this.#listeners) listener(commit);
        },
        busyHosts: (asking) => this.#busyHosts(asking),
        behindFleet: (cluster) => this.#ahead.of(cluster),
      },
      loaded.record,
      loaded,
    );
    this.#unreadable.delete(runId);
    if (!isOver(loaded.status)) this.#runActors.set(runId, runActor);
    return runActor;
  }

  /** The actor of an open run. What cannot be read stops that run alone: null, and its cluster's hosts count as taken. */
  async #readable({ runId, cluster, state }: RunRecord): Promise<RunActor | null> {
    try {
      return await this.runActor(runId);
    } catch (thrown) {
      const { code, message } = toFailure(thrown);
      const stack = code === 'unexpected' && thrown instanceof Error ? thrown.stack : undefined;
      this.#deps.log.error({ run: runId, code, stack }, `run ${runId} is not continued: ${message}`);
      if (state === 'active') this.#unreadable.set(runId, cluster);
      return null;
    }
  }

  #forget(runId: string): void {
    this.#runActors.delete(runId);
    this.watchers.forget(runId);
  }

  #busyHosts(asking: string): ReadonlyMap<string, string> {
    const others = this.runActors().filter((runActor) => runActor.runId !== asking);
    const taken = others.flatMap((runActor) =>
      runActor.busyHosts().map((host) => [host, `${runActor.runId} has a disruptive order on ${host}`] as const),
    );
    const unknown = [...this.#unreadable].flatMap(([runId, cluster]) =>
      this.#deps.fleet.nodes(cluster).map(({ host }) => [host, `${runId} cannot be read, so its work on ${host} is unknown`] as const),
    );
    return new Map([...unknown, ...taken]);
  }

  /** An actor whose work failed knows less than the store: it is read again, and the next probe goes on from there. */
  async #safely(runActor: RunActor, work: Promise<void>): Promise<void> {
    try {
      await work;
    } catch (thrown) {
      const { code, message } = toFailure(thrown);
      // Nothing was written and nothing changed here; the tick says it once for all runs.
      if (code === 'store-unwritable') return;
      this.#deps.log.error({ run: runActor.runId, code, stack: thrown instanceof Error ? thrown.stack : undefined }, message);
      this.#runActors.delete(runActor.runId);
      const record = await this.#deps.store.run(runActor.runId);
      if (record !== null) await this.#readable(record);
    }
  }
}

/** A plan that the rules would not make any more is neither approved nor started. Throws FailureError(refused, `rules-changed`). */
export async function refuseOtherRules({ fleet }: Pick<SequencerDeps, 'fleet'>, runActor: RunActor): Promise<void> {
  const { cluster } = runActor.record.plan;
  const difference = runActor.rulesChanged(await fleet.view(cluster));
  if (difference !== null) throw otherRules(runActor.record, difference);
}

function otherRules({ planId, plan }: PlanRecord, difference: string): Error {
  return fail('refused', 'rules-changed', `plan ${planId}: ${difference}; plan again: ${planAgain(plan)}`);
}
