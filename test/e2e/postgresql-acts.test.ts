import { once } from 'node:events';
import { access, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { DriverActs, DriverContext, DriverSettings } from '../../common/engine.ts';
import type { EngineAct, MemberAddress } from '../../common/orders.ts';
import { postgresqlDriver as driver } from '../../engines/postgresql/driver.ts';
import { serverFactsOf } from '../../engines/postgresql/facts.ts';
import { makeTestCluster, type TestCluster, type TestServer } from './postgresql-servers.ts';

const soon = { timeout: 20_000, interval: 20 };
const { act, acted } = driver.acts as DriverActs;
const { set, unset } = driver.settings as DriverSettings;

let cluster: TestCluster;
let first: TestServer;
let second: TestServer;
let third: TestServer;

beforeAll(async () => {
  cluster = await makeTestCluster(['pg-1', 'pg-2', 'pg-3'], ['16.4']);
  const [one, two, three] = cluster.servers;
  if (one === undefined || two === undefined || three === undefined) throw new RangeError('three servers were asked for');
  [first, second, third] = [one, two, three];
  for (const server of cluster.servers) server.start();
  await follows(second, first);
  await follows(third, first);
});

afterAll(async () => {
  await cluster?.remove();
});

const nameOf = (server: TestServer) => server.member.name;
const addressOf = ({ member }: TestServer): MemberAddress => ({ member: member.name, host: '127.0.0.1', port: member.connection.port });
const fenceTo = (server: TestServer): EngineAct => ({ kind: 'act', verb: 'fence', follow: addressOf(server) });
const repointTo = (server: TestServer): EngineAct => ({ kind: 'act', verb: 'repoint', follow: addressOf(server) });
const promotion = (token: string | null, slots: readonly string[] = []): EngineAct => ({ kind: 'act', verb: 'promote', token, slots });
const dropping = (...slots: string[]): EngineAct => ({ kind: 'act', verb: 'dropSlots', slots });
const unfence: EngineAct = { kind: 'act', verb: 'unfence' };

const ask = (server: TestServer, check: string, expected?: string) =>
  driver.check(server.context(), expected === undefined ? { check } : { check, expect: expected });

async function isOk(server: TestServer, check: string, expected?: string): Promise<void> {
  await vi.waitFor(async () => expect(await ask(server, check, expected)).toMatchObject({ ok: true }), soon);
}

async function follows(standby: TestServer, upstream: TestServer): Promise<void> {
  await isOk(standby, 'in-service');
  await isOk(upstream, 'member-in-service', nameOf(standby));
}

async function factsOf(server: TestServer) {
  const { detail } = await driver.observe(server.context(), []);
  const facts = serverFactsOf({ detail } as Parameters<typeof serverFactsOf>[0]);
  if (facts === null) throw new TypeError(`${nameOf(server)} does not answer`);
  return facts;
}

async function sql(server: TestServer, text: string): Promise<readonly Record<string, unknown>[]> {
  const { host, port, user, database, passwordFile } = server.member.connection;
  const client = new pg.Client({ host, port, user, database, password: (await readFile(passwordFile, 'utf8')).trim() });
  client.on('error', () => undefined);
  await client.connect();
  return (await client.query<Record<string, unknown>>(text).finally(() => client.end())).rows;
}

const fileOf = (server: TestServer, name: string) => join(server.member.dataDir, name);
const exists = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  );

/** The receipt of a fence, whose token the promotion needs. */
async function fenced(server: TestServer, follow: TestServer): Promise<string> {
  const { token } = await act(server.context(), fenceTo(follow));
  if (token === null) throw new TypeError('a fence tells where the server stopped');
  return token;
}

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

/** Writes rows one by one wherever writes are taken, and remembers what was acknowledged. */
function startWriter(servers: readonly TestServer[]): { acknowledged: number[]; stop(): Promise<void> } {
  const acknowledged: number[] = [];
  let going = true;
  const work = (async () => {
    for (let id = 0; going; id += 1) {
      for (const server of servers) {
        const wrote = await sql(server, `INSERT INTO ledger VALUES (${id})`).then(
          () => true,
          () => false,
        );
        if (!wrote) continue;
        acknowledged.push(id);
        break;
      }
    }
  })();
  return {
    acknowledged,
    async stop() {
      going = false;
      await work;
    },
  };
}

describe('settings for a while', () => {
  const key = 'synchronous-standby-names';
  const present = async () => (await factsOf(first)).synchronousStandbyNames;

  it('P19 sets synchronous standby names and puts back that there were none', async () => {
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
    expect(finding).toMatchObject({ ok: true, detail: expect.stringContaining(`somebody set ${key} to '*' meanwhile: that stays`) });
    await expect.poll(present, soon).toBe('*');
    await unset(first.context(), { key, prior: null, set: '*' });
    expect(await present()).toBe('');
  });

  it('P19 knows what stood there at first although the order was broken off after the change', async () => {
    await set(first.context(), key, '"pg-2"');
    const effect = await set(first.context(), key, '"pg-3"');
    // Asked again with the same value: the answer of the first time, not what we set ourselves.
    expect(await set(first.context(), key, '"pg-3"')).toEqual(effect);
    await unset(first.context(), effect);
    expect(await present()).toBe('"pg-2"');
    await unset(first.context(), { key, prior: null, set: '"pg-2"' });
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
    expect(await ask(second, 'role-is', 'standby')).toMatchObject({ ok: true });
    expect(await ask(second, 'has-replayed', ahead)).toMatchObject({ ok: false });
    expect(await acted(second.context(), promotion(ahead))).toMatchObject({
      ok: false,
      detail: 'it is a standby, and nothing promotes it',
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

  it('P18 is complete when repeated, and leaves no trace when taken back, wherever it was broken off', async () => {
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

  it('is taken back when somebody starts the server in the middle of it', async () => {
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

describe('a switchover by the verbs', () => {
  it('M41 loses no acknowledged row, and a plain start of the old primary gives a standby of the new one', async () => {
    await sql(first, 'CREATE TABLE ledger (id int PRIMARY KEY)');
    const writer = startWriter([first, second]);
    await expect.poll(() => writer.acknowledged.length, soon).toBeGreaterThan(5);
    await first.stop();
    const token = await fenced(first, second);
    expect(await act(second.context(), promotion(token, ['pg_1']))).toEqual({ token: null });
    expect(await act(second.context(), promotion(token, ['pg_1']))).toEqual({ token: null });
    expect(await acted(second.context(), promotion(token))).toMatchObject({ ok: true });
    await act(third.context(), repointTo(second));
    await act(third.context(), repointTo(second));
    first.start();
    await follows(first, second);
    await follows(third, second);
    const soFar = writer.acknowledged.length;
    await expect.poll(() => writer.acknowledged.length, soon).toBeGreaterThan(soFar + 5);
    await writer.stop();

    await expect(sql(first, 'INSERT INTO ledger VALUES (-1)')).rejects.toThrow('read-only transaction');
    const kept = new Set((await sql(second, 'SELECT id FROM ledger')).map(({ id }) => id));
    expect(writer.acknowledged.filter((id) => !kept.has(id))).toEqual([]);
    expect((await factsOf(second)).slots).toMatchObject([{ name: 'pg_1', active: false }]);
    expect(await driver.observe(first.context(), [])).toMatchObject({ memberId: 'pg-1', role: 'standby' });
    expect(await ask(first, 'needs-no-reseed')).toMatchObject({ ok: true });
  });

  it('refuses to take back a fence that is in use', async () => {
    await expect(act(first.context(), unfence)).rejects.toMatchObject({ failure: { class: 'refused', code: 'fence-in-use' } });
    await first.stop();
    await expect(act(first.context(), unfence)).rejects.toMatchObject({ failure: { class: 'refused', code: 'fence-in-use' } });
    first.start();
    await follows(first, second);
  });

  it('drops slots that nobody uses, and no others', async () => {
    await sql(first, `ALTER SYSTEM SET primary_slot_name = 'pg_1'`);
    await sql(first, 'SELECT pg_reload_conf()');
    await expect.poll(async () => (await factsOf(second)).slots, soon).toMatchObject([{ name: 'pg_1', active: true }]);
    expect((await factsOf(first)).primarySlot).toBe('pg_1');
    await expect(act(second.context(), dropping('pg_1'))).rejects.toMatchObject({ failure: { code: 'slot-active' } });
    await sql(first, 'ALTER SYSTEM RESET primary_slot_name');
    await sql(first, 'SELECT pg_reload_conf()');
    await expect.poll(async () => (await factsOf(second)).slots, soon).toMatchObject([{ active: false }]);
    await act(second.context(), dropping('pg_1', 'pg_9'));
    await act(second.context(), dropping('pg_1', 'pg_9'));
    expect((await factsOf(second)).slots).toEqual([]);
    await follows(first, second);
  });

  it('P9 refuses a standby that has not replayed all of it, and finds a promotion whose answer was lost', async () => {
    await sql(first, 'SELECT pg_wal_replay_pause()');
    await sql(second, 'INSERT INTO ledger SELECT generate_series(1000000, 1000100)');
    await second.stop();
    const token = await fenced(second, first);
    await expect(act(first.context(), promotion(token))).rejects.toMatchObject({
      failure: { class: 'refused', code: 'not-replayed', message: expect.stringContaining('is paused') },
    });
    expect(await ask(first, 'has-replayed', token)).toMatchObject({ ok: false });
    await sql(first, 'SELECT pg_wal_replay_resume()');

    const wire = await wireThatBreaksAt('pg_promote(true', first.member.connection.port);
    const { port } = wire.address() as { readonly port: number };
    await expect(act(first.context({ port }), promotion(token))).rejects.toMatchObject({ failure: { class: 'failed' } });
    expect(await acted(first.context(), promotion(token))).toMatchObject({ ok: true, detail: 'it is the primary' });
    wire.close();
    // Again, as an order would be: done already, and the fence of the first switchover is gone for good.
    await act(first.context(), promotion(token));
    expect(await exists(fileOf(first, 'drydock.fence'))).toBe(false);
    expect(await sql(first, 'SELECT count(*)::int AS rows FROM ledger WHERE id >= 1000000')).toEqual([{ rows: 101 }]);
    await act(third.context(), repointTo(first));
    second.start();
    await follows(second, first);
    await follows(third, first);
  });

  it('says of a former primary that went on by itself where its WAL parted', async () => {
    await first.stop();
    const token = await fenced(first, second);
    await rm(fileOf(first, 'standby.signal'));
    await third.stop();
    await second.stop();
    first.start();
    await isOk(first, 'role-is', 'primary');
    await sql(first, 'INSERT INTO ledger VALUES (-7)');
    await first.stop();
    second.start();
    await isOk(second, 'role-is', 'standby');
    await act(second.context(), promotion(token));
    await writeFile(fileOf(first, 'standby.signal'), '');
    first.start();
    await expect
      .poll(() => ask(first, 'needs-no-reseed'), soon)
      .toMatchObject({
        ok: false,
        detail: expect.stringMatching(/^timeline 4 left timeline 3 at \S+, and it went on there to \S+: it needs a new copy/),
      });
    expect(await ask(second, 'needs-no-reseed')).toMatchObject({ ok: true });

    // Started once more it knows of the other timeline at once, and does not come up at all: its files still tell.
    await first.stop();
    first.start();
    await expect.poll(() => driver.stopped(first.context()), soon).toMatchObject({ ok: true });
    expect(await ask(first, 'needs-no-reseed')).toMatchObject({ ok: false, detail: expect.stringContaining('timeline 4 left timeline 3') });
  });
});

/** Passes everything on until the client says `words`: the server hears them, the client never hears the answer. */
async function wireThatBreaksAt(words: string, port: number): Promise<Server> {
  const wire = createServer((client) => {
    const server = connect(port, '127.0.0.1');
    for (const socket of [client, server]) socket.on('error', () => undefined);
    server.on('close', () => client.destroy());
    server.pipe(client);
    client.on('data', (said: Buffer) => {
      server.write(said, () => {
        if (!said.includes(words)) return;
        server.unpipe(client);
        client.destroy();
      });
    });
    client.on('close', () => undefined);
  }).listen(0, '127.0.0.1');
  await once(wire, 'listening');
  return wire;
}
