/**
 * Real Apache Ozone releases, fetched by install.ts into a cache outside the clone: one folder per version with the programs that the vendor's archive
 * has. For demo, tests and recorded output; nothing in the product depends on them.
 */
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fail } from '../../common/failure.ts';
import { copyRelease, isThere, packRelease } from '../release-folders.ts';

/** The only ones whose servers are published as jars. */
export const ozoneVersions = ['2.2.0', '2.2.1'] as const;
export type OzoneVersion = (typeof ozoneVersions)[number];

/** Holds the folders of all versions: `$XDG_CACHE_HOME/drydock-engines/ozone`. */
export function ozoneCacheDir(): string {
  return join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'drydock-engines', 'ozone');
}

/** Folder of an installed version. FailureError(not-found) says how to install it when it is not there. */
export async function findOzone(version: OzoneVersion): Promise<string> {
  const folder = join(ozoneCacheDir(), version);
  if (await isThere(folder)) return folder;
  const how = `Ozone ${version} is not installed: ${folder} is missing; run npx tsx scripts/install-ozone.ts`;
  throw fail('not-found', 'ozone-not-installed', how);
}

/** Copies the release into releaseDir (made; must not hold anything), readable and runnable by all. */
export async function layOutOzoneRelease(version: OzoneVersion, releaseDir: string): Promise<void> {
  await copyRelease(await findOzone(version), releaseDir);
}

/** Packs an installed version as `drydock release add` takes it. */
export async function makeOzoneArtifact(version: OzoneVersion, tarPath: string): Promise<void> {
  await packRelease(await findOzone(version), tarPath);
}
