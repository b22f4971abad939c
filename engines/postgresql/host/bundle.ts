/** A release folder seen from the outside, before anything depends on it. */
import { basename, join } from 'node:path';
import { z } from 'zod';
import type { BundleInspection, DriverContext } from '../../../common/driver.ts';
import { builtFor } from '../../kit/host/architecture.ts';
import { finding } from '../../kit/host/asking.ts';
import { programIn, type ReleaseForm, releaseNamed, versionOf } from '../../kit/host/release.ts';
import type { Session } from '../../kit/host/sql-sessions.ts';
import type { Answer } from '../../kit/pure/checks.ts';
import { parseProgramVersion } from '../probe.ts';
import { postgresqlScheme } from '../scheme.ts';
import { connectionOf, inOwnSession, inSharedSession } from './connection.ts';
import { majorOf } from './data-folder.ts';
import { databasesOf } from './inquire.ts';
import { probe } from './inspect.ts';

export const release: ReleaseForm = {
  programs: { postgres: ['--version'] },
  tool: 'version',
  parse: parseProgramVersion,
  fits: () => ({}),
};

export async function inspectBundle(context: DriverContext, releaseDir: string): Promise<BundleInspection> {
  const found = (check: string, ask: () => Promise<Answer>) => finding(context, check, null, ask);
  const architecture = await found('architecture', () => builtFor(context, programIn(releaseDir, 'postgres')));
  // A program of another machine cannot be asked anything.
  if (architecture.ok === false) return { version: null, findings: [architecture] };
  const version = await versionOf(context, release, releaseDir, 'postgres');
  const files = await found('release-complete', () => filesOf(context, releaseDir));
  const findings = [architecture, files, await found('same-major', () => isOfMajor(context, version))];
  // Only what fits at all is worth asking the databases about.
  if (findings.every(({ ok }) => ok === true)) findings.push(await found('extensions-present', () => librariesIn(context, releaseDir)));
  return { version, findings };
}

/** bin/, lib/ and share/ as the server itself looks for them: with or without a folder of its own below. */
async function filesOf(context: DriverContext, releaseDir: string): Promise<Answer> {
  const share = await firstWith(context, [join(releaseDir, 'share', 'postgresql'), join(releaseDir, 'share')], 'postgres.bki');
  if (share === null) return [false, `no postgres.bki in ${join(releaseDir, 'share')}: the release is not complete`];
  const lib = await libraryDirOf(context, releaseDir);
  if (lib === null) return [false, `no libpqwalreceiver.so in ${join(releaseDir, 'lib')}: the release cannot replicate`];
  return [true, 'bin, lib and share exist'];
}

/** null: the release has none. */
export const libraryDirOf = async (context: DriverContext, releaseDir: string): Promise<string | null> =>
  firstWith(context, [join(releaseDir, 'lib', 'postgresql'), join(releaseDir, 'lib')], 'libpqwalreceiver.so');

async function firstWith({ host }: DriverContext, folders: readonly string[], file: string): Promise<string | null> {
  for (const folder of folders) if ((await host.listDir(folder))?.includes(file) === true) return folder;
  return null;
}

async function isOfMajor(context: DriverContext, version: string | null): Promise<Answer> {
  if (version === null) return [false, 'the server program does not run here, or reports an unknown version'];
  const major = await majorOf(context);
  const unknown = `${join(context.settings.dataDir, 'PG_VERSION')} cannot be read, so the major version of the data is unknown`;
  if (major === null) return [null, unknown];
  const series = postgresqlScheme.series(version);
  if (series === major) return [true, `the data directory is of major version ${major}, the release is ${version}`];
  return [
    false,
    `the data directory is of major version ${major}, the release is ${version}: a server of ${series} refuses to start on it`,
  ];
}

/** Every library that some database's functions or the preload settings name must be in the release folder. */
async function librariesIn(context: DriverContext, releaseDir: string): Promise<Answer> {
  const folder = await libraryDirOf(context, releaseDir);
  if (folder === null) return [false, `${releaseDir} has no libraries`];
  const present = (await context.host.listDir(folder)) ?? [];
  const missing = (await librariesWanted(context)).filter((name) => !present.includes(`${name}.so`));
  if (missing.length === 0) return [true, 'every library in use is in the release'];
  return [false, `the release lacks ${missing.join(', ')}, which the databases load: add an artifact with the extensions`];
}

export async function extensionsPresent(context: DriverContext, expect: string | null): Promise<Answer> {
  const named = releaseNamed(context, expect);
  return 'obstacle' in named ? [null, named.obstacle] : librariesIn(context, named.folder);
}

/** Base names without `.so`, sorted. What is named by an absolute path lies outside the release and stays as it is. */
async function librariesWanted(context: DriverContext): Promise<readonly string[]> {
  const { server } = await probe(context, 'shared');
  const wanted = new Set(server.preloadLibraries.filter((path) => !path.startsWith('/')).map(libraryName));
  const own = connectionOf(context.settings).database;
  const schema = z.object({ name: z.string() });
  for (const database of await databasesOf(context)) {
    const ask = (session: Session) => session.rows(schema, 'SELECT DISTINCT probin AS name FROM pg_proc WHERE probin IS NOT NULL');
    const paths = await (database === own ? inSharedSession(context, ask) : inOwnSession(context, ask, { database }));
    for (const { name } of paths) if (!name.startsWith('/')) wanted.add(libraryName(name));
  }
  return [...wanted].sort();
}

const libraryName = (path: string): string => basename(path, '.so');
