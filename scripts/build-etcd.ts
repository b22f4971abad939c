/** Builds what demo and tests use of etcd: `npx tsx scripts/build-etcd.ts [VERSION…]`; without versions all of them. */
import { fail, printFailure, toFailure } from '../common/failure.ts';
import { buildEtcd } from '../demo/etcd/build.ts';
import { type EtcdVersion, etcdVersions } from '../demo/etcd/releases.ts';

function wantedVersions(): readonly EtcdVersion[] {
  const named = process.argv.slice(2);
  const unknown = named.find((name) => !etcdVersions.some((version) => version === name));
  if (unknown !== undefined)
    throw fail('usage', 'bad-version', `${unknown} is none of the versions that are built here: ${etcdVersions.join(', ')}`);
  return named.length === 0 ? etcdVersions : etcdVersions.filter((version) => named.includes(version));
}

const interrupted = new AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => interrupted.abort(new Error(`interrupted by ${name}`)));

try {
  await buildEtcd(wantedVersions(), (line) => console.error(line), interrupted.signal);
} catch (thrown) {
  console.error(printFailure(toFailure(thrown)));
  process.exitCode = 1;
}
