/**
 * The configuration file of a real etcd member: a key that the next minor does not know is renamed in the downtime, the old file comes back with the old
 * release; and a snapshot of it that was damaged is refused.
 */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { copyTree } from '../../agent/host/trees.ts';
import type { DriverConfig, DriverContext, DriverSnapshots, SnapshotFolder } from '../../common/driver.ts';
import type { ConfigRevision } from '../../common/orders.ts';
import { checks } from '../../engines/etcd/checks.ts';
import { etcdDriver as driver } from '../../engines/etcd/driver.ts';
import { makeTestCluster, type TestCluster, type TestMember } from './etcd-servers.ts';

const [from, to] = ['3.6.16', '3.7.3'] as const;
const oldKey = 'experimental-compact-hash-check-time';
const newKey = 'compact-hash-check-time';
const changes = [{ op: 'rename', key: oldKey, to: newKey }] as const;
const config = driver.config as DriverConfig;
const snapshots = driver.snapshots as DriverSnapshots;

let cluster: TestCluster;
let member: TestMember;
let file: string;
let text: string;

/** What its flags say, as a person would write it into a file. */
const fileOf = ({ member: { argv } }: TestMember): string =>
  [
    '# of a person',
    ...argv.slice(1).map((flag) => flag.replace(/^--([^=]+)=(\d+)$/, '$1: $2').replace(/^--([^=]+)=(.*)$/, "$1: '$2'")),
    // Durations stand there in nanoseconds.
    `${oldKey}: 120000000000   # twice as seldom`,
    '',
  ].join('\n');

const contextOf = (configFile: string | null = file): DriverContext => {
  const context = member.context();
  return { ...context, settings: { ...context.settings, ...(configFile === null ? {} : { configFile }) } };
};
const start = () => member.start([`--config-file=${file}`]);
const isReady = (version: string) =>
  vi.waitFor(async () => expect(await driver.ready(contextOf(), version)).toMatchObject({ ok: true }), { timeout: 90_000, interval: 200 });
const flagsKnown = async (expected: string) => driver.check(contextOf(), { check: 'flags-known', expect: expected });
/** What it says of itself at its last start. */
const startedWith = async () =>
  (await readFile(member.logFile, 'utf8')).split('\n').findLast((line) => line.includes('"starting an etcd server"')) ?? '';

async function planned(): Promise<ConfigRevision> {
  const { fromDigest, toDigest, problems } = await config.preview(contextOf(), changes);
  expect(problems).toEqual([]);
  return { changes, fromDigest, toDigest };
}

beforeAll(async () => {
  cluster = await makeTestCluster([from, to]);
  [member] = cluster.members;
  file = join(cluster.runDir, 'etcd.conf.yml');
  text = fileOf(member);
  await writeFile(file, text);
  start();
  for (const other of cluster.members.slice(1)) other.start();
  await isReady(from);
}, 120_000);

afterAll(async () => {
  await cluster?.remove();
});

describe('the configuration file of a real member', () => {
  it('M12 is shown as it will be, with comments and all other lines as they are, and what says which member this is stays', async () => {
    const preview = await config.preview(contextOf(), changes);
    expect(preview).toMatchObject({ file, problems: [], restartKeys: [oldKey] });
    expect(preview.lines.filter((line) => /^[+-]/.test(line))).toEqual([
      `-${oldKey}: 120000000000   # twice as seldom`,
      `+${newKey}: 120000000000   # twice as seldom`,
    ]);
    const refused = await config.preview(contextOf(), [{ op: 'set', key: 'initial-cluster-token', value: 'other' }]);
    expect(refused.problems).toEqual([expect.stringContaining('initial-cluster-token identifies the member')]);
  });

  it('M12 of which the agent names another one is refused, and one that no server reads holds nothing back', async () => {
    const elsewhere = await config.preview(contextOf(join(cluster.runDir, 'other.yml')), changes);
    expect(elsewhere.problems).toEqual([`unit etcd-1.service is started with ${file}: set configFile to it in the agent's settings`]);
    const [, second] = cluster.members;
    const without = await config.preview(second.context(), changes);
    expect(without).toMatchObject({ problems: [], lines: [] });
    expect(without.fromDigest).toBe(without.toDigest);
    const setting = await config.preview(second.context(), [{ op: 'set', key: 'max-learners', value: '2' }]);
    expect(setting.problems).toEqual(['unit etcd-2.service is started without a configuration file, so settings in one have no effect']);
  });

  it('P6 M12 a release that would pass over a key is refused, unless the change that is staged renames it', {
    timeout: 60_000,
  }, async () => {
    const folder = join(contextOf().settings.releasesDir, to);
    expect(await flagsKnown(to)).toMatchObject({ ok: false, detail: expect.stringContaining(`it would ignore ${oldKey}`) });
    expect((await driver.inspectBundle(contextOf(), folder)).findings).toContainEqual(
      expect.objectContaining({ check: 'flags-known', ok: false }),
    );
    const revision = await planned();
    await config.stage(contextOf(), revision);
    expect(await flagsKnown(`${to} ${revision.toDigest}`)).toMatchObject({ ok: true });
    const inspected = await driver.inspectBundle(contextOf(), folder, revision);
    expect(inspected.findings.filter(({ ok }) => ok !== true)).toEqual([]);
    expect(checks['flags-known'].answer).toBe('host');
  });

  it('M12 P11 goes into place with the new release, which takes it, and the old file comes back with the old release', {
    timeout: 120_000,
  }, async () => {
    const revision = await planned();
    await config.stage(contextOf(), revision);
    await member.stop();
    await config.place(contextOf(), revision, 'forward');
    await member.activate(to);
    start();
    await isReady(to);
    expect(await readFile(file, 'utf8')).toBe(text.replace(oldKey, newKey));
    expect(await config.active(contextOf(), revision)).toMatchObject({ ok: true });
    expect(await startedWith()).toContain('"compact-check-time-interval":"2m0s"');

    await member.stop();
    await config.place(contextOf(), revision, 'back');
    await member.activate(from);
    start();
    await isReady(from);
    expect(await readFile(file, 'utf8')).toBe(text);
    expect(await startedWith()).toContain('"compact-check-time-interval":"2m0s"');
  });
});

describe('a snapshot of a real member', () => {
  it('M28 P8 is restored and compared, and refused once it was damaged', { timeout: 120_000 }, async () => {
    const folderAt = async (name: string): Promise<SnapshotFolder> => {
      const path = join(cluster.runDir, name);
      await rm(path, { recursive: true, force: true });
      await mkdir(path, { recursive: true });
      const watch = { signal: new AbortController().signal, onBytes: () => {} };
      return {
        path,
        copy: (source, target, options = {}) => copyTree(source, join(path, target), path, { ...options, ...watch }),
        write: (relative, content) => writeFile(join(path, relative), content),
        progress() {},
      };
    };
    await member.ctl(from, ['put', 'key', 'value']);
    const folder = await folderAt('snapshot');
    const made = await snapshots.take(contextOf(), folder);
    const compared = async () => snapshots.verify(contextOf(), folder, made, 'restore-compare', await folderAt('scratch'));
    expect(await compared()).toMatchObject({ check: 'snapshot-restored', ok: true });
    const path = join(folder.path, 'snapshot.db');
    const bytes = await readFile(path);
    // In the middle of its first pages, where the seal is not looked at.
    const at = bytes.indexOf('value');
    bytes.write('vaXue', at);
    await writeFile(path, bytes);
    expect(await compared()).toMatchObject({ check: 'snapshot-restored', ok: false });
    await writeFile(path, bytes.subarray(0, 1_000));
    expect(await compared()).toMatchObject({ check: 'snapshot-restored', ok: false });
  });
});
