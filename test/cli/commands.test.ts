import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { sha256Of } from '../../common/canonical-json.ts';
import { type FailureClass, fail } from '../../common/failure.ts';
import { artifactPieceBytes } from '../../proto/channel.ts';
import { documentBytes, type OperatorScript, type StandInOperator, startOperator } from '../stand-ins/operator.ts';
import * as documents from '../stand-ins/operator-documents.ts';
import { drydock, type Surroundings } from './captured-io.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

async function operator(script: OperatorScript): Promise<StandInOperator> {
  const started = await startOperator(script);
  cleanups.push(() => started.kill());
  return started;
}

async function run(script: OperatorScript, argv: readonly string[], surroundings: Surroundings = {}) {
  const { address } = await operator(script);
  return drydock(argv, { ...surroundings, env: { DRYDOCK_CONTROLLER: address, ...surroundings.env } });
}

async function folder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'drydock-cli-'));
  cleanups.push(() => rm(dir, { recursive: true }));
  return dir;
}

const clusterScript: OperatorScript = { answers: { GetCluster: () => ({ cluster: documentBytes(documents.cluster) }) } };

describe('exit codes', () => {
  const classes: readonly [FailureClass, number][] = [
    ['usage', 2],
    ['refused', 3],
    ['not-found', 4],
    ['unreachable', 5],
    ['timeout', 6],
    ['failed', 1],
    ['internal', 1],
  ];
  test.each(classes)(
    'a failure of class %s that the controller sends ends with %i, one sentence and no data',
    async (failureClass, exitCode) => {
      const cause = fail('failed', 'inner', 'the disk is full').failure;
      const answers = {
        GetCluster: () => {
          throw fail(failureClass, 'some-code', 'cluster pg-main cannot be shown', { cause });
        },
      };
      const ran = await run({ answers }, ['cluster', 'show', 'pg-main', '-o', 'json']);
      expect(ran).toEqual({ exitCode, stdout: '', stderr: 'drydock: cluster pg-main cannot be shown\n  because: the disk is full\n' });
    },
  );

  test.each([
    [3, 2, 'INVALID_ARGUMENT'],
    [5, 4, 'NOT_FOUND'],
    [9, 3, 'FAILED_PRECONDITION'],
    [4, 6, 'DEADLINE_EXCEEDED'],
    [14, 5, 'UNAVAILABLE'],
    [13, 1, 'INTERNAL'],
  ])('gRPC status %i without a failure in its trailer ends with %i (%s)', async (code, exitCode) => {
    const answers = {
      GetHost: () => {
        throw Object.assign(new Error('no'), { code });
      },
    };
    const ran = await run({ answers }, ['host', 'show', 'h']);
    expect(ran.exitCode).toBe(exitCode);
    expect(ran.stdout).toBe('');
  });

  test('a controller that does not know the method is told from one that is away', async () => {
    const ran = await run({}, ['cluster', 'list']);
    expect(ran.exitCode).toBe(1);
    expect(ran.stderr).toContain('does not support ListClusters');
  });

  test('a controller that nobody started is named in one sentence, exit code 5', async () => {
    const started = await startOperator({});
    started.kill();
    const ran = await drydock(['cluster', 'list', '--controller', started.address]);
    expect(ran.exitCode).toBe(5);
    expect(ran.stderr).toBe(
      `drydock: controller at ${started.address} is unreachable: no controller is listening there; check drydock-controller on its host, or give another address with --controller. Until it answers, agents finish the steps in progress and no new step starts\n`,
    );
    const path = await drydock(['path', 'postgresql', '16.4', '16.14', '--controller', started.address]);
    expect(path.exitCode).toBe(5);
    expect(path.stderr).toContain('--offline uses the built-in rule packs');
  });

  test.each([
    [['switch-over', 'pg-main'], 'unknown command'],
    [['stats'], 'Did you mean status?'],
    [['cluster', 'shw'], 'Did you mean show?'],
    [['cluster', 'adopt', 'pg-main'], '--members'],
    [['cluster', 'adopt', 'pg-main', '--members', '0'], 'whole number'],
    [['controller', 'adopt'], "required option '--reason <text>' not specified"],
    [['controller', 'backup'], "missing required argument 'to'"],
    [['run', 'p-1', '--timeout', '10'], '500ms, 60s, 10m'],
    [['resolve', 'r-1', 'step', '--as', 'maybe', '--reason', 'x'], 'Allowed choices are done, failed'],
    [['status', '-o', 'xml'], 'table, wide, json, yaml'],
    [['status', 'r-1', '--bogus'], 'unknown option'],
    [['path', 'x', '1', '2', '--trait', 'omHa'], 'name=value'],
    [['approve', 'p-1', '--digest', '51d0'], 'sha256:'],
  ])('%j is a usage error, exit code 2', async (argv, says) => {
    const ran = await drydock(argv, { env: { DRYDOCK_CONTROLLER: '127.0.0.1:1' } });
    expect(ran.exitCode).toBe(2);
    expect(ran.stdout).toBe('');
    expect(ran.stderr).toContain(says);
  });
});

describe('the controller is found', () => {
  test('by the flag before the environment, by the environment before the settings file', async () => {
    const home = await folder();
    await writeFile(join(home, 'nothing'), '');
    const { address } = await operator(clusterScript);
    const file = await settingsFile(`controller: ${address}\n`);
    expect((await drydock(['cluster', 'show', 'pg-main'], { env: { XDG_CONFIG_HOME: file } })).exitCode).toBe(0);
    const wrong = { XDG_CONFIG_HOME: file, DRYDOCK_CONTROLLER: '127.0.0.1:1' };
    expect((await drydock(['cluster', 'show', 'pg-main'], { env: wrong })).exitCode).toBe(5);
    expect((await drydock(['cluster', 'show', 'pg-main', '--controller', address], { env: wrong })).exitCode).toBe(0);
  });

  test.each([
    ['controller: 127.0.0.1:70\nfoo: 1\n', ':2: foo: unknown setting'],
    ['# where\ncontroller: nowhere\n', ':2: controller: "nowhere" is not a valid address'],
    ['controller: 10.0.0.7\n', 'is not a valid address'],
    ['controller: [\n', ':'],
  ])('malformed settings %j are refused with file and line, exit code 2', async (text, says) => {
    const dir = await settingsFile(text);
    const ran = await drydock(['cluster', 'list'], { env: { XDG_CONFIG_HOME: dir } });
    expect(ran.exitCode).toBe(2);
    expect(ran.stderr).toContain(join(dir, 'drydock', 'config.yaml'));
    expect(ran.stderr).toContain(says);
  });

  async function settingsFile(text: string): Promise<string> {
    const { mkdir } = await import('node:fs/promises');
    const dir = await folder();
    await mkdir(join(dir, 'drydock'));
    await writeFile(join(dir, 'drydock', 'config.yaml'), text);
    return dir;
  }
});

describe('version', () => {
  test('13.7: of this program and of the controller', async () => {
    const { address } = await operator({ answers: { GetVersion: () => ({ version: '0.9.9', node: '24.21.0' }) } });
    const ran = await drydock(['version', '-o', 'json', '--controller', address]);
    expect(JSON.parse(ran.stdout)).toEqual({
      apiVersion: 'drydock/v1',
      drydock: { version: 'from source', node: process.versions.node },
      controller: { address, version: '0.9.9', node: '24.21.0' },
    });
  });

  test('13.7: without the controller, which is said and no failure', async () => {
    const ran = await drydock(['version', '-o', 'json', '--controller', '127.0.0.1:1']);
    expect(ran.exitCode).toBe(0);
    expect(JSON.parse(ran.stdout).controller).toBeNull();
    expect(ran.stderr).toContain('controller at 127.0.0.1:1 is unreachable');
  });
});

describe('output', () => {
  test('JSON and YAML are the document itself', async () => {
    const json = await run(clusterScript, ['cluster', 'show', 'pg-main', '-o', 'json']);
    expect(JSON.parse(json.stdout)).toEqual(documents.cluster);
    const { parse } = await import('yaml');
    const yaml = await run(clusterScript, ['-o', 'yaml', 'cluster', 'show', 'pg-main']);
    expect(parse(yaml.stdout)).toEqual(documents.cluster);
  });

  test('a document of another contract version is not guessed at', async () => {
    const answers = { GetCluster: () => ({ cluster: documentBytes({ ...documents.cluster, apiVersion: 'drydock/v9' }) }) };
    const ran = await run({ answers }, ['cluster', 'show', 'pg-main']);
    expect(ran.exitCode).toBe(1);
    expect(ran.stderr).toContain('drydock/v9');
  });

  test('control characters that a database put into a sentence do not reach the terminal', async () => {
    const [problem] = documents.cluster.problems;
    const nasty = { ...documents.cluster, problems: [{ ...problem, detail: 'log\u001b[2J says\nno' }] };
    const ran = await run({ answers: { GetCluster: () => ({ cluster: documentBytes(nasty) }) } }, ['cluster', 'show', 'pg-main']);
    expect(ran.stdout).toContain('log·[2J says no');
  });

  test('colours only on a terminal, and not against NO_COLOR or --no-color', async () => {
    const terminal = { columns: 120 };
    const shown = ['cluster', 'show', 'pg-main'];
    const sequence = '\u001b[';
    expect((await run(clusterScript, shown, { terminal, env: { NO_COLOR: '' } })).stdout).toContain(sequence);
    expect((await run(clusterScript, shown, { terminal })).stdout).not.toContain(sequence);
    expect((await run(clusterScript, [...shown, '--no-color'], { terminal, env: { NO_COLOR: '' } })).stdout).not.toContain(sequence);
    expect((await run(clusterScript, shown, { env: { NO_COLOR: '' } })).stdout).not.toContain(sequence);
  });

  test('status without a run shows open runs and clusters', async () => {
    const runs = {
      apiVersion: 'drydock/v1',
      holds: [],
      runs: [
        {
          run: 'r-12',
          plan: 'p-7Q4M',
          cluster: 'pg-main',
          what: 'restart',
          from: '16.4',
          to: '16.14',
          state: 'active',
          shown: 'holding',
          holds: 1,
          startedAt: null,
        },
      ],
    };
    const answers = {
      ListRuns: () => ({ runs: documentBytes(runs) }),
      ListClusters: () => ({ clusters: documentBytes({ apiVersion: 'drydock/v1', clusters: [documents.cluster] }) }),
    };
    const ran = await run({ answers }, ['status']);
    expect(ran.exitCode).toBe(0);
    expect(ran.stdout).toMatch(/r-12 +p-7Q4M +pg-main +restart +16.4 +16.14 +holding +1/);
    expect(ran.stdout).toMatch(/pg-main +postgresql +16.4 +2\/3 +no +yes +r-12/);
  });

  test('report and the nodes of a cluster', async () => {
    const reported = await run({ answers: { GetReport: () => ({ report: documentBytes(documents.report) }) } }, ['report', 'r-12']);
    expect(reported.stdout).toContain('audit verified, 41 events');
    const nodes = await run(clusterScript, ['cluster', 'nodes', 'pg-main', '-o', 'json']);
    expect(JSON.parse(nodes.stdout)).toMatchObject({ apiVersion: 'drydock/v1', cluster: 'pg-main', nodes: [{ instance: 'pg-1' }, {}, {}] });
  });
});

describe('audit', () => {
  test('collects all pages', async () => {
    const [first, second] = documents.audit.events;
    const page = (events: readonly unknown[]) => documentBytes({ apiVersion: 'drydock/v1', events });
    const answers = {
      ListAudit: ({ afterSeq }: { readonly afterSeq: number }) =>
        afterSeq === 0 ? { audit: page([first]), nextAfterSeq: 1 } : { audit: page([second]), nextAfterSeq: 0 },
    };
    const ran = await run({ answers }, ['audit', 'r-12', '-o', 'json']);
    expect(JSON.parse(ran.stdout)).toEqual(documents.audit);
  });

  test('P14 a broken chain is told and ends with 1', async () => {
    const answers = { VerifyAudit: () => ({ verification: documentBytes(documents.brokenAudit) }) };
    const ran = await run({ answers }, ['audit', '--verify']);
    expect(ran.exitCode).toBe(1);
    expect(ran.stdout).toContain('event 17 was changed');
    expect((await run({ answers }, ['audit', 'fleet', '--verify'])).exitCode).toBe(0);
    expect((await run({ answers }, ['audit', 'r-99', '--verify'])).exitCode).toBe(4);
  });
});

describe('control of a run', () => {
  test.each([
    [['pause', 'r-12', '--reason', 'lunch'], 'PauseRun', { runId: 'r-12', reason: 'lunch' }],
    [['resume', 'r-12'], 'ResumeRun', { runId: 'r-12' }],
    [['abort', 'r-12'], 'AbortRun', { runId: 'r-12', reason: '' }],
    [['rollback', 'r-12', '--reason', 'slow'], 'RollbackRun', { runId: 'r-12', reason: 'slow' }],
    [['retry', 'r-12', 's1'], 'RetryStep', { runId: 'r-12', step: 's1' }],
    [
      ['resolve', 'r-12', 's1', '--as', 'done', '--reason', 'seen'],
      'ResolveStep',
      { runId: 'r-12', step: 's1', as: 'done', reason: 'seen' },
    ],
    [
      ['exclude', 'r-12', 'pg-3', '--reason', 'its disk is gone'],
      'ExcludeNode',
      { runId: 'r-12', instance: 'pg-3', reason: 'its disk is gone' },
    ],
  ] as const)('%j asks %s', async (argv, method, question) => {
    const seen: unknown[] = [];
    const answer = (asked: unknown) => {
      seen.push(asked);
      return method === 'RetryStep' ? { attempt: 2, runId: 'r-12' } : { runId: 'r-12' };
    };
    const shown = { GetRun: () => ({ status: documentBytes(documents.run) }) };
    const ran = await run({ answers: { ...shown, [method]: answer } }, [...argv, '-o', 'json']);
    expect(ran.exitCode).toBe(0);
    expect(seen).toEqual([question]);
    expect(JSON.parse(ran.stdout)).toMatchObject({ apiVersion: 'drydock/v1', run: 'r-12' });
    expect(ran.stderr).toContain('drydock ');
  });

  test('P17 resume says that the run still holds, why and until when, where it does', async () => {
    const of = (shown: object) => ({ ResumeRun: () => ({ runId: 'r-12' }), GetRun: () => ({ status: documentBytes(shown) }) });
    expect((await run({ answers: of(documents.run) }, ['resume', 'r-12'])).stderr).toBe('r-12 is resuming. Follow: drydock watch r-12\n');
    expect((await run({ answers: of(documents.holding) }, ['resume', 'r-12'])).stderr).toMatch(
      /^r-12 still holds, peer-unhealthy: pg-1 .*; it resumes automatically once pg-1 has been healthy for 60 s\. See: drydock status r-12\n$/,
    );
  });

  test('13.2: abort of a rollback asks, and says what is given up; scripts say --yes', async () => {
    const asked = async (argv: readonly string[], typed?: string) => {
      const { address, asked: methods } = await operator({
        answers: { GetRun: () => ({ status: documentBytes(documents.goingBack) }), AbortRun: () => ({}) },
      });
      const surroundings = { env: { DRYDOCK_CONTROLLER: address }, ...(typed === undefined ? {} : { typed }) };
      return { ...(await drydock(['abort', 'r-12', ...argv], surroundings)), isSent: methods.includes('AbortRun') };
    };
    expect(await asked([])).toMatchObject({ exitCode: 2, isSent: false });
    const refused = await asked([], 'n\n');
    expect(refused).toMatchObject({ exitCode: 1, isSent: false });
    expect(refused.stderr).toContain('r-12 is rolling back. Aborting it ends the rollback for good: ');
    expect(refused.stderr).toContain('r-12 was not aborted; it continues to roll back');
    expect(await asked([], 'yes\n')).toMatchObject({ exitCode: 0, isSent: true });
    expect(await asked(['--yes'])).toMatchObject({ exitCode: 0, isSent: true });
  });

  test('-q leaves only data', async () => {
    const ran = await run({ answers: { PauseRun: () => ({ runId: 'r-12' }) } }, ['pause', 'r-12', '-q']);
    expect(ran).toEqual({ exitCode: 0, stdout: '', stderr: '' });
  });
});

describe('release add', () => {
  const release = { apiVersion: 'drydock/v1', ...documents.releases.releases[0] };

  test('sends the description with the digest first, then every byte', async () => {
    const file = join(await folder(), 'pg.tar');
    const content = Buffer.alloc(3 * 1024 * 1024, 'drydock');
    await writeFile(file, content);
    const got = { description: null as unknown, pieces: [] as Buffer[] };
    const ran = await run(
      {
        addRelease: async (messages) => {
          for await (const message of messages) {
            if (message.body === 'description') got.description = message.description;
            else got.pieces.push(message.content ?? Buffer.alloc(0));
          }
          return { release: documentBytes(release) };
        },
      },
      ['release', 'add', 'postgresql', '16.14', '--artifact', file, '--arch', 'arm64'],
    );
    expect(ran.exitCode).toBe(0);
    expect(sha256Of(Buffer.concat(got.pieces))).toBe(sha256Of(content));
    expect(Math.max(...got.pieces.map((piece) => piece.length))).toBeLessThanOrEqual(artifactPieceBytes);
    expect(got.description).toEqual({
      engine: 'postgresql',
      version: '16.14',
      arch: 'arm64',
      artifacts: [{ role: 'server', digest: sha256Of(content), sizeBytes: content.length, fileName: 'pg.tar' }],
    });
    expect(ran.stdout).toContain('16.14-51d0aaaaaaaa');
  });

  test('ends at once when the controller refuses before it has seen all bytes', async () => {
    const file = join(await folder(), 'pg.tar');
    await writeFile(file, Buffer.alloc(8 * 1024 * 1024));
    const ran = await run(
      {
        addRelease: async () => {
          throw fail('refused', 'already-there', 'release 16.14 is there already');
        },
      },
      ['release', 'add', 'postgresql', '16.14', '--artifact', file],
    );
    expect(ran).toEqual({ exitCode: 3, stdout: '', stderr: 'drydock: release 16.14 is there already\n' });
  });

  test('a file that is not there is a usage error and nothing is asked', async () => {
    const { address, asked } = await operator({});
    const ran = await drydock(['release', 'add', 'postgresql', '16.14', '--artifact', '/nonexistent/pg.tar', '--controller', address]);
    expect(ran.exitCode).toBe(2);
    expect(ran.stderr).toContain('/nonexistent/pg.tar: no such file');
    expect(asked).toEqual([]);
  });

  test('release verify ends with 1 when an artifact is bad', async () => {
    const verification = {
      apiVersion: 'drydock/v1',
      ok: false,
      artifacts: [{ engine: 'postgresql', version: '16.14', digest: documents.digest, ok: false, detail: 'truncated' }],
    };
    const ran = await run({ answers: { VerifyReleases: () => ({ verification: documentBytes(verification) }) } }, ['release', 'verify']);
    expect(ran.exitCode).toBe(1);
    expect(ran.stdout).toContain('truncated');
  });
});
