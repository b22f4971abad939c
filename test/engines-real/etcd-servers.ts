/** A real etcd cluster on loopback for driver tests and recordings: members started and stopped by hand. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { runCommand } from '../../agent/host/commands.ts';
import { systemClock } from '../../common/clock.ts';
import type { CommandResult, DriverContext } from '../../common/driver.ts';
import { type EtcdMember, layOutEtcdCluster } from '../../demo/etcd/cluster.ts';
import { type EtcdVersion, findEtcd } from '../../demo/etcd/releases.ts';
import { freePorts } from '../../demo/ports.ts';
import { realHost } from '../contract/real-host.ts';
import { unpriced } from '../contract/unpriced.ts';

export interface TestMember {
  readonly member: EtcdMember;
  readonly logFile: string;
  /** Does nothing while it runs. `flags` are added to its own. */
  start(flags?: readonly string[]): void;
  /** Resolves when the process is gone. */
  stop(signal?: NodeJS.Signals): Promise<void>;
  isRunning(): boolean;
  /** Points `current` at another release folder. */
  activate(version: EtcdVersion): Promise<void>;
  /** Runs etcdctl of a built version against this member. */
  ctl(version: EtcdVersion, args: readonly string[]): Promise<CommandResult>;
  context(connection?: Readonly<Record<string, unknown>>): DriverContext;
}

export interface TestCluster {
  readonly runDir: string;
  readonly members: readonly [TestMember, TestMember, TestMember];
  remove(): Promise<void>;
}

const names = ['etcd-1', 'etcd-2', 'etcd-3'] as const;

/** Lays out (does not start) three members; the first of the versions is activated. */
export async function makeTestCluster(
  versions: readonly [EtcdVersion, ...EtcdVersion[]],
  flags: readonly string[] = [],
): Promise<TestCluster> {
  const runDir = await mkdtemp(join(tmpdir(), 'drydock-etcd-'));
  const ports = await freePorts(names.length * 2);
  const layouts = [];
  for (const [at, name] of names.entries()) {
    const releasesDir = join(runDir, name, 'releases');
    await mkdir(releasesDir, { recursive: true });
    for (const version of versions) await symlink(await findEtcd(version), join(releasesDir, version));
    await symlink(versions[0], join(releasesDir, 'current'));
    layouts.push({
      name,
      clientPort: ports[2 * at] ?? 0,
      peerPort: ports[2 * at + 1] ?? 0,
      dataDir: join(runDir, name, 'data'),
      releasesDir,
    });
  }
  const [first, ...rest] = layouts;
  if (first === undefined) throw new RangeError('a cluster has at least one member');
  const laidOut = await layOutEtcdCluster({ token: basename(runDir), members: [first, ...rest], flags });
  const [one, two, three] = laidOut.map((member) => memberOf(member, join(runDir, member.name), versions[0]));
  if (one === undefined || two === undefined || three === undefined) throw new RangeError('three members were laid out');
  return {
    runDir,
    members: [one, two, three],
    async remove() {
      for (const member of [one, two, three]) await member.stop('SIGKILL');
      await rm(runDir, { recursive: true, force: true });
    },
  };
}

function memberOf(member: EtcdMember, dir: string, firstVersion: EtcdVersion): TestMember {
  let child: ChildProcess | null = null;
  let release: EtcdVersion = firstVersion;
  const logFile = join(dir, 'etcd.log');
  const isRunning = () => child !== null && child.exitCode === null && child.signalCode === null;
  return {
    member,
    logFile,
    isRunning,
    start(flags = []) {
      if (isRunning()) return;
      const [program, ...args] = member.argv;
      const log = openSync(logFile, 'a');
      child = spawn(program, [...args, ...flags], { cwd: '/', stdio: ['ignore', log, log] });
      closeSync(log);
    },
    async stop(signal = 'SIGTERM') {
      if (child === null || !isRunning()) return;
      const gone = once(child, 'exit');
      child.kill(signal);
      await gone;
    },
    async activate(version) {
      release = version;
      await symlink(version, join(member.releasesDir, 'next'));
      await rename(join(member.releasesDir, 'next'), join(member.releasesDir, 'current'));
    },
    async ctl(version, args) {
      const program = join(await findEtcd(version), 'bin', 'etcdctl');
      return runCommand([program, `--endpoints=${member.clientUrl}`, ...args], { timeoutMs: 30_000, env: { ETCDCTL_API: '3' } });
    },
    context: (connection = {}) =>
      unpriced({
        settings: {
          instance: member.name,
          cluster: 'test',
          engine: 'etcd',
          dataDir: member.dataDir,
          releasesDir: member.releasesDir,
          unit: `${member.name}.service`,
          snapshotsDir: join(dir, 'snapshots'),
          connection: { ...member.connection, ...connection },
        },
        host: realHost(async () => ({ active: isRunning(), invocationId: null, pid: isRunning() ? (child?.pid ?? null) : null })),
        clock: systemClock,
        signal: new AbortController().signal,
        currentRelease: join(member.releasesDir, release),
      }),
  };
}
