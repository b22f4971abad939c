/** What the notes of releases ask about, asked of a real server: which of its objects are affected, in which of its databases. */

import { execFileSync } from 'node:child_process';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { affectsCheck } from '../../common/facts.ts';
import { postgresqlDriver as driver } from '../../engines/postgresql/driver.ts';
import { inquirable } from '../../engines/postgresql/inquiries.ts';
import { makeTestCluster, type TestCluster, type TestServer } from './postgresql-servers.ts';

let cluster: TestCluster;
let server: TestServer;

beforeAll(async () => {
  cluster = await makeTestCluster(['pg-1'], ['16.4']);
  const [first] = cluster.servers;
  if (first === undefined) throw new RangeError('a server was asked for');
  server = first;
  server.start();
  await vi.waitFor(async () => expect(await driver.check(server.context(), { check: 'in-service' })).toMatchObject({ ok: true }), {
    timeout: 20_000,
    interval: 20,
  });
});

afterAll(() => cluster?.remove());

async function sql(text: string, database?: string): Promise<void> {
  const { host, port, user, database: own, passwordFile } = server.member.connection;
  const password = execFileSync('head', ['-n1', passwordFile], { encoding: 'utf8' }).trim();
  const client = new pg.Client({ host, port, user, database: database ?? own, password });
  await client.connect();
  await client.query(text).finally(() => client.end());
}

async function askedAbout(tasks: readonly string[]): Promise<Record<string, readonly [ok: boolean | null, detail: string]>> {
  const { findings } = await driver.observe(server.context(), tasks.map(affectsCheck));
  return Object.fromEntries(
    tasks
      .map((task) => [task, findings.find(({ check }) => check === affectsCheck(task))])
      .map(([task, finding]) => {
        if (typeof finding !== 'object') throw new Error(`nothing was said of ${task}`);
        return [task, [finding.ok, finding.detail]];
      }),
  );
}

describe('tasks of release notes on a real server', () => {
  it('12.B10: a database without such objects is told that it is not affected', async () => {
    const answers = await askedAbout(inquirable.filter((task) => task !== 'apply-fix-cve-2024-4317'));
    expect(Object.entries(answers).filter(([, [ok]]) => ok !== true)).toEqual([]);
  });

  it('12.B10: finds what the notes of 16.5, 16.9 and 16.10 speak of, in every database, and names it', async () => {
    await sql('CREATE DATABASE other');
    const tables = `
      CREATE TABLE tree (id int PRIMARY KEY, parent int REFERENCES tree) PARTITION BY RANGE (id);
      CREATE TABLE tree_1 PARTITION OF tree FOR VALUES FROM (0) TO (9);
      CREATE TABLE plain (a text, n numeric, i interval, c character(4));
      CREATE INDEX bloom ON plain USING brin (a text_bloom_ops);
      CREATE INDEX multi ON plain USING brin (n numeric_minmax_multi_ops);
      CREATE INDEX tally ON plain (c);`;
    await sql(tables);
    await sql(tables, 'other');
    const answers = await askedAbout([
      'recreate-self-referencing-foreign-keys',
      'reindex-brin-bloom',
      'reindex-brin-numeric-minmax-multi',
      'reindex-btree-character',
      'reindex-btree-interval',
      'reindex-concurrently-built',
      'allow-output-plugins',
    ]);
    expect(answers['reindex-brin-bloom']).toEqual([false, '2 objects: other: public.bloom, postgres: public.bloom']);
    expect(answers['recreate-self-referencing-foreign-keys']?.[1]).toMatch(/^2 objects: other: tree_parent_fkey of tree, postgres: /);
    expect(answers['reindex-brin-numeric-minmax-multi']?.[0]).toBe(false);
    expect(answers['reindex-btree-character']?.[1]).toContain('public.tally');
    expect(answers['reindex-btree-interval']).toEqual([true, 'no object is affected']);
    // Which of them were built so no catalog tells.
    expect(answers['reindex-concurrently-built']).toEqual([null, expect.stringMatching(/^8 objects: .* and 3 more; nothing records/)]);
    expect(answers['allow-output-plugins']?.[0]).toBe(true);
    const alone = await driver.check(server.context(), { check: affectsCheck('reindex-brin-bloom') });
    expect(alone).toMatchObject({ ok: false, detail: answers['reindex-brin-bloom']?.[1] });
  });

  it('12.B10: finds the foreign key that a detached partition lost its enforcement for', async () => {
    await sql(`
      CREATE TABLE goal (id int PRIMARY KEY) PARTITION BY RANGE (id);
      CREATE TABLE goal_1 PARTITION OF goal FOR VALUES FROM (0) TO (9);
      CREATE TABLE source (id int, goal int REFERENCES goal) PARTITION BY RANGE (id);
      CREATE TABLE source_1 PARTITION OF source FOR VALUES FROM (0) TO (9);`);
    const task = 'recreate-foreign-keys-of-detached-partitions';
    expect((await askedAbout([task]))[task]).toEqual([true, 'no object is affected']);
    await sql('ALTER TABLE source DETACH PARTITION source_1');
    expect((await askedAbout([task]))[task]).toEqual([false, expect.stringMatching(/^1 object: postgres: \S+ of source_1$/)]);
  });

  it('12.B10: asks in sessions that cannot write, and leaves unknown what a server does not answer', async () => {
    const { findings } = await driver.observe(server.context({ port: 1 }), [affectsCheck('reindex-gist')]);
    expect(findings).toEqual([{ check: affectsCheck('reindex-gist'), ok: null, detail: expect.stringContaining('nothing listens') }]);
  });
});
