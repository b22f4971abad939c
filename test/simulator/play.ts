/** A whole upgrade in a world: adopt, add the release, plan, approve, run, and follow it until it is over or waits for a person. */
import type { RunDocument } from '../../common/documents/runs.ts';
import type { RunEvent, StoredEvent } from '../../common/events.ts';
import { FailureError } from '../../common/failure.ts';
import type { Plan } from '../../common/plan.ts';
import { foldRun, nextStatus } from '../../controller/sequencer/run/run-machine.ts';
import type { RunStatus } from '../../controller/sequencer/run/run-status.ts';
import { readEvents } from '../../controller/store/run-appends.ts';
import type { Store } from '../../controller/store/store.ts';
import { judgeRun } from './invariants.ts';
import type { SimWorld } from './sim-world.ts';
import { cluster, names, toVersion, World, type WorldOptions } from './world.ts';

export interface Play<W extends SimWorld = World> {
  readonly world: W;
  readonly runId: string;
  readonly plan: Plan;
}

export interface Outcome {
  readonly status: RunStatus;
  readonly events: readonly StoredEvent[];
  /** What a person is shown of it; null: no controller is there to tell. */
  readonly printed: RunDocument | null;
}

const longestRunMs = 3 * 3_600_000;
/** A hold for a person that has stood for so long with nothing under way will not go by itself. */
const patienceMs = 120_000;

/** Up to the moment at which the run begins; kill points count from there. */
export async function begin(options: WorldOptions, arrange: (play: Play) => void = () => {}): Promise<Play> {
  const world = new World(options);
  await world.boot();
  const { operations } = world.controller.controller;
  await world.through(operations.clusters.adoptCluster({ cluster, members: names.length, reason: '', fewerThanSeen: false }, 'ann'));
  await world.addRelease();
  const request = { cluster, toVersion, canary: null, settleMs: 400, soakMs: 0, downgrade: false, primary: options.primary ?? null };
  const { planId, digest, json } = await world.through(operations.plans.makePlan(request, 'ann'));
  const { runId } = await world.through(operations.plans.approvePlan(planId, digest, 'bob'));
  const play = { world, runId, plan: JSON.parse(json) as Plan };
  arrange(play);
  world.weather = options.weather ?? world.weather;
  world.points.counting = true;
  world.soon(() => sayStart(play, planId));
  return play;
}

const sayAgainMs = 3_000;

/** A person who got no answer, or was told to wait for an agent, looks and says it again. */
export async function sayStart(play: Play<SimWorld>, planId: string): Promise<void> {
  const { world, runId } = play;
  const state = world.controller.alive ? (await statusOf(world, runId))?.state : null;
  if (state !== null && state !== 'approved') return;
  world.later(sayAgainMs, () => sayStart(play, planId));
  if (state === null) return;
  const asked = world.controller.controller.operations.runs.startRun(planId, 'ann');
  asked.catch((thrown: unknown) => {
    if (!(thrown instanceof FailureError)) world.broke(`the run was refused: ${String(thrown)}`);
  });
}

/** Lets the run go to its end, or until only a person can release it. */
export async function finish(play: Play): Promise<Outcome> {
  const { world, runId } = play;
  let waitsSinceMs: number | null = null;
  let status: RunStatus | null = null;
  let readAt = -1;
  await world.run(async () => {
    const { controller } = world;
    if (!controller.alive || world.agents.some((agent) => !agent.alive)) return false;
    if (controller.commits !== readAt) status = await statusOf(world, runId);
    readAt = controller.commits;
    if (status === null) return false;
    if (!['draft', 'approved', 'active'].includes(status.state)) return reportsAreOver(world);
    const waits = status.state === 'active' && status.holds.some((hold) => hold.releasedBy === 'person');
    waitsSinceMs = waits ? (waitsSinceMs ?? world.kernel.nowMs) : null;
    return waitsSinceMs !== null && world.kernel.nowMs - waitsSinceMs > patienceMs;
  }, longestRunMs);
  return outcomeOf(play);
}

/** The log is folded as a whole here, whatever was known of it on the way. */
export async function outcomeOf({ world, runId }: Play<SimWorld>): Promise<Outcome> {
  const events = (await readEvents(world.controller.store, runId)) as readonly StoredEvent<RunEvent>[];
  if (events.length === 0) throw new Error(`run $ not found{runId}`);
  const status = foldRun(events.map(({ body }) => body));
  const printed = world.controller.alive ? await world.controller.controller.operations.runs.getRun(runId) : null;
  return { status, events, printed };
}

/** Up to where the log of a run was folded. */
interface Folded {
  readonly seq: number;
  readonly status: RunStatus;
}

/** By store, as it was opened: as long as it is open, a log only grows. */
const folded = new WeakMap<Store, Map<string, Folded>>();
const page = 500;

/** null: there is no such run. Asked after each commit, so that only what is new in the log is read. */
export async function statusOf(world: SimWorld, runId: string): Promise<RunStatus | null> {
  const { store } = world.controller;
  const ofStore = folded.get(store) ?? new Map<string, Folded>();
  folded.set(store, ofStore);
  let known = ofStore.get(runId);
  if (known === undefined && (await store.run(runId)) === null) return null;
  for (let isRest = true; isRest; ) {
    const more = (await store.events(runId, known?.seq ?? 0, page)) as readonly StoredEvent<RunEvent>[];
    const bodies = more.map(({ body }) => body);
    const last = more.at(-1);
    if (last !== undefined)
      known = { seq: last.seq, status: known === undefined ? foldRun(bodies) : bodies.reduce(nextStatus, known.status) };
    isRest = more.length === page;
  }
  if (known === undefined) return null;
  ofStore.set(runId, known);
  return known.status;
}

export function reportsAreOver(world: SimWorld): boolean {
  return world.agents.every(
    ({ journal }) => journal !== null && journal.pendingReports().length === 0 && journal.openOrders().length === 0,
  );
}

/** Ends the world and returns every promise that was broken in it. */
export async function end(play: Play, outcome: Outcome): Promise<readonly string[]> {
  judgeRun(play, outcome);
  await play.world.close();
  return play.world.broken;
}
