import { describe, expect, it } from 'vitest';
import type { OrderBody } from '../../common/orders.ts';
import { orderOf } from './world.ts';
import { bootAndLink, carryOut, makeWorld } from './worlds.ts';

const observe: OrderBody = { kind: 'observe', checks: ['in-service'], nonce: 'n' };
const steady: OrderBody = { kind: 'await', condition: 'in-service', member: null, steadyMs: 30_000, viewpoint: 'self' };
const minuteMs = 60_000;

describe('memory of an agent', () => {
  it('15.6: is given back once, ten seconds after its last order', async () => {
    const world = makeWorld();
    await bootAndLink(world);
    await world.clock.advance(minuteMs);
    expect(world.gaveBackMs).toEqual([]);
    await carryOut(world, orderOf(observe, { step: 'first' }));
    await world.clock.advance(5_000);
    await carryOut(world, orderOf(observe, { step: 'second' }));
    const endedMs = world.clock.monotonicMs();
    await world.clock.advance(minuteMs);
    expect(world.gaveBackMs).toEqual([endedMs + 10_000]);
  });

  it('15.6: is not given back while an order is under way, which would have to wait for it', async () => {
    const world = makeWorld();
    await carryOut(world, orderOf(observe));
    await world.clock.advance(5_000);
    await carryOut(world, orderOf(steady));
    const endedMs = world.clock.monotonicMs();
    expect(world.gaveBackMs).toEqual([]);
    await world.clock.advance(minuteMs);
    expect(world.gaveBackMs).toEqual([endedMs + 10_000]);
  });

  it('15.6: is not touched any more once the agent has stopped', async () => {
    const world = makeWorld();
    await carryOut(world, orderOf(observe));
    world.restart();
    await world.clock.advance(minuteMs);
    expect(world.gaveBackMs).toEqual([]);
  });
});
