/** Stores that are restored, cut short, or forked while the fleet goes on: how it happens, and what a person does about it. */
import { existsSync, readFileSync, rmSync, truncateSync } from 'node:fs';
import { FailureError } from '../../common/failure.ts';
import { initialStatus } from '../../controller/sequencer/run/run-machine.ts';
import type { ControllerProcess } from './controller-process.ts';
import { judgeRun } from './invariants.ts';
import { seededRandom } from './kernel.ts';
import { begin, finish, type Outcome, type Play } from './play.ts';
import { unit } from './postgres.ts';
import type { Played } from './suites.ts';
import { cluster, names, toVersion, type World, type WorldOptions } from './world.ts';

/** `put-back`: at that point the store is as it was before the run, which `restored` is some time after it was copied. */
type Loss = 'put-back' | 'restored' | 'wal-removed' | 'wal-truncated' | 'forked';
const losses: readonly Loss[] = ['restored', 'wal-removed', 'wal-truncated', 'forked'];

/** How long a fork and its origin live side by side, and how often links move between them. */
const bothAliveMs = 60_000;
const linksMoveEveryMs = 7_000;

interface LossPlan {
  readonly loss: Loss;
  /** Kill point at which the files are copied. */
  readonly point: number;
  /** How long the original goes on after that. */
  readonly goesOnMs: number;
}

/** From that point on the fleet meets a controller on another store; `lost` tells when the first one is gone. */
function loseStore(play: Play, { loss, point, goesOnMs }: LossPlan): { readonly lost: () => ControllerProcess | null } {
  const { world } = play;
  let second: ControllerProcess | null = null;
  const before = loss === 'put-back' ? world.copyOf(world.controller, 'put-back') : null;
  world.points.killAt(point, () => {
    if (before !== null) world.controller.kill();
    world.soon(async () => {
      const original = world.controller;
      if (before !== null) {
        await before.start();
        second = before;
      } else if (loss === 'restored') {
        const copy = world.copyOf(original, 'restored');
        world.later(goesOnMs, async () => {
          original.kill();
          await copy.start();
          second = copy;
        });
      } else if (loss === 'forked') {
        const fork = world.copyOf(original, 'fork');
        await fork.start();
        moveLinks(world);
        for (const name of names) world.cutLink(name);
        world.later(bothAliveMs, async () => {
          original.kill();
          second = fork;
        });
      } else
        world.later(goesOnMs, async () => {
          original.kill();
          const cut = world.copyOf(original, 'cut');
          cutWal(world, cut, loss === 'wal-removed');
          await cut.start();
          second = cut;
        });
    });
  });
  return { lost: () => second };
}

/** A log without its end is what a disk that lost writes leaves; SQLite takes what is whole of it. */
function cutWal({ kernel }: World, { file }: ControllerProcess, isRemoved: boolean): void {
  const wal = `${file}-wal`;
  if (!existsSync(wal)) return;
  if (isRemoved) rmSync(wal);
  else truncateSync(wal, kernel.between(0, readFileSync(wal).length));
}

/** Links break now and then, and each time an agent finds one of the living controllers, by seed. */
function moveLinks(world: World): void {
  world.route = () => {
    const alive = world.controllers.filter((each) => each.alive);
    return alive[world.kernel.between(0, alive.length - 1)] ?? null;
  };
  world.kernel.clock.after(linksMoveEveryMs, () => {
    if (world.controllers.filter((each) => each.alive).length < 2) return;
    for (const name of names) if (world.kernel.chance(0.5)) world.cutLink(name);
    moveLinks(world);
  });
}

interface Mended {
  /** The store was behind, and said so in place of healthy. */
  readonly wasBehind: boolean;
  readonly gaps: number;
  /** How a run that was planned afterwards ended; null: the cluster is not fit for one. */
  readonly nextRun: string | null;
}

/** A person sees what the controller says, lets it adopt, brings up by hand what was left stopped, and plans once more. */
export async function mend(world: World): Promise<Mended> {
  const allHeard = () => world.controller.controller.fleet.nodes(cluster).filter(({ connected }) => connected).length === names.length;
  await world.run(() => world.controller.alive && allHeard(), 120_000);
  await settled(world);
  const { operations } = world.controller.controller;
  const known = (await world.controller.store.clusters()).length > 0;
  const before = await world.through(operations.clusters.getCluster(cluster));
  if (before.behind !== null && before.healthy) world.broke(`P15 ${cluster} is called healthy: ${before.behind}`);
  // What a node is cannot be seen while it is down.
  if (!known && !(await adoptNodes(world))) {
    await bringUp(world);
    await settled(world);
    await adoptNodes(world);
  }
  const adoption =
    before.behind === null
      ? null
      : await world.through(operations.adoption.adoptFleet('the disk was lost', 'ann')).catch(refusedOnly(world));
  const gaps = adoption?.clusters.flatMap((each) => each.gaps).length ?? 0;
  await bringUp(world);
  await settled(world);
  return { wasBehind: before.behind !== null, gaps, nextRun: await runAgain(world) };
}

const settled = (world: World): Promise<boolean> => world.run(() => false, 5_000);

const refusedOnly =
  (world: World) =>
  (thrown: unknown): null => {
    if (!(thrown instanceof FailureError)) world.broke(`a person is told ${String(thrown)}`);
    return null;
  };

async function adoptNodes(world: World): Promise<boolean> {
  const { clusters } = world.controller.controller.operations;
  const asked = clusters.adoptCluster({ cluster, members: names.length, reason: '', fewerThanSeen: false }, 'ann');
  return (await world.through(asked.then(() => true)).catch(refusedOnly(world))) ?? false;
}

async function bringUp(world: World): Promise<void> {
  for (const { name, host } of world.postgres.servers) {
    if (host.holds.has(unit)) await world.agent(name).local?.release(name, 'ann').catch(refusedOnly(world));
    if (host.serves(unit) === null && !host.holds.has(unit)) host.startByHand(unit);
  }
  await settled(world);
  await promoteOne(world);
}

/** A handover that was cut off leaves standbys alone: a person promotes the one that is named. */
async function promoteOne(world: World): Promise<void> {
  const known = (await world.controller.store.clusters()).length > 0;
  if (world.postgres.writable.length > 0 || !known) return;
  const { problems } = await world.through(world.controller.controller.operations.clusters.getCluster(cluster));
  const advice = problems
    .map(({ detail }) => /; promote (\S+), which has the most WAL/.exec(detail)?.[1])
    .find((name) => name !== undefined);
  if (advice === undefined) return world.broke(`P17 no member of ${cluster} leads, and it is not said which one to promote`);
  world.postgres.promote(world.postgres.server(advice));
}

/** A restart of every node; where they are not level, what is said in place of it: the upgrade of those that are behind. */
async function runAgain(world: World): Promise<string | null> {
  const { operations } = world.controller.controller;
  for (const run of (await operations.runs.openRuns()).runs)
    if (run.state === 'active') {
      await operations.runs.abortRun(run.run, 'another plan', 'ann').catch(refusedOnly(world));
      await world.run(async () => (await world.controller.store.run(run.run))?.state !== 'active', 120_000);
    }
  if ((await world.controller.store.releases('postgresql')).length === 0) await world.addRelease();
  const ask = { cluster, canary: null, settleMs: 400, soakMs: 0, downgrade: false } as const;
  const plan = (goal: { readonly toVersion: string | null; readonly restart: boolean }) =>
    world.through(operations.plans.makePlan({ ...ask, ...goal }, 'ann')).catch(refusedOnly(world));
  const made = (await plan({ toVersion: null, restart: true })) ?? (await plan({ toVersion, restart: false }));
  if (made === null) return null;
  await world.through(operations.plans.approvePlan(made.planId, made.digest, 'bob'));
  const started = await world.through(operations.runs.startRun(made.planId, 'ann')).catch(refusedOnly(world));
  if (started === null) return null;
  const state = async () => (await world.controller.store.run(started))?.state ?? 'none';
  await world.run(async () => (await state()) !== 'active', 3_600_000);
  return state();
}

interface Lived {
  readonly play: Play;
  readonly outcome: Outcome;
  readonly broken: readonly string[];
  readonly mended: Mended;
}

/** A run in which the store is lost; then what a person makes of it. */
export async function live(options: WorldOptions, plan: LossPlan): Promise<Lived> {
  let lost: () => unknown = () => null;
  const play = await begin(options, (begun) => {
    lost = loseStore(begun, plan).lost;
  });
  const { world, runId } = play;
  await world.run(() => lost() !== null, 300_000);
  await world.run(async () => !waitsToStart(await stateOf(world, runId)), startLimitMs);
  const outcome = waitsToStart(await stateOf(world, runId)) ? null : await finish(play);
  if (outcome !== null) judgeRun(play, outcome);
  const mended = await mend(world);
  await world.close();
  return { play, outcome: outcome ?? unheardOf(play), broken: world.broken, mended };
}

/** The person asks again every few seconds; a store that is behind refuses for good. */
const startLimitMs = 60_000;

const stateOf = async ({ controller }: World, runId: string): Promise<string | null> => (await controller.store.run(runId))?.state ?? null;
const waitsToStart = (state: string | null): boolean => state === null || state === 'draft' || state === 'approved';

/** The store that is left was never given the run, or does not begin it. */
const unheardOf = ({ plan, runId }: Play): Outcome => ({
  status: initialStatus({ type: 'plan-made', plan: runId, digest: '', cluster: plan.cluster, actor: '' }),
  events: [],
  printed: null,
});

/** Points that a run passes in fair weather, about: a store is lost in any part of it. */
const pointsOfARun = 2_400;

/** How, when and for how long, by seed. */
function lossOf(seed: number): LossPlan {
  const random = seededRandom(seed * 104_729);
  const loss = losses[seed % losses.length] ?? 'restored';
  return { loss, point: Math.floor(random() * pointsOfARun), goesOnMs: Math.floor(200 + random() ** 2 * 60_000) };
}

/** Where the cluster is fit for another run at all, it comes to its end. */
export async function playLostStore(seed: number): Promise<Played> {
  const plan = lossOf(seed);
  const { play, outcome, broken, mended } = await live({ seed, primary: seed % 3 === 0 ? 'restart' : 'switchover' }, plan);
  return { ended: { play, outcome, broken }, deaths: [{ point: plan.point, how: 'nobody' }], isRight: mended.nextRun === 'done' };
}
