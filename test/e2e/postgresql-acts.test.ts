import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../common/clock.ts';
import { postgresqlDriver as driver } from '../../engines/postgresql/driver.ts';
import { makeTestCluster, type TestCluster, type TestServer } from './postgresql-servers.ts';
import {
  act,
  acted,
  ask,
  dropping,
  exists,
  factsOf,
  fenced,
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

  it('refuses to roll back a fence that is in use', async () => {
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

  it('P9 refuses a standby that has not replayed all of it or does not answer, and finds a promotion whose answer was lost', async () => {
    await sql(first, 'SELECT pg_wal_replay_pause()');
    await sql(second, 'INSERT INTO ledger SELECT generate_series(1000000, 1000100)');
    await second.stop();
    const token = await fenced(second, first);
    await expect(act(first.context(), promotion(token))).rejects.toMatchObject({
      failure: { class: 'refused', code: 'not-replayed', message: expect.stringContaining('is paused') },
    });
    expect(await ask(first, 'has-replayed', token)).toMatchObject({ ok: false });
    // Where its replay stands the next record begins: had the other one stopped with that record, this one would lack it.
    const { currentLsn } = await factsOf(first);
    const edge = token.replace(/^[^:]+/, currentLsn ?? '');
    const where = `it replayed to ${currentLsn} and is paused, the former primary stopped at ${currentLsn}`;
    await expect(act(first.context(), promotion(edge))).rejects.toMatchObject({
      failure: { class: 'refused', code: 'not-replayed', message: expect.stringContaining(where) },
    });
    expect(await ask(first, 'has-replayed', edge)).toMatchObject({
      ok: false,
      detail: expect.stringContaining(`stopped at ${currentLsn}`),
    });
    expect(await ask(first, 'has-replayed', token.replace(/^[^:]+/, '0/1000000'))).toMatchObject({ ok: true });
    await sql(first, 'SELECT pg_wal_replay_resume()');
    // The former primary is stopped: what is missing never comes. Time goes faster here, which only shortens the wait for it.
    const hurried = { ...first.context(), clock: { ...systemClock, monotonicMs: () => 50 * systemClock.monotonicMs() } };
    await expect(act(hurried, promotion(token.replace(/^[^:]+/, '7F/28')))).rejects.toMatchObject({
      failure: {
        class: 'refused',
        code: 'cannot-catch-up',
        remedy: 'hold',
        message: expect.stringContaining('no server sends it the rest'),
      },
    });
    await expect(act(first.context({ port: 1 }), promotion(token))).rejects.toMatchObject({
      failure: { class: 'refused', code: 'not-asked', remedy: 'retry', message: expect.stringContaining('its promotion was not started') },
    });

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

  it('says of a standby that the WAL it needs is gone', async () => {
    for (const setting of ['logging_collector = on', `log_directory = 'log'`]) await sql(third, `ALTER SYSTEM SET ${setting}`);
    await third.stop();
    await sql(first, 'ALTER SYSTEM SET wal_keep_size = 0');
    await sql(first, 'SELECT pg_reload_conf()');
    for (let segment = 0; segment < 3; segment += 1) {
      await sql(first, `INSERT INTO ledger VALUES (${2_000_000 + segment})`);
      await sql(first, 'SELECT pg_switch_wal()');
    }
    await sql(first, 'CHECKPOINT');
    third.start();
    await expect
      .poll(() => ask(third, 'needs-no-reseed'), soon)
      .toMatchObject({ ok: false, detail: expect.stringMatching(/^requested WAL segment [0-9A-F]{24} has already been removed/) });
  });

  it('keeps the way in which the old connection logged in', async () => {
    const { port } = first.member.connection;
    const login = `user=drydock password='hush hush'`;
    await sql(
      third,
      `ALTER SYSTEM SET primary_conninfo = 'host=127.0.0.1 port=${port} ${login.replaceAll("'", "''")} application_name=pg-3'`,
    );
    await sql(third, 'SELECT pg_reload_conf()');
    await expect
      .poll(() => sql(third, 'SHOW primary_conninfo'), soon)
      .toMatchObject([{ primary_conninfo: expect.stringContaining('hush') }]);
    await act(third.context(), repointTo(second));
    expect(await sql(third, 'SHOW primary_conninfo')).toEqual([
      { primary_conninfo: `host=127.0.0.1 port=${second.member.connection.port} application_name=pg-3 ${login}` },
    ]);
    expect(JSON.stringify(await driver.observe(third.context(), driver.checks))).not.toContain('hush');
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
        detail: expect.stringMatching(/^timeline 4 branched off timeline 3 at \S+, but it continued there to \S+: it needs a new copy/),
      });
    expect(await ask(second, 'needs-no-reseed')).toMatchObject({ ok: true });

    // Started once more it knows of the other timeline at once, and does not come up at all: its files still tell.
    await first.stop();
    first.start();
    await expect.poll(() => driver.stopped(first.context()), soon).toMatchObject({ ok: true });
    expect(await ask(first, 'needs-no-reseed')).toMatchObject({
      ok: false,
      detail: expect.stringContaining('timeline 4 branched off timeline 3'),
    });
  });
});

/** Passes everything on until the client says `words`: the server hears them, the client never hears the answer. */
async function wireThatBreaksAt(words: string, port: number): Promise<Server> {
  const wire = createServer((client) => {
    const server = connect(port, '127.0.0.1');
    for (const socket of [client, server]) socket.on('error', () => undefined);
    server.on('close', () => client.destroy());
    server.pipe(client);
    client.on('data', (output: Buffer) => {
      server.write(output, () => {
        if (!output.includes(words)) return;
        server.unpipe(client);
        client.destroy();
      });
    });
    client.on('close', () => undefined);
  }).listen(0, '127.0.0.1');
  await once(wire, 'listening');
  return wire;
}
