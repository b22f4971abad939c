/** Changes of configuration on twins: in a downtime and without one, also when the agent is killed at any moment of it. */
import { describe, expect, it } from 'vitest';
import type { ConfigRevision, OrderBody } from '../../common/orders.ts';
import { downtimeBody, newRelease, oldRelease, orderOf, type World } from './world.ts';
import { carryOut, makeWorld } from './worlds.ts';

const digestOf = (letter: string) => `sha256:${letter.repeat(64)}`;
const [oldDigest, newDigest] = [digestOf('a'), digestOf('b')];
const revision: ConfigRevision = { changes: [{ op: 'set', key: 'limit', value: '7' }], fromDigest: oldDigest, toDigest: newDigest };
const rollback: ConfigRevision = { changes: [], fromDigest: newDigest, toDigest: oldDigest };

type Downtime = Extract<OrderBody, { kind: 'downtime' }>;
/** The version stays: only the configuration changes. */
const withConfig = (more: Partial<Downtime> = {}) =>
  downtimeBody({ mode: 'normal', toRelease: oldRelease, expectVersion: '16.4', config: revision, ...more });
const configure = (config = revision, step = 'configure') => orderOf({ kind: 'configure', config }, { step });

const runs = ({ host, driver }: World) => ({ release: host.runs('db'), config: driver.config.digest });

describe('a downtime with a configuration', () => {
  it('stops, puts it into place and starts, though the release runs already', async () => {
    const world = makeWorld();
    const receipt = await carryOut(world, orderOf(withConfig()));
    expect(receipt.failure).toBeUndefined();
    expect(receipt.outcome).toBe('done');
    expect(world.host.effects).toEqual(['stop db', 'config forward', `start db ${oldRelease}`]);
    expect(receipt.parts.map(({ part }) => part)).toEqual(['quiesce', 'stop', 'activate', 'start']);
    expect(receipt.findings.map(({ check }) => check)).toContain('config-active');
    expect(receipt.before?.invocationId).not.toBe(receipt.after?.invocationId);
  });

  it('goes back the same way, by the kept texts alone', async () => {
    const world = makeWorld();
    await carryOut(world, orderOf(withConfig()));
    const receipt = await carryOut(world, orderOf(withConfig({ config: rollback }), { step: 'undo' }));
    expect(receipt.outcome).toBe('done');
    expect(runs(world)).toEqual({ release: oldRelease, config: oldDigest });
  });

  it('takes release and configuration together, there and back', async () => {
    const world = makeWorld();
    world.driver.config.broken.add(newDigest);
    const receipt = await carryOut(world, orderOf(downtimeBody({ config: revision }), { deadlineMs: 2_000 }));
    expect(receipt).toMatchObject({ outcome: 'failed', reverted: true });
    expect(runs(world)).toEqual({ release: oldRelease, config: oldDigest });
    expect(world.host.effects).toContain(`activate ${newRelease}`);
  });

  it.each([
    ['the dry run finds it wrong', (world: World) => world.driver.config.refused.add(newDigest), 'config-refused', oldDigest],
    [
      'the file is another one',
      (world: World) => Object.assign(world.driver.config, { digest: digestOf('c') }),
      'facts-changed',
      digestOf('c'),
    ],
  ])('is refused before anything is touched when %s', async (_why, arrange, code, digest) => {
    const world = makeWorld();
    arrange(world);
    const receipt = await carryOut(world, orderOf(withConfig()));
    expect(receipt).toMatchObject({ outcome: 'refused', failure: { code }, downtimeMs: null });
    expect(world.host.effects).toEqual([]);
    expect(runs(world)).toEqual({ release: oldRelease, config: digest });
    expect(world.host.holds.size).toBe(0);
  });

  it('is refused on its rollback when the old text was not kept', async () => {
    const world = makeWorld();
    world.driver.config.digest = newDigest;
    const receipt = await carryOut(world, orderOf(withConfig({ config: rollback })));
    expect(receipt).toMatchObject({ outcome: 'refused', downtimeMs: null });
    expect(world.host.effects).toEqual([]);
  });

  it('P20 starts the database again, with the file of whoever changed it in the middle of the downtime', async () => {
    const world = makeWorld();
    world.driver.config.broken.add(newDigest);
    world.driver.onCall = ({ name, when }) => {
      const inTheMiddle = name === 'ready' && when === 'before' && world.driver.config.digest === newDigest;
      if (inTheMiddle) world.driver.config.digest = digestOf('c');
    };
    const receipt = await carryOut(world, orderOf(withConfig(), { deadlineMs: 2_000 }));
    expect(receipt).toMatchObject({ outcome: 'failed', reverted: true });
    expect(runs(world)).toEqual({ release: oldRelease, config: digestOf('c') });
  });

  it('must activate what it carries', async () => {
    const world = makeWorld();
    await world.boot();
    await world.until(() => world.connected());
    world.send(orderOf(withConfig({ parts: ['stop', 'start'] })));
    await world.until(() => world.refusals().length > 0);
    expect(world.refusals()).toEqual(['bad-order']);
  });
});

const plays = [
  { name: 'one that is taken', arrange: () => {}, outcome: { outcome: 'done' }, config: newDigest, effects: ['config forward'] },
  {
    name: 'one with which the database does not come up',
    arrange: (world: World) => world.driver.config.broken.add(newDigest),
    outcome: { outcome: 'failed', reverted: true },
    config: oldDigest,
    effects: ['config forward', 'config back'],
  },
];

describe.each(plays)('$name, the agent killed at every port call and commit', ({ arrange, outcome, config, effects }) => {
  const order = orderOf(withConfig(), { deadlineMs: 600 });

  async function play(killAt: number | null, onKill: (world: World) => void = () => {}): Promise<World> {
    const world = makeWorld();
    arrange(world);
    if (killAt !== null) world.killAt(killAt, () => onKill(world));
    await carryOut(world, order);
    await world.until(() => world.journal?.order(order.orderId)?.phase === 'acknowledged');
    return world;
  }

  async function killPoints(wanted: RegExp): Promise<readonly number[]> {
    const { points } = await play(null);
    const first = points.findIndex((point) => point.startsWith('journal before'));
    const seen = new Set<string>();
    return points.flatMap((point, index) => {
      if (point.startsWith('journal')) seen.clear();
      if (index < first || !wanted.test(point) || seen.has(point)) return [];
      seen.add(point);
      return [index];
    });
  }

  it('ends as if nothing had happened: each text is put into place once (P3 P18 P20)', async () => {
    const points = await killPoints(/journal|config|(?:stop|start)Unit|ready/);
    expect(points.length).toBeGreaterThan(30);
    for (const point of points) {
      const world = await play(point);
      const where = `killed at ${world.points[point]}`;
      expect(world.receiptOf(order.orderId), where).toMatchObject(outcome);
      expect(runs(world), where).toEqual({ release: oldRelease, config });
      expect(
        world.host.effects.filter((effect) => effect.startsWith('config')),
        where,
      ).toEqual(effects);
      world.close();
    }
  });

  it('ends well when the whole host reboots at that moment (P18 P20)', async () => {
    for (const point of await killPoints(/after (?:append|config)/)) {
      const world = await play(point, ({ host }) => host.reboot());
      const where = `rebooted at ${world.points[point]}`;
      const refused = world.receiptOf(order.orderId)?.outcome === 'refused';
      expect(world.receiptOf(order.orderId), where).toMatchObject(refused ? { failure: { remedy: 'retry' }, downtimeMs: null } : outcome);
      expect(runs(world), where).toEqual({ release: oldRelease, config: refused ? oldDigest : config });
      world.close();
    }
  });
});

describe('a configuration without a downtime', () => {
  it('is put into place and proven, and goes back by the kept texts', async () => {
    const world = makeWorld();
    expect(await carryOut(world, configure())).toMatchObject({ outcome: 'done', downtimeMs: null });
    expect(await carryOut(world, configure(rollback, 'undo'))).toMatchObject({ outcome: 'done' });
    expect(world.host.effects).toEqual(['config forward', 'config forward']);
    expect(world.driver.config.digest).toBe(oldDigest);
  });

  it.each(['leaves it', 'throws'] as const)('is restored when the running database %s', async (reloads) => {
    const world = makeWorld();
    world.driver.config.reloads = reloads;
    const receipt = await carryOut(world, configure());
    expect(receipt).toMatchObject({ outcome: 'failed', failure: { code: 'config-not-taken' } });
    expect(world.driver.config.digest).toBe(oldDigest);
    expect(runs(world).release).toBe(oldRelease);
  });

  it('is begun again when the agent was killed between the file and the reload', async () => {
    const world = makeWorld();
    const place = 'driver after config.place';
    const quiet = makeWorld();
    await carryOut(quiet, configure());
    world.killAt(quiet.points.indexOf(place));
    expect(await carryOut(world, configure())).toMatchObject({ outcome: 'done' });
    expect(world.deaths).toBe(1);
    expect(world.host.effects).toEqual(['config forward']);
  });

  it('keeps both texts until the rollback is given up', async () => {
    const world = makeWorld();
    await carryOut(world, configure());
    expect(world.driver.config.kept.size).toBe(2);
    await carryOut(world, orderOf({ kind: 'cleanup', part: 'previous-release', keepRelease: oldRelease }, { step: 'cleanup' }));
    expect(world.driver.config.kept.size).toBe(0);
  });
});
