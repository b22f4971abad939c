import { describe, expect, it } from 'vitest';
import type { NodeFacts } from '../../common/facts.ts';
import type { OrderBody } from '../../common/orders.ts';
import { downtimeBody, instance, orderOf, type World } from './world.ts';
import { bootAndLink, carryOut, makeWorld } from './worlds.ts';

const observe = (nonce: string): OrderBody => ({ kind: 'observe', checks: ['in-service'], nonce });
const probe = (world: World, nonce: string) =>
  world.controller?.send({ type: 'order', order: orderOf(observe(nonce), { run: 'probe', step: nonce, epoch: 0 }) });
const factsOf = (world: World, nonce: string | null): NodeFacts | undefined =>
  world.heard.flatMap((message) => (message.type === 'facts' && message.facts.nonce === nonce ? [message.facts] : [])).at(-1);
const beats = (world: World) => world.heard.filter(({ type }) => type === 'beat').length;
const minuteMs = 60_000;

describe('observing never hurts (P21)', () => {
  it('an idle agent costs over an hour what its driver declares, and under 0.3 % of a core and 0.1 % in the database', async () => {
    const world = makeWorld();
    await bootAndLink(world);
    const beganMs = world.clock.monotonicMs();
    world.driver.asked.length = 0;
    await world.clock.advance(60 * minuteMs);
    const spent = { tool: 0, database: 0 };
    for (const tool of world.driver.tools) {
      const asked = world.driver.asked.filter((call) => call.tool === tool.id);
      const pauses = asked.slice(1).map(({ atMs }, index) => atMs - (asked[index]?.atMs ?? 0));
      if (tool.idleEveryMs === null) expect(asked, tool.id).toEqual([]);
      else expect(Math.min(...pauses), tool.id).toBeGreaterThanOrEqual(tool.idleEveryMs);
      spent.tool += asked.length * tool.costMs.tool;
      spent.database += asked.length * tool.costMs.database;
    }
    const passedMs = world.clock.monotonicMs() - beganMs;
    expect(world.driver.asked.length).toBeGreaterThan(200);
    expect(spent.tool / passedMs).toBeLessThan(0.003);
    expect(spent.database / passedMs).toBeLessThan(0.001);
  });

  it('a controller that comes and goes costs the database no more', async () => {
    const world = makeWorld();
    await bootAndLink(world);
    world.driver.asked.length = 0;
    for (let times = 0; times < 50; times += 1) {
      world.controller?.close('gone again');
      await world.clock.advance(1_000);
    }
    expect(world.driver.asked.filter(({ tool }) => tool === 'probe').length).toBeLessThanOrEqual(1);
  });

  it('a probe that takes forever keeps no beat waiting, is ended, and is told as unknown', async () => {
    const world = makeWorld();
    await bootAndLink(world);
    world.driver.takes.set('probe', 'forever');
    world.forgetHeard();
    await world.clock.advance(10 * minuteMs);
    expect(beats(world)).toBeGreaterThanOrEqual(36);
    expect(factsOf(world, null)).toMatchObject({ inService: false, role: null, version: { running: null } });
    const probes = world.driver.asked.filter(({ tool, atMs }) => tool === 'probe' && atMs > minuteMs);
    expect(probes.length).toBeGreaterThan(5);
    expect(probes.every(({ aborted }) => aborted)).toBe(true);
  });

  it('a probe that cannot be ended is never joined by a second one, and keeps no turn and no other question waiting', async () => {
    const world = makeWorld();
    await bootAndLink(world);
    world.driver.takes.set('probe', 'deaf');
    await world.clock.advance(2 * minuteMs);
    world.driver.asked.length = 0;
    const askedMs = world.clock.monotonicMs();
    const receipt = await carryOut(world, orderOf(downtimeBody()));
    expect(receipt).toMatchObject({ outcome: 'done', findings: [{ check: 'in-service', ok: true }, {}, {}] });
    expect(world.clock.monotonicMs() - askedMs).toBeLessThan(15_000);
    probe(world, 'n-1');
    await world.until(() => factsOf(world, 'n-1') !== undefined);
    expect(world.driver.asked.filter(({ tool }) => tool === 'probe')).toEqual([]);
  });

  it('a slow probe is one call for all who ask meanwhile', async () => {
    const world = makeWorld();
    await bootAndLink(world);
    world.driver.takes.set('probe', 1_000);
    world.driver.asked.length = 0;
    for (const nonce of ['n-1', 'n-2', 'n-3', 'n-4']) probe(world, nonce);
    await world.until(() => factsOf(world, 'n-4') !== undefined);
    expect(['n-1', 'n-2', 'n-3'].map((nonce) => factsOf(world, nonce)?.inService)).toEqual([true, true, true]);
    expect(world.driver.asked.filter(({ tool }) => tool === 'probe')).toHaveLength(1);
  });

  it('a fresh question is never answered by what was seen before it was asked (P2)', async () => {
    const world = makeWorld();
    await bootAndLink(world);
    world.driver.takes.set('probe', 1_000);
    probe(world, 'before');
    await world.clock.advance(500);
    world.host.crashUnit(instance.unit);
    probe(world, 'after');
    await world.until(() => factsOf(world, 'after') !== undefined);
    expect(factsOf(world, 'after')).toMatchObject({ inService: false, role: null, incarnation: null });
    // And the one that was under way is vouched for by no incarnation.
    expect(factsOf(world, 'before')).toMatchObject({ inService: false, incarnation: null });
  });
});
