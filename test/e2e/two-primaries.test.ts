/** The kill matrix's proof that no two members took writes at once can fail: two real primaries, made by hand (P7). */
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Prober, startProber } from '../kill/prober.ts';
import { overlaps } from '../kill/writable.ts';
import { makeTestCluster, type TestCluster, type TestServer } from './postgresql-servers.ts';
import { soon, sql, startThree } from './postgresql-verbs.ts';

let cluster: TestCluster;
let prober: Prober;
let first: TestServer;
let second: TestServer;

beforeAll(async () => {
  cluster = await makeTestCluster(['pg-1', 'pg-2', 'pg-3'], ['16.4']);
  [first, second] = await startThree(cluster);
  // Commits wait for both standbys, as in the kill matrix: a second primary has none that could confirm.
  for (const server of [first, second]) {
    await sql(server, `ALTER SYSTEM SET synchronous_standby_names = 'ANY 2 ("pg-1", "pg-2", "pg-3")'`);
    await sql(server, 'SELECT pg_reload_conf()');
  }
  const { user, database, passwordFile } = first.member.connection;
  prober = startProber({
    nodes: cluster.servers.map(({ member: { connection } }) => ({ host: connection.host, port: connection.port })),
    user,
    database,
    password: (await readFile(passwordFile, 'utf8')).trim(),
  });
});

afterAll(async () => {
  await prober?.stop();
  await cluster?.remove();
});

it('P7 sees that two members took writes at the same time, also while their commits wait for standbys that they do not have', async () => {
  const writesOf = ({ member }: TestServer) => prober.accepted.filter((each) => each.member === `${member.connection.port}`).length;
  await expect.poll(() => writesOf(first), soon).toBeGreaterThan(2);
  expect(overlaps(prober.accepted)).toEqual([]);

  await sql(second, 'SELECT pg_promote(true, 30)');
  const before = writesOf(first);
  await expect.poll(() => writesOf(second), soon).toBeGreaterThan(2);
  await expect.poll(() => writesOf(first), soon).toBeGreaterThan(before + 2);
  expect(overlaps(prober.accepted)[0]).toMatch(/took writes at the same time$/);
}, 30_000);
