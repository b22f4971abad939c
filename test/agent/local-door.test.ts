import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { createConnection, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { askRunningAgent, openLocalDoor } from '../../agent/local/door.ts';
import type { LocalVerbs } from '../../agent/local/verbs.ts';
import { toFailure } from '../../common/failure.ts';
import { downtimeBody, newRelease, oldRelease, orderOf, type World } from './world.ts';
import { bootAndLink, carryOut, makeWorld } from './worlds.ts';

function verbsOf(world: World): LocalVerbs {
  if (world.agent === null) throw new Error('no agent');
  return world.agent.local;
}

/** Lets virtual time pass until the promise has settled. */
async function settledIn<T>(world: World, promise: Promise<T>): Promise<T> {
  let over = false;
  const marked = promise.finally(() => {
    over = true;
  });
  marked.catch(() => {});
  await world.until(() => over);
  return marked;
}

describe('what people do on the host', () => {
  it('shows what runs and which orders are open', async () => {
    const world = makeWorld();
    await bootAndLink(world);
    world.send(orderOf(downtimeBody()));
    await world.until(() => world.host.effects.includes('stop db'));
    expect(await verbsOf(world).status()).toMatchObject({
      host: 'host-1',
      connected: true,
      instances: [{ instance: 'db-1', release: expect.any(String) }],
      orders: [{ orderId: 'r-1/downtime/1', kind: 'downtime', phase: 'begun' }],
    });
  });

  it('takes an instance back without a controller, and tells the controller later', async () => {
    const world = makeWorld();
    await carryOut(world, orderOf(downtimeBody()));
    const { receipt } = await settledIn(world, verbsOf(world).revert('db-1', 'root'));
    expect(receipt?.outcome).toBe('done');
    expect(world.host.runs('db')).toBe(oldRelease);
    await world.until(() => world.heard.some(({ type }) => type === 'intervention'));
    expect(world.heard.find(({ type }) => type === 'intervention')).toMatchObject({ instance: 'db-1', verb: 'revert', actor: 'root' });
    expect(world.receipts().map(({ orderId }) => orderId)).toEqual(['r-1/downtime/1']);
  });

  it('refuses to take an instance back when no previous release is kept', async () => {
    const world = makeWorld();
    await bootAndLink(world);
    await expect(verbsOf(world).revert('db-1', 'root')).rejects.toThrow(/no previous release/);
    await expect(verbsOf(world).revert('db-7', 'root')).rejects.toThrow(/instance db-7 not found/);
  });

  it('waits for a begun order to end', async () => {
    const world = makeWorld();
    await bootAndLink(world);
    const order = orderOf(downtimeBody());
    world.send(order);
    await world.until(() => world.host.effects.includes('stop db'));
    expect((await settledIn(world, verbsOf(world).finish(order.orderId, 'root'))).receipt?.outcome).toBe('done');
    await expect(verbsOf(world).finish('r-9/x/1', 'root')).rejects.toThrow(/not under way/);
  });

  it('gives an order up: it ends as interrupted and nothing more is done', async () => {
    const world = makeWorld();
    await bootAndLink(world);
    world.host.fates.set(newRelease, 'never-ready');
    const order = orderOf(downtimeBody());
    world.send(order);
    await world.until(() => world.host.effects.includes(`start db ${newRelease}`));
    const { receipt } = await verbsOf(world).release(order.orderId, 'root');
    expect(receipt).toMatchObject({ outcome: 'interrupted', failure: { code: 'released' } });
    const effects = [...world.host.effects];
    await world.clock.advance(600_000);
    expect(world.host.effects).toEqual(effects);
    expect(world.receiptOf(order.orderId)?.outcome).toBe('interrupted');
  });
});

describe('the door', () => {
  let dir: string | null = null;
  let server: Server | null = null;
  afterEach(() => {
    server?.close();
    if (dir !== null) rmSync(dir, { recursive: true, force: true });
  });

  const status = async () => ({
    apiVersion: 'drydock/v1' as const,
    host: 'host-1',
    connected: false,
    instances: [],
    orders: [],
    reportsWaiting: 0,
  });
  const refuses = async (): Promise<never> => {
    throw new Error('not asked for');
  };

  async function openDoor(): Promise<string> {
    dir = mkdtempSync(join(tmpdir(), 'drydock-door-'));
    const path = join(dir, 'agent.sock');
    server = await openLocalDoor(path, {
      status,
      finish: refuses,
      previewRevert: refuses,
      revert: refuses,
      release: refuses,
      redial: () => {},
    });
    return path;
  }

  it('lets only the owner in and answers', async () => {
    const path = await openDoor();
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(await askRunningAgent(path, { verb: 'status', subject: '', actor: 'root' })).toMatchObject({ result: { host: 'host-1' } });
  });

  it('carries a refusal as it is', async () => {
    const path = await openDoor();
    const why = await askRunningAgent(path, { verb: 'finish', subject: 'x', actor: 'root' }).catch(toFailure);
    expect(why).toMatchObject({ class: 'internal', message: 'not asked for' });
  });

  it('says when no agent runs', async () => {
    expect(await askRunningAgent('/no/such/agent.sock', { verb: 'status', subject: '', actor: 'root' })).toBeNull();
  });

  it.each(['nonsense\n', '{"verb":"drop"}\n', 'x'.repeat(10_000)])('answers nonsense with a refusal', async (line) => {
    const path = await openDoor();
    const answer = await new Promise<string>((resolve) => {
      let text = '';
      const socket = createConnection(path, () => socket.write(line));
      socket.setEncoding('utf8');
      socket.on('data', (piece: string) => {
        text += piece;
      });
      socket.on('close', () => resolve(text));
    });
    expect(JSON.parse(answer)).toMatchObject({ ok: false });
  });
});
