import { execFileSync } from 'node:child_process';
import { chmod, chown, copyFile, cp, mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { fail } from '../../common/failure.ts';
import { layOutBrokenRelease } from '../../demo/postgres/releases.ts';
import { postgresqlDriver as driver } from '../../engines/postgresql/driver.ts';
import { detailSchema } from '../../engines/postgresql/facts.ts';
import { makeTestCluster, type TestCluster, type TestServer } from './postgresql-servers.ts';
import { soon } from './postgresql-verbs.ts';

const otherUserAct = fileURLToPath(new URL('other-user-act.ts', import.meta.url));

let cluster: TestCluster;
let primary: TestServer;
let standby: TestServer;

beforeAll(async () => {
  cluster = await makeTestCluster(['pg-1', 'pg-2'], ['16.4', '16.14']);
  const [first, second] = cluster.servers;
  if (first === undefined || second === undefined) throw new RangeError('two servers were asked for');
  [primary, standby] = [first, second];
  primary.start();
  standby.start();
  await isOk(primary, 'member-in-service', 'pg-2');
  await isOk(standby, 'in-service');
});

afterAll(async () => {
  await cluster?.remove();
});

async function isOk(server: TestServer, check: string, expected?: string): Promise<void> {
  await vi.waitFor(async () => expect(await ask(server, check, expected)).toMatchObject({ check, ok: true }), soon);
}

const guard = (check: string, expected?: string) => ({ check, ...(expected === undefined ? {} : { expect: expected }) });

const ask = (server: TestServer, check: string, expected?: string) => driver.check(server.context(), guard(check, expected));

async function sql(server: TestServer, text: string): Promise<void> {
  const { host, port, user, database, passwordFile } = server.member.connection;
  const password = execFileSync('head', ['-n1', passwordFile], { encoding: 'utf8' }).trim();
  const client = new pg.Client({ host, port, user, database, password });
  await client.connect();
  await client.query(text).finally(() => client.end());
}

describe('looking at real servers', () => {
  it('P15 reads role, versions, member id and system identifier from the primary', async () => {
    const seen = await driver.observe(primary.context(), ['in-service', 'slots-sound', 'no-backup-running', 'no-ha-manager']);
    expect(seen).toMatchObject({
      memberId: 'pg-1',
      runningVersion: '16.4',
      onDiskVersion: '16.4',
      format: '16',
      role: 'primary',
      inService: true,
      peers: [{ member: 'pg-2', healthy: true, state: 'streaming' }],
    });
    expect(seen.databaseId).toMatch(/^[1-9][0-9]{15,}$/);
    expect(seen.findings.map(({ check, ok }) => [check, ok])).toEqual([
      ['in-service', true],
      ['slots-sound', true],
      ['no-backup-running', true],
      ['no-ha-manager', true],
    ]);
    expect(detailSchema.parse(seen.detail)).toMatchObject({ state: 'reachable', inRecovery: false, timeline: 1, serverVersionNum: 160004 });
  });

  it('sees the standby with the same system identifier, streaming, under its own name', async () => {
    const [first, second] = [await driver.observe(primary.context(), []), await driver.observe(standby.context(), [])];
    expect(second).toMatchObject({ memberId: 'pg-2', role: 'standby', inService: true, databaseId: first.databaseId, peers: [] });
    expect(detailSchema.parse(second.detail)).toMatchObject({
      inRecovery: true,
      timeline: 1,
      walReceiver: { status: 'streaming', senderPort: primary.member.connection.port },
    });
  });

  it('takes a server under another name than expected for nobody', async () => {
    const seen = await driver.observe(primary.context({ memberId: 'pg-9' }), []);
    expect(seen.memberId).toBeNull();
    expect(seen.findings).toMatchObject([{ check: 'member-id', ok: false }]);
  });

  it('says what a database that cannot be asked leaves unknown', async () => {
    const seen = await driver.observe(primary.context({ user: 'nobody-knows' }), ['in-service']);
    expect(seen).toMatchObject({
      runningVersion: null,
      inService: false,
      role: null,
      detail: { state: 'unreachable' },
      findings: [{ ok: null }],
    });
    expect(seen.onDiskVersion).toBe('16.4');
    expect(JSON.stringify(seen)).not.toContain('password authentication failed for user "nobody-knows" with');
  });

  it('tells where peers reach it, and whether it could follow one of them', async () => {
    const { port, replication, ...plain } = primary.member.connection;
    const seen = await driver.observe(primary.context(), ['can-follow']);
    expect(detailSchema.parse(seen.detail)).toMatchObject({ advertised: { host: '127.0.0.1', port }, primarySlot: null, canFollow: true });
    expect(seen.findings).toMatchObject([{ ok: true }]);
    const context = primary.context({ advertise: { host: 'db-1', port: 6432 }, replication: { ...replication, slot: 'pg_1' } });
    expect((await driver.observe(context, [])).detail).toMatchObject({ advertised: { host: 'db-1', port: 6432 }, primarySlot: 'pg_1' });

    const without = { ...primary.context(), settings: { ...primary.context().settings, connection: { port, ...plain } } };
    expect((await driver.observe(without, ['can-follow'])).findings).toMatchObject([
      { ok: false, detail: expect.stringContaining('set connection.replication') },
    ]);
    const standbyWithout = {
      ...standby.context(),
      settings: { ...standby.context().settings, connection: { ...plain, port: standby.member.connection.port } },
    };
    expect((await driver.observe(standbyWithout, ['can-follow'])).detail).toMatchObject({ canFollow: true });
  });

  it('could follow nobody when its agent may not write the fence, and says so while it serves', async () => {
    const standing = 'the data directory belongs to user 26, but the agent runs as user 997: run the agent as user 26';
    const asked: string[] = [];
    const { host, ...rest } = primary.context();
    const writeObstacle = async (path: string) => {
      asked.push(path);
      return standing;
    };
    const seen = await driver.observe({ ...rest, host: { ...host, writeObstacle } }, ['can-follow']);
    expect(detailSchema.parse(seen.detail)).toMatchObject({ canFollow: false });
    expect(seen.findings).toEqual([{ check: 'can-follow', ok: false, detail: standing }]);
    expect(new Set(asked)).toEqual(new Set([primary.member.dataDir]));
  });

  it('finds a session of a superuser to be sql-admin', async () => {
    expect(await driver.capabilities(primary.context())).toEqual(['sql', 'sql-admin']);
  });
});

describe('checks on real servers', () => {
  it.each([
    ['role-is', 'primary'],
    ['version-is', '16.4'],
    ['release-is', '16.4'],
    ['caught-up', undefined],
    ['replication-streaming', undefined],
    ['sync-satisfiable', 'pg-2'],
    ['settings-not-lower', undefined],
    ['extensions-present', '16.14'],
    ['write-works', undefined],
    ['wal-reaches-back', 'FFFFFFFF/0'],
    ['wal-reaches-back', undefined],
  ])('the primary passes %s %s', async (check, expected) => {
    expect(await ask(primary, check, expected)).toMatchObject({ check, ok: true });
  });

  it.each([
    ['role-is', 'standby'],
    ['member-in-service', 'pg-1'],
    ['caught-up', undefined],
    ['replication-streaming', undefined],
    ['settings-not-lower', undefined],
    ['extensions-present', '16.14'],
    ['write-works', undefined],
  ])('the standby passes %s %s', async (check, expected) => {
    expect(await ask(standby, check, expected)).toMatchObject({ check, ok: true });
  });

  it.each([
    ['role-is', 'standby', false],
    ['version-is', '16.14', false],
    ['release-is', '16.14', false],
    ['member-in-service', 'pg-7', false],
    ['wal-reaches-back', '0/1', false],
    ['wal-reaches-back', 'now', null],
    ['extensions-present', '../../etc', null],
    ['moon-is-full', undefined, null],
  ])('the primary does not pass %s %s', async (check, expected, ok) => {
    expect((await ask(primary, check, expected)).ok).toBe(ok);
  });

  it('is not passed by an agent that may not read the data directory, which could not prove a stop either', async () => {
    const { host, ...rest } = primary.context();
    const unreadable = async (path: string): Promise<never> => {
      throw fail('failed', 'unreadable', `${path} cannot be read: EACCES: permission denied`);
    };
    const listDir = (path: string) => (path === rest.settings.dataDir ? unreadable(path) : host.listDir(path));
    const blind = { ...rest, host: { ...host, listDir, readText: unreadable } };
    await expect(driver.stopped(blind)).rejects.toMatchObject({ failure: { code: 'unreadable' } });
    const detail = `${rest.settings.dataDir} cannot be read: EACCES: permission denied: run the agent as the user that its database runs as`;
    expect(await driver.check(blind, { check: 'no-ha-manager' })).toEqual({ check: 'no-ha-manager', ok: null, detail });
  });

  it.runIf(process.geteuid?.() === 0)('tell an agent that runs as somebody else what it may not do, while everything serves', async () => {
    const { settings, currentRelease } = primary.context();
    const other = 64_999;
    const passwordFile = join(dirname(settings.dataDir), 'password-of-another');
    await copyFile(primary.member.connection.passwordFile, passwordFile);
    await chown(passwordFile, other, other);
    const asked = JSON.stringify({ settings: { ...settings, connection: { ...primary.member.connection, passwordFile } }, currentRelease });
    const argv = ['--import', import.meta.resolve('tsx'), otherUserAct, String(other), asked];
    const { findings, problems } = JSON.parse(execFileSync(process.execPath, argv, { encoding: 'utf8' }));
    const { uid } = await stat(settings.dataDir);
    expect(findings).toMatchObject([
      { check: 'in-service', ok: true },
      { check: 'can-follow', ok: false, detail: expect.stringContaining(`agent runs as user ${other}: run the agent as user ${uid}`) },
      { check: 'no-ha-manager', ok: null, detail: expect.stringContaining('run the agent as the user that its database runs as') },
    ]);
    expect(problems).toEqual([expect.stringContaining('postgresql.conf cannot be read')]);
  });

  it('refuses an HA manager by name', async () => {
    const trace = join(primary.member.dataDir, 'patroni.dynamic.json');
    await writeFile(trace, '{}');
    expect(await ask(primary, 'no-ha-manager')).toMatchObject({ ok: false, detail: expect.stringContaining('Patroni') });
    await rm(trace);
    await sql(primary, 'CREATE SCHEMA repmgr');
    expect(await ask(primary, 'no-ha-manager')).toMatchObject({ ok: false, detail: expect.stringContaining('repmgr') });
    await sql(primary, 'DROP SCHEMA repmgr');
  });

  it('sees that commits would hang without the only synchronous standby', async () => {
    await waitsFor('"pg-2"');
    await vi.waitFor(async () => expect(await ask(primary, 'sync-satisfiable', 'pg-2')).toMatchObject({ ok: false }), soon);
    expect(await ask(primary, 'write-works')).toMatchObject({ ok: true });
    await waitsFor('"pg-3"');
    await vi.waitFor(
      async () => expect((await ask(primary, 'write-works')).detail).toContain('canceling wait for synchronous replication'),
      soon,
    );
    await sql(primary, 'ALTER SYSTEM RESET synchronous_standby_names');
    await sql(primary, 'SELECT pg_reload_conf()');
    await isOk(primary, 'sync-satisfiable', 'pg-2');
  });

  async function waitsFor(standbys: string): Promise<void> {
    await sql(primary, `ALTER SYSTEM SET synchronous_standby_names = '${standbys}'`);
    await sql(primary, 'SELECT pg_reload_conf()');
  }

  it('sees a limit that was lowered in the files of a standby', async () => {
    await sql(standby, 'ALTER SYSTEM SET max_connections = 20');
    expect(await ask(standby, 'settings-not-lower')).toMatchObject({
      ok: false,
      detail: expect.stringContaining('max_connections is 100 now and 20'),
    });
    await sql(standby, 'ALTER SYSTEM RESET max_connections');
  });

  it('misses the library of an extension that the target release lacks', async () => {
    await sql(primary, 'CREATE EXTENSION citext');
    const lean = join(cluster.runDir, 'pg-1', 'releases', 'lean');
    await cp(join(cluster.runDir, 'releases', '16.14'), lean, { recursive: true, verbatimSymlinks: true });
    await rm(join(lean, 'lib', 'postgresql', 'citext.so'));
    expect(await ask(primary, 'extensions-present', 'lean')).toMatchObject({ ok: false, detail: expect.stringContaining('citext') });
    expect((await driver.inspectBundle(primary.context(), lean)).findings.at(-1)).toMatchObject({ check: 'extensions-present', ok: false });
    await sql(primary, 'DROP EXTENSION citext');
    await rm(lean, { recursive: true });
  });
});

describe('inspecting releases before a downtime', () => {
  const release = (version: string) => join(cluster.runDir, 'releases', version);

  it('finds a newer minor fit', async () => {
    const seen = await driver.inspectBundle(standby.context(), release('16.14'));
    expect(seen.version).toBe('16.14');
    expect(seen.findings.map(({ check, ok }) => [check, ok])).toEqual([
      ['architecture', true],
      ['release-complete', true],
      ['same-major', true],
      ['extensions-present', true],
    ]);
  });

  it('refuses a server program for another architecture without running it', async () => {
    const foreign = join(cluster.runDir, 'foreign');
    await mkdir(join(foreign, 'bin'), { recursive: true });
    const machine = process.arch === 'x64' ? 0xb7 : 0x3e;
    await writeFile(
      join(foreign, 'bin', 'postgres'),
      Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, machine, 0]),
    );
    await chmod(join(foreign, 'bin', 'postgres'), 0o755);
    const seen = await driver.inspectBundle(standby.context(), foreign);
    expect(seen).toMatchObject({ version: null, findings: [{ check: 'architecture', ok: false }] });
  });

  it('refuses another major than the one the data are of', async () => {
    const context = standby.context();
    const reported = { ...context, host: { ...context.host, run: sayingMajor17(context.host.run) } };
    const seen = await driver.inspectBundle(reported, release('16.14'));
    expect(seen.version).toBe('17.2');
    expect(seen.findings.find(({ check }) => check === 'same-major')).toMatchObject({ ok: false });
  });

  it('cannot tell a release that only fails at start from a good one', async () => {
    const broken = join(cluster.runDir, 'broken');
    await layOutBrokenRelease('16.14', '16.15', broken);
    const seen = await driver.inspectBundle(standby.context(), broken);
    expect(seen.version).toBe('16.15');
    expect(seen.findings.every(({ ok }) => ok === true)).toBe(true);
    await rm(broken, { recursive: true });
  });

  function sayingMajor17(run: ReturnType<TestServer['context']>['host']['run']): typeof run {
    return async (argv, options) =>
      argv[1] === '--version' ? { exitCode: 0, stdout: 'postgres (PostgreSQL) 17.2\n', stderr: '' } : run(argv, options);
  }
});

describe('a downtime by hand', () => {
  it('P15 M41 proves the stop, and readiness only as the version that was asked for', async () => {
    const context = standby.context();
    expect(await driver.stopped(context)).toMatchObject({ ok: false });
    await driver.quiesce(context);
    await standby.stop();
    expect(await driver.stopped(context)).toMatchObject({ ok: true });
    expect(await driver.ready(context, '16.14')).toMatchObject({ ok: false });
    expect(await driver.check(context, { check: 'in-service' })).toMatchObject({ ok: null });
    expect(await ask(primary, 'member-in-service', 'pg-2')).toMatchObject({ ok: false });
    // Nothing serves, so there is nothing to make short, and that is no failure.
    await driver.quiesce(context);

    await standby.activate('16.14');
    standby.start();
    await expect.poll(() => driver.ready(context, '16.14'), soon).toMatchObject({ ok: true });
    expect(await driver.ready(context, '16.4')).toMatchObject({ ok: false });
    await isOk(standby, 'in-service');
    await isOk(primary, 'member-in-service', 'pg-2');
    expect(await driver.observe(standby.context(), [])).toMatchObject({
      runningVersion: '16.14',
      onDiskVersion: '16.14',
      format: '16',
      role: 'standby',
    });
  });

  it('M41 streams again to everybody after the primary was swapped and was rolled back', async () => {
    for (const release of ['16.14', '16.4']) {
      await primary.stop();
      expect(await driver.stopped(primary.context())).toMatchObject({ ok: true });
      await primary.activate(release);
      primary.start();
      await expect.poll(() => driver.ready(primary.context(), release), soon).toMatchObject({ ok: true });
      await isOk(primary, 'member-in-service', 'pg-2');
      await isOk(standby, 'member-in-service', 'pg-1');
      expect(await ask(primary, 'write-works')).toMatchObject({ ok: true });
    }
  });

  it('takes a killed server for stopped although its pid file stays behind', async () => {
    await standby.stop('SIGKILL');
    await expect.poll(() => driver.stopped(standby.context()), soon).toMatchObject({ ok: true });
    // What a restore goes by when nothing answers.
    expect(await driver.observe(standby.context(), ['wal-reaches-back'])).toMatchObject({
      memberId: 'pg-2',
      onDiskVersion: '16.14',
      detail: { state: 'unreachable', fromArchive: false },
    });
    await expect
      .poll(async () => {
        standby.start();
        return (await driver.ready(standby.context(), '16.14')).ok;
      }, soon)
      .toBe(true);
    await isOk(standby, 'in-service');
  });

  it('P9 does not take a frozen server for stopped or in service', async () => {
    standby.signal('SIGSTOP');
    const [proof, service] = await Promise.all([driver.stopped(standby.context()), ask(standby, 'in-service')]);
    standby.signal('SIGCONT');
    expect(proof.ok).toBe(false);
    expect(service.ok).toBeNull();
    await isOk(standby, 'in-service');
  });
});
