import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { extract } from 'tar';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { fail } from '../../common/failure.ts';
import { redactText } from '../../common/redact.ts';
import { type Answers, documentBytes, type StandInOperator, startOperator } from '../stand-ins/operator.ts';
import * as documents from '../stand-ins/operator-documents.ts';
import { drydock } from './captured-io.ts';

let dir: string;
let operator: StandInOperator | null = null;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'drydock-bundle-'));
});
afterEach(async () => {
  operator?.kill();
  operator = null;
  await rm(dir, { recursive: true });
});

/** What must not leave the house, each planted where a database or a person would put it. */
const planted = {
  conninfo: 'hunter2-conninfo',
  uri: 'hunter2-uri',
  sql: 'hunter2 in-sql',
  setting: 'hunter2-setting',
  header: 'hunter2headerhunter2header',
  reason: 'hunter2-reason',
  key: 'MIIEvQIBADANBgkqhkiG9w0BAQEFAASC',
  verifier: 'SCRAM-SHA-256$4096:c2FsdA==$c3RvcmVk:c2VydmVy',
  cloud: 'AKIAIOSFODNN7EXAMPLE',
  passfile: 'hunter2-passfile',
  flag: 'hunter2-flag',
  json: 'hunter2-json',
} as const;

const log = [
  `FATAL: could not connect: host=db-1 user=replicator password='${planted.conninfo}' sslmode=require`,
  `LOG: statement: ALTER ROLE app PASSWORD '${planted.sql}'`,
  `LOG: archive_command: aws --secret-key ${planted.flag} s3 cp x s3://b/ (as ${planted.cloud})`,
  `DETAIL: verifier ${planted.verifier}`,
  `db-1:5432:postgres:drydock:${planted.passfile}`,
  'LOG: database system is shut down',
].join('\n');

const apiVersion = 'drydock/v1';
const at = '2026-03-01T01:14:07.000Z';
const runEvents = [
  { type: 'run-started', actor: 'admin-1' },
  {
    type: 'order-ended',
    turn: 'h1.roll.pg-3',
    step: 'h1.roll.pg-3.downtime',
    attempt: 1,
    receipt: {
      outcome: 'failed',
      failure: {
        class: 'failed',
        code: 'not-ready',
        message: `pg-3 did not start: ${log}`,
        remedy: 'hold',
        cause: {
          class: 'failed',
          code: 'x',
          message: `GET http://metrics:${planted.uri}@db-1/: Authorization: Bearer ${planted.header}`,
          remedy: 'hold',
        },
      },
      facts: { settings: [{ key: 'ldap_bind_password', value: planted.setting }], raw: `{"apiKey": "${planted.json}"}` },
    },
    verdict: { ok: true },
  },
  { type: 'paused', actor: 'admin-2', reason: `the token=${planted.reason} is known` },
];
const events = runEvents.map((body, index) => ({ chain: 'r-12', seq: index + 1, at, type: body.type, body, hash: 'ab'.repeat(32) }));
const fleetEvents = ['pg-main', 'other'].map((cluster, index) => ({
  chain: 'fleet',
  seq: index + 1,
  at,
  type: 'cluster-forgotten',
  body: { type: 'cluster-forgotten', cluster, actor: 'admin-1', reason: 'moved' },
  hash: 'cd'.repeat(32),
}));

const hold = {
  ...documents.personHold,
  detail: `pg-3: ssl key is -----BEGIN PRIVATE KEY-----\n${planted.key}\n-----END PRIVATE KEY-----`,
};
const answers: Answers = {
  GetRun: () => ({ status: documentBytes({ ...documents.run, holds: [hold] }) }),
  GetPlan: () => ({ planId: 'p-7Q4M', runId: 'r-12', plan: documentBytes(documents.plan), state: 'active', moved: [] }),
  GetReport: () => ({ report: documentBytes(documents.report) }),
  GetCluster: () => ({ cluster: documentBytes(documents.cluster) }),
  GetHost: () => ({ host: documentBytes({ ...documents.host, apiVersion }) }),
  ListAudit: ({ chain }) => ({
    audit: documentBytes({ apiVersion, events: chain === 'fleet' ? fleetEvents : events }),
    nextAfterSeq: 0,
  }),
  GetVersion: () => ({ version: '0.9.9', node: '24.21.0' }),
  VerifyAudit: () => ({ verification: documentBytes(documents.brokenAudit) }),
};

async function bundle(more: Answers = {}, argv: readonly string[] = []) {
  operator = await startOperator({ answers: { ...answers, ...more } });
  const file = join(dir, 'r-12.tar.gz');
  const ran = await drydock(['bundle', 'r-12', '--out', file, ...argv], { env: { DRYDOCK_CONTROLLER: operator.address } });
  return { ran, file };
}

async function unpacked(file: string): Promise<ReadonlyMap<string, string>> {
  await extract({ file, cwd: dir, strict: true });
  const folder = join(dir, 'drydock-r-12');
  const names = await readdir(folder);
  return new Map(await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name), 'utf8')] as const)));
}

describe('a bundle', () => {
  test('13.6: holds run, plan, events, logs, facts, audit verification and versions, as JSON and as people read them', async () => {
    const { ran, file } = await bundle();
    expect(ran).toMatchObject({ exitCode: 0, stdout: `${file}\n` });
    const files = await unpacked(file);
    expect([...files.keys()].sort()).toEqual(
      [
        'README.txt',
        'logs.txt',
        'versions.json',
        ...['run', 'plan', 'report', 'events', 'fleet-events', 'cluster', 'hosts', 'audit'].flatMap((name) => [
          `${name}.json`,
          `${name}.txt`,
        ]),
      ].sort(),
    );
    expect(JSON.parse(files.get('plan.json') ?? '').plan).toEqual(documents.plan);
    expect(JSON.parse(files.get('cluster.json') ?? '')).toEqual(documents.cluster);
    expect(JSON.parse(files.get('events.json') ?? '').events).toHaveLength(3);
    expect(files.get('fleet-events.json')).not.toContain('other');
    expect(files.get('logs.txt')).toContain('LOG: database system is shut down');
    expect(JSON.parse(files.get('versions.json') ?? '').controller).toBe('0.9.9');
    expect(files.get('audit.txt')).toContain('r-12');
    expect(files.get('README.txt')).toContain('Drydock run r-12 of cluster pg-main (postgresql), 16.4 to 16.14, active.');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  test('13.6: none of the planted secrets is in any file, and what is no secret is', async () => {
    const { ran, file } = await bundle();
    const all = [...(await unpacked(file)).values()].join('\n');
    for (const [where, secret] of Object.entries(planted)) expect(all.includes(secret), where).toBe(false);
    expect(all).toContain('host=db-1 user=replicator password=[removed] sslmode=require');
    expect(all).toContain('ALTER ROLE app PASSWORD [removed]');
    expect(ran.stderr).toMatch(/\d+ secrets removed; review it before you send it/);
  });

  test('13.6: what cannot be had is named and does not stop the rest', async () => {
    const refusing: Answers = {
      GetReport: () => {
        throw fail('failed', 'store-unwritable', 'the report cannot be read');
      },
    };
    const { ran, file } = await bundle(refusing);
    expect(ran.exitCode).toBe(0);
    expect(ran.stderr).toContain('missing: the report: the report cannot be read');
    const files = await unpacked(file);
    expect(files.get('README.txt')).toContain('Missing:\n  the report: the report cannot be read');
    expect([...files.keys()]).toContain('run.json');
  });

  test('13.6: a file that is there is not written over, and a run that is not there gives none', async () => {
    await writeFile(join(dir, 'r-12.tar.gz'), 'mine');
    const { ran, file } = await bundle();
    expect(ran).toMatchObject({ exitCode: 3, stdout: '' });
    expect(ran.stderr).toContain('already exists; give another file with --out');
    expect(await readFile(file, 'utf8')).toBe('mine');
    operator?.kill();
    const unknown: Answers = {
      GetRun: () => {
        throw fail('not-found', 'unknown-run', 'there is no run r-12');
      },
    };
    expect((await bundle(unknown)).ran.exitCode).toBe(4);
  });

  test('13.6: for programs it says where it lies and how much was removed', async () => {
    const { ran, file } = await bundle({}, ['-o', 'json', '-q']);
    expect(JSON.parse(ran.stdout)).toMatchObject({ apiVersion, run: 'r-12', file, missing: [] });
    expect(ran.stderr).toBe('');
  });
});

describe('what is removed', () => {
  test.each([
    ['password authentication failed for user "drydock"', 'password authentication failed for user "drydock"'],
    ['passwordFile: /etc/drydock/pg-1.password', 'passwordFile: /etc/drydock/pg-1.password'],
    ['pg-3 did not start on 10.0.0.7:5432', 'pg-3 did not start on 10.0.0.7:5432'],
    ['2026-03-01T01:14:07.000Z digest sha256:51d0', '2026-03-01T01:14:07.000Z digest sha256:51d0'],
    ['PGPASSWORD=x psql', 'PGPASSWORD=[removed] psql'],
    ["passphrase_command = 'echo x'", 'passphrase_command = [removed]'],
    ['https://u:p@ss/w@h/x', 'https://u:[removed]@h/x'],
    ['--token abc --wait', '--token [removed] --wait'],
    [`token ghp_${'a'.repeat(36)}`, 'token [removed]'],
    ['password=[removed] password=b', 'password=[removed] password=[removed]'],
  ])('13.6: %s', (text, left) => {
    expect(redactText(text).value).toBe(left);
    expect(redactText(redactText(text).value)).toEqual({ value: left, removed: 0 });
  });
});
