/** Long work beside the agent: started once, whichever process is killed, and accounted for in the end. */
import { describe, expect, it } from 'vitest';
import { jobOf } from '../../common/closed-list.ts';
import { FailureError, failure } from '../../common/failure.ts';
import type { Order, OrderBody } from '../../common/orders.ts';
import { twinJobs } from '../twins/driver.ts';
import type { ProgramTwin } from '../twins/jobs.ts';
import { orderOf, type World } from './world.ts';
import { bootAndLink, carryOut, makeWorld } from './worlds.ts';

const tables = 3;
const stepMs = 600;
const rewrite = jobOf(twinJobs, 'rewrite', { tables });
const orderFor = (more: Partial<Order> = {}) => orderOf(rewrite, { guards: [], ...more });
const each = (from: number, to = tables): readonly string[] => Array.from({ length: to - from + 1 }, (_, at) => `table ${from + at}`);

function jobWorld(more: Partial<ProgramTwin> = {}): World {
  const world = makeWorld();
  const steps = ([from, to]: readonly string[]) => each(Number(from), Number(to));
  world.host.jobs.programs.set('rewrite', { stepMs, steps, ...more });
  return world;
}

/** Nothing is left of it on the host, and no two ran at once. */
async function accountedFor(world: World, where = ''): Promise<void> {
  await world.until(() => world.host.jobs.jobs.size === 0);
  expect(world.host.jobs.running(), where).toEqual([]);
  expect([...world.host.jobs.breaches, ...world.host.breaches], where).toEqual([]);
}

async function underWay(world: World, order: Order, done = 2): Promise<void> {
  await bootAndLink(world);
  world.send(order);
  await world.until(() => world.host.jobs.did.length >= done);
}

/** Commits, and port calls that are about the job, of an undisturbed play; polls count once between two commits. */
async function killPoints(order: Order): Promise<readonly number[]> {
  const world = jobWorld();
  await carryOut(world, order);
  await accountedFor(world);
  const first = world.points.findIndex((point) => point.startsWith('journal before'));
  const seen = new Set<string>();
  return world.points.flatMap((point, index) => {
    if (point.startsWith('journal')) seen.clear();
    if (index < first || seen.has(point) || !/journal|job/i.test(point)) return [];
    seen.add(point);
    return [index];
  });
}

describe('a job', () => {
  it('runs to its end, tells how far it is, and leaves its exit code and the end of its output in the receipt', async () => {
    const world = jobWorld();
    const receipt = await carryOut(world, orderFor());
    expect(receipt).toMatchObject({ outcome: 'done', token: String(tables) });
    expect(receipt.findings.map(({ detail }) => detail).join('; ')).toMatch(/ended with exit code 0: .*table 3; every table is rewritten/);
    const progress = world.heard.flatMap((message) => (message.type === 'progress' ? [message] : []));
    expect(progress).toContainEqual(expect.objectContaining({ part: 'rewrite', fraction: 2 / tables, note: '2 of 3' }));
    expect(world.host.jobs.starts).toEqual(['rewrite 1 3']);
    await accountedFor(world);
  });

  it('whose output does not tell how far it is is looked at in the database, and a probe that fails is no failure of it', async () => {
    const world = jobWorld();
    const probes: number[] = [];
    const seen = async () => {
      probes.push(world.host.jobs.did.length);
      if (probes.length === 1) throw new FailureError(failure('failed', 'no-answer', 'it does not answer'));
      return { fraction: 0.5, note: 'half of the files', cursor: null };
    };
    Object.assign(world.driver.jobs, { progress: () => null, seen });
    expect(await carryOut(world, orderFor())).toMatchObject({ outcome: 'done' });
    const notes = world.heard.flatMap((message) => (message.type === 'progress' ? [message.note] : []));
    expect(notes).toContain('half of the files');
  });

  it('goes on from its cursor, and an order for it that is asked for twice starts it once (P3)', async () => {
    const world = jobWorld();
    const order = orderOf({ ...rewrite, cursor: '2' } as OrderBody, { guards: [] });
    await underWay(world, order, 1);
    world.send(order);
    await world.until(() => world.receiptOf(order.orderId) !== undefined);
    world.send(order);
    await world.until(() => world.receipts().length > 1);
    expect(world.host.jobs.starts).toEqual(['rewrite 3 3']);
    expect(world.receiptOf(order.orderId)).toMatchObject({ outcome: 'done', token: '3' });
  });

  it('that fails says its exit code and what it wrote last, and tells what another one may go on from', async () => {
    const world = jobWorld({ exitCode: 3, steps: () => ['table 1', 'table 2'] });
    const receipt = await carryOut(world, orderFor());
    expect(receipt).toMatchObject({
      ...{ outcome: 'failed', token: '2' },
      failure: { code: 'job-failed', message: expect.stringMatching(/^db-1: rewrite ended with exit code 3: .*table 2$/) },
    });
    await accountedFor(world);
  });

  it('P15 that ends with exit code 0 is done only if that is seen', async () => {
    const world = jobWorld({ steps: () => ['table 1'] });
    const receipt = await carryOut(world, orderFor());
    expect(receipt).toMatchObject({ outcome: 'failed', failure: { code: 'job-unfinished' } });
  });

  it('that cannot be started fails, and nothing of it runs', async () => {
    const world = makeWorld();
    expect(await carryOut(world, orderFor())).toMatchObject({ outcome: 'failed', failure: { code: 'job-not-started' } });
    await accountedFor(world);
  });

  it('P9 that hangs is ended at its deadline, the agent restarted in between or not', async () => {
    for (const restarts of [0, 3]) {
      const world = jobWorld({ hangs: true });
      const order = orderFor({ deadlineMs: 20_000 });
      await underWay(world, order);
      const begunMs = world.clock.monotonicMs();
      for (let restart = 0; restart < restarts; restart += 1) {
        const atMs = world.clock.monotonicMs() + 5_000;
        await world.clock.runUntil(() => world.clock.monotonicMs() >= atMs);
        world.restart();
        await world.boot();
      }
      await world.until(() => world.receiptOf(order.orderId) !== undefined);
      expect(world.receiptOf(order.orderId)).toMatchObject({
        outcome: 'failed',
        failure: { class: 'timeout', code: 'deadline-passed' },
        token: '3',
      });
      expect(world.clock.monotonicMs() - begunMs).toBeLessThan(25_000);
      expect(world.host.jobs.starts).toHaveLength(1);
      await accountedFor(world);
    }
  });

  it('that does not end when it is ended says so, and is ended again by the next agent', async () => {
    const world = jobWorld({ hangs: true, deaf: true });
    const order = orderFor({ deadlineMs: 5_000 });
    const receipt = await carryOut(world, order);
    expect(receipt).toMatchObject({ outcome: 'failed', failure: { code: 'job-not-ended', cause: { code: 'deadline-passed' } } });
    world.host.jobs.loseAll();
    world.restart();
    await bootAndLink(world);
    await accountedFor(world);
  });

  it('can be cancelled while it runs: it is ended, and its receipt tells how far it came', async () => {
    for (const restarts of [false, true]) {
      const world = jobWorld();
      const order = orderFor();
      await underWay(world, order);
      world.controller?.send({ type: 'cancel', orderId: order.orderId });
      await world.until(() => world.journal?.order(order.orderId)?.job?.ending != null);
      if (restarts) world.restart();
      if (restarts) await world.boot();
      await world.until(() => world.receiptOf(order.orderId) !== undefined);
      expect(world.receiptOf(order.orderId)).toMatchObject({ outcome: 'interrupted', failure: { code: 'cancelled' }, token: '2' });
      expect(world.host.jobs.did.length).toBeLessThan(tables);
      await accountedFor(world);
    }
  });

  it('that a person releases is over, and nothing of it goes on', async () => {
    const world = jobWorld();
    const order = orderFor();
    await underWay(world, order);
    await world.agent?.local.release(order.orderId, 'root');
    await accountedFor(world);
    expect(world.host.jobs.did.length).toBeLessThan(tables);
  });

  it('goes on while the agent is away, and is watched to its end by the next one', async () => {
    for (const repeat of ['convergent', 'once'] as const) {
      const world = jobWorld();
      const order = orderFor({ repeat });
      await underWay(world, order);
      world.restart();
      await world.clock.runUntil(() => world.host.jobs.did.length === tables && world.host.jobs.running().length === 0);
      await world.boot();
      await world.until(() => world.receiptOf(order.orderId)?.outcome === 'done');
      expect(world.host.jobs.starts).toHaveLength(1);
      await accountedFor(world);
    }
  });
});

describe('the host comes up again in the middle of a job', () => {
  it('a convergent one is started again from where it was (P18)', async () => {
    const world = jobWorld();
    const order = orderFor();
    await underWay(world, order);
    world.host.reboot();
    world.restart();
    await world.boot();
    await world.until(() => world.receiptOf(order.orderId) !== undefined);
    expect(world.receiptOf(order.orderId)).toMatchObject({ outcome: 'done', token: '3' });
    expect(world.host.jobs.starts).toEqual(['rewrite 1 3', 'rewrite 3 3']);
    expect(world.host.jobs.did).toEqual(each(1));
    await accountedFor(world);
  });

  it('one that may run only once is interrupted: a person looks (P18)', async () => {
    const world = jobWorld();
    const order = orderFor({ repeat: 'once' });
    await underWay(world, order);
    world.host.reboot();
    world.restart();
    await world.boot();
    await world.until(() => world.receiptOf(order.orderId) !== undefined);
    expect(world.receiptOf(order.orderId)).toMatchObject({ outcome: 'interrupted', failure: { code: 'job-cut-short' }, token: '2' });
    expect(world.host.jobs.starts).toHaveLength(1);
    await accountedFor(world);
  });
});

describe.each(['convergent', 'once'] as const)('a %s job, the agent killed at every port call and commit', (repeat) => {
  const order = orderFor({ repeat });

  it('is started once and done once (P3 P18)', async () => {
    const points = await killPoints(order);
    expect(points.length).toBeGreaterThan(20);
    for (const point of points) {
      const world = jobWorld();
      world.killAt(point);
      await carryOut(world, order);
      const where = `killed at ${world.points[point]}`;
      expect(world.deaths, where).toBe(1);
      expect(world.receiptOf(order.orderId), where).toMatchObject({ outcome: 'done' });
      expect(world.host.jobs.starts, where).toEqual(['rewrite 1 3']);
      expect(world.host.jobs.did, where).toEqual(each(1));
      expect(new Set(world.receipts().map((receipt) => JSON.stringify(receipt))).size, where).toBe(1);
      await accountedFor(world, where);
      world.close();
    }
  });

  it('never runs twice at a time and is told truly when the host reboots at that moment (P3 P18)', async () => {
    for (const point of await killPoints(order)) {
      const world = jobWorld();
      world.killAt(point, () => world.host.reboot());
      await carryOut(world, order);
      const where = `rebooted at ${world.points[point]}`;
      const outcome = world.receiptOf(order.orderId)?.outcome;
      if (repeat === 'convergent') expect(outcome, where).toBe('done');
      else expect(['done', 'interrupted'], where).toContain(outcome);
      if (outcome === 'done') expect(new Set(world.host.jobs.did), where).toEqual(new Set(each(1)));
      if (repeat === 'once') expect(world.host.jobs.starts.length, where).toBeLessThanOrEqual(1);
      await accountedFor(world, where);
      world.close();
    }
  });
});

describe('an order of a kind that the engine has nothing for', () => {
  it('is refused: an unknown job, an argument that is none, a new instance (P13)', async () => {
    const world = jobWorld();
    await bootAndLink(world);
    const refusalOf = async (body: OrderBody, step: string) => {
      const before = world.refusals().length;
      world.send(orderOf(body, { step, guards: [] }));
      await world.until(() => world.refusals().length > before || world.receiptOf(`r-1/${step}/1`) !== undefined);
      world.forgetOutstanding();
      return world.receiptOf(`r-1/${step}/1`)?.failure?.code ?? world.refusals().at(-1);
    };
    expect(await refusalOf({ kind: 'job', name: 'shell', args: {}, cursor: null }, 'a')).toBe('unknown-word');
    expect(await refusalOf({ kind: 'job', name: 'rewrite', args: { tables, argv: ['reboot'] }, cursor: null }, 'b')).toBe('unknown-word');
    expect(await refusalOf({ kind: 'instance', action: 'retire' }, 'c')).toBe('unknown-word');
    const create: OrderBody = { kind: 'instance', action: 'create', from: 'clone', source: 'db-1', ports: { sql: 5433 }, ids: {} };
    expect(await refusalOf(create, 'd')).toBe('unknown-word');
    expect(world.host.jobs.starts).toEqual([]);
  });
});
