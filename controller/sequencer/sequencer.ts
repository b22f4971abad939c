/**
 * Carries runs through. It takes no hint: timer, message and command all end in the same look, decide, do of the run's lane. Clusters go
 * side by side; one run's work is serialised; what is known only here is lost without harm, because status is a fold over the store.
 */
import assert from 'node:assert/strict';
import { canonicalJson } from '../../common/canonical-json.ts';
import { dayOf } from '../../common/clock.ts';
import type { AdoptionDocument } from '../../common/documents/adoption.ts';
import type { RulePackChangeDocument } from '../../common/documents/rules.ts';
import { type Failure, fail, failure, toFailure } from '../../common/failure.ts';
import { wayOutOfBehind } from '../../common/holds.ts';
import { planAgain } from '../planner/goal-words.ts';
import { pathDifference } from '../planner/reproof.ts';
import type { RunLedger } from '../planner/use-cases.ts';
import { readEvents } from '../store/read-events.ts';
import type { PlanRecord, StoreTrouble } from '../store/store.ts';
import { adoptFleet } from './adopt.ts';
import { FleetAhead } from './fleet-ahead.ts';
import { createIntake } from './intake.ts';
import { Lane } from './lane.ts';
import { Links } from './links.ts';
import type { SequencerDeps } from './parts.ts';
import { unapprovedHop } from './progress.ts';
import { foldRun, initialStatus } from './run-machine.ts';
import { isOver } from './run-status.ts';
import { emptyTimeline, nextTimeline } from './timeline.ts';
import { Watchers } from './watchers.ts';

export interface Sequencer extends RunLedger {
  /** Takes up all open runs, each under an epoch of its own, and listens to the fleet. Called once, before agents are let in. */
  start(): Promise<void>;
  /** Looks at every active run and does what there is to do. Never rejects: what goes wrong is logged and looked at again. */
  tick(): Promise<void>;
  /** Waits until what is under way is through. */
  stop(): Promise<void>;
  /** The lane of a run, loaded when it is not over; null: no such run. */
  lane(runId: string): Promise<Lane | null>;
  /** Lanes of all open runs. */
  lanes(): readonly Lane[];
  /** What agents said of an order that has no end yet. */
  liveState(orderId: string): 'accepted' | 'begun' | null;
  /** Learns from the agents what the fleet did without this store, and may command again. */
  adoptFleet(reason: string, actor: string): Promise<AdoptionDocument>;
  /** Sets open plans against the rules in force now; one answer each. */
  reprove(engine: string): Promise<readonly Reproven[]>;
  readonly watchers: Watchers;
}

type Reproven = RulePackChangeDocument['reproven'][number];

export function createSequencer(deps: SequencerDeps): Sequencer {
  return new LiveSequencer(deps);
}

class LiveSequencer implements Sequencer {
  readonly watchers = new Watchers();
  readonly #deps: SequencerDeps;
  readonly #links = new Links();
  readonly #lanes = new Map<string, Lane>();
  readonly #ahead: FleetAhead;
  readonly #live = new Map<string, 'accepted' | 'begun'>();
  #loading: Promise<unknown> = Promise.resolve();
  #trouble: StoreTrouble | null = null;

  constructor(deps: SequencerDeps) {
    this.#deps = deps;
    this.#ahead = new FleetAhead({ hostOf: (instance) => deps.fleet.hostOf(instance) });
  }

  async start(): Promise<void> {
    const { store, clock, writer, fleet, log } = this.#deps;
    for (const record of await store.runs({ openOnly: true })) {
      const lane = await this.lane(record.runId);
      if (lane?.isActive !== true) continue;
      const { epoch } = await store.claimEpoch(record.cluster, writer, clock.wallMs());
      await lane.inTurn(() => lane.advance({ events: [{ type: 'epoch-claimed', epoch, writer }] }));
    }
    const intake = createIntake({
      ...this.#deps,
      links: this.#links,
      watchers: this.watchers,
      live: this.#live,
      ahead: this.#ahead,
      lanes: () => this.lanes(),
      lane: (runId) => this.lane(runId),
      look: (lane) => this.#safely(lane, lane.lookAgain()),
      safely: (lane, work) => this.#safely(lane, work),
    });
    fleet.listen(intake);
    log.info({ writer, runs: this.#lanes.size }, 'sequencer started');
  }

  async tick(): Promise<void> {
    for (const lane of this.lanes()) if (isOver(lane.status)) this.#forget(lane.runId);
    if (!(await this.#canWrite())) return;
    await Promise.all(this.lanes().map((lane) => (lane.isActive ? this.#safely(lane, lane.tick()) : this.#approvalHolds(lane))));
  }

  /** One line in the log when the store stops taking writes and one when it takes them again; watchers of runs see the hold come and go. */
  async #canWrite(): Promise<boolean> {
    const { store, log, clock } = this.#deps;
    await store.recheck();
    const [before, now] = [this.#trouble, store.trouble()];
    this.#trouble = now;
    if ((before === null) === (now === null)) return now === null;
    if (now !== null)
      log.error({ file: now.file, freeBytes: now.freeBytes }, `${now.detail}; every active run holds until it can be written`);
    else if (before !== null)
      log.info({ file: before.file, afterMs: clock.wallMs() - before.sinceMs }, `store ${before.file} can be written again; runs go on`);
    for (const lane of this.lanes()) this.watchers.changed(lane.runId);
    return now === null;
  }

  async stop(): Promise<void> {
    await Promise.all(this.lanes().map((lane) => lane.inTurn(async () => {})));
  }

  lanes(): readonly Lane[] {
    return [...this.#lanes.values()];
  }

  /** Loads are one after the other: two callers get the same lane. */
  lane(runId: string): Promise<Lane | null> {
    const loaded = this.#loading.then(() => this.#lanes.get(runId) ?? this.#load(runId));
    this.#loading = loaded.catch(() => undefined);
    return loaded;
  }

  liveState(orderId: string): 'accepted' | 'begun' | null {
    return this.#live.get(orderId) ?? null;
  }

  async open(draft: PlanRecord, nextRunId: () => Promise<string>): Promise<string> {
    const { store, clock, fleet, packs } = this.#deps;
    const { planId, plan, digest, madeAtMs, plannedBy: actor } = draft;
    const difference = pathDifference(plan, await fleet.view(plan.cluster), packs(), dayOf(clock));
    if (difference !== null) throw otherRules(draft, difference);
    const runId = await nextRunId();
    const planMade = { type: 'plan-made', plan: planId, digest, cluster: plan.cluster, actor } as const;
    const status = initialStatus(planMade);
    const first = { runId, afterSeq: 0, atMs: madeAtMs, events: [planMade], state: status.state, statusJson: JSON.stringify(status) };
    await store.openRun(planId, first, clock.wallMs());
    return runId;
  }

  async discard(runId: string, actor: string, reason: string): Promise<void> {
    const lane = await this.lane(runId);
    assert(lane !== null, `run ${runId} of a stored plan is not in the store`);
    await lane.inTurn(async () => {
      const { planId } = lane.record;
      if (lane.isActive)
        throw fail('refused', 'run-active', `plan ${planId} is carried out by run ${runId}: wait for it, or drydock abort ${runId}`);
      if (isOver(lane.status))
        throw fail(
          'refused',
          'run-ended',
          `plan ${planId} was not discarded: its run ${runId} is ${lane.status.state}, and what has been stays listed`,
        );
      const why = `${reason === '' ? '' : `${reason}; `}the plan was discarded before it was started`;
      await lane.advance({ events: [{ type: 'run-ended', state: 'aborted', reason: why }], actor });
    });
  }

  async approve(runId: string, digest: string, actor: string): Promise<void> {
    const lane = await this.lane(runId);
    assert(lane !== null, `run ${runId} of a stored plan is not in the store`);
    await lane.inTurn(async () => {
      await refuseOtherRules(this.#deps, lane);
      // Said twice is said once; a run further on was approved with this very digest.
      if (lane.status.state === 'draft') await lane.advance({ events: [{ type: 'approved', digest, actor }] });
      const hop = lane.isActive ? unapprovedHop(lane.record.plan, lane.status)?.id : undefined;
      if (hop !== undefined) await lane.advance({ events: [{ type: 'approved', digest, actor, hop }] });
    });
  }

  /** Sets the open plans of an engine against the rules in force now: only another result voids an approval or holds a run. */
  async reprove(engine: string): Promise<readonly Reproven[]> {
    const answers: Reproven[] = [];
    for (const { runId } of await this.#deps.store.runs({ openOnly: true })) {
      const lane = await this.lane(runId);
      if (lane === null || lane.record.plan.engine !== engine) continue;
      answers.push(await lane.inTurn(() => this.#reproveLane(lane)));
    }
    return answers;
  }

  /** A controller that comes up with newer rules of its own voids what they do not allow any more, as an import of them does. */
  async #approvalHolds(lane: Lane): Promise<void> {
    if (lane.status.state === 'approved')
      await this.#safely(
        lane,
        lane.inTurn(async () => void (await this.#reproveLane(lane))),
      );
  }

  async #reproveLane(lane: Lane): Promise<Reproven> {
    const { planId: plan, runId: run } = lane.record;
    const { cluster } = lane.record.plan;
    const detail = lane.rulesChanged(await this.#deps.fleet.view(cluster));
    if (detail === null) return { run, plan, cluster, result: 'same', detail: 'its path is as it was' };
    if (lane.status.state === 'approved') await lane.advance({ events: [{ type: 'approval-voided', reason: detail }] });
    if (!lane.isActive) return { run, plan, cluster, result: 'approval-voided', detail: `${detail}; plan again` };
    await lane.advance({ events: [] });
    return { run, plan, cluster, result: 'held', detail };
  }

  async adoptFleet(reason: string, actor: string): Promise<AdoptionDocument> {
    const adopted = await adoptFleet({ ...this.#deps, ahead: this.#ahead, lane: (runId) => this.lane(runId) }, reason, actor);
    await this.tick();
    return adopted;
  }

  refusal(cluster: string): Failure | null {
    const detail = this.#ahead.of(cluster);
    return detail === null ? null : failure('refused', 'store-behind-fleet', `${cluster}: ${detail}; ${wayOutOfBehind}`);
  }

  /** Status is folded again from the events and compared with what was stored beside them: a difference is a bug, and nothing goes on. */
  async #load(runId: string): Promise<Lane | null> {
    const { store } = this.#deps;
    const run = await store.run(runId);
    if (run === null) return null;
    const record = await store.plan(run.planId);
    assert(record?.runId === runId, `plan ${run.planId} of run ${runId} is not in the store`);
    const events = await readEvents(store, runId);
    const status = foldRun(events.map((event) => event.body));
    assert(
      canonicalJson(status) === canonicalJson(JSON.parse(run.statusJson)),
      `the events of run ${runId} fold to another status than the stored one`,
    );
    const lane = new Lane(
      {
        ...this.#deps,
        links: this.#links,
        watchers: this.watchers,
        busyHosts: (asking) => this.#busyHosts(asking),
        behindFleet: (cluster) => this.#ahead.of(cluster),
      },
      { ...record, runId },
      { status, cursor: run.cursor, timeline: events.reduce(nextTimeline, emptyTimeline) },
    );
    if (!isOver(status)) this.#lanes.set(runId, lane);
    return lane;
  }

  #forget(runId: string): void {
    this.#lanes.delete(runId);
    this.watchers.forget(runId);
  }

  #busyHosts(asking: string): ReadonlyMap<string, string> {
    const others = this.lanes().filter((lane) => lane.runId !== asking);
    return new Map(others.flatMap((lane) => lane.busyHosts().map((host) => [host, lane.runId] as const)));
  }

  /** A lane whose work failed knows less than the store: it is read again, and the next look goes on from there. */
  async #safely(lane: Lane, work: Promise<void>): Promise<void> {
    try {
      await work;
    } catch (thrown) {
      const { code, message } = toFailure(thrown);
      // Nothing was written and nothing changed here; the tick says it once for all runs.
      if (code === 'store-unwritable') return;
      this.#deps.log.error({ run: lane.runId, code, stack: thrown instanceof Error ? thrown.stack : undefined }, message);
      this.#lanes.delete(lane.runId);
      await this.lane(lane.runId).catch(() => undefined);
    }
  }
}

/** A plan that the rules would not make any more is neither approved nor started. Throws FailureError(refused, `rules-changed`). */
export async function refuseOtherRules({ fleet }: Pick<SequencerDeps, 'fleet'>, lane: Lane): Promise<void> {
  const { cluster } = lane.record.plan;
  const difference = lane.rulesChanged(await fleet.view(cluster));
  if (difference !== null) throw otherRules(lane.record, difference);
}

function otherRules({ planId, plan }: PlanRecord, difference: string): Error {
  return fail('refused', 'rules-changed', `plan ${planId}: ${difference}; plan again: ${planAgain(plan)}`);
}
