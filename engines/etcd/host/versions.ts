/** Which version the programs of a release folder are. */
import type { DriverContext } from '../../../common/driver.ts';
import { parseProgramVersion } from '../probe.ts';
import { programOf, type ReleaseProgram } from './tools.ts';

const runMs = 10_000;

/** What a program of the folder tells of itself; null when it does not run or says nothing known. */
export async function versionOf({ host }: DriverContext, releaseDir: string, program: ReleaseProgram): Promise<string | null> {
  const ask = program === 'etcd' ? '--version' : 'version';
  const result = await host.run([programOf(releaseDir, program), ask], { timeoutMs: runMs }).catch(() => null);
  return result?.exitCode === 0 ? parseProgramVersion(result.stdout) : null;
}

const versionsOnDisk = new Map<string, string>();

/** Of the activated release. Asked once for each folder: what is in one never changes. */
export async function onDiskVersionOf(context: DriverContext): Promise<string | null> {
  const { currentRelease } = context;
  if (currentRelease === null) return null;
  const ask = () => context.tool('program', (during) => versionOf(during, currentRelease, 'etcd')).catch(() => null);
  const version = versionsOnDisk.get(currentRelease) ?? (await ask());
  if (version !== null) versionsOnDisk.set(currentRelease, version);
  return version;
}
