/** A release folder seen from the outside, before anything depends on it. */
import { basename, join } from 'node:path';
import { z } from 'zod';
import type { BundleInspection, DriverContext } from '../../../common/driver.ts';
import type { Finding } from '../../../common/facts.ts';
import { toFailure } from '../../../common/failure.ts';
import { parseElfArch, parseMajor, parseProgramVersion } from '../probe.ts';
import { postgresqlScheme } from '../scheme.ts';
import { look } from './inspect.ts';
import { inOwnSession, inSharedSession, type Session } from './session.ts';
import { connectionOf } from './settings.ts';

const runMs = 10_000;

/** Version that the folder's server program tells of itself; null when it does not run or says nothing known. */
export async function versionOf({ host }: DriverContext, releaseDir: string): Promise<string | null> {
  const result = await host.run([programOf(releaseDir), '--version'], { timeoutMs: runMs }).catch(() => null);
  return result?.exitCode === 0 ? parseProgramVersion(result.stdout) : null;
}

export async function inspectBundle(context: DriverContext, releaseDir: string): Promise<BundleInspection> {
  const architecture = await architectureOf(context, releaseDir);
  // A program of another machine cannot be asked anything.
  if (architecture.ok === false) return { version: null, findings: [architecture] };
  const version = await versionOf(context, releaseDir);
  const findings = [architecture, await filesOf(context, releaseDir), await majorOf(context, version)];
  // Only what fits at all is worth asking the databases about.
  if (findings.every(({ ok }) => ok === true)) findings.push(await librariesIn(context, releaseDir));
  return { version, findings };
}

function programOf(releaseDir: string): string {
  return join(releaseDir, 'bin', 'postgres');
}

async function architectureOf({ host }: DriverContext, releaseDir: string): Promise<Finding> {
  const check = 'architecture';
  const program = programOf(releaseDir);
  const dump = await host.run(['od', '-An', '-tx1', '-N20', program], { timeoutMs: runMs }).catch(() => null);
  if (dump === null || dump.exitCode !== 0) return { check, ok: false, detail: `${program} is missing or cannot be read` };
  const arch = parseElfArch(dump.stdout);
  if (arch === null) return { check, ok: false, detail: `${program} is no program for x64 or arm64` };
  return { check, ok: arch === process.arch, detail: `the server is built for ${arch}, this host is ${process.arch}` };
}

/** bin/, lib/ and share/ as the server itself looks for them: with or without a folder of its own below. */
async function filesOf(context: DriverContext, releaseDir: string): Promise<Finding> {
  const check = 'release-complete';
  const share = await firstWith(context, [join(releaseDir, 'share', 'postgresql'), join(releaseDir, 'share')], 'postgres.bki');
  if (share === null) return { check, ok: false, detail: `no postgres.bki in ${join(releaseDir, 'share')}: the release is not complete` };
  const lib = await libraryDirOf(context, releaseDir);
  if (lib === null)
    return { check, ok: false, detail: `no libpqwalreceiver.so in ${join(releaseDir, 'lib')}: the release cannot replicate` };
  return { check, ok: true, detail: 'bin, lib and share are there' };
}

/** null: the release has none. */
export async function libraryDirOf(context: DriverContext, releaseDir: string): Promise<string | null> {
  return firstWith(context, [join(releaseDir, 'lib', 'postgresql'), join(releaseDir, 'lib')], 'libpqwalreceiver.so');
}

async function firstWith({ host }: DriverContext, folders: readonly string[], file: string): Promise<string | null> {
  for (const folder of folders) if ((await host.listDir(folder))?.includes(file) === true) return folder;
  return null;
}

async function majorOf({ host, settings }: DriverContext, version: string | null): Promise<Finding> {
  const check = 'same-major';
  if (version === null) return { check, ok: false, detail: 'the server program does not run here, or reports no known version' };
  const path = join(settings.dataDir, 'PG_VERSION');
  const major = parseMajor((await host.readText(path)) ?? '');
  if (major === null) return { check, ok: null, detail: `${path} cannot be read, so the major version of the data is unknown` };
  const series = postgresqlScheme.series(version);
  if (series === major) return { check, ok: true, detail: `the data are of major ${major}, the release is ${version}` };
  return {
    check,
    ok: false,
    detail: `the data are of major ${major}, the release is ${version}: a server of major ${series} refuses to start on them`,
  };
}

const nameSchema = z.object({ name: z.string() });

/** Every library that some database's functions or the preload settings name must be in the release folder. */
export async function librariesIn(context: DriverContext, releaseDir: string): Promise<Finding> {
  const check = 'extensions-present';
  try {
    const folder = await libraryDirOf(context, releaseDir);
    if (folder === null) return { check, ok: false, detail: `${releaseDir} holds no libraries` };
    const present = (await context.host.listDir(folder)) ?? [];
    const missing = (await librariesWanted(context)).filter((name) => !present.includes(`${name}.so`));
    if (missing.length === 0) return { check, ok: true, detail: 'every library in use is in the release' };
    return {
      check,
      ok: false,
      detail: `the release lacks ${missing.join(', ')}, which the databases load: add an artifact with the extensions`,
    };
  } catch (thrown) {
    return { check, ok: null, detail: `which libraries the databases load is unknown: ${toFailure(thrown).message}` };
  }
}

/** Base names without `.so`, sorted. What is named by an absolute path lies outside the release and stays as it is. */
async function librariesWanted(context: DriverContext): Promise<readonly string[]> {
  const { server } = await look(context, 'shared');
  const databases = await inSharedSession(context, (session) =>
    session.rows(nameSchema, 'SELECT datname AS name FROM pg_database WHERE datallowconn ORDER BY 1'),
  );
  const wanted = new Set(server.preloadLibraries.filter((path) => !path.startsWith('/')).map(libraryName));
  const own = connectionOf(context.settings).database;
  for (const { name: database } of databases) {
    const ask = (session: Session) => session.rows(nameSchema, 'SELECT DISTINCT probin AS name FROM pg_proc WHERE probin IS NOT NULL');
    const paths = await (database === own ? inSharedSession(context, ask) : inOwnSession(context, ask, { database }));
    for (const { name } of paths) if (!name.startsWith('/')) wanted.add(libraryName(name));
  }
  return [...wanted].sort();
}

function libraryName(path: string): string {
  return basename(path, '.so');
}
