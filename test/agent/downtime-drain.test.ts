/** The part `drain` of a downtime: takes an instance out of service in order, once its guards hold; only a start undoes it. */
import { describe, expect, it } from 'vitest';
import { failure } from '../../common/failure.ts';
import { downtimeBody, instance, newRelease, oldRelease, orderOf, type World } from './world.ts';
import { carryOut, makeWorld } from './worlds.ts';

const draining = (onFailure: 'revert' | 'leave-stopped' = 'revert') =>
  orderOf(downtimeBody({ parts: ['drain', 'stop', 'activate', 'start'], onFailure }));
const refusesToDrain = (world: World): void => {
  world.driver.drainFails = () => failure('failed', 'drain-failed', 'it does not drain');
};

describe('a downtime that drains', () => {
  it('P16: drains once the unit is held and the guards hold, then stops; its downtime counts from the drain', async () => {
    const world = makeWorld();
    const held: boolean[] = [];
    world.driver.drainFails = () => {
      held.push(world.host.holds.has(instance.unit));
      return null;
    };
    const receipt = await carryOut(world, draining());
    expect(receipt).toMatchObject({ outcome: 'done', facts: { inService: true, version: { running: '16.14' } } });
    expect(receipt.parts.map(({ part }) => part)).toEqual(['drain', 'stop', 'activate', 'start']);
    expect(held).toEqual([true]);
    expect(world.points.indexOf('driver before check')).toBeLessThan(world.points.indexOf('driver before drain'));
    expect(receipt.downtimeMs).toBeGreaterThanOrEqual(world.host.stopMs + world.host.startMs);
  });

  it('touches nothing where a guard refuses', async () => {
    const world = makeWorld();
    world.driver.answers.set('in-service', false);
    expect(await carryOut(world, draining())).toMatchObject({ outcome: 'refused', facts: { inService: true } });
    expect(world.points).not.toContain('driver before drain');
  });

  it('P20: a drain that fails is rolled back by a stop and a start of what ran before', async () => {
    const world = makeWorld();
    refusesToDrain(world);
    const receipt = await carryOut(world, draining());
    expect(receipt).toMatchObject({ outcome: 'failed', reverted: true, failure: { cause: { code: 'drain-failed' } } });
    expect(receipt.parts.map(({ part }) => part)).toEqual(['drain', 'revert stop', 'revert start']);
    expect(receipt.facts).toMatchObject({ inService: true, release: { current: oldRelease } });
  });

  it('a drain that fails leaves it stopped where the order says so, never drained and running', async () => {
    const world = makeWorld();
    refusesToDrain(world);
    expect(await carryOut(world, draining('leave-stopped'))).toMatchObject({ outcome: 'failed', reverted: false });
    expect(world.host.runs(instance.unit)).toBeNull();
  });

  it('P18: killed at any point, the agent brings it to the same end', async () => {
    const whole = makeWorld();
    await carryOut(whole, draining());
    const from = whole.points.indexOf('driver before drain');
    for (let at = from; at < from + 8; at += 1) {
      const world = makeWorld();
      world.killAt(at);
      expect(await carryOut(world, draining()), whole.points[at]).toMatchObject({ outcome: 'done' });
      expect([world.deaths, world.host.runs(instance.unit)]).toEqual([1, newRelease]);
    }
  });

  it('is no downtime without a stop', async () => {
    const world = makeWorld();
    await carryOut(world, draining());
    world.send(orderOf(downtimeBody({ parts: ['drain', 'activate', 'start'] }), { attempt: 2 }));
    await world.until(() => world.refusals().length > 0);
    expect(world.refusals()).toEqual(['bad-order']);
  });
});
