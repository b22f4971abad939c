import { describe, expect, it } from 'vitest';
import { failure } from '../../common/failure.ts';
import type { Order, OrderBody } from '../../common/orders.ts';
import { downtimeBody, newRelease, oldRelease, orderOf, type World } from './world.ts';
import { bootAndLink, carryOut, makeWorld } from './worlds.ts';

const observe = (nonce = 'n-1'): OrderBody => ({ kind: 'observe', checks: ['in-service'], nonce });
const awaiting = (steadyMs: number, condition = 'in-service'): OrderBody => ({
  kind: 'await',
  condition,
  member: null,
  steadyMs,
  viewpoint: 'self',
});
const call = { verb: 'recount', args: { of: ['a'], times: 2 } };
const stopAnd = (act: typeof call | { verb: string; args: Record<string, never[]> }) =>
  downtimeBody({ parts: ['quiesce', 'stop', 'act'], act, toRelease: oldRelease });
const cleanUp = (keepRelease: string): OrderBody => ({ kind: 'cleanup', part: 'previous-release', keepRelease });

async function refusalOf(world: World, order: Order): Promise<string | undefined> {
  const before = world.refusals().length;
  world.send(order);
  await world.until(() => world.refusals().length > before);
  world.forgetOutstanding();
  return world.refusals().at(-1);
}

describe('the name of an order', () => {
  it('12.C17: must be its run, step and attempt, and its run not the one of this host', async () => {
    const world = makeWorld();
    await bootAndLink(world);
    for (const wrong of [
      { run: 'local' },
      { run: 'local', orderId: 'r-1/observe/1' },
      { orderId: 'local/observe/1' },
      { orderId: 'r-1/observe/2' },
      { orderId: 'r-1/observe' },
      { orderId: '' },
      { run: 'probe', orderId: 'r-1/observe/1' },
    ])
      expect(await refusalOf(world, orderOf(observe(), wrong)), JSON.stringify(wrong)).toBe('bad-order');
    expect(world.journal?.head()).toBe(0);
    expect(world.journal?.fences()).toEqual([]);
  });
});

describe('the fence (P5)', () => {
  it('refuses a lower epoch, and the same epoch from another writer, also after a restart', async () => {
    const world = makeWorld();
    await carryOut(world, orderOf(observe(), { epoch: 5, writer: 'w-5' }));
    for (const round of ['alive', 'restarted']) {
      expect(await refusalOf(world, orderOf(observe(), { step: 'a', epoch: 4, writer: 'w-5' })), round).toBe('fenced');
      expect(await refusalOf(world, orderOf(observe(), { step: 'b', epoch: 5, writer: 'w-x' })), round).toBe('fenced');
      world.restart();
      await bootAndLink(world);
    }
    expect(await world.journal?.fences()).toEqual([{ cluster: 'main', epoch: 5, writer: 'w-5' }]);
  });

  it('obeys a successor at once and has its fence on disk before it acts', async () => {
    const world = makeWorld();
    await carryOut(world, orderOf(observe(), { epoch: 5, writer: 'w-5' }));
    await carryOut(world, orderOf(observe(), { step: 'next', epoch: 6, writer: 'w-6' }));
    const raised = world.points.lastIndexOf('journal after raiseFence');
    const accepted = world.points.findIndex((point, index) => index > raised && point.startsWith('journal before append'));
    expect(raised).toBeGreaterThan(0);
    expect(accepted).toBeGreaterThan(raised);
    expect(await refusalOf(world, orderOf(observe(), { step: 'late', epoch: 5, writer: 'w-5' }))).toBe('fenced');
  });

  it('12.A1 P3: refuses by name an order whose id it knows from another giver or with other content, in every phase and after a restart', async () => {
    const world = makeWorld();
    const order = orderOf(downtimeBody(), { epoch: 5, writer: 'w-5' });
    const receipt = await carryOut(world, order);
    const stranger = { ...order, epoch: 6, writer: 'w-x', given: { epoch: 6, writer: 'w-x' } };
    const otherContent = { ...order, epoch: 6, writer: 'w-6', deadlineMs: order.deadlineMs + 1 };
    for (const round of ['alive', 'restarted']) {
      for (const otherwise of [stranger, otherContent]) expect(await refusalOf(world, otherwise), round).toBe('order-known-otherwise');
      world.restart();
      await bootAndLink(world);
    }
    // No other controller was obeyed meanwhile: the one that gave the order still asks and is answered.
    expect(world.journal?.fences()).toEqual([{ cluster: 'main', epoch: 5, writer: 'w-5' }]);
    expect(world.host.effects.filter((effect) => effect.startsWith('stop'))).toHaveLength(1);
    world.forgetHeard();
    world.send(order);
    await world.until(() => world.receiptOf(order.orderId) !== undefined);
    expect(world.receiptOf(order.orderId)).toEqual(receipt);
  });

  it('gives a successor the receipt of work that its predecessor ordered', async () => {
    const world = makeWorld();
    const order = orderOf(downtimeBody(), { epoch: 5, writer: 'w-5' });
    const receipt = await carryOut(world, order);
    world.forgetHeard();
    world.send({ ...order, epoch: 6, writer: 'w-6' });
    await world.until(() => world.receiptOf(order.orderId) !== undefined);
    expect(world.receiptOf(order.orderId)).toEqual(receipt);
    expect(world.host.effects.filter((effect) => effect.startsWith('stop'))).toHaveLength(1);
  });

  it('does not ask looks for an epoch and writes nothing down for them', async () => {
    const world = makeWorld();
    await carryOut(world, orderOf(observe(), { epoch: 5, writer: 'w-5' }));
    const head = world.journal?.head();
    world.send(orderOf(observe('n-77'), { run: 'probe', step: 'n-77', epoch: 0, writer: '' }));
    await world.until(() => world.heard.some((message) => message.type === 'facts' && message.facts.nonce === 'n-77'));
    expect(world.journal?.head()).toBe(head);
  });
});

describe('an order that is not for this agent', () => {
  const target = orderOf(observe()).target;
  it.each<[string, Partial<Order>, string]>([
    ['another host', { target: { ...target, host: 'host-2' } }, 'wrong-target'],
    ['an unknown instance', { target: { ...target, instance: 'db-9' } }, 'wrong-target'],
    ['another data directory', { target: { ...target, dataDir: '/srv/other' } }, 'wrong-target'],
    ['another engine', { target: { ...target, engine: 'other' } }, 'wrong-target'],
    ['another cluster', { cluster: 'other' }, 'wrong-target'],
    ['another database', { target: { ...target, databaseId: 'db-other' } }, 'wrong-target'],
    ['a guard that nobody knows', { guards: [{ check: 'moon-is-full' }] }, 'unknown-check'],
    ['no time', { deadlineMs: 0 }, 'bad-order'],
  ])('names %s and is refused (P12 P13)', async (_name, more, code) => {
    const world = makeWorld();
    await bootAndLink(world);
    expect(await refusalOf(world, orderOf(observe(), more))).toBe(code);
    expect(world.host.effects).toEqual([]);
  });

  it.each<[string, OrderBody, string]>([
    ['an unknown check', { kind: 'observe', checks: ['moon-is-full'], nonce: 'n' }, 'unknown-check'],
    ['an unknown start flag', { ...downtimeBody({ startFlags: ['--wipe'] }) }, 'unknown-word'],
    ['an unknown condition', awaiting(0, 'moon-is-full'), 'unknown-check'],
    ['an unknown verb', { kind: 'act', verb: 'reboot', args: {} }, 'unknown-word'],
    ['a verb that every object has', { kind: 'act', verb: 'constructor', args: {} }, 'unknown-word'],
    ['an argument that is not known', { kind: 'act', verb: 'recount', args: { of: [], times: 1, argv: ['reboot'] } }, 'unknown-word'],
    ['an argument of another form', { kind: 'act', verb: 'recount', args: { of: [], times: 0 } }, 'unknown-word'],
    ['too few arguments', { kind: 'act', verb: 'recount', args: { of: [] } }, 'unknown-word'],
    ['an unknown setting', { kind: 'set', scope: 'node', key: 'shell', value: '/bin/sh' }, 'unknown-word'],
    ['an unknown setting to be restored', { kind: 'unset', scope: 'node', key: 'shell', effect: null }, 'unknown-word'],
    ['a release name that is a path', downtimeBody({ toRelease: '../evil' }), 'bad-order'],
    ['a release that is called like a link', downtimeBody({ toRelease: 'current' }), 'bad-order'],
    ['parts in another order', downtimeBody({ parts: ['stop', 'quiesce', 'start'] }), 'bad-order'],
    ['a switch without activating', downtimeBody({ parts: ['stop', 'start'] }), 'bad-order'],
    ['a downtime with an unknown verb', stopAnd({ verb: 'reboot', args: {} }), 'unknown-word'],
    ['a downtime with a verb told too little', stopAnd({ verb: 'recount', args: { of: [] } }), 'unknown-word'],
    ['a downtime with a verb and without its part', downtimeBody({ parts: ['stop'], act: call, toRelease: oldRelease }), 'bad-order'],
    ['a downtime with the part of a verb and without one', downtimeBody({ parts: ['stop', 'act'], toRelease: oldRelease }), 'bad-order'],
    ['a verb after a start', downtimeBody({ parts: ['stop', 'activate', 'start', 'act'], act: call }), 'bad-order'],
    ['a downtime that only quiesces', downtimeBody({ parts: ['quiesce'] }), 'bad-order'],
  ])('asks for %s and is refused (P13)', async (_name, body, code) => {
    const world = makeWorld();
    await bootAndLink(world);
    expect(await refusalOf(world, orderOf(body, { guards: [] }))).toBe(code);
  });
});

describe('an order id', () => {
  it('that is sent twice takes effect once and has one receipt (P3)', async () => {
    const world = makeWorld();
    await bootAndLink(world);
    const order = orderOf(downtimeBody());
    for (let times = 0; times < 5; times += 1) world.send(order);
    await world.until(() => world.host.effects.includes('stop db'));
    world.send(order);
    await world.until(() => world.receiptOf(order.orderId) !== undefined);
    world.send(order);
    await world.until(() => world.receipts().length > 1);
    expect(new Set(world.receipts().map((receipt) => JSON.stringify(receipt))).size).toBe(1);
    expect(world.host.effects).toEqual(['stop db', `activate ${newRelease}`, `start db ${newRelease}`]);
  });

  it('that was forgotten because the link was lost before it began can be sent again', async () => {
    const world = makeWorld();
    await bootAndLink(world);
    world.driver.observeMs = 500;
    const order = orderOf(downtimeBody());
    world.send(order);
    await world.until(() => world.journal?.order(order.orderId)?.phase === 'accepted');
    world.controller?.close('cut');
    await world.until(() => world.journal?.order(order.orderId)?.phase === 'forgotten');
    expect(world.host.effects).toEqual([]);
    await world.until(() => world.receiptOf(order.orderId)?.outcome === 'done');
  });

  it('that is cancelled before it began never begins', async () => {
    const world = makeWorld();
    await bootAndLink(world);
    world.driver.observeMs = 500;
    const order = orderOf(downtimeBody());
    world.send(order);
    world.controller?.send({ type: 'cancel', orderId: order.orderId });
    await world.until(() => world.refusals().includes('cancelled'));
    world.forgetOutstanding();
    await world.clock.advance(60_000);
    expect(world.host.effects).toEqual([]);
  });

  it('that is cancelled after it began goes on', async () => {
    const world = makeWorld();
    await bootAndLink(world);
    const order = orderOf(downtimeBody());
    world.send(order);
    await world.until(() => world.host.effects.includes('stop db'));
    world.controller?.send({ type: 'cancel', orderId: order.orderId });
    await world.until(() => world.receiptOf(order.orderId)?.outcome === 'done');
  });

  it('that only waits ends at once when it is cancelled, with its one receipt', async () => {
    const world = makeWorld();
    await bootAndLink(world);
    const order = orderOf(
      { kind: 'await', condition: 'in-service', member: null, steadyMs: 86_400_000, viewpoint: 'self' },
      { deadlineMs: 90_000_000 },
    );
    world.send(order);
    await world.until(() =>
      world.heard.some((message) => message.type === 'ack' && message.orderId === order.orderId && message.state === 'begun'),
    );
    world.controller?.send({ type: 'cancel', orderId: order.orderId });
    await world.until(() => world.receiptOf(order.orderId)?.outcome === 'interrupted');
    expect(world.receiptOf(order.orderId)?.failure?.code).toBe('cancelled');
  });
});

describe('orders side by side', () => {
  it('lets one disruptive order be under way on a host, and refuses the second', async () => {
    const world = makeWorld();
    await bootAndLink(world);
    world.send(orderOf(downtimeBody()));
    await world.until(() => world.host.effects.includes('stop db'));
    expect(await refusalOf(world, orderOf(downtimeBody(), { step: 'second' }))).toBe('host-busy');
  });

  it('answers a probe while a downtime is under way', async () => {
    const world = makeWorld();
    await bootAndLink(world);
    world.send(orderOf(downtimeBody()));
    await world.until(() => world.host.effects.includes('stop db'));
    world.send(orderOf(observe('n-5'), { run: 'probe', step: 'n-5' }));
    await world.until(() => world.heard.some((message) => message.type === 'facts' && message.facts.nonce === 'n-5'));
    const seen = world.heard.find((message) => message.type === 'facts' && message.facts.nonce === 'n-5');
    expect(seen).toMatchObject({ facts: { inService: false } });
  });
});

describe('await', () => {
  it('is done when the condition held without a break for so long', async () => {
    const world = makeWorld();
    const receipt = await carryOut(world, orderOf(awaiting(10_000)));
    expect(receipt.outcome).toBe('done');
    expect(receipt.elapsedMs).toBeGreaterThanOrEqual(10_000);
    expect(receipt.elapsedMs).toBeLessThan(11_000);
  });

  it('begins to count anew after a break, and after a probe that found nothing out (P9)', async () => {
    const world = makeWorld();
    await bootAndLink(world);
    const order = orderOf(awaiting(10_000));
    world.send(order);
    await world.until(() => world.journal?.order(order.orderId)?.phase === 'begun');
    await world.clock.advance(8_000);
    world.driver.answers.set('in-service', null);
    await world.clock.advance(1_000);
    world.driver.answers.delete('in-service');
    await world.clock.advance(8_000);
    expect(world.receiptOf(order.orderId)).toBeUndefined();
    await world.until(() => world.receiptOf(order.orderId)?.outcome === 'done');
  });

  it('fails with the last thing seen when its time is over (P9)', async () => {
    const world = makeWorld();
    world.driver.answers.set('member-in-service', false);
    const receipt = await carryOut(world, orderOf(awaiting(0, 'member-in-service'), { deadlineMs: 5_000 }));
    expect(receipt).toMatchObject({
      outcome: 'failed',
      failure: { class: 'timeout', code: 'health-check-timeout' },
      findings: [{ ok: false }],
    });
  });

  it('says what it saw when its time is over, and not that the last probe had no time to be answered', async () => {
    const world = makeWorld();
    world.driver.answers.set('in-service', false);
    const usual = world.driver.check.bind(world.driver);
    let probes = 0;
    world.driver.check = (...asked) => {
      probes += 1;
      return probes > 20 ? new Promise(() => {}) : usual(...asked);
    };
    const receipt = await carryOut(world, orderOf(awaiting(0), { deadlineMs: 3_000 }));
    expect(receipt.failure?.message).toMatch(/did not hold within 3000 ms: /);
    expect(receipt.failure?.message).not.toMatch(/no answer/);
  });

  it('tells what it waits for, and that it holds once it does', async () => {
    const world = makeWorld();
    await bootAndLink(world);
    world.driver.answers.set('in-service', false);
    const order = orderOf(awaiting(10_000));
    world.send(order);
    const reported = () => world.heard.flatMap((message) => (message.type === 'progress' ? [message.part] : []));
    await world.until(() => reported().includes('waits'));
    expect(reported()).not.toContain('steady');
    world.driver.answers.delete('in-service');
    await world.until(() => reported().includes('steady'));
  });
});

describe('a verb', () => {
  const recount: OrderBody = { kind: 'act', verb: 'recount', args: { of: ['a'], times: 2 }, token: 't' };

  it('is given to the driver with its arguments and its token, once (P3)', async () => {
    const world = makeWorld();
    const order = orderOf(recount, { guards: [] });
    expect(await carryOut(world, order)).toMatchObject({ outcome: 'done' });
    world.send(order);
    await world.until(() => world.receipts().length > 1);
    expect(world.driver.acted).toEqual([{ verb: 'recount', args: { of: ['a'], times: 2 }, token: 't' }]);
  });

  it('P13 an order that cannot be read is refused to its giver with the reason, and the stream goes on', async () => {
    const world = makeWorld();
    await bootAndLink(world);
    const why = failure('refused', 'malformed-order', 'order r-1/act/1 is refused: invalid order body: it is of an unknown kind');
    world.controller?.send({ type: 'unreadable-order', orderId: 'r-1/act/1', why });
    await world.until(() => world.refusals().includes('malformed-order'));
    expect(await carryOut(world, orderOf(recount, { guards: [] }))).toMatchObject({ outcome: 'done' });
  });
});

describe('a setting of the whole cluster', () => {
  it('P19 is an effect of the cluster in the receipt, there and when it is restored', async () => {
    const world = makeWorld();
    world.driver.settings = {
      keys: ['drain'],
      set: async (_, key, value) => ({ key, prior: 'off', set: value }),
      unset: async (_, { key }) => ({ check: key, ok: true, detail: 'it is what it was' }),
    };
    const opened = await carryOut(world, orderOf({ kind: 'set', scope: 'cluster', key: 'drain', value: 'on' }, { guards: [] }));
    const [effect] = opened.effects;
    expect(effect).toEqual({ key: 'drain', prior: 'off', set: 'on', scope: 'cluster' });
    const restored = await carryOut(
      world,
      orderOf({ kind: 'unset', scope: 'cluster', key: 'drain', effect: effect ?? null }, { guards: [] }),
    );
    expect(restored.effects).toEqual([{ key: 'drain', prior: 'on', set: 'off', scope: 'cluster' }]);
    const ofNode = await carryOut(world, orderOf({ kind: 'set', scope: 'node', key: 'drain', value: 'on' }, { guards: [], step: 'node' }));
    expect(ofNode.effects).toEqual([{ key: 'drain', prior: 'off', set: 'on' }]);
  });
});

describe('cleanup of the previous release', () => {
  it('removes every release but the one that is kept, and only once', async () => {
    const world = makeWorld();
    await carryOut(world, orderOf(downtimeBody()));
    expect((await carryOut(world, orderOf(cleanUp(newRelease)))).outcome).toBe('done');
    expect((await carryOut(world, orderOf(cleanUp(newRelease), { attempt: 2 }))).outcome).toBe('done');
    expect(world.host.effects.filter((effect) => effect.startsWith('remove'))).toEqual([`remove ${oldRelease}`]);
  });

  it('removes nothing when another release is current than the one to keep (P7)', async () => {
    const world = makeWorld();
    const receipt = await carryOut(world, orderOf(cleanUp(newRelease)));
    expect(receipt).toMatchObject({ outcome: 'refused', failure: { code: 'facts-changed' } });
    expect(world.host.effects).toEqual([]);
  });
});

describe('after a restart of the agent', () => {
  it('an order that may be done only once ends as interrupted (P18)', async () => {
    const world = makeWorld();
    await bootAndLink(world);
    const order = orderOf(awaiting(10_000), { repeat: 'once' });
    world.send(order);
    await world.until(() => world.journal?.order(order.orderId)?.phase === 'begun');
    world.restart();
    await world.boot();
    await world.until(() => world.receiptOf(order.orderId)?.outcome === 'interrupted');
  });

  it('a downtime that may be done only once is still carried to its end once its stop has begun (P20)', async () => {
    const world = makeWorld();
    await bootAndLink(world);
    const order = orderOf(downtimeBody(), { repeat: 'once' });
    world.send(order);
    await world.until(() => world.host.effects.includes('stop db'));
    world.restart();
    await world.boot();
    await world.until(() => world.receiptOf(order.orderId)?.outcome === 'done');
    expect(world.host.runs('db')).toBe(newRelease);
  });

  it('time without an agent is told in the receipt and does not use up the deadline', async () => {
    const world = makeWorld();
    await bootAndLink(world);
    const order = orderOf(downtimeBody(), { deadlineMs: 30_000 });
    world.send(order);
    await world.until(() => world.host.effects.includes('stop db'));
    world.restart();
    await world.clock.advance(120_000);
    await world.boot();
    await world.until(() => world.receiptOf(order.orderId) !== undefined);
    const receipt = world.receiptOf(order.orderId);
    expect(receipt?.outcome).toBe('done');
    expect(receipt?.downtimeMs).toBeGreaterThan(120_000);
  });
});
