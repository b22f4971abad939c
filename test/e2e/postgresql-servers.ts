/** A real cluster on loopback for driver tests: servers started and stopped by hand, as an account without rights. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rename, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '../../common/clock.ts';
import type { DriverContext, InstanceSettings } from '../../common/driver.ts';
import { freePorts } from '../../demo/ports.ts';
import { type ClusterMember, layOutCluster, makeRunDir, type PostgresCluster } from '../../demo/postgres/cluster.ts';
import { layOutRelease, type PostgresVersion } from '../../demo/postgres/releases.ts';
import { realHost } from '../contract/real-host.ts';
import { unpriced } from '../contract/unpriced.ts';

export interface TestServer {
  readonly member: ClusterMember;
  /** Does nothing while it runs. */
  start(): void;
  /** SIGINT is a fast shutdown; resolves when the process is gone. */
  stop(signal?: NodeJS.Signals): Promise<void>;
  signal(signal: NodeJS.Signals): void;
  /** Points `current` at another release folder. */
  activate(release: string): Promise<void>;
  context(connection?: Readonly<Record<string, unknown>>): DriverContext;
}

export interface TestCluster {
  readonly runDir: string;
  readonly cluster: PostgresCluster;
  readonly servers: readonly TestServer[];
  remove(): Promise<void>;
}

/** Lays out (does not start) a primary and its standbys; all members share one folder of releases. */
export async function makeTestCluster(names: readonly [string, ...string[]], versions: readonly PostgresVersion[]): Promise<TestCluster> {
  const runDir = await makeRunDir('drydock-pg-');
  const shared = join(runDir, 'releases');
  for (const version of versions) await layOutRelease(version, join(shared, version));
  const ports = await freePorts(names.length);
  const members = [];
  for (const [at, name] of names.entries()) {
    const releasesDir = join(runDir, name, 'releases');
    await mkdir(releasesDir, { recursive: true });
    for (const version of versions) await symlink(join(shared, version), join(releasesDir, version));
    await symlink(versions[0] ?? '', join(releasesDir, 'current'));
    members.push({ name, port: ports[at] ?? 0, dataDir: join(runDir, name, 'data'), releasesDir });
  }
  const [primary, ...standbys] = members;
  if (primary === undefined) throw new RangeError('a cluster has at least one member');
  const cluster = await layOutCluster({
    runDir,
    releaseDir: join(shared, versions[0] ?? ''),
    members: [primary, ...standbys],
    // Servers are killed here and lose no power. After a kill a server syncs every file of its data before it serves, which takes longer on a
    // busy disk than a test waits.
    settings: ['fsync = off'],
  });
  const servers = cluster.members.map((member) => serverOf(member, cluster, versions[0] ?? ''));
  return {
    runDir,
    cluster,
    servers,
    async remove() {
      for (const server of servers) await server.stop('SIGQUIT');
      await rm(runDir, { recursive: true, force: true });
    },
  };
}

function serverOf(member: ClusterMember, { account }: PostgresCluster, firstRelease: string): TestServer {
  let child: ChildProcess | null = null;
  let release = firstRelease;
  const identity = account.uid === null || account.gid === null ? {} : { uid: account.uid, gid: account.gid };
  const isRunning = () => child !== null && child.exitCode === null && child.signalCode === null;
  const usual: InstanceSettings = {
    instance: member.name,
    cluster: 'test',
    engine: 'postgresql',
    dataDir: member.dataDir,
    releasesDir: member.releasesDir,
    unit: `${member.name}.service`,
    snapshotsDir: `${member.dataDir}.snapshots`,
    connection: member.connection,
  };
  return {
    member,
    start() {
      if (isRunning()) return;
      const [program, ...args] = member.argv;
      child = spawn(program, args, { cwd: '/', stdio: 'ignore', ...identity });
    },
    async stop(signal = 'SIGINT') {
      if (child === null || !isRunning()) return;
      const gone = once(child, 'exit');
      child.kill(signal);
      await gone;
    },
    signal(signal) {
      child?.kill(signal);
    },
    async activate(name) {
      release = name;
      await symlink(name, join(member.releasesDir, 'next'));
      await rename(join(member.releasesDir, 'next'), join(member.releasesDir, 'current'));
    },
    context(connection = {}) {
      const settings = Object.keys(connection).length === 0 ? usual : { ...usual, connection: { ...usual.connection, ...connection } };
      return unpriced({
        settings,
        host: realHost(async () => ({ active: isRunning(), invocationId: null, pid: child?.pid ?? null })),
        clock: systemClock,
        signal: new AbortController().signal,
        currentRelease: join(member.releasesDir, release),
      });
    },
  };
}
