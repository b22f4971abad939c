/**
 * Real Cassandra releases, fetched by install.ts into a cache outside the clone: one folder per version as the vendor's archive has it (bin/, conf/,
 * lib/), and the Java that each runs on. For demo, tests and recorded output; nothing in the product depends on them.
 */
import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fail } from '../../common/failure.ts';
import { copyRelease, isThere, packRelease } from '../release-folders.ts';

/** In the order of the longest upgrade: a patch, a minor and a major. */
export const cassandraVersions = ['4.0.15', '4.1.6', '4.1.7', '5.0.4'] as const;
export type CassandraVersion = (typeof cassandraVersions)[number];

/** Holds the folders of all versions and of Java: `$XDG_CACHE_HOME/drydock-engines/cassandra-linux-x64`. */
export function cassandraCacheDir(arch: string = process.arch): string {
  return join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'drydock-engines', `cassandra-linux-${arch}`);
}

/** Folder of an installed version. FailureError(not-found) says how to install it when it is not there. */
export async function findCassandra(version: CassandraVersion): Promise<string> {
  const folder = join(cassandraCacheDir(), version);
  if (await isThere(folder)) return folder;
  throw fail(
    'not-found',
    'cassandra-not-installed',
    `Cassandra ${version} is not installed: ${folder} is missing; run npx tsx scripts/install-cassandra.ts`,
  );
}

/** Copies the release into releaseDir (made; must not hold anything), readable and runnable by all. */
export async function layOutCassandraRelease(version: CassandraVersion, releaseDir: string): Promise<void> {
  await copyRelease(await findCassandra(version), releaseDir);
}

/** Packs an installed version as `drydock release add` takes it. */
export async function makeCassandraArtifact(version: CassandraVersion, tarPath: string): Promise<void> {
  await packRelease(await findCassandra(version), tarPath);
}

/** A release that looks sound and cannot start, for the demo's brake: it reports a version, and its server ends with an error of its own. */
export async function makeBrokenCassandraArtifact(
  base: CassandraVersion,
  asVersion: string,
  scratchDir: string,
  tarPath: string,
): Promise<void> {
  const releaseDir = join(scratchDir, `release-${asVersion}`);
  await cp(await findCassandra(base), releaseDir, { recursive: true });
  const program = join(releaseDir, 'bin', 'cassandra');
  const script = await readFile(program, 'utf8');
  const broken = `#!/bin/sh\ncase " $* " in *" -v "*) echo ${asVersion}; exit 0;; esac\nset -- "$@" -Dcassandra.config=no-such-file.yaml\n`;
  await writeFile(program, script.replace('#!/bin/sh\n', broken));
  await packRelease(releaseDir, tarPath);
  await rm(releaseDir, { recursive: true });
}
