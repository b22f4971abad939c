/** What `drydock __complete`, which the scripts of the shells ask, answers; the shells themselves: test/e2e/completion-shells.test.ts. */
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../common/clock.ts';
import { fail } from '../../common/failure.ts';
import { type Answers, documentBytes, type StandInOperator, startOperator } from '../stand-ins/operator.ts';
import * as documents from '../stand-ins/operator-documents.ts';
import { drydock } from './captured-io.ts';

let operator: StandInOperator | null = null;
afterEach(() => {
  operator?.kill();
  operator = null;
});

const apiVersion = 'drydock/v1';
const runs = [
  { run: 'r-12', plan: 'p-7Q4M', cluster: 'pg-main', what: 'upgrade', from: '16.4', to: '16.14', state: 'active' },
  { run: 'r-13', plan: 'p-9KX2', cluster: 'ci', what: 'restart', from: '3.5.21', to: '3.5.21', state: 'approved' },
  { run: 'r-9', plan: 'p-2222', cluster: 'ci', what: 'upgrade', from: '3.5.20', to: '3.5.21', state: 'done' },
];
const hosts = [
  { host: 'db-1', instances: [{ instance: 'pg-1', cluster: 'pg-main' }] },
  { host: 'db-2', instances: [{ instance: 'pg-2', cluster: 'pg-main' }] },
];
const releases = [{ engine: 'postgresql', version: '16.14', arch: 'x64' }];
const answers: Answers = {
  ListClusters: () => ({ clusters: documentBytes({ apiVersion, clusters: [{ ...documents.cluster, versions: ['16.4'] }] }) }),
  GetCluster: () => ({ cluster: documentBytes(documents.cluster) }),
  ListHosts: ({ after }) =>
    after === ''
      ? { hosts: documentBytes({ apiVersion, hosts: hosts.slice(0, 1) }), nextAfter: 'db-1' }
      : { hosts: documentBytes({ apiVersion, hosts: hosts.slice(1) }), nextAfter: '' },
  ListRuns: ({ openOnly }) => ({
    runs: documentBytes({ apiVersion, holds: [], runs: runs.filter(({ state }) => !openOnly || state !== 'done') }),
  }),
  ListPlans: () => ({
    plans: documentBytes({ apiVersion, plans: [...runs, { ...runs[0], plan: 'p-3333', run: null, state: 'draft' }] }),
  }),
  GetRun: () => ({ status: documentBytes(documents.run) }),
  ListReleases: ({ engine }) => ({ releases: documentBytes({ apiVersion, releases: releases.filter((each) => each.engine === engine) }) }),
  ListSnapshots: () => ({ snapshots: documentBytes({ apiVersion, snapshots: [{ id: 'r-12.pg-2', host: 'db-2', expiresAt: 'later' }] }) }),
  ListRules: () => ({ rules: documentBytes({ apiVersion, packs: [{ origin: 'imported', digest: documents.digest, file: 'pg.yaml' }] }) }),
};

/** The words offered after these, without what is said of them. */
async function offered(words: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<readonly string[]> {
  operator ??= await startOperator({ answers });
  const asked = { DRYDOCK_CONTROLLER: operator.address, ...env };
  const ran = await drydock(['__complete', '--', ...words], { env: asked, clock: systemClock });
  expect(ran).toMatchObject({ exitCode: 0, stderr: '' });
  const [kind, ...lines] = ran.stdout.trimEnd().split('\n');
  return kind === 'files' ? ['(files)'] : lines.map((line) => line.split('\t')[0] ?? '');
}

describe('completion knows what the commands declare', () => {
  test.each([
    { words: ['clu'], offers: ['cluster'] },
    { words: ['cluster', 'f'], offers: ['forget'] },
    { words: ['watch', 'r-12', '--t'], offers: ['--timeout'] },
    { words: ['watch', 'r-12', '--q'], offers: ['--quiet'] },
    { words: ['-o', 'j'], offers: ['json'] },
    { words: ['--output=y'], offers: ['--output=yaml'] },
    { words: ['plan', 'pg-main', '--snapshot', ''], offers: ['none', 'list', 'restore-compare'] },
    { words: ['plan', 'pg-main', '--snapshot', '--can'], offers: ['--canary'] },
    { words: ['path', 'post'], offers: ['postgresql'] },
    { words: ['completion', ''], offers: ['bash', 'zsh', 'fish'] },
    { words: ['release', 'add', 'etcd', '3.5.21', '--artifact', ''], offers: ['(files)'] },
    { words: ['rules', 'lint', 'a.yaml', ''], offers: ['(files)'] },
    { words: ['pause', 'r-12', '--reason', ''], offers: [] },
    { words: ['pause', 'r-12', ''], offers: [] },
    { words: ['nonsense', 'x', ''], offers: [] },
  ])('13.6: $words', async ({ words, offers }) => {
    expect(await offered(words)).toEqual(offers);
  });

  test('13.6: commands for machines are not offered', async () => {
    expect(await offered(['_'])).toEqual([]);
  });
});

describe('completion asks the controller for names', () => {
  test.each([
    { words: ['cluster', 'show', 'pg'], offers: ['pg-main'] },
    { words: ['host', 'show', ''], offers: ['db-1', 'db-2'] },
    { words: ['status', ''], offers: ['r-12', 'r-13', 'r-9'] },
    { words: ['watch', ''], offers: ['r-12', 'r-13'] },
    { words: ['audit', 'f'], offers: ['fleet'] },
    { words: ['plan', 'diff', 'p-7Q4M', 'p-9'], offers: ['p-9KX2'] },
    { words: ['run', 'p'], offers: ['p-9KX2'] },
    { words: ['approve', 'p-3'], offers: ['p-3333'] },
    { words: ['snapshot', 'remove', 'r-1'], offers: ['r-12.pg-2'] },
    { words: ['plan', 'discard', ''], offers: ['p-9KX2', 'p-3333'] },
    { words: ['plan', 'pg-main', '--to', ''], offers: ['16.14'] },
    { words: ['path', 'postgresql', ''], offers: ['16.14'] },
    { words: ['restore', 'r-12', '--node', 'pg-'], offers: ['pg-1', 'pg-2', 'pg-3'] },
    { words: ['retry', 'r-12', 'h1.roll.pg-3.'], offers: ['h1.roll.pg-3.await', 'h1.roll.pg-3.downtime'] },
    { words: ['rules', 'diff', 'postgresql', ''], offers: ['built-in', '51d0aaaaaaaa'] },
  ])('13.6: $words', async ({ words, offers }) => {
    expect(await offered(words)).toEqual(offers);
  });

  test('13.6: it is the controller that the line itself names', async () => {
    const other = await startOperator({ answers });
    try {
      expect(await offered(['--controller', other.address, 'host', 'show', ''], { DRYDOCK_CONTROLLER: '127.0.0.1:1' })).toEqual([
        'db-1',
        'db-2',
      ]);
    } finally {
      other.kill();
    }
  });

  test('13.6: contexts are names too', async () => {
    const home = await mkdtemp(join(tmpdir(), 'drydock-completion-'));
    try {
      await mkdir(join(home, 'drydock'));
      await writeFile(
        join(home, 'drydock', 'config.yaml'),
        'contexts: { lab: { controller: 127.0.0.1:7 }, prod: { controller: 127.0.0.1:8 } }\n',
      );
      expect(await offered(['context', 'use', ''], { XDG_CONFIG_HOME: home })).toEqual(['lab', 'prod']);
      expect(await offered(['--context', 'p'], { XDG_CONFIG_HOME: home })).toEqual(['prod']);
    } finally {
      await rm(home, { recursive: true });
    }
  });

  test('13.6: a word that a shell would not take as it stands is not offered, and nothing said of it drives the terminal', async () => {
    const clusters = ['$(reboot)', 'a b', '`x`', 'good'].map((cluster) => ({ ...documents.cluster, cluster, versions: ['\u001b[2J'] }));
    operator = await startOperator({ answers: { ListClusters: () => ({ clusters: documentBytes({ apiVersion, clusters }) }) } });
    const ran = await drydock(['__complete', '--', 'cluster', 'show', ''], {
      env: { DRYDOCK_CONTROLLER: operator.address },
      clock: systemClock,
    });
    expect(ran.stdout).toBe('words\ngood\tpostgresql ·[2J\n');
  });
});

describe('completion is silent', () => {
  const nothing = { exitCode: 0, stdout: 'words\n', stderr: '' };
  const complete = (env: Readonly<Record<string, string>>) => drydock(['__complete', '--', 'cluster', 'show', ''], { env });

  test('13.6: when no controller listens', async () => {
    expect(await complete({ DRYDOCK_CONTROLLER: '127.0.0.1:1' })).toEqual(nothing);
  });

  test('13.6: when the controller does not answer in time', async () => {
    const mute = createServer((socket) => void socket.on('error', () => {})).listen(0, '127.0.0.1');
    await once(mute, 'listening');
    const { port } = mute.address() as { port: number };
    try {
      expect(await complete({ DRYDOCK_CONTROLLER: `127.0.0.1:${port}` })).toEqual(nothing);
    } finally {
      mute.close();
    }
  });

  test('13.6: when the controller refuses, or the settings make no sense', async () => {
    const refusing: Answers = {
      ListClusters: () => {
        throw fail('refused', 'no', 'no');
      },
    };
    operator = await startOperator({ answers: refusing });
    expect(await offered(['cluster', 'show', ''])).toEqual([]);
    expect(await complete({ DRYDOCK_CONTROLLER: 'nonsense' })).toEqual(nothing);
  });
});
