/**
 * Real server releases out of npm packages: laid out as a release folder (bin/, lib/, share/), and packed as the release
 * artifact that `drydock release add` takes. For demo, tests and bench; nothing in the product depends on these packages.
 */
import { chmod, cp, lstat, mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { z } from 'zod';
import { fail } from '../../common/failure.ts';
import { packRelease } from '../release-folders.ts';

/** Server versions that package.json brings along as optional dependencies. */
export const postgresVersions = ['16.4', '16.14'] as const;

/** Two minors of each other major, by demo/postgres/majors/package.json: installed only where they are run. None is to be had of 19. */
export const majorVersions = {
  '12': ['12.21', '12.22'],
  '13': ['13.22', '13.23'],
  '14': ['14.22', '14.23'],
  '15': ['15.17', '15.18'],
  '17': ['17.9', '17.10'],
  '18': ['18.3', '18.4'],
} as const;
export type OtherMajor = keyof typeof majorVersions;
export type PostgresVersion = (typeof postgresVersions)[number] | (typeof majorVersions)[OtherMajor][number];

/** Of 12 to 15 the registry has only one minor for arm64, or none. */
export function majorsFor(arch: string = process.arch): readonly OtherMajor[] {
  return arch === 'arm64' ? ['17', '18'] : ['12', '13', '14', '15', '17', '18'];
}

/** What is installed there, exactly: a package of its own, so that installing Drydock does not bring 700 MB along. */
export const majorsPackageDir = new URL('./majors', import.meta.url).pathname;

/** Where it is installed, outside the clone. */
export function majorsCacheDir(): string {
  return join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'drydock-engines', 'postgresql-majors');
}

const symlinkListSchema = z.array(z.object({ source: z.string().startsWith('native/'), target: z.string().startsWith('native/') }));

/** Folder with bin/, lib/ and share/ of an installed package. FailureError(not-found) names the package when it is not there. */
export function findPostgres(version: PostgresVersion, arch: string = process.arch): string {
  const packageName = `postgres-${version.replace('.', '-')}-linux-${arch}`;
  const isOwn = postgresVersions.some((own) => own === version);
  try {
    // The package exports dist/index.js alone; native/ lies beside dist/.
    const from = isOwn ? import.meta.url : join(majorsCacheDir(), 'package.json');
    return join(dirname(createRequire(from).resolve(packageName)), '..', 'native');
  } catch {
    const remedy = isOwn ? 'npm ci on linux x64 or arm64 without --omit=optional' : 'npx tsx scripts/install-postgres.ts';
    throw fail(
      'not-found',
      'postgres-package-missing',
      `PostgreSQL ${version} for linux-${arch} is not installed: the optional dependency ${packageName} is missing; run ${remedy}`,
    );
  }
}

/**
 * Copies the server into releaseDir (made; must not hold anything). Links come from the package's own list and never from the
 * disk, so that the result is the same whether or not the package's install step was allowed to run.
 */
export async function layOutRelease(version: PostgresVersion, releaseDir: string): Promise<void> {
  const nativeDir = findPostgres(version);
  await mkdir(releaseDir, { recursive: true });
  await cp(nativeDir, releaseDir, { recursive: true, filter: async (source) => isReleaseFile(source, nativeDir) });
  const links = symlinkListSchema.parse(JSON.parse(await readFile(join(nativeDir, 'pg-symlinks.json'), 'utf8')));
  for (const link of links) {
    const target = join(releaseDir, relative('native', link.target));
    await symlink(relative(dirname(link.target), link.source), target);
  }
  await openForReading(releaseDir);
}

/** The server's user must be able to read and run it, whatever umask and package cache left behind. */
async function openForReading(releaseDir: string): Promise<void> {
  await chmod(releaseDir, 0o755);
  for (const entry of await readdir(releaseDir, { recursive: true, withFileTypes: true })) {
    const runs = entry.isDirectory() || basename(entry.parentPath) === 'bin';
    if (!entry.isSymbolicLink()) await chmod(join(entry.parentPath, entry.name), runs ? 0o755 : 0o644);
  }
}

async function isReleaseFile(source: string, nativeDir: string): Promise<boolean> {
  if (source === join(nativeDir, 'pg-symlinks.json') || source.endsWith('.a')) return false;
  return !(await lstat(source)).isSymbolicLink();
}

/**
 * A release that looks sound and cannot start, for the demo's brake: a real server that calls itself `asVersion` and looks for its control file
 * where there is none. It passes staging (right architecture, right version) and takes its configuration; the control file is read at the start.
 */
export async function layOutBrokenRelease(base: PostgresVersion, asVersion: string, releaseDir: string): Promise<void> {
  if (asVersion.length !== base.length)
    throw fail('usage', 'bad-version', `the version of a broken release of ${base} must be as long as "${base}", "${asVersion}" is not`);
  await layOutRelease(base, releaseDir);
  const program = join(releaseDir, 'bin', 'postgres');
  const image = await readFile(program);
  replaceAll(image, `PostgreSQL) ${base}`, `PostgreSQL) ${asVersion}`);
  if (replaceAll(image, 'global/pg_control\0', 'global/pg_contrOl\0') === 0)
    throw fail('internal', 'bad-release', `${program} contains no name of a control file: no broken release can be made of ${base}`);
  await writeFile(program, image, { mode: 0o755 });
}

/** Of equal length, in place; how often it was found. */
function replaceAll(image: Buffer, text: string, by: string): number {
  let found = 0;
  for (let at = image.indexOf(text); at !== -1; at = image.indexOf(text, at + 1)) {
    image.write(by, at, 'latin1');
    found += 1;
  }
  return found;
}

/** Lays a release out in a scratch folder and packs it; returns the size of the tar in bytes. */
export async function makeReleaseArtifact(
  wanted: { readonly version: PostgresVersion; readonly brokenAs?: string },
  scratchDir: string,
  tarPath: string,
): Promise<number> {
  const releaseDir = join(scratchDir, `release-${wanted.brokenAs ?? wanted.version}`);
  if (wanted.brokenAs === undefined) await layOutRelease(wanted.version, releaseDir);
  else await layOutBrokenRelease(wanted.version, wanted.brokenAs, releaseDir);
  await packRelease(releaseDir, tarPath);
  await rm(releaseDir, { recursive: true });
  return (await stat(tarPath)).size;
}
