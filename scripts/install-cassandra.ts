/** Installs what demo and tests use of Cassandra: `npx tsx scripts/install-cassandra.ts [VERSION…]`; without versions all of them. */
import { fail, printFailure, toFailure } from '../common/failure.ts';
import { installCassandra } from '../demo/cassandra/install.ts';
import { type CassandraVersion, cassandraVersions } from '../demo/cassandra/releases.ts';

function wantedVersions(): readonly CassandraVersion[] {
  const named = process.argv.slice(2);
  const unknown = named.find((name) => !cassandraVersions.some((version) => version === name));
  if (unknown !== undefined)
    throw fail('usage', 'bad-version', `${unknown} is none of the versions that are installed here: ${cassandraVersions.join(', ')}`);
  return named.length === 0 ? cassandraVersions : cassandraVersions.filter((version) => named.includes(version));
}

const interrupted = new AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => interrupted.abort(new Error(`interrupted by ${name}`)));

try {
  await installCassandra(wantedVersions(), (line) => console.error(line), interrupted.signal);
} catch (thrown) {
  console.error(printFailure(toFailure(thrown)));
  process.exitCode = 1;
}
