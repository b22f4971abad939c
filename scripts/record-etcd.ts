/**
 * Records what real etcd servers say, as fixtures for the parsers: test/recorded/etcd/<version>/. The first line of each file tells the
 * command and the version. Run it again when a version is added: `npx tsx scripts/record-etcd.ts` (needs scripts/build-etcd.ts before).
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from '../agent/host/commands.ts';
import { pause, systemClock } from '../common/clock.ts';
import { type EtcdVersion, etcdVersions, findEtcd } from '../demo/etcd/releases.ts';
import { etcdDriver } from '../engines/etcd/driver.ts';
import { makeTestCluster, type TestMember } from '../test/engines-real/etcd-servers.ts';

const recordedDir = new URL('../test/recorded/etcd', import.meta.url).pathname;
const patienceMs = 30_000;

/** Starts three members of this version and writes down what the first one and its tools say. */
async function record(version: EtcdVersion): Promise<void> {
  const cluster = await makeTestCluster([version]);
  await mkdir(join(recordedDir, version), { recursive: true });
  const write = (name: string, command: string, output: string) =>
    writeFile(join(recordedDir, version, `${name}.txt`), `# ${command} (etcd ${version})\n${output.trimEnd()}\n`);
  try {
    const [first] = cluster.members;
    for (const member of cluster.members) member.start();
    await until(first, 'peers-healthy');
    const bin = join(await findEtcd(version), 'bin');
    await write('version', 'etcd --version', (await runCommand([join(bin, 'etcd'), '--version'], { timeoutMs: patienceMs })).stdout);
    const json = [
      ['endpoint-status', 'endpoint', 'status'],
      ['endpoint-health', 'endpoint', 'health'],
      ['endpoint-hashkv', 'endpoint', 'hashkv'],
      ['member-list', 'member', 'list'],
    ] as const;
    for (const [name, ...words] of json) {
      const args = [...words, '-w', 'json'];
      await write(name, `etcdctl ${args.join(' ')}`, (await first.ctl(version, args)).stdout);
    }
    for (const path of ['version', 'health'])
      await write(`http-${path}`, `GET /${path}`, await (await fetch(`${first.member.clientUrl}/${path}`)).text());
    const unknown = await runCommand([join(bin, 'etcd'), '--no-such-flag', '--version'], { timeoutMs: patienceMs });
    await write('unknown-flag', 'etcd --no-such-flag --version', `${unknown.stdout}${unknown.stderr}`.split('\n')[0] ?? '');
  } finally {
    await cluster.remove();
  }
}

async function until(member: TestMember, check: string): Promise<void> {
  const endMs = systemClock.monotonicMs() + patienceMs;
  for (;;) {
    const finding = await etcdDriver.check(member.context(), { check });
    if (finding.ok === true) return;
    if (systemClock.monotonicMs() > endMs) throw new Error(`${member.member.name}: ${check}: ${finding.detail}`);
    await pause(systemClock, 50);
  }
}

for (const version of etcdVersions) await record(version);
