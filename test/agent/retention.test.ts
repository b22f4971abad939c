import { describe, expect, it } from 'vitest';
import type { OrderState } from '../../agent/journal/agent-machine.ts';
import { removableOrders } from '../../agent/journal/retention.ts';
import type { Order, OrderBody } from '../../common/orders.ts';
import { downtimeBody, newRelease, orderOf, type World } from './world.ts';
import { bootAndLink, carryOut, makeWorld } from './worlds.ts';

const observe: OrderBody = { kind: 'observe', checks: ['in-service'], nonce: 'n' };
const stopOnly = downtimeBody({ parts: ['quiesce', 'stop'], toRelease: newRelease, fromRelease: newRelease });
const keepMs = 600_000;
const minuteMs = 60_000;

/** Past the hour at which the journal is looked through. */
async function later(world: World, ms: number): Promise<void> {
  const untilMs = world.clock.wallMs() + ms;
  await world.until(() => world.clock.wallMs() >= untilMs);
}

async function prune(world: World): Promise<void> {
  world.restart();
  await bootAndLink(world);
  await later(world, 2 * minuteMs);
}

describe('retention of the journal', () => {
  it('M17 P3: removes orders of earlier runs, keeps their ids, refuses them by name and counts on', async () => {
    const world = makeWorld();
    world.keepOrdersMs = keepMs;
    const old = orderOf(observe, { run: 'r-1' });
    await carryOut(world, old);
    await carryOut(world, orderOf(downtimeBody(), { run: 'r-1', step: 'roll' }));
    await carryOut(world, orderOf(observe, { run: 'r-2' }));
    await later(world, 3 * keepMs);
    await carryOut(world, orderOf(observe, { run: 'r-3' }));
    const head = world.journal?.head();
    await prune(world);
    expect(['r-1/observe/1', 'r-2/observe/1'].map((id) => world.journal?.order(id))).toEqual([null, null]);
    expect(world.journal?.removedAtMs('r-1/observe/1')).toBeGreaterThan(0);
    expect(world.journal?.head()).toBe(head);
    world.forgetHeard();
    world.send(old);
    world.send({ ...old, epoch: 7, writer: 'w-7' });
    await world.until(() => world.refusals().length === 2);
    expect(world.refusals()).toEqual(['order-removed', 'order-removed']);
    // Who sends it is not obeyed by that.
    expect(world.journal?.fences()).toEqual([{ cluster: 'main', epoch: 1, writer: 'w-1' }]);
  });

  it('M17 P5 P16: keeps the run of the newest order, and the downtime that says whether its start lock is wanted', async () => {
    const world = makeWorld();
    world.keepOrdersMs = keepMs;
    await carryOut(world, orderOf(downtimeBody(), { run: 'r-1', step: 'roll' }));
    await carryOut(world, orderOf(stopOnly, { run: 'r-2', step: 'stop' }));
    await carryOut(world, orderOf(observe, { run: 'r-3', step: 'first', guards: [] }));
    await carryOut(world, orderOf(observe, { run: 'r-3', step: 'second', guards: [] }));
    await later(world, 3 * keepMs);
    await prune(world);
    const kept = ['r-1/roll/1', 'r-2/stop/1', 'r-3/first/1', 'r-3/second/1'].filter((id) => world.journal?.order(id) !== null);
    expect(kept).toEqual(['r-2/stop/1', 'r-3/first/1', 'r-3/second/1']);
    await prune(world);
    expect([...world.host.holds]).toEqual(['db']);
  });

  it('M17: says of a history that it has a gap: nothing from before what was removed is recalled', async () => {
    const world = makeWorld();
    world.keepOrdersMs = keepMs;
    await carryOut(world, orderOf(stopOnly, { run: 'r-1', step: 'stop' }));
    await carryOut(world, orderOf(observe, { run: 'r-2', guards: [] }));
    await carryOut(world, orderOf(observe, { run: 'r-3', guards: [] }));
    await later(world, 3 * keepMs);
    await prune(world);
    expect(world.journal?.order('r-1/stop/1')).not.toBeNull();
    expect(world.journal?.ordersBefore('main', 0, 10).map(({ state }) => state.order.orderId)).toEqual(['r-3/observe/1']);
  });

  it('M17: removes nothing that is not acknowledged, and nothing where everything is kept', async () => {
    const world = makeWorld();
    world.keepOrdersMs = keepMs;
    world.acknowledges = false;
    await carryOut(world, orderOf(observe, { run: 'r-1' }));
    await carryOut(world, orderOf(observe, { run: 'r-2' }));
    await later(world, 3 * keepMs);
    await prune(world);
    expect(world.journal?.order('r-1/observe/1')).not.toBeNull();
    expect(world.journal?.pendingReports()).toHaveLength(2);
  });

  it('M17: an order that never began is as old as the one that was taken in after it', () => {
    const state = (run: string, wallMs: number | null): OrderState => ({
      ...{
        phase: wallMs === null ? 'forgotten' : 'acknowledged',
        before: null,
        versionBefore: null,
        parts: [],
        turned: null,
        receipt: null,
      },
      order: orderOf(observe, { run }) as Order,
      at: wallMs === null ? null : { wallMs, ranMs: 0, spanMs: 0 },
    });
    const page = [state('r-1', null), state('r-2', 10), state('r-3', null), state('r-4', 30), state('r-5', null)];
    const removable = (endedBeforeMs: number, pinned: readonly string[] = []) =>
      removableOrders(
        page.map((each, at) => ({ seq: at, state: each })),
        { endedBeforeMs, pinned: new Set(pinned) },
      ).map((each) => each.state.order.run);
    expect(removable(10)).toEqual([]);
    expect(removable(11)).toEqual(['r-1', 'r-2']);
    expect(removable(31)).toEqual(['r-1', 'r-2', 'r-3', 'r-4']);
    expect(removable(31, ['r-2', 'r-4/observe/1'])).toEqual(['r-1', 'r-3']);
  });
});
