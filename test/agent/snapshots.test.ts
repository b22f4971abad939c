/** Snapshots and restores as orders, on a host in memory: decided right, carried on after a kill at every act and commit. */
import { describe, expect, it } from 'vitest';
import type { SnapshotManifest } from '../../agent/snapshots/manifest.ts';
import type { OrderBody } from '../../common/orders.ts';
import { downtimeBody, instance, newRelease, oldRelease, orderOf, type World } from './world.ts';
import { bootAndLink, carryOut, makeWorld } from './worlds.ts';

const id = 'r-1.db-1';
const body = (more: Partial<Extract<OrderBody, { kind: 'snapshot' }>> = {}): OrderBody => ({
  kind: 'snapshot',
  verify: 'restore-compare',
  needBytes: 1_000,
  needInodes: 10,
  ...more,
});
const snapshotOrder = orderOf(body(), { guards: [] });
const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

function manifest(more: Partial<SnapshotManifest> = {}): SnapshotManifest {
  const places = [{ folder: 'data', path: instance.dataDir }];
  return {
    format: 1,
    id,
    run: 'r-1',
    instance: 'db-1',
    engine: 'twin',
    databaseId: 'db-1',
    madeAtMs: 0,
    expiresAtMs: Number.MAX_SAFE_INTEGER,
    verified: 'list',
    bytes: 1_000_000,
    files: 9,
    listDigest: 'sha256:list',
    findings: [],
    made: { version: '16.4', role: 'standby', position: '42', places, notes: {} },
    ...more,
  };
}

describe('a snapshot', () => {
  it('is proven before it is complete, listed with what was proven, and kept for thirty days (P8)', async () => {
    const world = makeWorld();
    const receipt = await carryOut(world, snapshotOrder);
    expect(receipt).toMatchObject({ outcome: 'done', downtimeMs: null });
    expect(receipt.findings.map(({ check }) => check)).toEqual(['snapshot-verification', 'snapshot-files', 'snapshot-verification']);
    const [seen] = receipt.facts?.snapshots ?? [];
    expect(seen).toMatchObject({ id, verified: 'restore-compare', version: '16.4', role: 'standby', position: '42' });
    expect((seen?.expiresAtMs ?? 0) - (seen?.madeAtMs ?? 0)).toBe(30 * dayMs);
    expect(world.host.shelf.remains.size).toBe(0);
    expect(world.driver.tidied).toEqual([`${instance.snapshotsDir}/${id}.scratch`]);
  });

  it('13.5: is kept as long from its making on as its order says, whatever becomes of the run', async () => {
    const world = makeWorld();
    const receipt = await carryOut(world, orderOf(body({ keepMs: 7 * dayMs }), { guards: [] }));
    const [seen] = receipt.facts?.snapshots ?? [];
    expect((seen?.expiresAtMs ?? 0) - (seen?.madeAtMs ?? 0)).toBe(7 * dayMs);
  });

  it('is refused before its first byte when the need with its margin does not fit, twice that for a proof by restoring (P8)', async () => {
    for (const [verify, freeBytes, outcome] of [
      ['list', 1_199_999, 'refused'],
      ['list', 1_200_000, 'done'],
      ['restore-compare', 2_399_999, 'refused'],
      ['restore-compare', 2_400_000, 'done'],
    ] as const) {
      const world = makeWorld();
      world.host.free = { freeBytes, freeInodes: 1_000 };
      const receipt = await carryOut(world, orderOf(body({ verify }), { guards: [] }));
      expect(receipt.outcome, `${verify} ${freeBytes}`).toBe(outcome);
      if (outcome === 'done') continue;
      expect(receipt.failure).toMatchObject({ code: 'space-short', class: 'refused' });
      expect(world.points.some((point) => point.includes('copyTree') || point.includes('makeRemains'))).toBe(false);
    }
  });

  it('counts with what the plan was approved with, and with inodes (P8)', async () => {
    for (const [needs, free] of [
      [{ needBytes: 5_000_000 }, { freeBytes: 4_999_999, freeInodes: 1_000 }],
      [{ needInodes: 500 }, { freeBytes: 1e12, freeInodes: 499 }],
      [{}, { freeBytes: 1e12, freeInodes: 11 }],
    ] as const) {
      const world = makeWorld();
      world.host.free = free;
      expect(await carryOut(world, orderOf(body(needs), { guards: [] }))).toMatchObject({
        outcome: 'refused',
        failure: { code: 'space-short' },
      });
    }
  });

  it('is told to planners the very room that it is granted: less than what is free by what must stay free (P8)', async () => {
    for (const [freeBytes, outcome] of [
      [1_249_999, 'refused'],
      [1_250_000, 'done'],
    ] as const) {
      const world = makeWorld();
      world.host.spare = { freeBytes: 50_000, freeInodes: 40 };
      world.host.free = { freeBytes, freeInodes: 1_000 };
      const receipt = await carryOut(world, orderOf(body({ verify: 'list' }), { guards: [] }));
      expect(receipt.outcome, `${freeBytes}`).toBe(outcome);
      expect(receipt.facts?.space).toMatchObject({
        data: { freeBytes, freeInodes: 1_000 },
        snapshots: { freeBytes: freeBytes - 50_000, freeInodes: 960 },
      });
    }
  });

  it('leaves nothing behind when the disk fills up in the middle, and the database serves on (P8)', async () => {
    const world = makeWorld();
    world.host.shelf.copyFails = true;
    expect(await carryOut(world, snapshotOrder)).toMatchObject({
      outcome: 'failed',
      failure: { code: 'space-short' },
      facts: { inService: true },
    });
    expect(world.host.shelf.remains.size).toBe(0);
    expect(world.host.effects).toEqual([]);
  });

  it('is removed when it is not proven, or when nobody can tell (P8)', async () => {
    for (const ok of [false, null]) {
      const world = makeWorld();
      world.driver.proof = { check: 'snapshot-verification', ok, detail: 'table ledger has other content' };
      const receipt = await carryOut(world, snapshotOrder);
      expect(receipt).toMatchObject({ outcome: 'failed', failure: { code: 'snapshot-not-proven' } });
      expect(receipt.failure?.message).toContain('table ledger has other content');
      expect(world.host.shelf.remains.size + world.host.shelf.snapshots.size).toBe(0);
    }
  });

  it('is given up when its time is over, and nothing is left of it (P9)', async () => {
    const world = makeWorld();
    world.host.shelf.copyHangs = true;
    const receipt = await carryOut(world, orderOf(body(), { guards: [], deadlineMs: 30_000 }));
    expect(receipt).toMatchObject({ outcome: 'failed', failure: { class: 'timeout', code: 'deadline-passed' } });
    expect(receipt.elapsedMs).toBeGreaterThanOrEqual(30_000);
    expect(world.host.shelf.remains.size + world.host.shelf.snapshots.size).toBe(0);
  });

  it('that is complete already gives its answer again, and does not pass for more than was proven', async () => {
    const world = makeWorld();
    await carryOut(world, snapshotOrder);
    const again = await carryOut(world, orderOf(body(), { guards: [], attempt: 2 }));
    expect(again).toMatchObject({ outcome: 'done', findings: world.receiptOf(snapshotOrder.orderId)?.findings });
    expect(world.host.effects).toEqual([`snapshot ${id}`]);
    world.host.shelf.snapshots.set(id, manifest({ verified: 'none' }));
    expect(await carryOut(world, orderOf(body(), { guards: [], attempt: 3 }))).toMatchObject({
      outcome: 'refused',
      failure: { code: 'snapshot-exists' },
    });
  });

  it('of a later hop is another one, and each is kept and removed by itself', async () => {
    const world = makeWorld();
    const finalize = (hop: string, keepMs: number) =>
      orderOf({ kind: 'cleanup', part: 'snapshot', keepMs, hop }, { guards: [], step: `keep-${hop}` });
    for (const hop of ['h1', 'h2']) await carryOut(world, orderOf(body({ hop }), { guards: [], step: `snapshot-${hop}` }));
    expect([...world.host.shelf.snapshots.keys()]).toEqual(['r-1.h1.db-1', 'r-1.h2.db-1']);
    await carryOut(world, finalize('h1', 0));
    await carryOut(world, finalize('h2', dayMs));
    expect([...world.host.shelf.snapshots.keys()]).toEqual(['r-1.h2.db-1']);
  });

  it('ends the same with the agent killed at every act and commit (P3 P4 P8 P18)', async () => {
    const points = await pointsOf(() => {}, snapshotOrder);
    expect(points.length).toBeGreaterThan(20);
    for (const point of points) {
      const world = await withDeath(() => {}, snapshotOrder, point);
      const where = `killed at ${world.points[point]}`;
      expect(world.deaths, where).toBe(1);
      expect(world.receiptOf(snapshotOrder.orderId), where).toMatchObject({ outcome: 'done' });
      expect(world.host.effects, where).toEqual([`snapshot ${id}`]);
      expect(world.host.shelf.remains.size, where).toBe(0);
      // Whatever a killed proof has left is ended before its folder goes.
      if (world.points.filter((name) => name.includes('snapshots.verify')).length > 0)
        expect(world.driver.tidied.length, where).toBeGreaterThan(0);
      world.close();
    }
  });
});

describe('keeping house', () => {
  it('removes at its start and later what nobody wants: half made ones, scratch folders after their servers were ended, and what is too old', async () => {
    const world = makeWorld();
    const { shelf } = world.host;
    const path = (name: string) => `${instance.snapshotsDir}/${name}`;
    shelf.remains.set('r-7.db-1.partial', { id: 'r-7.db-1', kind: 'partial', path: path('r-7.db-1.partial') });
    shelf.remains.set('r-7.db-1.scratch', { id: 'r-7.db-1', kind: 'scratch', path: path('r-7.db-1.scratch') });
    shelf.remains.set('r-7.db-2.partial', { id: 'r-7.db-2', kind: 'partial', path: path('r-7.db-2.partial') });
    shelf.snapshots.set('r-2.db-1', manifest({ id: 'r-2.db-1', expiresAtMs: world.clock.wallMs() - 1 }));
    shelf.snapshots.set('r-3.db-1', manifest({ id: 'r-3.db-1', expiresAtMs: world.clock.wallMs() + minuteMs }));
    shelf.snapshots.set('r-2.db-2', manifest({ id: 'r-2.db-2', instance: 'db-2', expiresAtMs: 0 }));
    await bootAndLink(world);
    expect([...shelf.remains.keys()]).toEqual(['r-7.db-2.partial']);
    expect([...shelf.snapshots.keys()]).toEqual(['r-3.db-1', 'r-2.db-2']);
    expect(world.driver.tidied).toEqual([path('r-7.db-1.scratch')]);
    await world.clock.advance(15 * minuteMs);
    expect([...shelf.snapshots.keys()]).toEqual(['r-2.db-2']);
  });

  it('keeps the run’s snapshot for as long as the cleanup say, and says when there is none', async () => {
    const world = makeWorld();
    const finalize = (keepMs: number, attempt: number) =>
      orderOf({ kind: 'cleanup', part: 'snapshot', keepMs }, { guards: [], step: 'keep', attempt });
    world.host.shelf.snapshots.set(id, manifest());
    expect(await carryOut(world, finalize(dayMs, 1))).toMatchObject({ outcome: 'done', findings: [] });
    expect((world.host.shelf.snapshots.get(id)?.expiresAtMs ?? 0) - world.clock.wallMs()).toBeLessThanOrEqual(dayMs);
    await carryOut(world, finalize(0, 2));
    expect(world.host.shelf.snapshots.size).toBe(0);
    expect(await carryOut(world, finalize(dayMs, 3))).toMatchObject({ outcome: 'done', findings: [{ check: 'snapshot-kept', ok: null }] });
  });
});

describe('a snapshot that a person wants removed', () => {
  const claim = (epoch: number, writer = 'w-1') => ({ cluster: 'main', epoch, writer });
  let asked = 0;
  /** Asks as a controller does, and gives back the code of the refusal; null: it is gone. */
  async function remove(world: World, snapshot: string, more: { claim?: ReturnType<typeof claim>; instance?: string } = {}) {
    const nonce = `n${++asked}`;
    world.controller?.send({ type: 'remove-snapshot', nonce, claim: claim(1), instance: 'db-1', snapshot, ...more });
    const answers = () =>
      world.heard.flatMap((message) => (message.type === 'snapshot-removed' && message.nonce === nonce ? [message] : []));
    await world.clock.runUntil(() => answers().length > 0 || world.deaths > 0);
    return answers()[0]?.failure?.code ?? null;
  }

  it('13.5: is gone when the agent answers, and asked for again it is gone still', async () => {
    const world = makeWorld();
    const { snapshots } = world.host.shelf;
    for (const each of ['r-1.db-1', 'r-2.db-1']) snapshots.set(each, manifest({ id: each }));
    snapshots.set('r-1.db-2', manifest({ id: 'r-1.db-2', instance: 'db-2' }));
    await bootAndLink(world);
    expect(await remove(world, 'r-1.db-1')).toBeNull();
    expect([...snapshots.keys()]).toEqual(['r-2.db-1', 'r-1.db-2']);
    expect(await remove(world, 'r-1.db-1')).toBeNull();
    expect(await remove(world, 'r-1.db-2')).toBeNull();
    expect(await remove(world, 'r-2.db-1', { instance: 'db-2' })).toBe('wrong-target');
    expect(await remove(world, 'r-2.db-1', { claim: { ...claim(9), cluster: 'other' } })).toBe('wrong-target');
    expect([...snapshots.keys()]).toEqual(['r-2.db-1', 'r-1.db-2']);
  });

  it('13.5 P5: stays when a controller asks that was superseded, and one that asks is obeyed from then on', async () => {
    const world = makeWorld();
    const { snapshots } = world.host.shelf;
    for (const each of ['r-1.db-1', 'r-2.db-1']) snapshots.set(each, manifest({ id: each }));
    await bootAndLink(world);
    expect(await remove(world, 'r-1.db-1', { claim: claim(4) })).toBeNull();
    expect(world.journal?.fences()).toEqual([claim(4)]);
    expect(await remove(world, 'r-2.db-1', { claim: claim(3) })).toBe('fenced');
    expect(await remove(world, 'r-2.db-1', { claim: claim(4, 'w-2') })).toBe('fenced');
    expect([...snapshots.keys()]).toEqual(['r-2.db-1']);
    world.send(orderOf(body(), { guards: [] }));
    await world.until(() => world.refusals().length > 0);
    expect(world.refusals()).toEqual(['fenced']);
  });

  it('13.5: stays while an order under way needs it', async () => {
    const world = makeWorld();
    world.host.shelf.copyHangs = true;
    await bootAndLink(world);
    world.send(snapshotOrder);
    await world.until(() => world.points.some((point) => point.startsWith('host before copyTree')));
    expect(await remove(world, id)).toBe('snapshot-in-use');
  });

  it('13.5: is removed after a kill in between, although nobody asks again', async () => {
    const world = makeWorld();
    world.host.shelf.snapshots.set(id, manifest());
    await bootAndLink(world);
    const { points } = world;
    world.host.onCall = ((onCall) => (call) => {
      if (call.name === 'removeSnapshot' && world.deaths === 0) world.killAt(points.length);
      onCall?.(call);
    })(world.host.onCall);
    await remove(world, id);
    expect(world.deaths).toBe(1);
    expect(world.host.shelf.snapshots.size).toBe(1);
    world.restart();
    await bootAndLink(world);
    expect(world.host.shelf.snapshots.size).toBe(0);
  });
});

describe('what a snapshot would need', () => {
  it('is measured when it is asked for, and is a finding of its own when it cannot be', async () => {
    const world = makeWorld();
    const order = orderOf({ kind: 'observe', checks: ['in-service', 'snapshot-need'], nonce: 'n-1' }, { guards: [] });
    const receipt = await carryOut(world, order);
    expect(receipt.facts).toMatchObject({
      snapshotNeed: { bytes: 1_000_000, inodes: 10, method: 'copy' },
      space: { snapshots: world.host.free },
    });
    expect(receipt.findings.map(({ check, ok }) => [check, ok])).toEqual([
      ['in-service', true],
      ['snapshot-need', true],
    ]);
    world.host.onCall = ({ name }) => {
      if (name === 'copyNeed') throw new Error('the folder cannot be read');
    };
    const blind = await carryOut(world, { ...order, orderId: 'r-1/observe/2', attempt: 2 });
    expect(blind.facts?.snapshotNeed).toBeUndefined();
    expect(blind.findings).toContainEqual({ check: 'snapshot-need', ok: null, detail: 'the folder cannot be read' });
  });
});

const parts = ['quiesce', 'stop', 'restore', 'activate', 'start'] as const;
const restoreOrder = orderOf(downtimeBody({ parts, mode: 'downgrade', restore: id }), { run: 'r-2', deadlineMs: 2_000 });
const whenSealed =
  (act: () => void): World['host']['onCall'] =>
  (call) => {
    if (call.name === 'sealBeside' && call.when === 'after') act();
  };
const effects = [{ key: 'retained-wal', prior: null, set: 'slot' }];
const withSnapshot = (world: World): unknown => world.host.shelf.snapshots.set(id, manifest({ made: { ...manifest().made, effects } }));

describe('what putting a snapshot back would take', () => {
  const probe = orderOf({ kind: 'observe', checks: [], nonce: 'n-1', restoreRun: 'r-1' }, { guards: [] });
  const places = [
    { folder: 'data', path: instance.dataDir },
    { folder: 'tablespaces/1', path: '/mnt/space/PG_16' },
    { folder: 'wal', path: `${instance.dataDir}-wal` },
  ];
  const spread = (world: World): void => {
    const made = { ...manifest().made, places };
    world.host.shelf.snapshots.set(id, manifest({ made }));
    Object.assign(world.host, { deviceOf: async (path: string) => (path.startsWith('/mnt/space') ? 2 : 1) });
  };

  it('is told for each file system that a part of it goes to, as much as a restore then reserves there (P8)', async () => {
    const world = makeWorld();
    spread(world);
    const room = world.host.free;
    const { facts, findings } = await carryOut(world, probe);
    expect(findings).toEqual([]);
    expect(facts?.restoreNeeds).toEqual([
      { path: instance.dataDir, bytes: 2_000_000, inodes: 20, room },
      { path: '/mnt/space/PG_16', bytes: 1_000_000, inodes: 10, room },
    ]);
    for (const [freeBytes, outcome] of [
      [2_399_999, 'refused'],
      [2_400_000, 'done'],
    ] as const) {
      const other = makeWorld();
      spread(other);
      other.host.free = { freeBytes, freeInodes: 24 };
      expect((await carryOut(other, restoreOrder)).outcome, `${freeBytes}`).toBe(outcome);
    }
  });

  it('is nothing where there is no such snapshot, and a finding where it cannot be measured', async () => {
    const world = makeWorld();
    const none = await carryOut(world, probe);
    expect([none.facts?.restoreNeeds, none.findings]).toEqual([undefined, []]);
    withSnapshot(world);
    world.host.onCall = ({ name }) => {
      if (name === 'copyNeed') throw new Error('the folder cannot be read');
    };
    const blind = await carryOut(world, { ...probe, orderId: 'r-1/observe/2', attempt: 2 });
    expect(blind.facts?.restoreNeeds).toBeUndefined();
    expect(blind.findings).toEqual([{ check: 'restore-need', ok: null, detail: 'the folder cannot be read' }]);
  });
});

describe('a restore', () => {
  it('lays the copy beside while the database serves, moves it into place while it is down, and says where the old one lies', async () => {
    const world = makeWorld();
    withSnapshot(world);
    const receipt = await carryOut(world, restoreOrder);
    expect(receipt).toMatchObject({ outcome: 'done', reverted: false });
    expect(world.host.effects).toEqual(['stop db', `restore ${id}`, `activate ${newRelease}`, `start db ${newRelease}`]);
    expect(world.host.shelf.contentOf(instance.dataDir)).toBe(id);
    expect(world.host.breaches).toEqual([]);
    const [laid, stopped] = ['sealBeside', 'stopUnit'].map((name) => world.points.findIndex((point) => point.includes(`after ${name}`)));
    expect(laid).toBeLessThan(stopped ?? 0);
    expect(receipt.findings.find(({ check }) => check === 'restored')?.detail).toContain(`${instance.dataDir}.drydock-r-2.downtime.1`);
    expect(receipt.parts.map(({ part }) => part)).toEqual(parts);
  });

  it('keeps what was moved aside until a later run gives up its rollback', async () => {
    const world = makeWorld();
    withSnapshot(world);
    await carryOut(world, restoreOrder);
    expect(world.host.shelf.restores.size).toBe(1);
    const body = { kind: 'cleanup', part: 'previous-release', keepRelease: newRelease } as const;
    await carryOut(world, orderOf(body, { run: 'r-20', step: 'finalize', guards: [] }));
    expect(world.host.shelf.restores.size).toBe(0);
    expect(world.host.shelf.contentOf(instance.dataDir)).toBe(id);
  });

  it.each([
    ['none exist', (_: World) => {}, 'no-snapshot'],
    [
      'it is of another database',
      (world: World): unknown => world.host.shelf.snapshots.set(id, manifest({ databaseId: 'db-9' })),
      'wrong-target',
    ],
    [
      'it is of another instance',
      (world: World): unknown => world.host.shelf.snapshots.set(id, manifest({ instance: 'db-9' })),
      'wrong-target',
    ],
    ['its files are damaged', (world: World): unknown => [withSnapshot(world), world.host.shelf.damaged.add(id)], 'snapshot-damaged'],
    [
      'it does not fit',
      (world: World): unknown => [withSnapshot(world), Object.assign(world.host, { free: { freeBytes: 9, freeInodes: 9 } })],
      'space-short',
    ],
    [
      'its role is another one now, so that it would come up as a second leader',
      (world: World): unknown => [withSnapshot(world), Object.assign(world.driver, { role: 'primary' })],
      'facts-changed',
    ],
    [
      'its role moved while the copy was made',
      (world: World): unknown => [
        withSnapshot(world),
        Object.assign(world.host, { onCall: whenSealed(() => Object.assign(world.driver, { role: 'primary' })) }),
      ],
      'facts-changed',
    ],
    [
      'a guard does not hold',
      (world: World): unknown => [withSnapshot(world), world.driver.answers.set('in-service', false)],
      'guard-refused',
    ],
  ] as const)('is refused before the stop when %s, and leaves no copy behind (P8)', async (_, arrange, code) => {
    const world = makeWorld();
    arrange(world);
    expect(await carryOut(world, restoreOrder)).toMatchObject({ outcome: 'refused', failure: { code }, downtimeMs: null });
    expect(world.host.effects).toEqual([]);
    expect(world.host.shelf.restores.size).toBe(0);
  });

  const revertEffects = [
    'stop db',
    `restore ${id}`,
    `activate ${newRelease}`,
    `start db ${newRelease}`,
    'stop db',
    'put data back',
    `activate ${oldRelease}`,
    `start db ${oldRelease}`,
  ];

  it('of a database that does not run, and cannot, carries through (P20)', async () => {
    const world = makeWorld();
    withSnapshot(world);
    await bootAndLink(world);
    world.host.crashUnit('db');
    const body = downtimeBody({ parts: parts.filter((part) => part !== 'quiesce'), mode: 'downgrade', restore: id });
    const order = orderOf(body, { run: 'r-2', deadlineMs: 2_000, guards: [] });
    expect(await carryOut(world, order)).toMatchObject({ outcome: 'done', reverted: false, before: null });
    expect(world.host.shelf.contentOf(instance.dataDir)).toBe(id);
  });

  it('is rolled back with its release when what was restored does not come up', async () => {
    const world = makeWorld();
    withSnapshot(world);
    world.host.fates.set(newRelease, 'never-ready');
    expect(await carryOut(world, restoreOrder)).toMatchObject({ outcome: 'failed', reverted: true });
    expect(world.host.effects).toEqual(revertEffects);
    expect(world.host.shelf.contentOf(instance.dataDir)).toBe('live');
    expect(world.host.shelf.restores.size).toBe(0);
  });

  it('is rolled back when what was restored comes up in another role, before anybody else may start it', async () => {
    const world = makeWorld();
    withSnapshot(world);
    world.host.onCall = ({ name, when }) => {
      if (name === 'startUnit' && when === 'after') world.driver.role = 'primary';
    };
    expect(await carryOut(world, restoreOrder)).toMatchObject({
      outcome: 'failed',
      reverted: true,
      failure: { cause: { code: 'other-role' } },
    });
    expect(world.host.effects).toEqual(revertEffects);
    expect(world.host.shelf.contentOf(instance.dataDir)).toBe('live');
  });

  it.each([
    ['done', 'sound', id, newRelease],
    ['rolled back', 'never-ready', 'live', oldRelease],
  ] as const)(
    'that is %s ends the same with the agent killed, or the host rebooted, at every act and commit (P7 P18 P20)',
    async (_, fate, content, release) => {
      const arrange = (world: World) => {
        withSnapshot(world);
        world.host.fates.set(newRelease, fate);
      };
      const points = await pointsOf(arrange, restoreOrder);
      expect(points.length).toBeGreaterThan(20);
      for (const reboots of [false, true])
        for (const point of points) {
          const world = await withDeath(arrange, restoreOrder, point, reboots);
          const where = `${reboots ? 'rebooted' : 'killed'} at ${world.points[point]}`;
          const receipt = world.receiptOf(restoreOrder.orderId);
          const untouched = receipt?.outcome === 'refused';
          expect(world.host.breaches, where).toEqual([]);
          expect(world.host.shelf.contentOf(instance.dataDir), where).toBe(untouched ? 'live' : content);
          expect(world.host.runs('db'), where).toBe(untouched ? oldRelease : release);
          expect(world.host.shelf.isHalf(), where).toBe(false);
          // What came with the snapshot is for the run to restore, once it is there (P19).
          expect(receipt?.effects, where).toEqual(receipt?.outcome === 'done' ? effects : []);
          expect(world.host.shelf.restores.size, where).toBe(content === id && !untouched ? 1 : 0);
          world.close();
        }
    },
  );
});

/** Probes change nothing: dying in one is dying before the next act or commit. */
const telling =
  /^journal|stopUnit|startUnit|copyTree|Remains|listPartial|checkFiles|completeSnapshot|Beside|moveIntoPlace|moving|moveBack|returning|activateRelease|snapshots\./;

/** Indices of the acts and commits of an undisturbed order; of those that repeat between two commits one each. */
async function pointsOf(arrange: (world: World) => void, order: ReturnType<typeof orderOf>): Promise<readonly number[]> {
  const world = makeWorld();
  arrange(world);
  await carryOut(world, order);
  await world.until(() => world.journal?.order(order.orderId)?.phase === 'acknowledged');
  const first = world.points.findIndex((point) => point.startsWith('journal before'));
  const seen = new Set<string>();
  return world.points.flatMap((point, index) => {
    if (point.startsWith('journal')) seen.clear();
    if (index < first || seen.has(point) || !telling.test(point)) return [];
    seen.add(point);
    return [index];
  });
}

async function withDeath(
  arrange: (world: World) => void,
  order: ReturnType<typeof orderOf>,
  point: number,
  reboots = false,
): Promise<World> {
  const world = makeWorld();
  arrange(world);
  world.killAt(point, () => {
    if (reboots) world.host.reboot();
  });
  await carryOut(world, order);
  await world.until(() => world.journal?.order(order.orderId)?.phase === 'acknowledged');
  return world;
}
