/** What a host, a database or a controller said of itself is data: it never moves the cursor, and is never a line of ours. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { fail } from '../../common/failure.ts';
import { logOver } from '../../common/log.ts';
import { printable } from '../../common/printable.ts';
import { root } from '../../demo/programs.ts';
import { documentBytes, type StandInOperator, startOperator } from '../stand-ins/operator.ts';
import * as documents from '../stand-ins/operator-documents.ts';
import { drydock } from './captured-io.ts';

let operator: StandInOperator | null = null;
afterEach(() => {
  operator?.kill();
  operator = null;
});

/** Clears the screen, paints, goes up a line, begins one, turns the text round. */
const hostile = 'x\u001b[2J\u001b]0;t\u0007\u001b[8m\r\n\u009b1Adrydock: done\n\u2028\u202e\u0000';

/** Every text of a document with this after it, but times, which have a form, and words that are ours: states and kinds. */
function tainted<T>(value: T, taint: string): T {
  if (typeof value === 'string') return (/^(\d{4}-\d\d-\d\dT.*|[a-z-]+)$/.test(value) ? value : value + taint) as T;
  if (Array.isArray(value)) return value.map((entry) => tainted(entry, taint)) as T;
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).map(([key, member]) => [key, key === 'apiVersion' ? member : tainted(member, taint)]);
  return Object.fromEntries(entries) as T;
}

const answers = (taint: string) => {
  const sent = (document: object) => documentBytes(tainted(document, taint));
  return {
    GetCluster: () => ({ cluster: sent(documents.cluster) }),
    ListHosts: () => ({ hosts: sent({ apiVersion: 'drydock/v1', hosts: [documents.host] }), nextAfter: '' }),
    GetHost: () => ({ host: sent({ apiVersion: 'drydock/v1', ...documents.host }) }),
    ListReleases: () => ({ releases: sent(documents.releases) }),
    FindPath: () => ({ path: sent(documents.path) }),
    GetReport: () => ({ report: sent(documents.report) }),
    GetRun: () => ({ status: sent(documents.holding) }),
    ListAudit: () => ({ audit: sent(documents.audit), nextAfterSeq: 0 }),
    GetPlan: () => ({
      ...{ planId: `p-1${taint}`, runId: `r-1${taint}`, state: 'draft', plan: sent(documents.plan) },
      moved: [{ instance: `pg-1${taint}`, planned: `primary${taint}`, now: 'standby' }],
    }),
  };
};

const commands = [
  ['cluster', 'show', 'c'],
  ['cluster', 'nodes', 'c'],
  ['host', 'list'],
  ['host', 'show', 'h'],
  ['release', 'list'],
  ['path', 'postgresql', '16.4', '16.14', '--explain'],
  ['report', 'r-1'],
  ['status', 'r-1'],
  ['audit', 'r-1'],
  ['plan', 'show', 'p-1'],
];

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const controls = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/;

async function ran(argv: readonly string[], taint: string) {
  const started = await startOperator({ answers: answers(taint) });
  operator = started;
  const { stdout, stderr } = await drydock(argv, { env: { DRYDOCK_CONTROLLER: started.address } });
  started.kill();
  return { stdout, stderr, lines: (stdout + stderr).split('\n').length };
}

describe('12.C17: texts with control characters', () => {
  test.each(commands.map((argv) => [argv.join(' '), argv] as const))('are shown in their place by drydock %s', async (_name, argv) => {
    // As long as what is shown of the other one: long texts are wrapped.
    const harmless = await ran(argv, printable(hostile));
    const poisoned = await ran(argv, hostile);
    expect(harmless.stdout).toContain('x');
    expect(poisoned.stdout + poisoned.stderr).not.toMatch(controls);
    expect(poisoned.lines).toBe(harmless.lines);
  });

  test.each(['json', 'yaml'])('are escaped in %s, and come out as they were', async (format) => {
    const { stdout } = await ran(['host', 'show', 'h', '-o', format], hostile);
    expect(stdout).not.toMatch(controls);
    const read = format === 'json' ? JSON.parse(stdout) : parse(stdout);
    expect(read).toMatchObject({ host: `${documents.host.host}${hostile}`, os: `${documents.host.os}${hostile}` });
  });

  test('are shown in failures', async () => {
    const GetHost = () => {
      throw fail('refused', 'c', `no\u001b[2J\r${hostile}`, { cause: fail('failed', 'i', hostile).failure });
    };
    operator = await startOperator({ answers: { GetHost } });
    const { stderr } = await drydock(['host', 'show', 'h'], { env: { DRYDOCK_CONTROLLER: operator.address } });
    expect(stderr).toMatch(/^drydock: no/);
    expect(stderr).not.toMatch(controls);
  });

  test('are shown in logs', () => {
    const written: string[] = [];
    const keep = (fields: object, message: string) => void written.push(JSON.stringify({ ...fields, message }));
    logOver({ debug: keep, info: keep, warn: keep, error: keep }).warn({ reason: hostile, count: 1 }, hostile);
    expect(written.join()).not.toMatch(/[\\\u007f-\u009f\u2028\u202e]/);
  });
});

/** The few places that write to a terminal, each of which makes what it writes fit for one. */
const doors = [
  'agent/local/cli.ts', // tables and documents
  'agent/main.ts', // failures, settings
  'cli/commands/audit.ts', // the export, an event a line
  'cli/commands/plan.ts', // the plan that is to be approved
  'cli/commands/release.ts', // progress of an upload
  'cli/completion/complete.ts', // names for a shell, a line each
  'cli/main.ts', // failures, help
  'cli/session.ts', // everything else
  'cli/watch/lines.ts', // events
  'cli/watch/watch-list.ts', // lists that are printed again
  'common/runtime.ts', // that the runtime is too old, where nothing else can be loaded
  'controller/main.ts', // failures, settings
];

test('12.C17: text reaches a terminal by these doors and no other', () => {
  const writes = /\b(stdout|stderr)\.write\(|console\.\w+\(/;
  const found = ['agent', 'cli', 'common', 'controller', 'engines', 'proto'].flatMap((room) =>
    readdirSync(join(root, room), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && writes.test(readFileSync(join(root, room, name), 'utf8')))
      .map((name) => join(room, name)),
  );
  expect(found.sort()).toEqual(doors);
});
