/** A real Cassandra cluster on loopback for driver tests and recordings: nodes started and stopped by hand. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { runCommand } from '../../agent/host/commands.ts';
import { systemClock } from '../../common/clock.ts';
import type { CommandResult, DriverContext } from '../../common/driver.ts';
import { type CassandraNode, type CassandraNodeLayout, layOutCassandraCluster } from '../../demo/cassandra/cluster.ts';
import { type CassandraVersion, findCassandra } from '../../demo/cassandra/releases.ts';
import { freePorts } from '../../demo/ports.ts';
import { realHost } from '../contract/real-host.ts';
import { unpriced } from '../contract/unpriced.ts';

export interface TestNode {
  readonly node: CassandraNode;
  readonly logFile: string;
  /** Does nothing while it runs. */
  start(): void;
  /** Resolves when the process is gone. */
  stop(signal?: NodeJS.Signals): Promise<void>;
  isRunning(): boolean;
  /** Points `current` at another release folder. */
  activate(version: CassandraVersion): Promise<void>;
  /** Runs nodetool of an installed version against this node. */
  nodetool(version: CassandraVersion, args: readonly string[]): Promise<CommandResult>;
  context(connection?: Readonly<Record<string, unknown>>): DriverContext;
}

export interface TestCassandra {
  readonly runDir: string;
  readonly nodes: readonly TestNode[];
  remove(): Promise<void>;
}

interface Wanted {
  readonly versions: readonly [CassandraVersion, ...CassandraVersion[]];
  /** Data centre and rack of each node; the first of a data centre is its seed. */
  readonly places: readonly (readonly [dataCenter: string, rack: string])[];
}

/** Lays out (does not start) nodes; the first of the versions is activated. */
export async function makeTestCassandra({ versions, places }: Wanted): Promise<TestCassandra> {
  const runDir = await mkdtemp(join(tmpdir(), 'drydock-cassandra-'));
  const [storagePort = 0, nativePort = 0, ...jmxPorts] = await freePorts(2 + places.length);
  const layouts: CassandraNodeLayout[] = [];
  for (const [at, [dataCenter, rack]] of places.entries()) {
    const name = `cass-${at + 1}`;
    const releasesDir = join(runDir, name, 'releases');
    await mkdir(releasesDir, { recursive: true });
    for (const version of versions) await symlink(await findCassandra(version), join(releasesDir, version));
    await symlink(versions[0], join(releasesDir, 'current'));
    const [dataDir, confDir] = [join(runDir, name, 'data'), join(runDir, name, 'conf')];
    layouts.push({ name, jmxPort: jmxPorts[at] ?? 0, dataDir, confDir, releasesDir, dataCenter, rack });
  }
  const seeds = layouts.filter(({ dataCenter }, at) => places.findIndex(([other]) => other === dataCenter) === at).map(({ name }) => name);
  const laidOut = await layOutCassandraCluster({ clusterName: basename(runDir), storagePort, nativePort, nodes: layouts, seeds });
  const nodes = laidOut.map((node) => nodeOf(node, join(runDir, node.name), versions[0]));
  return {
    runDir,
    nodes,
    async remove() {
      for (const node of nodes) await node.stop('SIGKILL');
      await rm(runDir, { recursive: true, force: true });
    },
  };
}

function nodeOf(node: CassandraNode, dir: string, firstVersion: CassandraVersion): TestNode {
  let child: ChildProcess | null = null;
  let release = firstVersion;
  const logFile = join(dir, 'cassandra.log');
  const isRunning = () => child !== null && child.exitCode === null && child.signalCode === null;
  return {
    node,
    logFile,
    isRunning,
    start() {
      if (isRunning()) return;
      const [program, ...args] = node.argv;
      const log = openSync(logFile, 'a');
      child = spawn(program, args, { cwd: '/', stdio: ['ignore', log, log] });
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
      await symlink(version, join(node.releasesDir, 'next'));
      await rename(join(node.releasesDir, 'next'), join(node.releasesDir, 'current'));
    },
    async nodetool(version, args) {
      const program = join(await findCassandra(version), 'bin', 'nodetool');
      return runCommand([program, '-h', '127.0.0.1', '-p', String(node.jmxPort), ...args], { timeoutMs: 120_000 });
    },
    context: (connection = {}) =>
      unpriced({
        settings: {
          instance: node.name,
          cluster: 'test',
          engine: 'cassandra',
          dataDir: node.dataDir,
          releasesDir: node.releasesDir,
          unit: `${node.name}.service`,
          snapshotsDir: join(dir, 'snapshots'),
          configFile: node.configFile,
          connection: { ...node.connection, ...connection },
        },
        host: realHost(async () => ({ active: isRunning(), invocationId: null, pid: isRunning() ? (child?.pid ?? null) : null })),
        clock: systemClock,
        signal: new AbortController().signal,
        currentRelease: join(node.releasesDir, release),
      }),
  };
}
