/**
 * Real etcd releases, built from source by build.ts into a cache outside the clone, one folder per version with bin/.
 * For demo, tests and recorded output; nothing in the product depends on them.
 */
import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fail } from '../../common/failure.ts';
import { copyRelease, isThere, packRelease } from '../release-folders.ts';

/** In the order of the longest upgrade: a patch, a minor and another minor. */
export const etcdVersions = ['3.5.21', '3.5.35', '3.6.16', '3.7.3'] as const;
export type EtcdVersion = (typeof etcdVersions)[number];

/** Programs of one release and the Go packages that they are built from. All three are digested and staged as one. */
export const etcdPrograms = [
  { name: 'etcd', module: 'go.etcd.io/etcd/server/v3' },
  { name: 'etcdctl', module: 'go.etcd.io/etcd/etcdctl/v3' },
  { name: 'etcdutl', module: 'go.etcd.io/etcd/etcdutl/v3' },
] as const;

/** Holds one folder per built version: `$XDG_CACHE_HOME/drydock-engines/etcd-linux-x64`. */
export function etcdCacheDir(arch: string = process.arch): string {
  return join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'drydock-engines', `etcd-linux-${arch}`);
}

/** Folder with bin/ of a built version. FailureError(not-found) says how to build it when it is not there. */
export async function findEtcd(version: EtcdVersion): Promise<string> {
  const folder = join(etcdCacheDir(), version);
  for (const { name } of etcdPrograms) {
    const program = join(folder, 'bin', name);
    if (await isThere(program)) continue;
    throw fail('not-found', 'etcd-not-built', `etcd ${version} is not built: ${program} is missing; run npx tsx scripts/build-etcd.ts`);
  }
  return folder;
}

/** Copies the release into releaseDir (made; must not hold anything), readable and runnable by all. */
export async function layOutEtcdRelease(version: EtcdVersion, releaseDir: string): Promise<void> {
  await copyRelease(await findEtcd(version), releaseDir);
}

/** Packs a built version as `drydock release add` takes it. */
export async function makeEtcdArtifact(version: EtcdVersion, tarPath: string): Promise<void> {
  await packRelease(await findEtcd(version), tarPath);
}

/**
 * A release that looks sound and cannot start, for the demo's brake: programs that report a version and take every flag, and a real server that is
 * started with a flag that it does not know.
 */
export async function makeBrokenEtcdArtifact(base: EtcdVersion, asVersion: string, scratchDir: string, tarPath: string): Promise<void> {
  const releaseDir = join(scratchDir, `release-${asVersion}`);
  await mkdir(join(releaseDir, 'bin'), { recursive: true });
  await cp(join(await findEtcd(base), 'bin', 'etcd'), join(releaseDir, 'bin', 'server'));
  const words = { etcd: `etcd Version: ${asVersion}`, etcdctl: `etcdctl version: ${asVersion}`, etcdutl: `etcdutl version: ${asVersion}` };
  for (const { name } of etcdPrograms) {
    const script = `#!/bin/sh\ncase " $* " in *version*) echo '${words[name]}'; exit 0;; esac\nexec "\${0%/*}/server" "$@" --no-such-flag\n`;
    await writeFile(join(releaseDir, 'bin', name), script, { mode: 0o755 });
  }
  await packRelease(releaseDir, tarPath);
  await rm(releaseDir, { recursive: true });
}
