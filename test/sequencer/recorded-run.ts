/** A run as a release wrote it: what stands in its store, text by text. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import BetterSqlite from 'better-sqlite3';
import { migrations } from '../../controller/store/migrations.ts';

export interface RecordedRun {
  readonly plan: {
    readonly planId: string;
    readonly digest: string;
    readonly madeAtMs: number;
    readonly plannedBy: string;
    /** The bytes that were digested. */
    readonly json: string;
  };
  readonly run: {
    readonly runId: string;
    readonly cluster: string;
    readonly engine: string;
    readonly state: string;
    readonly statusJson: string;
    readonly foldVersion: number;
    readonly cursor: number;
  };
  readonly events: readonly {
    readonly seq: number;
    readonly v: number;
    readonly atMs: number;
    /** The bytes that the hash covers. */
    readonly text: string;
    readonly hash: string;
  }[];
  readonly orders: readonly {
    readonly orderId: string;
    readonly state: string;
    readonly json: string;
    readonly receiptJson: string | null;
  }[];
}

interface Body {
  readonly type: string;
  readonly reason?: string;
  readonly epoch?: number;
  readonly writer?: string;
}

const root = new URL('../recorded/runs', import.meta.url).pathname;

/** Releases with the steps of the schema that their stores had. */
export const recordedReleases: Readonly<Record<string, number>> = { '0.1': 6 };

export const storiesOf = (release: string): readonly string[] =>
  readdirSync(join(root, release))
    .filter((name) => name.endsWith('.json.gz'))
    .map((name) => name.slice(0, -'.json.gz'.length))
    .sort();

export const recordedRun = (release: string, story: string): RecordedRun =>
  JSON.parse(gunzipSync(readFileSync(join(root, release, `${story}.json.gz`))).toString('utf8')) as RecordedRun;

/** Puts the run into a store file as that release would have left it: with its schema and its texts. */
export function writeStore(file: string, release: string, { plan, run, events, orders }: RecordedRun): void {
  const database = new BetterSqlite(file);
  const version = recordedReleases[release] ?? 0;
  database.exec('BEGIN');
  for (const step of migrations.slice(0, version)) database.exec(step);
  database.pragma(`user_version = ${version}`);
  const insert = (table: string, row: Readonly<Record<string, unknown>>) => {
    const columns = Object.keys(row);
    const marks = columns.map(() => '?').join(', ');
    database.prepare(`INSERT INTO ${table} (${columns.join(', ')}) VALUES (${marks})`).run(...Object.values(row));
  };
  const { planId: plan_id, digest, madeAtMs: made_at_ms, plannedBy: actor, json } = plan;
  const { runId: run_id, cluster, engine, state, statusJson: status_json, cursor } = run;
  const planned = JSON.parse(json) as { from: string; to: string; direction: string; goal: unknown };
  const goal = JSON.stringify(planned.goal);
  const ends = { from_version: planned.from, to_version: planned.to, direction: planned.direction };
  insert('plans', { plan_id, run_id, cluster, engine, ...ends, goal, digest, actor, made_at_ms, json });
  const bodies = events.map(({ atMs, text }) => ({ atMs, body: JSON.parse(text) as Body }));
  const started_at_ms = bodies.find(({ body }) => body.type === 'run-started')?.atMs ?? null;
  const end = bodies.find(({ body }) => body.type === 'run-ended');
  const times = {
    listed_at_ms: started_at_ms ?? made_at_ms,
    started_at_ms,
    ended_at_ms: end?.atMs ?? null,
    end_reason: end?.body.reason ?? null,
  };
  insert('runs', { run_id, plan_id, cluster, engine, state, ...times, cursor, status_json });
  insert('chains', { chain: run_id, seq: events.at(-1)?.seq ?? 0, head: events.at(-1)?.hash ?? '' });
  for (const { seq, v, atMs: at_ms, text: body, hash } of events) insert('events', { chain: run_id, seq, v, at_ms, body, hash });
  for (const { orderId: order_id, state: fate, json: order_json, receiptJson: receipt_json } of orders)
    insert('orders', { order_id, run_id, state: fate, order_json, receipt_json });
  for (const { atMs: at_ms, body } of bodies)
    if (body.type === 'epoch-claimed') insert('claims', { cluster, epoch: body.epoch ?? 0, writer: body.writer ?? '', at_ms });
  database.exec('COMMIT');
  database.close();
}
