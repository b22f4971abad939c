import { describe, expect, it } from 'vitest';
import { downtimeBody, orderOf } from './world.ts';
import { bootAndLink, carryOut, makeWorld } from './worlds.ts';

describe('the link', () => {
  it('opens with who is here, what it can do and what is open', async () => {
    const world = makeWorld();
    await bootAndLink(world);
    expect(world.heard[0]).toMatchObject({
      type: 'hello',
      protocol: 2,
      host: 'host-1',
      bootId: 'boot-1',
      os: 'debian:12',
      arch: 'x64',
      instances: [
        {
          instance: 'db-1',
          cluster: 'main',
          engine: 'twin',
          capabilities: ['sql-admin'],
          checks: [...world.driver.checks, 'snapshot-need'],
        },
      ],
      fences: [],
      openOrders: [],
      journalHead: 0,
    });
  });

  it('names a downtime that it ended alone, and its fence, when it comes back (P20)', async () => {
    const world = makeWorld();
    await bootAndLink(world);
    const order = orderOf(downtimeBody());
    world.send(order);
    await world.until(() => world.host.effects.includes('stop db'));
    world.answers = false;
    world.controller?.close('killed');
    await world.until(() => world.journal?.order(order.orderId)?.phase === 'ended');
    world.forgetHeard();
    world.answers = true;
    await world.until(() => world.heard.some(({ type }) => type === 'report'));
    expect(world.heard.find(({ type }) => type === 'hello')).toMatchObject({
      openOrders: [{ orderId: order.orderId, state: 'ended' }],
      fences: [{ cluster: 'main', epoch: 1, writer: 'w-1' }],
    });
  });

  it('repeats a report until it is acknowledged, and then no more', async () => {
    const world = makeWorld();
    await bootAndLink(world);
    world.acknowledges = false;
    const order = orderOf(downtimeBody());
    await carryOut(world, order);
    await world.clock.advance(25_000);
    expect(world.receipts().length).toBeGreaterThan(1);
    world.acknowledges = true;
    await world.until(() => world.journal?.order(order.orderId)?.phase === 'acknowledged');
    const sofar = world.receipts().length;
    await world.clock.advance(60_000);
    expect(world.receipts().length).toBe(sofar);
  });

  it('beats at the pace that the controller names', async () => {
    const world = makeWorld();
    await bootAndLink(world);
    await world.clock.advance(151_000);
    const beats = world.heard.filter(({ type }) => type === 'beat').length;
    expect(beats).toBeGreaterThanOrEqual(9);
    expect(beats).toBeLessThanOrEqual(11);
  });

  it('P21 tells how the instance is every minute, and with the next beat when something changed', async () => {
    const world = makeWorld();
    await bootAndLink(world);
    await world.clock.advance(600_000);
    const reported = () => world.heard.filter(({ type }) => type === 'facts').length;
    expect(reported()).toBeGreaterThanOrEqual(9);
    expect(reported()).toBeLessThanOrEqual(11);
    world.host.crashUnit('db');
    await world.clock.advance(17_000);
    expect(world.heard.findLast(({ type }) => type === 'facts')).toMatchObject({ facts: { inService: false, incarnation: null } });
  });

  it('never starts a database that died outside an order', async () => {
    const world = makeWorld();
    await bootAndLink(world);
    world.host.crashUnit('db');
    await world.clock.advance(600_000);
    expect(world.host.effects).toEqual([]);
    expect(world.host.runs('db')).toBeNull();
  });

  it('comes back after a cut, waiting longer each time that nobody answers', async () => {
    const world = makeWorld();
    await bootAndLink(world);
    world.answers = false;
    world.refusesLinks = true;
    world.controller?.close('cut');
    await world.clock.advance(60_000);
    const tries = world.linkTries;
    expect(tries).toBeGreaterThan(8);
    expect(tries).toBeLessThan(25);
    world.answers = true;
    world.refusesLinks = false;
    world.forgetHeard();
    await world.until(() => world.connected());
  });

  it('P12 dials at once when the host was just enrolled, however long it was to wait', async () => {
    const world = makeWorld();
    world.refusesLinks = true;
    await world.boot();
    await world.clock.advance(60_000);
    world.refusesLinks = false;
    const tries = world.linkTries;
    world.agent?.local.redial();
    await world.clock.advance(0);
    expect([world.linkTries - tries, world.connected()]).toEqual([1, true]);
    // Asked of one that is connected, it changes nothing.
    world.agent?.local.redial();
    await world.clock.advance(60_000);
    expect(world.linkTries - tries).toBe(1);
  });

  it('leaves a controller that does not welcome it', async () => {
    const world = makeWorld();
    world.answers = false;
    await world.boot();
    await world.clock.advance(120_000);
    expect(world.linkTries).toBeGreaterThan(2);
  });

  it('leaves a controller that acknowledges nothing', async () => {
    const world = makeWorld();
    await bootAndLink(world);
    await carryOut(world, orderOf(downtimeBody(), { step: 'first' }));
    const tries = world.linkTries;
    world.acknowledges = false;
    await carryOut(
      world,
      orderOf(downtimeBody({ fromRelease: '16.14-bbb', toRelease: '16.4-aaa', expectVersion: '16.4', mode: 'downgrade' })),
    );
    await world.clock.advance(60_000);
    expect(world.linkTries).toBeGreaterThan(tries);
  });

  it('comes back when the controller said goodbye, and not before', async () => {
    const world = makeWorld();
    await bootAndLink(world);
    const tries = world.linkTries;
    world.controller?.send({ type: 'goodbye', afterMs: 5_000 });
    await world.clock.advance(4_900);
    expect(world.linkTries).toBe(tries);
    await world.clock.advance(1_000);
    expect(world.linkTries).toBe(tries + 1);
  });

  it('12.C17: a goodbye for 1e15 ms keeps it away for minutes', async () => {
    const world = makeWorld();
    await bootAndLink(world);
    const tries = world.linkTries;
    world.controller?.send({ type: 'goodbye', afterMs: 1e15 });
    await world.clock.advance(60_000);
    expect(world.linkTries).toBe(tries);
    await world.clock.advance(5 * 60_000);
    expect(world.linkTries).toBe(tries + 1);
  });

  it.each([
    [1, 10],
    [1e15, 1],
  ])('12.C17: a pace of %d ms is not taken at its word', async (beatMs, least) => {
    const world = makeWorld();
    await bootAndLink(world);
    world.controller?.send({ type: 'welcome', controllerVersion: '0.0.0', writer: 'w-1', beatMs });
    world.forgetHeard();
    await world.clock.advance(beatMs === 1 ? 2_000 : 20 * 60_000);
    const beats = world.heard.filter(({ type }) => type === 'beat').length;
    expect(beats).toBeGreaterThanOrEqual(least);
    expect(beats).toBeLessThanOrEqual(25);
  });

  it('does nothing any more once the agent was stopped, wherever it was waiting', async () => {
    const world = makeWorld();
    await bootAndLink(world);
    world.send(orderOf(downtimeBody()));
    await world.until(() => world.host.effects.includes('stop db'));
    world.agent?.stop();
    const [points, effects] = [world.points.length, [...world.host.effects]];
    await world.clock.advance(600_000);
    expect(world.points.length).toBe(points);
    expect(world.host.effects).toEqual(effects);
  });
});
