/**
 * What servers of the Java world are installed from, whichever they are: Maven with what an artifact depends on, Java 17 of the system, and small files
 * that an archive has and the registries' jars have not.
 */
import { spawn } from 'node:child_process';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fail } from '../common/failure.ts';
import { isThere } from './release-folders.ts';
import { signal as endProcess } from './supervisor/processes.ts';

export const neverAborted = new AbortController().signal;
const pluginOf = (goal: string): string => `org.apache.maven.plugins:maven-dependency-plugin:3.6.1:${goal}`;

export interface Installing {
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

export interface ReleaseFile {
  /** Below the release folder. */
  readonly path: string;
  readonly text: string;
  readonly mode: number;
}

/** Writes those that are not there or differ. */
export async function placeFiles(folder: string, files: readonly ReleaseFile[]): Promise<void> {
  for (const { path, text, mode } of files) {
    const file = join(folder, path);
    if ((await readFile(file, 'utf8').catch(() => '')) === text) continue;
    await mkdir(join(file, '..'), { recursive: true });
    await writeFile(`${file}.new`, text, { mode });
    await rename(`${file}.new`, file);
  }
}

/** What is fetched: `group` and `artifacts` at one version, as `managed` (an artifact of the same group) settles what they depend on. */
export interface Fetched {
  readonly group: string;
  readonly artifacts: readonly string[];
  readonly version: string;
  readonly managed?: string;
  /** Folder that stands before the registry as a repository. */
  readonly before?: string;
}

/** Puts the artifacts and all that they need at run time into `libDir` (made). Throws `cannot-install`. */
export async function fetchJars(wanted: Fetched, libDir: string, scratchDir: string, installing: Installing): Promise<void> {
  await mkdir(libDir, { recursive: true });
  const pom = join(scratchDir, 'pom.xml');
  await writeFile(pom, pomOf(wanted));
  await run(
    'mvn',
    ['-q', '-B', '-f', pom, pluginOf('copy-dependencies'), '-DincludeScope=runtime', `-DoutputDirectory=${libDir}`],
    '/',
    installing,
  );
}

/** Puts `artifact`'s own description into `folder` and returns it. */
export async function fetchPom(group: string, artifact: string, version: string, folder: string, installing: Installing): Promise<string> {
  await run(
    'mvn',
    ['-q', '-B', pluginOf('copy'), `-Dartifact=${group}:${artifact}:${version}:pom`, `-DoutputDirectory=${folder}`],
    folder,
    installing,
  );
  return readFile(join(folder, `${artifact}-${version}.pom`), 'utf8');
}

function pomOf({ group, artifacts, version, managed, before }: Fetched): string {
  const dependency = (artifact: string, more = ''): string =>
    `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version>${more}</dependency>`;
  const lines = [
    ...(before === undefined ? [] : [`<repositories><repository><id>before</id><url>file://${before}</url></repository></repositories>`]),
    ...(managed === undefined
      ? []
      : [
          `<dependencyManagement><dependencies>${dependency(managed, '<type>pom</type><scope>import</scope>')}</dependencies></dependencyManagement>`,
        ]),
    `<dependencies>${artifacts.map((artifact) => dependency(artifact)).join('')}</dependencies>`,
  ];
  return `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>drydock.invalid</groupId>
  <artifactId>fetch</artifactId>
  <version>1</version>
  ${lines.join('\n  ')}
</project>
`;
}

/** Debian's, or what JAVA_17_HOME names. */
export async function findJava17(installing: Installing): Promise<string> {
  const found = await java17Home();
  if (found !== null) return found;
  if (process.getuid?.() === 0) await aptInstall('openjdk-17-jre-headless', installing);
  const installed = await java17Home();
  if (installed !== null) return installed;
  throw cannot(
    'Java 17 is not installed: install it (Debian: apt-get install openjdk-17-jre-headless), or name its folder in JAVA_17_HOME',
  );
}

export async function java17Home(): Promise<string | null> {
  const dirs = await readdir('/usr/lib/jvm').catch(() => []);
  const homes = [process.env.JAVA_17_HOME ?? '', ...dirs.map((name) => join('/usr/lib/jvm', name))];
  for (const home of homes.filter((each) => each !== '')) {
    const release = await readFile(join(home, 'release'), 'utf8').catch(() => '');
    if (/^JAVA_VERSION="17\./m.test(release) && (await isThere(join(home, 'bin', 'java')))) return home;
  }
  return null;
}

export async function ensureMaven(installing: Installing): Promise<void> {
  if (await isInstalled('mvn', installing)) return;
  if (process.getuid?.() === 0) await aptInstall('maven', installing);
  if (!(await isInstalled('mvn', installing)))
    throw cannot('mvn is not installed: install Maven 3.6 or newer (Debian: apt-get install maven)');
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

export const cannot = (why: string): Error => fail('failed', 'cannot-install', why);

/** Runs a program to its end and returns what it wrote to stdout; throws with the tail of all that it wrote. */
export async function run(program: string, args: readonly string[], cwd: string, { signal }: Installing): Promise<string> {
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
    throw cannot(`${program} ${args.join(' ')} ended with ${exitCode}: ${tail.trim()}; check the network, then try again`);
  return stdout;
}
