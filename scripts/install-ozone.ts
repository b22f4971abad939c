/** Installs what demo and tests use of Ozone: `npx tsx scripts/install-ozone.ts [VERSION…]`; without versions all of them. */
import { fail, printFailure, toFailure } from '../common/failure.ts';
import { installOzone } from '../demo/ozone/install.ts';
import { type OzoneVersion, ozoneVersions } from '../demo/ozone/releases.ts';

function wantedVersions(): readonly OzoneVersion[] {
  const named = process.argv.slice(2);
  const unknown = named.find((name) => !ozoneVersions.some((version) => version === name));
  if (unknown !== undefined)
    throw fail('usage', 'bad-version', `${unknown} is none of the versions that are installed here: ${ozoneVersions.join(', ')}`);
  return named.length === 0 ? ozoneVersions : ozoneVersions.filter((version) => named.includes(version));
}

const interrupted = new AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => interrupted.abort(new Error(`interrupted by ${name}`)));

try {
  await installOzone(wantedVersions(), (line) => console.error(line), interrupted.signal);
} catch (thrown) {
  console.error(printFailure(toFailure(thrown)));
  process.exitCode = 1;
}
