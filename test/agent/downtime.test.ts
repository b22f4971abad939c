import { describe, expect, it } from 'vitest';
import { pause } from '../../common/clock.ts';
import { type Failure, printFailure } from '../../common/failure.ts';
import type { Receipt } from '../../common/orders.ts';
import { downtimeBody, newRelease, oldRelease, orderOf, type World } from './world.ts';
import { bootAndLink, carryOut, makeWorld } from './worlds.ts';

const chainOf = (outer: Failure | undefined): string => (outer === undefined ? '' : printFailure(outer));
const there = ['stop db', `activate ${newRelease}`, `start db ${newRelease}`];
const andBack = [`activate ${oldRelease}`, `start db ${oldRelease}`];

describe('downtime', () => {
  it('takes an instance to the new release and proves by its answer that it runs (P15)', async () => {
    const world = makeWorld();
    const receipt = await carryOut(world, orderOf(downtimeBody()));
    expect(receipt.failure).toBeUndefined();
    expect(receipt.outcome).toBe('done');
    expect(world.host.effects).toEqual(there);
    expect(receipt.facts?.version.running).toBe('16.14');
    expect(receipt.facts?.release).toEqual({ current: newRelease, previous: oldRelease, installed: [newRelease, oldRelease] });
    expect(receipt.before?.invocationId).not.toBe(receipt.after?.invocationId);
    expect(receipt.parts.map(({ part }) => part)).toEqual(['quiesce', 'stop', 'activate', 'start']);
  });

  it('14.2: gives one-shot flags to the forward start alone, and refuses before the stop where the unit takes none', async () => {
    const world = makeWorld();
    const flags = { startFlags: ['--upgrade'] };
    await carryOut(world, orderOf(downtimeBody(flags)));
    expect(world.host.startedWith.get('db')).toEqual(['--upgrade']);
    const failing = makeWorld();
    failing.host.fates.set(newRelease, 'exits-at-start');
    await carryOut(failing, orderOf(downtimeBody(flags)));
    expect(failing.host.startedWith.get('db')).toEqual([]);
    const without = makeWorld();
    without.host.flagless = true;
    const receipt = await carryOut(
      without,
      orderOf(downtimeBody({ ...flags, parts: ['quiesce', 'stop'], toRelease: oldRelease, onFailure: 'leave-stopped' })),
    );
    expect(receipt).toMatchObject({ outcome: 'refused', failure: { code: 'no-start-flags' } });
    expect(without.host.effects).toEqual([]);
  });

  it('14.2: goes through its parts by one order each, and stays held in between (P16)', async () => {
    const world = makeWorld();
    const part = (name: 'stop' | 'activate' | 'start', releases: { readonly fromRelease: string; readonly toRelease: string }) =>
      carryOut(world, orderOf(downtimeBody({ parts: [name], onFailure: 'leave-stopped', ...releases }), { step: name }));
    expect(await part('stop', { fromRelease: oldRelease, toRelease: oldRelease })).toMatchObject({ outcome: 'done' });
    expect(world.host.holds.has('db')).toBe(true);
    expect(await part('activate', { fromRelease: oldRelease, toRelease: newRelease })).toMatchObject({ outcome: 'done' });
    expect(world.host.holds.has('db')).toBe(true);
    expect(await part('start', { fromRelease: newRelease, toRelease: newRelease })).toMatchObject({ outcome: 'done' });
    expect(world.host.holds.has('db')).toBe(false);
    expect(world.host.effects).toEqual(there);
  });

  it('14.2: activates no release of a folder from which another instance runs (P7)', async () => {
    const world = makeWorld();
    world.shareReleases('db-beside');
    world.host.addUnit('db-beside', '/opt/beside', oldRelease);
    const refusal = await carryOut(world, orderOf(downtimeBody()));
    expect(refusal).toMatchObject({ outcome: 'refused', failure: { code: 'release-shared' } });
    expect(world.host.effects).toEqual([]);
    world.host.crashUnit('db-beside');
    const receipt = await carryOut(world, orderOf(downtimeBody(), { attempt: 2 }));
    expect(receipt).toMatchObject({ outcome: 'done', facts: { release: { sharedWith: ['db-beside'] } } });
  });

  it('14.2: changes no release under a database that runs (P7)', async () => {
    const world = makeWorld();
    const receipt = await carryOut(world, orderOf(downtimeBody({ parts: ['activate'], onFailure: 'leave-stopped' })));
    expect(receipt).toMatchObject({ outcome: 'refused', failure: { code: 'still-runs' } });
    expect(world.host.effects).toEqual([]);
  });

  it('adds no more than a poll to the time that stop and start take', async () => {
    const world = makeWorld();
    const receipt = await carryOut(world, orderOf(downtimeBody()));
    const ownMs = (receipt.downtimeMs ?? Number.NaN) - world.host.stopMs - world.host.startMs;
    expect(ownMs).toBeGreaterThanOrEqual(0);
    expect(ownMs).toBeLessThanOrEqual(10);
  });

  it('is rolled back by itself when the new release ends while it starts', async () => {
    const world = makeWorld();
    world.host.fates.set(newRelease, 'exits-at-start');
    const receipt = await carryOut(world, orderOf(downtimeBody()));
    expect(receipt).toMatchObject({
      outcome: 'failed',
      reverted: true,
      failure: { code: 'downtime-reverted', cause: { code: 'exited-at-start' } },
    });
    expect(world.host.effects).toEqual([...there, ...andBack]);
    expect(receipt.facts).toMatchObject({ inService: true, version: { running: '16.4' }, release: { current: oldRelease } });
    expect(receipt.parts.map(({ part }) => part)).toEqual([
      'quiesce',
      'stop',
      'activate',
      'start',
      'revert stop',
      'revert activate',
      'revert start',
    ]);
  });

  it('13.3: says which version did not start, what runs again, and how its log ends, without secrets', async () => {
    const world = makeWorld();
    world.host.fates.set(newRelease, 'exits-at-start');
    const text = 'ready\n\nusing postgres://app:hunter2@db/x password=hunter2\nFATAL:  could not load\nHINT:  see to it\n';
    world.host.logsAtStart.set(newRelease, { '/log/db': text });
    const { failure } = await carryOut(world, orderOf(downtimeBody()));
    expect(failure?.message).toBe('16.14 did not start on db-1; db-1 runs 16.4 again');
    expect(failure?.cause?.message).toBe(
      'unit db exited while it was starting; its log ends with: using postgres://app:[removed]@db/x password=[removed] | FATAL:  could not load | HINT:  see to it (/log/db)',
    );
  });

  const brokenAtStart = (logs: Readonly<Record<string, string>>): World => {
    const world = makeWorld();
    world.host.fates.set(newRelease, 'exits-at-start');
    world.host.logs.set('/log/db', 'FATAL:  of last week\nLOG:  shut down\n');
    world.host.logsAtStart.set(newRelease, logs);
    return world;
  };
  const causeOf = async (world: World) => (await carryOut(world, orderOf(downtimeBody(), { deadlineMs: 5_000 }))).failure?.cause?.message;

  it('13.3: shows of the log only what this start wrote', async () => {
    expect(await causeOf(brokenAtStart({ '/log/db': 'FATAL:  of now\n' }))).toBe(
      'unit db exited while it was starting; its log ends with: FATAL:  of now (/log/db)',
    );
    expect(await causeOf(brokenAtStart({}))).toBe('unit db exited while it was starting; its log has no lines of this start: /log/db');
  });

  it("13.3: shows the server's own log file where it wrote there, and what its unit wrote where it did not come so far", async () => {
    const logs = { '/log/db': 'LOG:  redirecting\n', '/data/log/db.log': 'FATAL:  in the file\n' };
    const world = brokenAtStart(logs);
    world.driver.ownLogs = ['/data/log/db.log', '/data/log/db.csv'];
    expect(await causeOf(world)).toContain('its log ends with: FATAL:  in the file (/data/log/db.log)');
    world.host.secretLogs.add('/data/log/db.log');
    const again = await carryOut(world, orderOf(downtimeBody(), { attempt: 2 }));
    expect(again.failure?.cause?.message).toContain('the log of this start could not be read: /data/log/db.log');
    const early = brokenAtStart({ '/log/db': 'FATAL:  too early\n' });
    early.host.logs.set('/data/log/db.log', 'LOG:  of last week\n');
    early.driver.ownLogs = ['/data/log/db.log'];
    expect(await causeOf(early)).toContain('its log ends with: FATAL:  too early (/log/db)');
  });

  it('13.3: shows the log of a start that never became ready, and says that it was late', async () => {
    const world = brokenAtStart({ '/log/db': 'LOG:  redo in progress\n' });
    world.host.fates.set(newRelease, 'never-ready');
    const { failure } = await carryOut(world, orderOf(downtimeBody(), { deadlineMs: 5_000 }));
    expect(failure?.message).toBe('16.14 was not ready on db-1 in time; db-1 runs 16.4 again');
    expect(failure?.cause?.message).toBe('db-1: not ready in time: no answer; its log ends with: LOG:  redo in progress (/log/db)');
  });

  it('13.3: still knows where the log of a start begins when its agent was killed in it', async () => {
    const world = brokenAtStart({ '/log/db': 'LOG:  redo in progress\n' });
    world.host.fates.set(newRelease, 'never-ready');
    await bootAndLink(world);
    const order = orderOf(downtimeBody(), { deadlineMs: 5_000 });
    world.send(order);
    await world.until(() => world.host.effects.includes(`start db ${newRelease}`));
    world.restart();
    await world.boot();
    await world.until(() => world.receiptOf(order.orderId) !== undefined);
    expect(world.receiptOf(order.orderId)?.failure?.cause?.message).toContain('its log ends with: LOG:  redo in progress (/log/db)');
  });

  it('is rolled back when the new release never answers, after its deadline and no sooner (P9)', async () => {
    const world = makeWorld();
    world.host.fates.set(newRelease, 'never-ready');
    const receipt = await carryOut(world, orderOf(downtimeBody(), { deadlineMs: 5_000 }));
    expect(receipt).toMatchObject({ outcome: 'failed', reverted: true, failure: { cause: { code: 'not-ready' } } });
    expect(receipt.elapsedMs).toBeGreaterThanOrEqual(5_000);
    expect(world.host.effects).toEqual([...there, 'stop db', ...andBack]);
  });

  it('leaves the instance stopped when the order says so', async () => {
    const world = makeWorld();
    world.host.fates.set(newRelease, 'never-ready');
    const receipt = await carryOut(world, orderOf(downtimeBody({ onFailure: 'leave-stopped' }), { deadlineMs: 5_000 }));
    expect(receipt).toMatchObject({ outcome: 'failed', reverted: false, failure: { code: 'left-stopped' }, facts: { inService: false } });
    expect(world.host.effects).toEqual([...there, 'stop db']);
  });

  it('12.B7: says what a shutdown that does not end waits for, starts it again as soon as it is down, and waits no longer than the order may take', async () => {
    const world = makeWorld();
    const unit = world.host.units.get('db');
    if (unit === undefined) throw new RangeError('no unit db');
    unit.stopHangs = true;
    world.driver.shutdownWait = 'the server waits for its archiver';
    const order = orderOf(downtimeBody(), { deadlineMs: 60_000 });
    const carried = carryOut(world, order);
    const receipt = await carried;
    expect(receipt).toMatchObject({ outcome: 'failed', reverted: false, failure: { code: 'rollback-failed' } });
    const reported = chainOf(receipt.failure);
    expect(reported).toMatch(/db-1: not in service, still shutting down; end what it waits for, and once it is down, start unit db on/);
    expect(reported).toContain('db-1: asked to stop 30 s ago, still shutting down: the server waits for its archiver');
    expect(receipt.elapsedMs).toBeGreaterThanOrEqual(60_000);
    expect(receipt.elapsedMs).toBeLessThan(61_000);
    const notes = world.heard.flatMap((message) => (message.type === 'progress' ? [`${message.part}: ${message.note}`] : []));
    expect(notes).toContain('stop: the server waits for its archiver');
    expect(notes).toContain('start: it is still shutting down: the server waits for its archiver');
  });

  it('12.B7: starts what it ran before once a shutdown that took too long has come to its end', async () => {
    const world = makeWorld();
    const unit = world.host.units.get('db');
    if (unit === undefined) throw new RangeError('no unit db');
    unit.stopHangs = true;
    world.driver.shutdownWait = 'the server waits for its archiver';
    void pause(world.clock, 40_000).then(() => Object.assign(unit, { active: false, release: null, stopHangs: false }));
    const receipt = await carryOut(world, orderOf(downtimeBody(), { deadlineMs: 60_000 }));
    expect(receipt).toMatchObject({
      outcome: 'failed',
      reverted: true,
      failure: { code: 'downtime-reverted' },
      facts: { inService: true },
    });
    expect(chainOf(receipt.failure)).toContain('asked to stop 30 s ago, still shutting down');
    expect(world.host.effects).toEqual([`start db ${oldRelease}`]);
  });

  it('never kills a unit that does not stop: the instance goes on serving', async () => {
    const world = makeWorld();
    const unit = world.host.units.get('db');
    if (unit !== undefined) unit.stopHangs = true;
    const receipt = await carryOut(world, orderOf(downtimeBody(), { deadlineMs: 5_000 }));
    expect(receipt).toMatchObject({
      outcome: 'failed',
      reverted: true,
      failure: { cause: { code: 'stop-timeout' } },
      facts: { inService: true },
    });
    expect(world.host.effects).toEqual([]);
  });

  it('says that a person must look when not even the old release comes back', async () => {
    const world = makeWorld();
    world.host.fates.set(newRelease, 'exits-at-start');
    world.host.fates.set(oldRelease, 'exits-at-start');
    const receipt = await carryOut(world, orderOf(downtimeBody()));
    expect(receipt).toMatchObject({
      outcome: 'failed',
      reverted: false,
      failure: { code: 'rollback-failed', cause: { code: 'exited-at-start' } },
    });
  });

  it('13.3: shows once what two starts wrote alike, and both where they failed on something else', async () => {
    const bothFail = async (wrote: string) => {
      const world = brokenAtStart({ '/log/db': '01:00 [7] FATAL:  no socket\n' });
      world.host.fates.set(oldRelease, 'exits-at-start');
      world.host.logsAtStart.set(oldRelease, { '/log/db': wrote });
      return chainOf((await carryOut(world, orderOf(downtimeBody()))).failure);
    };
    const alike = await bothFail('01:01 [8] FATAL:  no socket\n');
    expect(alike).toContain('because: unit db exited while it was starting; its log ends with: 01:01 [8] FATAL:  no socket (/log/db)');
    expect(alike).not.toContain('01:00');
    expect(await bothFail('01:01 [8] FATAL:  disk full\n')).toMatch(/01:01 \[8\] FATAL: {2}disk full.*\n.*01:00 \[7\] FATAL: {2}no socket/);
  });

  describe('12.C16: when an earlier attempt at the step left the database down', () => {
    async function leftDown() {
      const world = makeWorld();
      world.host.fates.set(newRelease, 'exits-at-start');
      world.host.fates.set(oldRelease, 'exits-at-start');
      const first = await carryOut(world, orderOf(downtimeBody()));
      expect(first).toMatchObject({ outcome: 'failed', failure: { code: 'rollback-failed' }, after: null });
      world.host.fates.clear();
      // Nothing answers, so nothing of a running database can be told.
      world.driver.answers.set('in-service', null);
      return world;
    }

    it('brings it up in the next attempt, though no guard of a running database can be answered', async () => {
      const world = await leftDown();
      const second = await carryOut(world, orderOf(downtimeBody(), { attempt: 2 }));
      expect(second).toMatchObject({ outcome: 'done', facts: { version: { running: '16.14' } } });
    });

    it('still refuses what is known to be wrong, and brings it up in the attempt after that', async () => {
      const world = await leftDown();
      const guards = [{ check: 'in-service' }, { check: 'role-is' }];
      world.driver.answers.set('role-is', false);
      const second = await carryOut(world, orderOf(downtimeBody(), { attempt: 2, guards }));
      expect(second).toMatchObject({ outcome: 'refused', failure: { code: 'guard-refused' } });
      world.driver.answers.set('role-is', true);
      expect(await carryOut(world, orderOf(downtimeBody(), { attempt: 3, guards }))).toMatchObject({ outcome: 'done' });
    });

    it('asks every guard of another step, and of a database that somebody started meanwhile', async () => {
      const world = await leftDown();
      const other = await carryOut(world, orderOf(downtimeBody(), { step: 'another' }));
      expect(other).toMatchObject({ outcome: 'refused', failure: { code: 'guard-refused' } });
      await world.host.startUnit('db', 1_000);
      const second = await carryOut(world, orderOf(downtimeBody(), { attempt: 2 }));
      expect(second).toMatchObject({ outcome: 'refused', failure: { code: 'guard-refused' } });
    });
  });

  describe('14: a stop that other orders build on, of a database that is killed and not stopped', () => {
    const stopOnly = downtimeBody({ mode: 'normal', parts: ['quiesce', 'stop'], toRelease: oldRelease, onFailure: 'leave-stopped' });
    const guards = [{ check: 'in-service' }];

    /** The host goes down between the start lock and the stop. */
    async function rebooted(world: World): Promise<Receipt> {
      const undisturbed = makeWorld();
      await carryOut(undisturbed, orderOf(stopOnly, { guards }));
      world.killAt(undisturbed.points.indexOf('host before stopUnit db'), () => world.host.reboot());
      return carryOut(world, orderOf(stopOnly, { guards }));
    }

    it('P18: is started and stopped in order where its host was rebooted between start lock and stop', async () => {
      const world = makeWorld();
      expect(await rebooted(world)).toMatchObject({ outcome: 'done', after: null });
      expect(world.host.effects).toEqual(['reboot', `start db ${oldRelease}`, 'stop db']);
      expect([world.host.runs('db'), world.host.holds.has('db')]).toEqual([null, true]);
    });

    it('P17 P22: is left down where it does not start, and the next attempt starts it before it asks the guards', async () => {
      const world = makeWorld();
      world.host.fates.set(oldRelease, 'exits-at-start');
      expect(await rebooted(world)).toMatchObject({ outcome: 'failed', failure: { code: 'left-stopped' }, after: null });
      world.host.fates.clear();
      world.driver.beforeAnswer = async () => {
        world.driver.answers.set('in-service', world.host.runs('db') !== null);
      };
      expect(await carryOut(world, orderOf(stopOnly, { guards, attempt: 2 }))).toMatchObject({ outcome: 'done', after: null });
      expect(world.host.effects.slice(-2)).toEqual([`start db ${oldRelease}`, 'stop db']);
    });
  });

  it('refuses before the stop when a guard does not hold', async () => {
    const world = makeWorld();
    world.driver.answers.set('role-is', false);
    const receipt = await carryOut(
      world,
      orderOf(downtimeBody(), { guards: [{ check: 'in-service' }, { check: 'role-is', expect: 'standby' }] }),
    );
    expect(receipt).toMatchObject({ outcome: 'refused', failure: { code: 'guard-refused' }, downtimeMs: null });
    expect(world.host.effects).toEqual([]);
  });

  it('P1 asks a guard again that was answered long before the slowest one, and believes its newest answer', async () => {
    const world = makeWorld();
    const guards = [{ check: 'in-service' }, { check: 'role-is', expect: 'standby' }];
    world.driver.beforeAnswer = async (check) => {
      if (check !== 'role-is') return;
      await pause(world.clock, 20_000, new AbortController().signal);
      world.driver.answers.set('in-service', false);
    };
    const receipt = await carryOut(world, orderOf(downtimeBody(), { guards }));
    expect(receipt).toMatchObject({ outcome: 'refused', failure: { code: 'guard-refused' }, downtimeMs: null });
    expect(receipt.findings).toContainEqual(expect.objectContaining({ check: 'in-service', ok: false }));
    expect(world.host.effects).toEqual([]);
  });

  it('P9 refuses before the stop when a guard is not answered in the time of the order', async () => {
    const world = makeWorld();
    world.driver.beforeAnswer = () => new Promise(() => {});
    const receipt = await carryOut(world, orderOf(downtimeBody(), { deadlineMs: 5_000 }));
    expect(receipt.outcome).not.toBe('done');
    expect(world.host.effects).toEqual([]);
  });

  it('refuses before the stop when a guard cannot be found out', async () => {
    const world = makeWorld();
    world.driver.answers.set('in-service', null);
    const receipt = await carryOut(world, orderOf(downtimeBody()));
    expect(receipt).toMatchObject({ outcome: 'refused', failure: { code: 'guard-refused' } });
    expect(world.host.effects).toEqual([]);
  });

  it('fails without a downtime when quiescing does not end in time (P9)', async () => {
    const world = makeWorld();
    world.driver.quiesceHangs = true;
    const receipt = await carryOut(world, orderOf(downtimeBody(), { deadlineMs: 2_000 }));
    expect(receipt).toMatchObject({ outcome: 'failed', failure: { code: 'deadline-passed' }, facts: { inService: true } });
    expect(world.host.effects).toEqual([]);
  });

  it('starts nothing that is not staged (P7)', async () => {
    const world = makeWorld();
    const receipt = await carryOut(world, orderOf(downtimeBody({ toRelease: '16.15-ccc', expectVersion: '16.15' })));
    expect(receipt).toMatchObject({ outcome: 'refused', failure: { code: 'release-missing' } });
    expect(receipt.failure?.message).toContain('nothing was stopped for it; copy that folder from a host that has it');
    expect(world.host.effects).toEqual([]);
  });

  it('P22 needs no former release on a host that was set up with the wanted one, and starts nothing without a rollback (P7)', async () => {
    const world = makeWorld();
    await carryOut(world, orderOf(downtimeBody()));
    const [before] = [world.host.effects.length];
    const toNew = { fromRelease: '16.2-gone', onFailure: 'revert' } as const;
    expect(await carryOut(world, orderOf(downtimeBody(toNew), { attempt: 2 }))).toMatchObject({ outcome: 'done', downtimeMs: null });
    world.host.crashUnit('db');
    world.host.fates.set(newRelease, 'exits-at-start');
    const receipt = await carryOut(world, orderOf(downtimeBody({ ...toNew, expectVersion: '16.15' }), { attempt: 3 }));
    expect(receipt).toMatchObject({ outcome: 'refused', failure: { code: 'release-missing' } });
    expect(receipt.failure?.message).toContain(
      '16.2-gone is not complete in /opt/db, and without it the downtime could not be rolled back',
    );
    expect(world.host.effects.slice(before).filter((effect) => /^(activate|start)/.test(effect))).toEqual([]);
  });

  it('refuses when another release is current than the plan saw', async () => {
    const world = makeWorld();
    world.host.install('/opt/db', '16.9-zzz');
    const receipt = await carryOut(world, orderOf(downtimeBody({ fromRelease: '16.9-zzz', toRelease: newRelease })));
    expect(receipt).toMatchObject({ outcome: 'refused', failure: { code: 'facts-changed' } });
  });

  it('takes nothing down when the wanted release runs already', async () => {
    const world = makeWorld();
    const back = downtimeBody({ mode: 'downgrade', fromRelease: newRelease, toRelease: oldRelease, expectVersion: '16.4' });
    const receipt = await carryOut(world, orderOf(back));
    expect(receipt).toMatchObject({ outcome: 'done', downtimeMs: null });
    expect(world.host.effects).toEqual([]);
  });

  it('restarts in place when no other release is wanted', async () => {
    const world = makeWorld();
    const restart = downtimeBody({ mode: 'normal', parts: ['quiesce', 'stop', 'start'], toRelease: oldRelease, expectVersion: '16.4' });
    const receipt = await carryOut(world, orderOf(restart));
    expect(receipt.outcome).toBe('done');
    expect(world.host.effects).toEqual(['stop db', `start db ${oldRelease}`]);
  });

  it('goes on when the controller is gone from its begin to its end (P20)', async () => {
    const world = makeWorld();
    await bootAndLink(world);
    const order = orderOf(downtimeBody());
    world.send(order);
    await world.until(() => world.host.effects.includes('stop db'));
    world.answers = false;
    world.controller?.close('the controller was killed');
    await world.until(() => world.journal?.order(order.orderId)?.phase === 'ended');
    expect(world.host.runs('db')).toBe(newRelease);
    world.answers = true;
    await world.until(() => world.receiptOf(order.orderId)?.outcome === 'done');
  });
});
