/** A verb of the driver as the last part of a downtime that leaves its instance stopped: 13.9, the fence of a switchover. */
import { describe, expect, it } from 'vitest';
import { failure } from '../../common/failure.ts';
import type { Order } from '../../common/orders.ts';
import { downtimeBody, instance, oldRelease, orderOf, type World } from './world.ts';
import { bootAndLink, carryOut, makeWorld } from './worlds.ts';

const act = { verb: 'recount', args: { of: ['a'], times: 2 } };
const call = { ...act, token: null };
const stopAndAct = (more: Partial<Order> = {}) =>
  orderOf(downtimeBody({ mode: 'normal', parts: ['quiesce', 'stop', 'act'], act, toRelease: oldRelease }), { deadlineMs: 2_000, ...more });
const startAgain = () =>
  orderOf(downtimeBody({ mode: 'normal', parts: ['activate', 'start'], toRelease: oldRelease, expectVersion: '16.4' }), {
    step: 'start',
    guards: [],
  });

const isHeld = (world: World) => world.host.holds.has(instance.unit);

/** Its verb tells a token, and is only done while the unit is stopped and held. */
function makeActing(): World {
  const world = makeWorld();
  world.driver.verbToken = '0/42';
  world.driver.verbFails = () => {
    expect([world.host.runs('db'), isHeld(world)]).toEqual([null, true]);
    return null;
  };
  return world;
}

describe('a downtime that does a verb last', () => {
  it('13.9: does it once its instance is stopped and held, and its receipt has the token', async () => {
    const world = makeActing();
    const receipt = await carryOut(world, stopAndAct());
    expect(receipt).toMatchObject({ outcome: 'done', token: '0/42', after: null });
    expect(receipt.parts.map(({ part }) => part)).toEqual(['quiesce', 'stop', 'act']);
    expect(world.driver.acted).toEqual([call]);
    expect(isHeld(world)).toBe(true);
    expect(await carryOut(world, startAgain())).toMatchObject({ outcome: 'done' });
    expect(isHeld(world)).toBe(false);
  });

  it('does it not where a guard refuses, nor where the stop fails, which is rolled back as ever', async () => {
    const refusing = makeActing();
    refusing.driver.answers.set('in-service', false);
    expect(await carryOut(refusing, stopAndAct())).toMatchObject({ outcome: 'refused' });
    const failing = makeActing();
    await bootAndLink(failing);
    const order = stopAndAct();
    failing.send(order);
    await failing.until(() => failing.points.includes('host before stopUnit db'));
    failing.host.crashUnit('db');
    await failing.until(() => failing.receiptOf(order.orderId) !== undefined);
    expect(failing.receiptOf(order.orderId)).toMatchObject({ outcome: 'failed', reverted: true });
    expect(failing.host.runs('db')).toBe(oldRelease);
    expect([...refusing.driver.acted, ...failing.driver.acted]).toEqual([]);
  });

  describe('that fails', () => {
    async function failed(): Promise<World> {
      const world = makeWorld();
      world.driver.verbToken = '0/42';
      world.driver.verbFails = () => failure('refused', 'no', 'db-1: the verb does not like it');
      const receipt = await carryOut(world, stopAndAct());
      expect(receipt).toMatchObject({
        outcome: 'failed',
        reverted: false,
        after: null,
        failure: { code: 'left-stopped', cause: { code: 'no' } },
      });
      expect(receipt.token).toBeUndefined();
      expect(receipt.failure?.message).toBe(
        'db-1: stopped, but recount failed; it stays stopped with its start lock until the step is retried or rolled back',
      );
      world.driver.verbFails = () => null;
      // Nothing answers, so nothing of a running database can be told.
      world.driver.answers.set('in-service', null);
      return world;
    }

    it('P16 starts nothing, and keeps the unit held over a restart and a reboot', async () => {
      const world = await failed();
      world.restart();
      world.forgetHeard();
      await bootAndLink(world);
      world.host.reboot();
      expect([world.host.runs('db'), isHeld(world)]).toEqual([null, true]);
      expect(world.host.effects).toEqual(['stop db', 'reboot']);
    });

    it('P3 is done by the next attempt, though no guard of a running database can be answered', async () => {
      const world = await failed();
      expect(await carryOut(world, stopAndAct({ attempt: 2 }))).toMatchObject({ outcome: 'done', token: '0/42' });
      expect(world.driver.acted).toEqual([call]);
    });

    it('is let go by the downtime that starts it again', async () => {
      const world = await failed();
      world.driver.answers.clear();
      expect(await carryOut(world, startAgain())).toMatchObject({ outcome: 'done' });
      expect([world.host.runs('db'), isHeld(world)]).toEqual([oldRelease, false]);
    });

    it('is done again in the same order where that may help', async () => {
      const world = makeWorld();
      let times = 0;
      world.driver.verbFails = () => (++times < 3 ? failure('unreachable', 'away', 'db-1: not now', { remedy: 'retry' }) : null);
      expect(await carryOut(world, stopAndAct())).toMatchObject({ outcome: 'done' });
      expect([times, world.host.effects]).toEqual([3, ['stop db']]);
    });
  });

  it('P20 is ended by the agent alone, killed at every port call and commit from its hold on: one receipt, with the token (P3 P16)', async () => {
    const undisturbed = makeActing();
    await carryOut(undisturbed, stopAndAct());
    const first = undisturbed.points.indexOf('host before lockUnit db');
    // The same call again between two commits is the same moment.
    let seen = new Set<string>();
    const points = undisturbed.points.flatMap((point, index) => {
      if (point.startsWith('journal')) seen = new Set();
      if (index < first || seen.has(point)) return [];
      seen.add(point);
      return [index];
    });
    expect(points.length).toBeGreaterThan(20);
    for (const reboots of [false, true])
      for (const point of points) {
        const world = makeActing();
        world.killAt(point, () => reboots && world.host.reboot());
        const receipt = await carryOut(world, stopAndAct());
        const where = `${reboots ? 'rebooted' : 'killed'} at ${world.points[point]}`;
        // Rebooted before its stop it was killed instead: either its guard refuses, or it is brought up again to recover, and no verb was done.
        const stands = receipt.outcome === 'refused' || receipt.reverted;
        if (!reboots) expect(stands, where).toBe(false);
        if (!stands) expect(receipt, where).toMatchObject({ outcome: 'done', token: '0/42' });
        if (stands) expect([receipt.token, world.driver.acted], where).toEqual([undefined, []]);
        expect([world.host.runs('db'), isHeld(world)], where).toEqual(stands ? [oldRelease, false] : [null, true]);
        expect(new Set(world.receipts().map((each) => JSON.stringify(each))).size, where).toBe(1);
        expect(world.host.breaches, where).toEqual([]);
        world.close();
      }
  });
});
