/**
 * Records what real PostgreSQL servers say, as fixtures for the parsers and the procedure: test/recorded/postgresql/<version>/.
 * The first line of each file tells the command and the version. Run it again when a version is added: `npx tsx scripts/record-postgresql.ts`.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from '../agent/host/commands.ts';
import { pause, systemClock } from '../common/clock.ts';
import { type PostgresVersion, postgresVersions } from '../demo/postgres/releases.ts';
import { postgresqlDriver } from '../engines/postgresql/driver.ts';
import { makeTestCluster, type TestServer } from '../test/e2e/postgresql-servers.ts';

const recordedDir = new URL('../test/recorded/postgresql', import.meta.url).pathname;
const patienceMs = 30_000;

/** Starts a primary and a standby of this version and writes down what they and their files say. */
async function record(version: PostgresVersion): Promise<void> {
  const cluster = await makeTestCluster(['pg-1', 'pg-2'], [version]);
  const write = async (name: string, command: string, output: string) => {
    await mkdir(join(recordedDir, version), { recursive: true });
    await writeFile(join(recordedDir, version, name), `# ${command} (PostgreSQL ${version})\n${output.trimEnd()}\n`);
  };
  try {
    const [primary, standby] = cluster.servers;
    if (primary === undefined || standby === undefined) throw new RangeError('two servers were asked for');
    primary.start();
    standby.start();
    await until(primary, 'member-in-service', 'pg-2');
    await until(standby, 'in-service');
    const program = join(cluster.runDir, 'releases', version, 'bin', 'postgres');
    await write('version.txt', 'postgres --version', (await runCommand([program, '--version'], { timeoutMs: patienceMs })).stdout);
    await write(
      'elf-header.txt',
      'od -An -tx1 -N20 bin/postgres',
      (await runCommand(['od', '-An', '-tx1', '-N20', program], { timeoutMs: patienceMs })).stdout,
    );
    await write('pg-version.txt', 'cat DATA/PG_VERSION', await readFile(join(primary.member.dataDir, 'PG_VERSION'), 'utf8'));
    await write('postmaster-pid.txt', 'cat DATA/postmaster.pid', await readFile(join(primary.member.dataDir, 'postmaster.pid'), 'utf8'));
    for (const [name, server] of [['primary', primary] as const, ['standby', standby] as const]) {
      const seen = await postgresqlDriver.observe(server.context(), ['in-service']);
      await write(`${name}-observed.txt`, `driver observe of the ${name}`, JSON.stringify(seen, null, 2));
    }
  } finally {
    await cluster.remove();
  }
}

async function until(server: TestServer, check: string, expect?: string): Promise<void> {
  const endMs = systemClock.monotonicMs() + patienceMs;
  for (;;) {
    const finding = await postgresqlDriver.check(server.context(), expect === undefined ? { check } : { check, expect });
    if (finding.ok === true) return;
    if (systemClock.monotonicMs() > endMs) throw new Error(`${server.member.name}: ${check}: ${finding.detail}`);
    await pause(systemClock, 50);
  }
}

for (const version of postgresVersions) await record(version);
