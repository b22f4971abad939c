/**
 * Fetches Ozone from Maven Central into the cache of releases.ts; it runs on Java 17 of the system. What is there already is left alone.
 *
 * Two descriptions that the jars' own refer to are not published; they are made of those of a neighbouring version, which differ in that version alone.
 */
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { durationText } from '../../common/duration-text.ts';
import { cannot, ensureMaven, fetchJars, fetchPom, findJava17, type Installing, neverAborted, placeFiles, run } from '../java-releases.ts';
import { isThere } from '../release-folders.ts';
import { releaseFiles } from './release-files.ts';
import { type OzoneVersion, ozoneCacheDir } from './releases.ts';

const group = 'org.apache.ozone';
const artifacts = [
  'ozone-manager',
  'hdds-server-scm',
  'ozone-datanode',
  'ozone-tools',
  'ozone-cli-admin',
  'ozone-cli-shell',
  'ozone-recon',
  'ozone-s3gateway',
  'ozone-httpfsgateway',
];
/** Not published for a version that is installed here, and the newest one before it that is. */
const unpublished = [
  { artifact: 'hdds-hadoop-dependency-client', from: '2.1.0' },
  { artifact: 'ozone', from: '2.2.0' },
] as const;
/** Of a first install; the versions share most of what they depend on. */
const expectedText = 'about 330 MB are fetched in two to five minutes';

/** Throws FailureError(failed, `cannot-install`) with what to do. Aborted: ends what runs and throws the signal's reason. */
export async function installOzone(
  versions: readonly OzoneVersion[],
  say: (line: string) => void,
  signal: AbortSignal = neverAborted,
): Promise<void> {
  const installing = { say, signal };
  const missing: OzoneVersion[] = [];
  for (const version of versions) if (!(await isThere(join(ozoneCacheDir(), version)))) missing.push(version);
  if (missing.length > 0) say(`installing Ozone ${missing.join(', ')} in ${ozoneCacheDir()}: ${expectedText}`);
  const javaHome = await findJava17(installing);
  if (missing.length > 0) await installMissing(missing, javaHome, installing);
  // What an earlier checkout wrote may be out of date.
  for (const version of versions) await placeFiles(join(ozoneCacheDir(), version), releaseFiles(javaHome));
}

async function installMissing(missing: readonly OzoneVersion[], javaHome: string, installing: Installing): Promise<void> {
  await ensureMaven(installing);
  const scratch = join(ozoneCacheDir(), 'fetch');
  await rm(scratch, { recursive: true, force: true });
  await mkdir(scratch, { recursive: true });
  for (const { artifact, from } of unpublished) {
    const text = await fetchPom(group, artifact, from, scratch, installing);
    for (const version of missing) await describeAlike({ scratch, artifact, version, from }, text);
  }
  for (const version of missing) await installRelease(version, scratch, javaHome, installing);
  await rm(scratch, { recursive: true });
}

interface Unpublished {
  readonly scratch: string;
  readonly artifact: string;
  readonly version: string;
  readonly from: string;
}

/** Nothing where it is the version that was fetched: that one is published. */
async function describeAlike({ scratch, artifact, version, from }: Unpublished, text: string): Promise<void> {
  if (version === from) return;
  const folder = join(scratch, 'before', ...group.split('.'), artifact, version);
  await mkdir(folder, { recursive: true });
  await writeFile(
    join(folder, `${artifact}-${version}.pom`),
    text.replaceAll(`<version>${from}</version>`, `<version>${version}</version>`),
  );
}

async function installRelease(version: OzoneVersion, scratch: string, javaHome: string, installing: Installing): Promise<void> {
  const begunMs = performance.now();
  const target = join(ozoneCacheDir(), version);
  const partial = `${target}.partial`;
  await rm(partial, { recursive: true, force: true });
  const lib = join(partial, 'lib');
  await fetchJars({ group, artifacts, version, managed: 'ozone-main', before: join(scratch, 'before') }, lib, scratch, installing);
  await placeFiles(partial, releaseFiles(javaHome));
  const printed = await run(join(partial, 'bin', 'ozone'), ['version'], '/', installing);
  if (!printed.includes(`${version}(`))
    throw cannot(`ozone version of what was fetched for ${version} prints ${printed.trim().slice(-200)}`);
  // Under its own name it is complete.
  await rename(partial, target);
  installing.say(`Ozone ${version}: ${(await readdir(join(target, 'lib'))).length} jars, in ${durationText(performance.now() - begunMs)}`);
}
