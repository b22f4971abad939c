import { readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DriverContext, DriverSettings } from '../../common/driver.ts';
import { postgresqlDriver as driver } from '../../engines/postgresql/driver.ts';
import { makeTestCluster, type TestCluster, type TestServer } from './postgresql-servers.ts';
import {
  act,
  acted,
  ask,
  exists,
  factsOf,
  fenced,
  fenceTo,
  fileOf,
  follows,
  isOk,
  promotion,
  repointTo,
  soon,
  sql,
  startThree,
  unfence,
} from './postgresql-verbs.ts';

const { set, unset } = driver.settings as DriverSettings;

let cluster: TestCluster;
let first: TestServer;
let second: TestServer;
let third: TestServer;

beforeAll(async () => {
  cluster = await makeTestCluster(['pg-1', 'pg-2', 'pg-3'], ['16.4']);
  [first, second, third] = await startThree(cluster);
});

afterAll(async () => {
  await cluster?.remove();
});

/** A host on which something happens before, or instead of, each write. */
function onWrite(context: DriverContext, before: (path: string) => Promise<void>): DriverContext {
  const { host } = context;
  return {
    ...context,
    host: {
      ...host,
      writeText: async (path, text, mode) => before(path).then(() => host.writeText(path, text, mode)),
      removeFile: async (path) => before(path).then(() => host.removeFile(path)),
    },
  };
}

/** Breaks off after so many writes. */
function breakingAfter(context: DriverContext, writes: number): DriverContext {
  let left = writes;
  return onWrite(context, async () => {
    left -= 1;
    if (left < 0) throw new Error('the agent was killed');
  });
}

describe('settings for a while', () => {
  const key = 'synchronous-standby-names';
  const present = async () => (await factsOf(first)).synchronousStandbyNames;

  it('P19 sets synchronous standby names and restores that there were none', async () => {
    const effect = await set(first.context(), key, '"pg-2"');
    expect(effect).toEqual({ key, prior: null, set: '"pg-2"' });
    expect(await present()).toBe('"pg-2"');
    expect(await set(first.context(), key, '"pg-2"')).toEqual(effect);
    expect(await unset(first.context(), effect)).toMatchObject({ ok: true, detail: expect.stringContaining('not set again') });
    expect(await present()).toBe('');
    expect(await readFile(fileOf(first, 'postgresql.auto.conf'), 'utf8')).not.toContain('synchronous');
    expect(await unset(first.context(), effect)).toMatchObject({ ok: true });
    expect(await exists(fileOf(first, 'drydock.effects'))).toBe(false);
  });

  it('P19 leaves what a person set meanwhile', async () => {
    await sql(first, `ALTER SYSTEM SET synchronous_standby_names = 'ANY 1 ("pg-2", "pg-3")'`);
    const effect = await set(first.context(), key, '"pg-3"');
    expect(effect.prior).toBe('ANY 1 ("pg-2", "pg-3")');
    await sql(first, `ALTER SYSTEM SET synchronous_standby_names = '*'`);
    await sql(first, 'SELECT pg_reload_conf()');
    const finding = await unset(first.context(), effect);
    expect(finding).toMatchObject({
      ok: true,
      detail: expect.stringContaining(`${key} was set to '*' by hand during the run and is left so`),
    });
    await expect.poll(present, soon).toBe('*');
    await unset(first.context(), { key, prior: null, set: '*' });
    expect(await present()).toBe('');
  });

  it('P19 brings what was restored into force although the order was broken off before the server was told', async () => {
    await set(first.context(), key, '"pg-2"');
    await sql(first, 'ALTER SYSTEM RESET synchronous_standby_names');
    expect(await unset(first.context(), { key, prior: null, set: '"pg-2"' })).toMatchObject({ ok: true });
    expect(await present()).toBe('');
  });

  it('P19 knows what stood there at first although the order was broken off after the change', async () => {
    await expect(set(breakingAfter(first.context(), 0), key, '"pg-2"')).rejects.toThrow('killed');
    expect(await present()).toBe('');
    await set(first.context(), key, '"pg-2"');
    const effect = await set(first.context(), key, '"pg-3"');
    // Asked again with the same value: the answer of the first time, not what we set ourselves.
    expect(await set(first.context(), key, '"pg-3"')).toEqual(effect);
    await unset(first.context(), effect);
    expect(await present()).toBe('"pg-2"');
    await unset(first.context(), { key, prior: null, set: '"pg-2"' });
  });

  it('P19 leaves nothing behind when the time of its order is over in the middle', async () => {
    const over = new AbortController();
    const context = onWrite({ ...first.context(), signal: over.signal }, async () => over.abort());
    await expect(set(context, key, '"pg-2"')).rejects.toMatchObject({ failure: { class: 'failed' } });
    expect(await present()).toBe('');
    expect(await readFile(fileOf(first, 'postgresql.auto.conf'), 'utf8')).not.toContain('synchronous');
  });

  it('keeps WAL by a slot and lets go of it; refuses what is no value', async () => {
    const effect = await set(first.context(), 'retained-wal', 'drydock_run1');
    expect(effect).toEqual({ key: 'retained-wal', prior: null, set: 'drydock_run1' });
    expect((await factsOf(first)).slots).toMatchObject([{ name: 'drydock_run1', type: 'physical', active: false, walStatus: 'reserved' }]);
    expect(await set(first.context(), 'retained-wal', 'drydock_run1')).toEqual(effect);
    await unset(first.context(), effect);
    await unset(first.context(), effect);
    expect((await factsOf(first)).slots).toEqual([]);
    await expect(set(first.context(), 'retained-wal', 'x; DROP')).rejects.toMatchObject({ failure: { class: 'refused' } });
    await expect(set(first.context(), key, '2 (a,')).rejects.toMatchObject({ failure: { class: 'refused' } });
  });
});

describe('refusals while nothing was done', () => {
  it('P2 P15 refuses to fence what runs, and what is a standby', async () => {
    await expect(act(first.context(), fenceTo(second))).rejects.toMatchObject({ failure: { class: 'refused', code: 'not-stopped' } });
    await third.stop();
    await expect(act(third.context(), fenceTo(second))).rejects.toMatchObject({ failure: { class: 'refused', code: 'already-standby' } });
    third.start();
    await follows(third, first);
  });

  it('refuses to point a primary, or a member at itself', async () => {
    await expect(act(first.context(), repointTo(second))).rejects.toMatchObject({ failure: { class: 'refused', code: 'not-a-standby' } });
    await expect(act(third.context(), repointTo(third))).rejects.toMatchObject({ failure: { class: 'refused', code: 'follows-itself' } });
    await expect(act(first.context(), fenceTo(first))).rejects.toMatchObject({ failure: { code: 'follows-itself' } });
  });

  it('refuses to promote without knowing what the former primary had, or another database', async () => {
    await expect(act(second.context(), promotion(null))).rejects.toMatchObject({ failure: { class: 'refused', code: 'no-token' } });
    const foreign = promotion('0/3000148:1:7700000000000000001');
    await expect(act(second.context(), foreign)).rejects.toMatchObject({ failure: { class: 'refused', code: 'cannot-promote' } });
    expect(await acted(second.context(), foreign)).toMatchObject({ ok: false });
  });

  it('P9 never promotes on a time-out', async () => {
    const { databaseId } = await driver.observe(first.context(), []);
    const { currentLsn } = await factsOf(first);
    const [high = '', low = ''] = (currentLsn ?? '').split('/');
    const ahead = `${high}/${(Number.parseInt(low, 16) + 4096).toString(16).toUpperCase()}:1:${databaseId}`;
    const context = { ...second.context(), signal: AbortSignal.timeout(300) };
    await expect(act(context, promotion(ahead))).rejects.toMatchObject({ failure: { class: 'refused', code: 'not-replayed' } });
    // It has all of this one, and still follows a server that lives.
    const reached = promotion(`0/1000000:1:${databaseId}`);
    const over = { ...second.context(), signal: AbortSignal.abort() };
    await expect(act(over, reached)).rejects.toMatchObject({
      failure: { class: 'refused', message: expect.stringContaining('still streams') },
    });
    expect(await ask(second, 'role-is', 'standby')).toMatchObject({ ok: true });
    expect(await ask(second, 'has-replayed', ahead)).toMatchObject({ ok: false });
    expect(await acted(second.context(), promotion(ahead))).toMatchObject({
      ok: false,
      detail: 'it is a standby and is not being promoted',
    });
  });
});

describe('the fence', () => {
  let before: string;

  beforeAll(async () => {
    await sql(first, `ALTER SYSTEM SET work_mem = '5MB'`);
    await first.stop();
    before = await readFile(fileOf(first, 'postgresql.auto.conf'), 'utf8');
  });

  const isAsBefore = async () => {
    expect(await readFile(fileOf(first, 'postgresql.auto.conf'), 'utf8')).toBe(before);
    expect(await exists(fileOf(first, 'standby.signal'))).toBe(false);
    expect(await exists(fileOf(first, 'drydock.fence'))).toBe(false);
  };

  it('P18 is complete when repeated, and leaves no trace when rolled back, wherever it was broken off', async () => {
    for (const writes of [0, 1, 2]) {
      await expect(act(breakingAfter(first.context(), writes), fenceTo(second))).rejects.toThrow('killed');
      await act(first.context(), unfence);
      await isAsBefore();
      await expect(act(breakingAfter(first.context(), writes), fenceTo(second))).rejects.toThrow('killed');
      const token = await fenced(first, second);
      expect(await fenced(first, second)).toBe(token);
      expect(await exists(fileOf(first, 'standby.signal'))).toBe(true);
      for (const undone of [0, 1, 1]) await expect(act(breakingAfter(first.context(), undone), unfence)).rejects.toThrow('killed');
      await act(first.context(), unfence);
      await act(first.context(), unfence);
      await isAsBefore();
    }
  });

  it('keeps every other line and tells where the server stopped', async () => {
    const token = await fenced(first, third);
    expect(token).toMatch(/^[0-9A-F]+\/[0-9A-F]+:1:[1-9][0-9]{15,}$/);
    const text = await readFile(fileOf(first, 'postgresql.auto.conf'), 'utf8');
    expect(text.startsWith(before)).toBe(true);
    expect(text.slice(before.length)).toMatch(
      new RegExp(
        `^primary_conninfo = 'host=127.0.0.1 port=${third.member.connection.port} application_name=pg-1 user=drydock passfile=\\S+'\n$`,
      ),
    );
    // Aimed at another member as long as nothing was started: the text to go back to stays the first one.
    expect(await fenced(first, second)).toBe(token);
    await act(first.context(), unfence);
    await isAsBefore();
  });

  it('follows by the slot that the agent has for it, or by the one in its own files', async () => {
    const { replication } = first.member.connection;
    await act(first.context({ replication: { ...replication, slot: 'pg_1' } }), fenceTo(second));
    expect(await readFile(fileOf(first, 'postgresql.auto.conf'), 'utf8')).toContain(`\nprimary_slot_name = 'pg_1'\n`);
    await act(first.context(), unfence);
    await isAsBefore();
    const ownFile = fileOf(first, 'postgresql.conf');
    const plain = await readFile(ownFile, 'utf8');
    await writeFile(ownFile, `${plain}\nprimary_slot_name = own_slot\nprimary_conninfo = 'host=old user=replicator sslmode=disable'\n`);
    await act(first.context(), fenceTo(second));
    const text = await readFile(fileOf(first, 'postgresql.auto.conf'), 'utf8');
    expect(text).toContain(`primary_slot_name = 'own_slot'`);
    expect(text).toContain(`application_name=pg-1 user=replicator sslmode=disable'`);
    await writeFile(ownFile, plain);
    await act(first.context(), unfence);
    await isAsBefore();
  });

  it('is rolled back when somebody starts the server in the middle of it', async () => {
    const racing = onWrite(first.context(), async (path) => {
      if (!path.endsWith('standby.signal') || (await ask(first, 'role-is', 'primary')).ok === true) return;
      first.start();
      await isOk(first, 'role-is', 'primary');
    });
    await expect(act(racing, fenceTo(second))).rejects.toMatchObject({ failure: { class: 'failed', code: 'started-meanwhile' } });
    await isAsBefore();
    await sql(first, 'ALTER SYSTEM RESET work_mem');
    await follows(second, first);
    await follows(third, first);
  });

  it('does not take a server for stopped cleanly that was killed', async () => {
    await first.stop('SIGKILL');
    await expect.poll(() => driver.stopped(first.context()), soon).toMatchObject({ ok: true });
    await expect(act(first.context(), fenceTo(second))).rejects.toMatchObject({ failure: { class: 'refused', code: 'not-shut-down' } });
    await expect
      .poll(async () => {
        first.start();
        return (await ask(first, 'role-is', 'primary')).ok;
      }, soon)
      .toBe(true);
    await follows(second, first);
    await follows(third, first);
  });
});
