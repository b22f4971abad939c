/** Changes of postgresql.conf on real servers: by the driver alone, and as runs over a whole cluster whose agents die in the middle. */
import { appendFile, chmod, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { sha256Of } from '../../common/canonical-json.ts';
import type { PlanShownDocument } from '../../common/documents/plans.ts';
import type { RunDocument } from '../../common/documents/runs.ts';
import type { DriverConfig } from '../../common/driver.ts';
import type { ConfigPreview } from '../../common/facts.ts';
import type { ConfigChange, ConfigRevision } from '../../common/orders.ts';
import { approve } from '../../demo/base-fleet.ts';
import { dial, hangUp } from '../../demo/clients/dial.ts';
import { type DemoFleet, startFleet } from '../../demo/fleet.ts';
import { databaseUnit, type NodeName, nodeNames } from '../../demo/layout.ts';
import { waitFor } from '../../demo/wait.ts';
import { postgresqlDriver as driver } from '../../engines/postgresql/driver.ts';
import { compareWithTable } from './failures-seen.ts';
import { makeTestCluster, type TestCluster, type TestServer } from './postgresql-servers.ts';
import { follows, isOk, soon, sql } from './postgresql-verbs.ts';

const never = new AbortController().signal;
const set = (key: string, value: string): ConfigChange => ({ op: 'set', key, value });
const rename = (key: string, to: string): ConfigChange => ({ op: 'rename', key, to });
const remove = (key: string): ConfigChange => ({ op: 'remove', key });
const config = driver.config as DriverConfig;

describe('the configuration of a server', () => {
  let cluster: TestCluster;
  let server: TestServer;
  let standby: TestServer;
  let path: string;
  let original: string;

  beforeAll(async () => {
    cluster = await makeTestCluster(['pg-1', 'pg-2'], ['16.4']);
    [server, standby] = cluster.servers as [TestServer, TestServer];
    path = join(server.member.dataDir, 'postgresql.conf');
    await appendFile(path, `  Log_Statement = 'ddl'   # asked for by audit\nold.key = 'kept'\n`);
    await chmod(path, 0o640);
    original = await readFile(path, 'utf8');
    server.start();
    await isOk(server, 'in-service');
  });
  afterEach(async () => {
    await writeFile(path, original);
  });
  afterAll(async () => {
    await cluster?.remove();
  });

  const preview = (...changes: ConfigChange[]) => config.preview(server.context(), changes);
  const shown = async (name: string) => (await sql(server, `SELECT current_setting('${name}', true) AS value`))[0]?.value;

  /** As the planner makes it of a preview against which nothing speaks. */
  async function revisionOf(changes: readonly ConfigChange[]): Promise<ConfigRevision> {
    const { fromDigest, toDigest, problems } = await preview(...changes);
    expect(problems).toEqual([]);
    expect(toDigest).not.toBe(fromDigest);
    return { changes, fromDigest, toDigest };
  }

  const turnedRound = ({ fromDigest, toDigest }: ConfigRevision): ConfigRevision => ({
    changes: [],
    fromDigest: toDigest,
    toDigest: fromDigest,
  });

  it('P15 takes keys over by a reload, keeps comments, mode and owner, and rolls back to the same bytes', async () => {
    const before = await stat(path);
    const changes = [set('log_statement', 'all'), set('work_mem', '64MB'), rename('old.key', 'new.key')];
    const seen = await preview(...changes);
    expect(seen).toMatchObject({ file: path, restartKeys: [], problems: [], fromDigest: sha256Of(original) });
    expect(seen.lines).toContain(`-  Log_Statement = 'ddl'   # asked for by audit`);
    expect(seen.lines).toContain(`+  Log_Statement = 'all'   # asked for by audit`);

    const revision = await revisionOf(changes);
    await config.stage(server.context(), revision);
    expect(await config.placed(server.context(), revision)).toBe('old');
    await config.place(server.context(), revision, 'forward');
    await config.place(server.context(), revision, 'forward');
    expect(await config.placed(server.context(), revision)).toBe('new');
    expect(await config.active(server.context(), revision)).toMatchObject({ ok: false });
    expect(await config.reload(server.context(), revision)).toMatchObject({ ok: true });
    expect(await Promise.all(['log_statement', 'work_mem', 'new.key', 'old.key'].map(shown))).toEqual(['all', '64MB', 'kept', '']);
    const { mode, uid, gid } = await stat(path);
    expect({ mode, uid, gid }).toEqual({ mode: before.mode, uid: before.uid, gid: before.gid });
    expect(sha256Of(await readFile(path, 'utf8'))).toBe(revision.toDigest);

    await config.stage(server.context(), turnedRound(revision));
    await config.place(server.context(), turnedRound(revision), 'forward');
    expect(await config.reload(server.context(), turnedRound(revision))).toMatchObject({ ok: true });
    expect(await readFile(path, 'utf8')).toBe(original);
    expect(await Promise.all(['log_statement', 'work_mem', 'old.key'].map(shown))).toEqual(['ddl', '4MB', 'kept']);
  });

  it('P15 does not take a reload for proof where a key waits for a restart, and finds it active after one', async () => {
    const changes = [set('max_connections', '90')];
    expect((await preview(...changes)).restartKeys).toEqual(['max_connections']);
    const revision = await revisionOf(changes);
    await config.stage(server.context(), revision);
    await config.place(server.context(), revision, 'forward');
    expect(await config.reload(server.context(), revision)).toMatchObject({
      ok: false,
      detail: expect.stringContaining('max_connections'),
    });
    await server.stop();
    server.start();
    await isOk(server, 'in-service');
    expect(await config.active(server.context(), revision)).toMatchObject({ ok: true });
    expect(await shown('max_connections')).toBe('90');
    await config.place(server.context(), revision, 'back');
    expect(await readFile(path, 'utf8')).toBe(original);
    await server.stop();
    server.start();
    await isOk(server, 'in-service');
  });

  const problemsOf = async (...changes: ConfigChange[]): Promise<string> => {
    const seen: ConfigPreview = await preview(...changes);
    return seen.problems.join('; ');
  };

  it.each<[string, ConfigChange, RegExp]>([
    ['an unknown key', set('wrok_mem', '1MB'), /wrok_mem is unknown/],
    ['a value that the server refuses', set('work_mem', 'many'), /rejects it: invalid value for parameter "work_mem"/],
    ['a unit that it does not know', set('work_mem', '64mb'), /rejects it: .*work_mem/],
    ['a key that is built in', set('block_size', '4096'), /block_size cannot be changed/],
    ['where the data are', set('data_directory', '/tmp'), /data_directory/],
    ['a new name that nobody knows', rename('log_statement', 'log_statements'), /log_statements is unknown/],
    ['an include', set('include', 'x.conf'), /include is not a setting name/],
    ['what a shell would run (P13)', set('archive_command', 'touch /tmp/x'), /archive_command makes the server run/],
    ['code from elsewhere (P13)', set('shared_preload_libraries', '/tmp/x.so'), /shared_preload_libraries makes the server run/],
    ['how its agent finds it', set('port', '5433'), /port identifies/],
    ['a password in a plan', set('primary_conninfo', 'host=a password=hunter2'), /contains a password/],
  ])('speaks against %s', async (_what, change, expected) => {
    expect(await problemsOf(change)).toMatch(expected);
  });

  it('finds a wrong value by the dry run before anything is touched, whatever a plan said', async () => {
    const text = original.replace(`Log_Statement = 'ddl'`, `Log_Statement = 'much'`);
    const changes = [set('log_statement', 'much')];
    const revision = { changes, fromDigest: sha256Of(original), toDigest: sha256Of(text) };
    await expect(config.stage(server.context(), revision)).rejects.toMatchObject({ failure: { class: 'refused', code: 'config-refused' } });
    expect(await readFile(path, 'utf8')).toBe(original);
  });

  it('is not begun with by an agent that may not replace the file, and the plan says so', async () => {
    const revision = await revisionOf([set('work_mem', '64MB')]);
    const context = server.context();
    const standing = 'it belongs to user 26, but the agent runs as user 997: run the agent as user 26';
    const writeObstacle = async (asked: string) => (asked === path ? standing : null);
    const powerless = { ...context, host: { ...context.host, writeObstacle } };
    const { problems } = await config.preview(powerless, [set('work_mem', '64MB')]);
    expect(problems).toEqual([`${path} cannot be replaced: ${standing}`]);
    await expect(config.stage(powerless, revision)).rejects.toMatchObject({
      failure: { class: 'refused', code: 'not-owner', message: expect.stringContaining(standing) },
    });
    expect(await readFile(path, 'utf8')).toBe(original);
  });

  it('has nothing against keys of modules that are not loaded, and nothing to do where it is so already', async () => {
    expect(await preview(set('some_module.limit', '7'))).toMatchObject({ restartKeys: [], problems: [] });
    const same = await preview(set('log_statement', 'ddl'), remove('work_mem'), rename('no.such', 'nor.this'));
    expect(same).toMatchObject({ lines: [], restartKeys: [], problems: [], toDigest: same.fromDigest });
  });

  it('names whoever has the last word', async () => {
    await sql(server, `ALTER SYSTEM SET work_mem = '8MB'`);
    expect(await problemsOf(set('work_mem', '64MB'))).toMatch(/postgresql\.auto\.conf:\d+ also sets work_mem.*ALTER SYSTEM RESET work_mem/);
    await sql(server, 'ALTER SYSTEM RESET work_mem');
    const included = join(server.member.dataDir, 'more.conf');
    await writeFile(included, '\nwork_mem = 8MB\n');
    await writeFile(path, `${original}include 'more.conf'\n`);
    expect(await problemsOf(set('work_mem', '64MB'))).toContain(`${included}:2 also sets work_mem`);
    // What stands behind the include counts more than it.
    await writeFile(path, `include 'more.conf'\n${original}`);
    expect(await problemsOf(set('work_mem', '64MB'))).toBe('');
    await writeFile(path, original);
  });

  it('speaks against a file that the server does not read', async () => {
    const elsewhere = join(server.member.releasesDir, 'postgresql.conf');
    await writeFile(elsewhere, original);
    const context = server.context();
    const astray = { ...context, settings: { ...context.settings, configFile: elsewhere } };
    const { problems } = await config.preview(astray, [set('work_mem', '64MB')]);
    expect(problems).toEqual([expect.stringContaining(`the server reads ${path}`)]);
  });

  it('refuses what is not the file of the plan any more, and leaves it alone', async () => {
    const revision = await revisionOf([set('work_mem', '64MB')]);
    const theirs = `${original}# somebody was here\n`;
    await writeFile(path, theirs);
    const refused = { failure: { class: 'refused', code: 'facts-changed' } };
    await expect(config.stage(server.context(), revision)).rejects.toMatchObject(refused);
    await expect(config.place(server.context(), revision, 'forward')).rejects.toMatchObject(refused);
    expect(await config.placed(server.context(), revision)).toBe('other');
    expect(await readFile(path, 'utf8')).toBe(theirs);
    await writeFile(path, original);
  });

  it('refuses to take a standby below the limits of its primary, on which it would not replay on', async () => {
    standby.start();
    await follows(standby, server);
    const staged = async (value: string) => {
      const changes = [set('max_connections', value)];
      const { fromDigest, toDigest } = await config.preview(standby.context(), changes);
      return config.stage(standby.context(), { changes, fromDigest, toDigest });
    };
    await expect(staged('99')).rejects.toMatchObject({
      failure: { class: 'refused', code: 'config-below-primary', message: expect.stringContaining('its primary has 100') },
    });
    expect(await staged('101')).toMatchObject([{ check: 'config-staged', ok: true }]);
  });

  it('keeps texts for its owner alone, and forgets them when the rollback is given up', async () => {
    const revision = await revisionOf([set('work_mem', '64MB')]);
    await config.stage(server.context(), revision);
    const kept = join(server.member.releasesDir, '.config');
    const names = await readdir(kept);
    expect(names).toContain(`${revision.fromDigest.slice('sha256:'.length)}.conf`);
    expect(names.filter((name) => !name.endsWith('.conf'))).toEqual([]);
    for (const name of names) expect((await stat(join(kept, name))).mode & 0o777).toBe(0o600);
    await config.forget(server.context());
    expect(await readdir(kept)).toEqual([]);
    // Without the old text there is no rollback, and so no downtime for it.
    await expect(config.stage(server.context(), turnedRound(revision))).rejects.toMatchObject({ failure: { class: 'refused' } });
  });

  it('shows nothing that may be a secret', async () => {
    await writeFile(path, `${original}ssl_passphrase_command = 'echo hunter2'\nwal_keep_size = 1GB\n`);
    const { lines } = await preview(set('wal_keep_size', '2GB'));
    expect(lines).toContain(' ssl_passphrase_command = …');
    expect(lines.join('\n')).not.toContain('hunter2');
  });

  it('speaks against keys that a loaded module does not have', async () => {
    await sql(server, `ALTER SYSTEM SET session_preload_libraries = 'auto_explain'`);
    await sql(server, 'SELECT pg_reload_conf()');
    await expect.poll(() => problemsOf(set('auto_explain.nothing', '1')), soon).toContain('auto_explain.nothing is unknown');
    expect(await problemsOf(set('auto_explain.log_analyze', 'on'))).toBe('');
    await sql(server, 'ALTER SYSTEM RESET session_preload_libraries');
  });
});

describe('the configuration of a whole cluster', () => {
  let fleet: DemoFleet;
  let originals: readonly string[];

  beforeAll(async () => {
    fleet = await startFleet();
    await fleet.adopt();
    originals = await Promise.all(nodeNames.map(textOf));
  });
  afterAll(async () => {
    await fleet?.stop();
  });

  const fileOf = (name: NodeName) => join(fleet.host(name).dir, 'data', 'postgresql.conf');
  const textOf = (name: NodeName) => readFile(fileOf(name), 'utf8');

  const lifeOf = async (name: NodeName) => (await fleet.host(name).state(databaseUnit(name))).invocationId;

  async function activeAt(name: NodeName, key: string): Promise<string> {
    const { clientsAddress, nodes } = fleet.layout;
    const address = clientsAddress.nodes[nodes.findIndex((node) => node.name === name)];
    if (address === undefined) throw new Error(`there is no address of ${name}`);
    const client = await dial(clientsAddress, address);
    try {
      return (await client.query<{ value: string }>(`SELECT current_setting('${key}', true) AS value`)).rows[0]?.value ?? '';
    } finally {
      await hangUp(client);
    }
  }

  async function startRun(
    changes: string,
    ...asked: readonly string[]
  ): Promise<{ readonly runId: string; readonly shown: PlanShownDocument }> {
    await fleet.waitHealthy(60_000);
    const file = join(fleet.dir, 'changes.yaml');
    await writeFile(file, changes);
    const shown = (await fleet.cliJson(['plan', fleet.cluster, '--config', file, '--settle', '200ms', ...asked])) as PlanShownDocument;
    expect(shown.planId, JSON.stringify(shown)).toBeDefined();
    const { runId } = await approve(fleet, shown);
    expect((await fleet.cli(['run', shown.planId, '--detach'])).exitCode).toBe(0);
    return { runId, shown };
  }

  const ended = (runId: string) =>
    waitFor(`end of ${runId}`, 120_000, never, async () => {
      const seen = (await fleet.cliJson(['status', runId])) as RunDocument;
      return seen.endedAt === null ? { notYet: `${seen.state} ${seen.holds.map(({ detail }) => detail).join('; ')}` } : { seen };
    });

  /** Probes without a pause, for the file is in place only for a moment before its start. */
  async function firstChanged(): Promise<NodeName> {
    const limitMs = performance.now() + 120_000;
    while (performance.now() < limitMs) {
      for (const [at, name] of nodeNames.entries()) if ((await textOf(name)) !== originals[at]) return name;
    }
    throw new Error('no configuration was changed within two minutes');
  }

  it('is taken over without a restart where the keys allow it', async () => {
    const lives = await Promise.all(nodeNames.map(lifeOf));
    const { runId, shown } = await startRun('set:\n  work_mem: 32MB\n');
    expect(JSON.stringify(shown)).toContain('+work_mem = 32MB');
    expect((await ended(runId)).state).toBe('done');
    for (const name of nodeNames) expect(await textOf(name)).toContain('\nwork_mem = 32MB\n');
    expect(await Promise.all(nodeNames.map(lifeOf))).toEqual(lives);
    originals = await Promise.all(nodeNames.map(textOf));
  });

  it('P18 P20 comes into force over restarts, though the agent is killed with the new file in place', async () => {
    const { runId } = await startRun('set:\n  max_connections: 120\n');
    const name = await firstChanged();
    await fleet.killAgent(name);
    await fleet.startAgent(name);
    const end = await ended(runId);
    expect(end.state).toBe('done');
    compareWithTable('postgresql', 'the agent of a node is killed in its downtime', end);
    for (const each of nodeNames) {
      expect(await textOf(each)).toContain('\nmax_connections = 120');
      // The rollback is given up, and with it the texts that were kept for it.
      expect(await readdir(join(fleet.host(each).dir, 'releases', '.config'))).toEqual([]);
    }
    originals = await Promise.all(nodeNames.map(textOf));
  });

  it('P11 P20 is rolled back by the agent alone when the database does not come up with it, killed in the middle and without a controller', async () => {
    // Right for itself: only the start finds that it does not go together with max_connections.
    const { runId } = await startRun('set:\n  superuser_reserved_connections: 120\n');
    const name = await firstChanged();
    await fleet.killAgent(name);
    await fleet.killController();
    await fleet.startAgent(name);
    await waitFor(`the old file of ${name}`, 60_000, never, async () => {
      const isBack = (await textOf(name)) === originals[nodeNames.indexOf(name)];
      return isBack && (await fleet.host(name).state(databaseUnit(name))).active ? { seen: true } : { notYet: 'it is not back' };
    });
    await fleet.startController();
    const end = await ended(runId);
    expect(end.state).toBe('rolled-back');
    compareWithTable('postgresql', 'the server does not start with the new configuration', end);
    await fleet.waitHealthy(60_000);
    expect(await Promise.all(nodeNames.map(textOf))).toEqual(originals);
  });

  describe('rolled back by a person in the soak', () => {
    const keys = ['max_connections', 'app.new', 'app.old', 'app.gone', 'log_lock_waits', 'work_mem'];
    const shown = () => Promise.all(nodeNames.map((name) => Promise.all(keys.map((key) => activeAt(name, key)))));

    beforeAll(async () => {
      await fleet.waitHealthy(60_000);
      for (const name of nodeNames) {
        const lines = [`  App.Old = 'of ${name}'   # asked for by the app`, 'app.gone = on', 'log_lock_waits = on # and gone, too'];
        await appendFile(fileOf(name), lines.map((line) => `${line}\n`).join(''));
        process.kill((await fleet.host(name).state(databaseUnit(name))).pid ?? Number.NaN, 'SIGHUP');
        await waitFor(`the new lines in ${name}`, 20_000, never, async () =>
          (await activeAt(name, 'log_lock_waits')) === 'on' ? { seen: true } : { notYet: 'they are not read' },
        );
      }
      originals = await Promise.all(nodeNames.map(textOf));
    });

    it.each<[string, Readonly<Record<string, string>>, boolean]>([
      ['by reloads', { work_mem: '48MB' }, false],
      ['over restarts', { work_mem: '48MB', max_connections: '130' }, true],
    ])('P11 is the same bytes as before on every node, with keys set, renamed and removed %s', async (_how, values, restarts) => {
      const [before, lives] = [await shown(), await Promise.all(nodeNames.map(lifeOf))];
      const changes = { set: values, rename: { 'app.old': 'app.new' }, remove: ['app.gone', 'log_lock_waits'] };
      const { runId } = await startRun(stringify(changes), '--soak', '60s');
      await waitFor('the soak', 120_000, never, async () => {
        const { turns, holds, state } = (await fleet.cliJson(['status', runId])) as RunDocument;
        const stuck = holds.find(({ releasedBy }) => releasedBy === 'person');
        if (state !== 'active' || stuck !== undefined) throw new Error(`${state}: ${stuck?.detail}`);
        return turns.some((turn) => turn.phase === 'soak' && turn.state === 'open') ? { seen: true } : { notYet: 'not in its soak' };
      });
      const connections = (at: number) => values.max_connections ?? before[at]?.[0];
      expect(await shown()).toEqual(nodeNames.map((name, at) => [connections(at), `of ${name}`, '', '', 'off', '48MB']));
      for (const name of nodeNames)
        expect(await textOf(name)).toContain(`\n  app.new = 'of ${name}'   # asked for by the app\n#app.gone = on\n`);

      expect((await fleet.cli(['rollback', runId, '--reason', 'the soak shows slow queries'])).exitCode).toBe(0);
      expect((await ended(runId)).state).toBe('rolled-back');
      expect(await Promise.all(nodeNames.map(textOf))).toEqual(originals);
      expect(await shown()).toEqual(before);
      const hasRestarted = (await Promise.all(nodeNames.map(lifeOf))).map((lifetime, at) => lifetime !== lives[at]);
      expect(hasRestarted).toEqual(nodeNames.map(() => restarts));
    });
  });
});
