/** The agent is killed at every port call and every commit of a downtime; the host may reboot at that moment. */
import { describe, expect, it } from 'vitest';
import { downtimeBody, instance, newRelease, oldRelease, orderOf, type World } from './world.ts';
import { carryOut, makeWorld } from './worlds.ts';

interface Play {
  readonly name: string;
  readonly arrange: (world: World) => void;
  readonly outcome: { readonly outcome: string; readonly reverted: boolean };
  readonly release: string;
  /** What takes effect, in this order and no more often, as long as the host itself stays up. */
  readonly effects: readonly string[];
}

const upgrade: Play = {
  name: 'an upgrade',
  arrange: () => {},
  outcome: { outcome: 'done', reverted: false },
  release: newRelease,
  effects: ['stop db', `activate ${newRelease}`, `start db ${newRelease}`],
};
const revert: Play = {
  name: 'a downtime that is rolled back',
  arrange: (world) => world.host.fates.set(newRelease, 'never-ready'),
  outcome: { outcome: 'failed', reverted: true },
  release: oldRelease,
  effects: [...upgrade.effects, 'stop db', `activate ${oldRelease}`, `start db ${oldRelease}`],
};

/** A reboot before the stop: the guard finds the database still starting, and nothing was done that had to be rolled back. */
const untouched = {
  outcome: { outcome: 'refused', reverted: false, downtimeMs: null, failure: { remedy: 'retry' } },
  release: oldRelease,
};

const order = orderOf(downtimeBody(), { deadlineMs: 2_000 });

/** Indices of the port calls that an undisturbed play makes once the order was sent. */
async function killPoints(play: Play, wanted: (name: string) => boolean = () => true): Promise<readonly number[]> {
  const world = makeWorld();
  play.arrange(world);
  await carryOut(world, order);
  await world.until(() => world.journal?.order(order.orderId)?.phase === 'acknowledged');
  const first = world.points.findIndex((point) => point.startsWith('journal before'));
  // Polling asks the same again and again: one of each kind between two commits is enough.
  const seen = new Set<string>();
  return world.points.flatMap((point, index) => {
    if (index < first) return [];
    if (point.startsWith('journal')) seen.clear();
    if (seen.has(point) || !wanted(point)) return [];
    seen.add(point);
    return [index];
  });
}

async function playWithDeath(play: Play, point: number, also?: (world: World) => void): Promise<World> {
  const world = makeWorld();
  play.arrange(world);
  world.killAt(point, () => also?.(world));
  await carryOut(world, order);
  await world.until(() => world.journal?.order(order.orderId)?.phase === 'acknowledged');
  return world;
}

function expectSound(world: World, play: Pick<Play, 'outcome' | 'release'>, where: string): void {
  expect(world.deaths, where).toBe(1);
  expect(world.host.breaches, where).toEqual([]);
  expect(world.receiptOf(order.orderId), where).toMatchObject(play.outcome);
  expect(world.host.folders.get(instance.releasesDir)?.current, where).toBe(play.release);
  expect(world.host.runs('db'), where).toBe(play.release);
  // Every report carries one and the same receipt (P3).
  expect(new Set(world.receipts().map((receipt) => JSON.stringify(receipt))).size, where).toBe(1);
}

interface Rebooted {
  readonly world: World;
  readonly where: string;
  /** A boot started what a downtime had stopped. */
  readonly bootStarted: boolean;
}

/** Plays over, a reboot at each point; played once, for they show more than one promise. */
const rebootsOf = once(async (play: Play): Promise<readonly Rebooted[]> => {
  const reboots: Rebooted[] = [];
  for (const point of await killPoints(play)) {
    let bootStarted = false;
    const world = await playWithDeath(play, point, ({ host, journal }) => {
      const state = journal?.order(order.orderId) ?? null;
      const wasDown = host.runs('db') === null && state?.phase !== 'ended' && state?.phase !== 'acknowledged';
      host.reboot();
      bootStarted = wasDown && host.runs('db') !== null;
    });
    world.close();
    reboots.push({ world, where: `rebooted at ${world.points[point]}`, bootStarted });
  }
  return reboots;
});

function once<T>(make: (play: Play) => Promise<T>): (play: Play) => Promise<T> {
  const made = new Map<Play, Promise<T>>();
  return (play) => {
    const known = made.get(play) ?? make(play);
    made.set(play, known);
    return known;
  };
}

describe.each([upgrade, revert])('$name, the agent killed at every port call and commit', (play) => {
  it('ends as if nothing had happened, and nothing takes effect twice (P3 P4 P7 P18 P20)', async () => {
    const points = await killPoints(play);
    expect(points.length).toBeGreaterThan(30);
    for (const point of points) {
      const world = await playWithDeath(play, point);
      const where = `killed at ${world.points[point]}`;
      expectSound(world, play, where);
      expect(world.host.effects, where).toEqual(play.effects);
      world.close();
    }
  });

  it('ends well when the whole host reboots at that moment (P7 P18 P20)', async () => {
    for (const { world, where } of await rebootsOf(play)) {
      const refused = world.receiptOf(order.orderId)?.outcome === 'refused';
      expectSound(world, refused ? untouched : play, where);
    }
  });

  it('ends well when the database does not come up by itself after a reboot (P18 P20)', async () => {
    for (const point of await killPoints(play, (name) => name.startsWith('journal after'))) {
      let over = false;
      const world = await playWithDeath(play, point, ({ host, journal }) => {
        over = (journal?.reportOf(order.orderId) ?? null) !== null;
        host.autostart = false;
        host.reboot();
      });
      const where = `rebooted at ${world.points[point]}`;
      // A database that dies outside a downtime is never started by us.
      if (over) expect(world.host.runs('db'), where).toBeNull();
      else if (world.receiptOf(order.orderId)?.outcome !== 'refused') expectSound(world, play, where);
      expect(world.host.breaches, where).toEqual([]);
      world.close();
    }
  });

  it('keeps the database down until the agent starts it, however often the host comes up in between (P16)', async () => {
    const reboots = await rebootsOf(play);
    expect(reboots.filter(({ bootStarted }) => bootStarted).map(({ where }) => where)).toEqual([]);
    for (const { world, where } of reboots) expect(world.host.holds.size, where).toBe(0);
  });
});
