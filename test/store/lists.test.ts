import BetterSqlite from 'better-sqlite3';
import { expect, it } from 'vitest';
import { migrations } from '../../controller/store/migrations.ts';
import { openDatabase } from '../../controller/store/open-database.ts';
import { openStore } from '../../controller/store/sqlite-store.ts';
import type { ListQuery } from '../../controller/store/store.ts';
import { addRun, append, cluster, planRecord, tempDir } from './samples.ts';

const every: ListQuery = { cluster: null, engine: null, states: null, version: null, selector: [], sinceMs: null, after: null, limit: 10 };

it('13.5: a store of before lists its runs with the times and the words that their events have', async () => {
  using dir = tempDir();
  const file = dir.file('store.db');
  openDatabase(file, migrations.slice(0, 4)).close();
  const runId = 'r-1';
  const { planId, json, digest, madeAtMs } = planRecord(runId);
  const old = new BetterSqlite(file);
  old.prepare('INSERT INTO plans VALUES (?, ?, ?, ?, ?)').run(planId, runId, json, digest, madeAtMs);
  old
    .prepare('INSERT INTO runs VALUES (NULL, ?, ?, ?, ?, ?, ?)')
    .run(runId, planId, cluster.cluster, 'done', '{"endReason":"all of it"}', 3);
  old.prepare('INSERT INTO chains VALUES (NULL, ?, 3, ?)').run(runId, 'head');
  const event = old.prepare('INSERT INTO events VALUES (?, ?, 1, ?, ?, ?)');
  event.run(runId, 1, 10, '{"type":"plan-made","actor":"local:ann"}', 'a');
  event.run(runId, 2, 20, '{"type":"run-started","actor":"local:ann"}', 'b');
  event.run(runId, 3, 30, '{"type":"run-ended","state":"done","reason":"all of it"}', 'c');
  old.close();
  const store = openStore({ file });
  expect(await store.listRuns(every)).toMatchObject([
    {
      runId,
      planId,
      cluster: 'pg-main',
      engine: 'postgresql',
      from: '16.4',
      to: '16.14',
      state: 'done',
      plannedBy: 'local:ann',
      startedAtMs: 20,
      endedAtMs: 30,
      endReason: 'all of it',
    },
  ]);
  expect(await store.listPlans(every)).toMatchObject([{ planId, runId, state: 'done', madeAtMs, goal: { release: '16.14-0123456789ab' } }]);
  expect((await store.plan(planId))?.json).toBe(json);
  await store.close();
});

it('13.5: a list is read by an index in the order that it is shown in, and reads no text that grows with a run', async () => {
  using dir = tempDir();
  const file = dir.file('store.db');
  const store = openStore({ file });
  await addRun(store, 'r-1');
  await store.append(append('r-1', 1, [{ type: 'resumed', actor: 'local:test' }]));
  expect(await store.listRuns({ ...every, cluster: 'pg-main', states: ['active'] })).toHaveLength(1);
  await store.close();
  const database = new BetterSqlite(file);
  const explained = (where: string) =>
    database
      .prepare(`EXPLAIN QUERY PLAN SELECT run_id FROM runs WHERE ${where} ORDER BY listed_at_ms DESC, ordinal DESC LIMIT 10`)
      .all()
      .map((step) => (step as { readonly detail: string }).detail)
      .join('; ');
  expect(explained("cluster = 'pg-main'")).toContain('runs_by_cluster');
  expect(explained("engine = 'etcd' AND listed_at_ms >= 5")).toContain('runs_by_engine');
  expect(explained('(listed_at_ms, ordinal) < (7, 3)')).toContain('runs_by_time');
  for (const where of ["cluster = 'pg-main'", "state = 'done'", 'listed_at_ms >= 5']) expect(explained(where)).not.toContain('TEMP B-TREE');
  database.close();
});
