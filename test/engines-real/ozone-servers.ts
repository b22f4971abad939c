/** A real Ozone cluster on loopback for driver tests and recordings: processes started and stopped by hand. */
import { mkdir, mkdtemp, rename, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from '../../agent/host/commands.ts';
import { pause, systemClock } from '../../common/clock.ts';
import type { CommandResult, DriverContext } from '../../common/driver.ts';
import { layOutOzoneCluster, type OzoneMemberName, type OzoneNode, ozoneMembers } from '../../demo/ozone/cluster.ts';
import { findOzone, type OzoneVersion } from '../../demo/ozone/releases.ts';
import { type Spawned, spawnServer } from '../../demo/ozone/spawn-server.ts';
import { ozoneDriver } from '../../engines/ozone/driver.ts';
import { realHost } from '../contract/real-host.ts';
import { unpriced } from '../contract/unpriced.ts';

export interface TestOzoneNode {
  readonly node: OzoneNode;
  readonly logFile: string;
  /** Does nothing while it runs. */
  start(flags?: readonly string[]): void;
  /** Resolves when the process is gone. */
  stop(signal?: NodeJS.Signals): Promise<void>;
  isRunning(): boolean;
  /** Runs `ozone` of the activated release with this process's configuration. */
  ozone(args: readonly string[]): Promise<CommandResult>;
  context(): DriverContext;
}

export interface TestOzone {
  readonly runDir: string;
  readonly nodes: readonly TestOzoneNode[];
  node(name: OzoneMemberName): TestOzoneNode;
  /** Points `current` of the one folder that all share at another release. */
  activate(version: OzoneVersion): Promise<void>;
  /** Starts these, and waits until each is in service. */
  up(names?: readonly OzoneMemberName[], flags?: readonly string[]): Promise<void>;
  remove(): Promise<void>;
}

const limitMs = 240_000;

/** Lays out (does not start) a cluster; the first of the versions is activated. */
export async function makeTestOzone(versions: readonly [OzoneVersion, ...OzoneVersion[]]): Promise<TestOzone> {
  const runDir = await mkdtemp(join(tmpdir(), 'drydock-ozone-'));
  const releasesDir = join(runDir, 'releases');
  await mkdir(releasesDir);
  for (const version of versions) await symlink(await findOzone(version), join(releasesDir, version));
  let release: string = versions[0];
  await symlink(release, join(releasesDir, 'current'));
  const members = ozoneMembers.map(([name, component]) => {
    return { name, component, releasesDir, dataDir: join(runDir, name, 'data'), confDir: join(runDir, name, 'conf') };
  });
  const cluster = await layOutOzoneCluster(members, new AbortController().signal);
  const nodes = cluster.nodes.map((node) => nodeOf(node, join(runDir, node.name), () => release));
  const find = (name: OzoneMemberName) => {
    const found = nodes.find(({ node }) => node.name === name);
    if (found === undefined) throw new RangeError(`there is no ${name}`);
    return found;
  };
  return {
    runDir,
    nodes,
    node: find,
    async activate(version) {
      release = version;
      await symlink(version, join(releasesDir, 'next'));
      await rename(join(releasesDir, 'next'), join(releasesDir, 'current'));
    },
    async up(names = ozoneMembers.map(([name]) => name), flags = []) {
      const started = names.map(find);
      for (const each of started) each.start(flags);
      await Promise.all(started.map((each) => untilServing(each)));
    },
    async remove() {
      await Promise.all(nodes.map((node) => node.stop('SIGKILL')));
      await rm(runDir, { recursive: true, force: true });
    },
  };
}

async function untilServing(node: TestOzoneNode): Promise<void> {
  const endMs = systemClock.monotonicMs() + limitMs;
  for (;;) {
    const { ok, detail } = await ozoneDriver.check(node.context(), { check: 'in-service' });
    if (ok === true) return;
    if (systemClock.monotonicMs() > endMs || !node.isRunning()) throw new Error(`${node.node.name}: ${detail}; see ${node.logFile}`);
    await pause(systemClock, 1_000);
  }
}

function nodeOf(node: OzoneNode, dir: string, release: () => string): TestOzoneNode {
  let server: Spawned | null = null;
  const logFile = join(dir, `${node.component}.log`);
  const isRunning = () => server?.isRunning() === true;
  return {
    node,
    logFile,
    isRunning,
    start(flags = []) {
      if (!isRunning()) server = spawnServer([...node.argv, ...flags], logFile);
    },
    async stop(signal = 'SIGTERM') {
      await server?.stop(signal);
    },
    ozone: (args) =>
      runCommand([join(node.releasesDir, 'current', 'bin', 'ozone'), '--config', node.confDir, ...args], { timeoutMs: limitMs }),
    context: () =>
      unpriced({
        settings: {
          instance: node.name,
          cluster: 'test',
          engine: 'ozone',
          dataDir: node.dataDir,
          releasesDir: node.releasesDir,
          unit: `${node.name}.service`,
          snapshotsDir: join(dir, 'snapshots'),
          configFile: node.configFile,
          connection: node.connection,
        },
        host: realHost(async () => ({ active: isRunning(), invocationId: null, pid: isRunning() ? (server?.pid ?? null) : null })),
        clock: systemClock,
        signal: new AbortController().signal,
        currentRelease: join(node.releasesDir, release()),
      }),
  };
}
