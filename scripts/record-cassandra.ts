/**
 * Records what real Cassandra nodes say, as fixtures for the parsers: test/recorded/cassandra/<version>/. The first line of each file tells the
 * command and the version. Run it again when a version is added: `npx tsx scripts/record-cassandra.ts [VERSION…]` (needs scripts/install-cassandra.ts
 * before).
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from '../agent/host/commands.ts';
import { pause, systemClock } from '../common/clock.ts';
import { type CassandraVersion, findCassandra } from '../demo/cassandra/releases.ts';
import { cassandraDriver } from '../engines/cassandra/driver.ts';
import { openCql } from '../engines/cassandra/host/cql.ts';
import { recordedQueries } from '../engines/cassandra/host/sight.ts';
import { makeTestCassandra, type TestNode } from '../test/engines-real/cassandra-servers.ts';

const recordedDir = new URL('../test/recorded/cassandra', import.meta.url).pathname;
const patienceMs = 300_000;

/** One of each series. */
const recordedVersions: readonly CassandraVersion[] = ['4.0.15', '4.1.7', '5.0.4'];

/** Starts two nodes of this version and writes down what the first one and its tools say. */
async function record(version: CassandraVersion): Promise<void> {
  const cluster = await makeTestCassandra({
    versions: [version],
    places: [
      ['dc1', 'r1'],
      ['dc1', 'r2'],
    ],
  });
  await mkdir(join(recordedDir, version), { recursive: true });
  const write = (name: string, command: string, output: string) =>
    writeFile(join(recordedDir, version, `${name}.txt`), `# ${command} (cassandra ${version})\n${output.trimEnd()}\n`);
  try {
    const [first] = cluster.nodes;
    if (first === undefined) throw new RangeError('two nodes were laid out');
    for (const node of cluster.nodes) node.start();
    await until(first, 'in-service');
    await until(first, 'peers-healthy');
    const program = join(await findCassandra(version), 'bin', 'cassandra');
    await write('version', 'cassandra -v', (await runCommand([program, '-v'], { timeoutMs: patienceMs })).stdout);
    for (const command of ['status', 'netstats'])
      await write(command, `nodetool ${command}`, (await first.nodetool(version, [command])).stdout);
    const { address, nativePort } = first.node;
    const session = await openCql({ host: address, port: nativePort }, AbortSignal.timeout(patienceMs));
    for (const [name, query] of Object.entries(recordedQueries)) await write(name, query, (await session.answer(query)).toString('base64'));
    session.close();
  } finally {
    await cluster.remove();
  }
}

async function until(node: TestNode, check: string): Promise<void> {
  const endMs = systemClock.monotonicMs() + patienceMs;
  for (;;) {
    const finding = await cassandraDriver.check(node.context(), { check });
    if (finding.ok === true) return;
    if (systemClock.monotonicMs() > endMs) throw new Error(`${node.node.name}: ${check}: ${finding.detail}`);
    await pause(systemClock, 1_000);
  }
}

const named = process.argv.slice(2);
for (const version of recordedVersions) if (named.length === 0 || named.includes(version)) await record(version);
