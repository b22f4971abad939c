/** P16: from its stop until its downtime order ends, only the agent starts the database. */
import { describe, expect, it } from 'vitest';
import type { Order } from '../../common/orders.ts';
import { downtimeBody, instance, newRelease, oldRelease, orderOf, type World } from './world.ts';
import { bootAndLink, carryOut, makeWorld } from './worlds.ts';

const isHeld = (world: World) => world.host.holds.has(instance.unit);
const leaveStopped = () => orderOf(downtimeBody({ mode: 'normal', parts: ['quiesce', 'stop'], toRelease: oldRelease }), { step: 'p.stop' });
const startAgain = (more: Partial<Order> = {}) =>
  orderOf(downtimeBody({ parts: ['activate', 'start'] }), { step: 'p.start', guards: [], ...more });

/** Sends the order and resolves when the database has been stopped. */
async function untilStopped(world: World, order: Order): Promise<void> {
  await bootAndLink(world);
  world.send(order);
  await world.until(() => world.host.effects.includes('stop db'));
}

async function restartAgent(world: World): Promise<void> {
  world.restart();
  world.forgetHeard();
  await bootAndLink(world);
}

describe('the start lock (P16)', () => {
  it('P16 refuses a downtime before anything is touched when whoever runs the unit would not honour a hold', async () => {
    const world = makeWorld();
    world.host.fenceless = true;
    const receipt = await carryOut(world, orderOf(downtimeBody()));
    expect(receipt).toMatchObject({ outcome: 'refused', failure: { code: 'no-start-lock' }, downtimeMs: null });
    expect(world.host.effects).toEqual([]);
    expect(world.driver.quiesced).toBe(0);
    expect(isHeld(world)).toBe(false);
  });

  it('P16 holds from the stop on, a start by hand is refused, and afterwards anybody may start again', async () => {
    const world = makeWorld();
    const order = orderOf(downtimeBody());
    await untilStopped(world, order);
    expect(() => world.host.startByHand('db')).toThrow(/held/);
    await world.until(() => world.receiptOf(order.orderId) !== undefined);
    expect(isHeld(world)).toBe(false);
    world.host.crashUnit('db');
    world.host.startByHand('db');
    expect(world.host.runs('db')).toBe(newRelease);
  });

  it.each([
    ['was rolled back', 'revert' as const, 'exits-at-start' as const],
    ['left the database stopped', 'leave-stopped' as const, 'never-ready' as const],
  ])('P16 lets go at the end of a downtime that %s', async (_how, onFailure, fate) => {
    const world = makeWorld();
    world.host.fates.set(newRelease, fate);
    const receipt = await carryOut(world, orderOf(downtimeBody({ onFailure }), { deadlineMs: 5_000 }));
    expect(receipt.outcome).toBe('failed');
    expect(isHeld(world)).toBe(false);
  });

  it('P16 keeps the database down over a reboot between stop and start, until the agent starts it', async () => {
    const undisturbed = makeWorld();
    await carryOut(undisturbed, orderOf(downtimeBody()));
    const world = makeWorld();
    const seen: unknown[] = [];
    world.killAt(undisturbed.points.indexOf(`host before activateRelease ${newRelease}`), () => {
      world.host.reboot();
      expect(() => world.host.startByHand('db')).toThrow(/held/);
      seen.push(world.host.runs('db'));
    });
    expect((await carryOut(world, orderOf(downtimeBody()))).outcome).toBe('done');
    expect(seen).toEqual([null]);
    expect(world.host.effects).toEqual(['stop db', 'reboot', `activate ${newRelease}`, `start db ${newRelease}`]);
  });

  it('P16 keeps the hold of a downtime without a start, over restart and reboot, until the next downtime has started it', async () => {
    const world = makeWorld();
    expect((await carryOut(world, leaveStopped())).outcome).toBe('done');
    await restartAgent(world);
    world.host.reboot();
    await restartAgent(world);
    expect(isHeld(world)).toBe(true);
    expect(world.host.runs('db')).toBeNull();
    const receipt = await carryOut(world, startAgain());
    expect(receipt).toMatchObject({ outcome: 'done', facts: { version: { running: '16.14' } } });
    expect(isHeld(world)).toBe(false);
    expect(world.host.effects).toEqual(['stop db', 'reboot', `activate ${newRelease}`, `start db ${newRelease}`]);
  });

  it('P7 P18 takes a stop that others build on back when the database was killed in it: it recovers by its own start', async () => {
    const world = makeWorld();
    const order = leaveStopped();
    await bootAndLink(world);
    world.send(order);
    await world.until(() => world.points.includes('host before stopUnit db'));
    world.host.crashUnit('db');
    await world.until(() => world.receiptOf(order.orderId) !== undefined);
    expect(world.receiptOf(order.orderId)).toMatchObject({
      outcome: 'failed',
      reverted: true,
      failure: { code: 'downtime-reverted', cause: { code: 'not-shut-down' } },
      facts: { version: { running: '16.4' } },
    });
    expect(world.host.effects).toEqual([`start db ${oldRelease}`]);
    expect(isHeld(world)).toBe(false);
  });

  it('P22 takes a stop of what does not run as done: a start that failed before cannot end in order any more', async () => {
    const world = makeWorld();
    world.host.fates.set(newRelease, 'exits-at-start');
    await carryOut(world, leaveStopped());
    const failed = await carryOut(world, startAgain({ body: downtimeBody({ parts: ['activate', 'start'], onFailure: 'leave-stopped' }) }));
    expect(failed).toMatchObject({ outcome: 'failed', reverted: false });
    const again = orderOf(downtimeBody({ parts: ['stop'], fromRelease: newRelease, onFailure: 'leave-stopped' }), {
      step: 'undo.stop',
      guards: [],
    });
    expect(await carryOut(world, again)).toMatchObject({ outcome: 'done' });
    expect(world.host.runs('db')).toBeNull();
  });

  it('P16 keeps that hold when the next downtime is refused before it took anything', async () => {
    const world = makeWorld();
    await carryOut(world, leaveStopped());
    const refused = startAgain({ attempt: 2, body: downtimeBody({ parts: ['activate', 'start'], toRelease: '16.15-ccc' }) });
    expect((await carryOut(world, refused)).outcome).toBe('refused');
    await restartAgent(world);
    expect(isHeld(world)).toBe(true);
  });

  it('P16 lets go, when the agent starts, of a hold that no order wants', async () => {
    const world = makeWorld();
    await carryOut(world, orderOf(downtimeBody()));
    world.host.holds.add('db');
    world.host.holds.add('of-an-instance-that-was-removed');
    await restartAgent(world);
    expect([...world.host.holds]).toEqual([]);
  });

  it('P16 lets go when a person releases a downtime, under way or left stopped', async () => {
    const world = makeWorld();
    const underWay = orderOf(downtimeBody());
    await untilStopped(world, underWay);
    expect((await world.agent?.local.status())?.instances).toMatchObject([{ held: true }]);
    await world.agent?.local.release(underWay.orderId, 'root');
    world.host.startByHand('db');
    expect(world.host.runs('db')).not.toBeNull();

    const stopped = makeWorld();
    await carryOut(stopped, leaveStopped());
    expect(await stopped.agent?.local.release('r-1/p.stop/1', 'root')).toMatchObject({ receipt: { outcome: 'done' } });
    stopped.host.startByHand('db');
    await expect(stopped.agent?.local.release('r-1/p.stop/1', 'root')).rejects.toThrow(/not under way/);
  });

  it('P16 takes the hold for a downtime that a person ordered on the host', async () => {
    const world = makeWorld();
    await carryOut(world, orderOf(downtimeBody()));
    const reverted = world.agent?.local.revert('db-1', 'root');
    await world.until(() => world.host.effects.filter((effect) => effect === 'stop db').length === 2);
    expect(isHeld(world)).toBe(true);
    await world.until(() => world.host.serves('db') === oldRelease);
    await world.clock.advance(1_000);
    expect((await reverted)?.receipt?.outcome).toBe('done');
    expect(isHeld(world)).toBe(false);
  });

  it('starts nothing new under a database that somebody brought back between the halves of a handover (P7)', async () => {
    const world = makeWorld();
    await carryOut(world, leaveStopped());
    await world.agent?.local.release('r-1/p.stop/1', 'root');
    world.host.startByHand('db');
    expect(await carryOut(world, startAgain())).toMatchObject({ outcome: 'refused', failure: { code: 'still-running' } });
    expect(world.host.runs('db')).toBe(oldRelease);
    expect(world.host.breaches).toEqual([]);
  });

  it('starts again in place what another order left stopped', async () => {
    const world = makeWorld();
    await carryOut(world, leaveStopped());
    const inPlace = downtimeBody({ mode: 'normal', parts: ['start'], toRelease: oldRelease, expectVersion: '16.4' });
    expect((await carryOut(world, startAgain({ body: inPlace }))).outcome).toBe('done');
    expect(world.host.effects).toEqual(['stop db', `start db ${oldRelease}`]);
    expect(isHeld(world)).toBe(false);
  });
});
