/** Journals whose old orders were removed by retention, and a store that comes back from the time of those orders. */
import { describe, expect, it } from 'vitest';
import type { Journal } from '../../agent/journal/journal.ts';
import type { Store } from '../../controller/store/store.ts';
import type { ControllerProcess } from './controller-process.ts';
import { seededRandom } from './kernel.ts';
import { killPoints } from './kill.ts';
import { mend } from './lost-stores.ts';
import { begin, finish, type Play } from './play.ts';
import { seeds } from './seed.ts';
import type { Defects, World } from './world.ts';

/** A store that believes that it gave and claimed everything: it sends again what it gave and has no end of. */
const unasked = (real: Store): Store => ({ ...real, knowsOrder: async () => true, wasClaimed: async () => true });

/** Where the store has given an order and knows no end of it. */
const isDispatch = /^commit after .*order-dispatched/;
/** In which no agent reaches it: more than epochs were claimed since, so that what it sends is no longer fenced. */
const lives = 6;

interface Story {
  readonly world: World;
  /** Orders that were removed, by what the store of that time still holds open. */
  readonly removed: readonly string[];
  readonly twice: readonly string[];
  readonly refusals: readonly string[];
}

/** A run, a copy of the store in its middle, another run; then journals are pruned, and the copy takes over again and again. */
async function story(
  seed: number,
  defects: Defects,
  isMended: boolean,
): Promise<Story & { readonly mended: Awaited<ReturnType<typeof mend>> | null }> {
  const random = seededRandom(seed * 7_919);
  const begun = new Set<string>();
  const twice: string[] = [];
  const refusals: string[] = [];
  const noting = (journal: Journal): Journal => ({
    ...journal,
    append(orderId, entries) {
      const isBegun = [entries].flat().some((entry) => (entry as { readonly type: string }).type === 'begun');
      if (isBegun && begun.has(orderId)) twice.push(orderId);
      if (isBegun) begun.add(orderId);
      return journal.append(orderId, entries);
    },
  });
  const dispatches = await killPoints({ seed }, ({ program, label }) => program === 'controller' && isDispatch.test(label));
  let copy: ControllerProcess | null = null;
  const options = {
    seed,
    keepOrdersMs: 1_000,
    defects: {
      ...defects,
      journal: (real: Journal) => noting(defects.journal?.(real) ?? real),
      link: (end: Parameters<NonNullable<Defects['link']>>[0]) => ({
        ...{ onMessage: end.onMessage.bind(end), onClose: end.onClose.bind(end), close: end.close.bind(end) },
        send(message: Parameters<typeof end.send>[0]) {
          if (message.type === 'ack' && message.state === 'refused') refusals.push(`${message.failure?.code} ${message.orderId}`);
          end.send(message);
        },
      }),
    },
  };
  const play: Play = await begin(options, ({ world }) => {
    world.points.killAt(dispatches[Math.floor(random() * dispatches.length)]?.index ?? 0, () =>
      world.soon(async () => {
        copy = world.copyOf(world.controller, 'restored');
      }),
    );
  });
  const { world, runId } = play;
  await finish(play);
  await restartAll(world);
  const original = world.controller;
  await lifeOfAgents(world);
  const removed = await removedOf(world, runId);
  original.kill();
  const restored = copy as ControllerProcess | null;
  if (restored === null) throw new Error('the store was not copied');
  const route = world.route;
  world.route = () => null;
  for (let life = 0; life < lives; life += 1) {
    await restored.start();
    restored.kill();
    await restored.bury(false);
  }
  world.route = route;
  await restored.start();
  await world.run(() => false, 60_000);
  const mended = isMended ? await mend(world) : null;
  await world.close();
  return { world, removed, twice, refusals, mended };
}

async function restartAll(world: World): Promise<void> {
  const { plans, runs } = world.controller.controller.operations;
  const ask = { cluster: 'main', toVersion: null, restart: true, canary: null, settleMs: 400, soakMs: 0, downgrade: false } as const;
  const { planId, digest } = await world.through(plans.makePlan(ask, 'ann'));
  await world.through(plans.approvePlan(planId, digest, 'bob'));
  const run = await world.through(runs.startRun(planId, 'ann'));
  await world.run(async () => (await world.controller.store.run(run))?.state === 'done', 600_000);
}

/** A minute after its start an agent looks through its journal. */
async function lifeOfAgents(world: World): Promise<void> {
  for (const agent of world.agents) {
    await agent.bury(false);
    await agent.start();
  }
  await world.run(() => false, 90_000);
}

async function removedOf(world: World, runId: string): Promise<readonly string[]> {
  const places = await world.controller.store.orderPlaces(runId);
  const ids = places.map(({ step, attempt }) => `${runId}/${step}/${attempt}`);
  return ids.filter((id) => world.agents.some(({ journal }) => journal?.removedAtMs(id) !== null));
}

describe('a journal whose old orders were removed', () => {
  it('P3 P5: a store from their time is found to be behind, is told which history is gone, and adopts; another run comes to its end', async () => {
    for (const seed of seeds(810, 2, 20)) {
      const { world, removed, twice, mended } = await story(seed, {}, true);
      expect(removed.length, `seed ${seed}`).toBeGreaterThan(0);
      expect({ broken: world.broken, twice, wasBehind: mended?.wasBehind, nextRun: mended?.nextRun }, `seed ${seed}`).toEqual({
        ...{ broken: [], twice: [], wasBehind: true, nextRun: 'done' },
      });
      expect(mended?.gaps, `seed ${seed}`).toBeGreaterThan(0);
    }
  });

  it('P3: no old order is carried out twice, also where a store that asks for nothing sends it again in a later epoch', async () => {
    let refused = 0;
    for (const seed of seeds(810, 3, 40)) {
      const { twice, refusals, removed } = await story(seed, { store: unasked }, false);
      expect(twice, `seed ${seed}`).toEqual([]);
      const again = refusals.filter((text) => text.startsWith('order-removed '));
      expect(again.every((text) => removed.includes(text.slice('order-removed '.length)))).toBe(true);
      refused += again.length;
    }
    expect(refused).toBeGreaterThan(0);
  });

  it('P3: a journal that forgets the ids with the receipts is caught: it does the same order twice', async () => {
    const forgetful = (real: Journal): Journal => ({ ...real, removedAtMs: () => null });
    const twice: string[] = [];
    for (const seed of seeds(810, 3, 40)) twice.push(...(await story(seed, { store: unasked, journal: forgetful }, false)).twice);
    expect(twice).not.toEqual([]);
  });
});
