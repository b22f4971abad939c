/** The configuration file of an instance on the disk, the texts of it that are kept by digest, and what the server's program says of one. */
import { dirname, join, resolve } from 'node:path';
import { sha256Of } from '../../../common/canonical-json.ts';
import type { DriverContext } from '../../../common/driver.ts';
import { fail } from '../../../common/failure.ts';
import { withIncludesFrom } from './conf-text.ts';
import { isSecret } from './diff.ts';

const runMs = 10_000;

/** The one file that is changed; what it includes stays as it is. */
export function configFileOf({ settings }: DriverContext): string {
  return settings.configFile ?? join(settings.dataDir, 'postgresql.conf');
}

export interface ConfigText {
  readonly text: string;
  readonly digest: string;
}

/** Throws FailureError `config-unreadable` when there is no such file, or one that could not be written back byte by byte. */
export async function readConfig(context: DriverContext): Promise<ConfigText> {
  const path = configFileOf(context);
  const text = await context.host.readText(path);
  if (text === null) throw unreadable(context, `there is no ${path}; name the server's file as configFile in the agent's settings`);
  if (text.includes('\ufffd')) throw unreadable(context, `${path} is not UTF-8: convert it first, for a change would damage it`);
  const link = await context.host.run(['readlink', path], { timeoutMs: runMs });
  if (link.exitCode === 0)
    throw unreadable(context, `${path} is a link to ${link.stdout.trim()}, which a change would cut: name that file as configFile instead`);
  return { text, digest: sha256Of(text) };
}

/** Why the agent could not put another text into its place; null: it could. */
export async function replaceObstacle(context: DriverContext): Promise<string | null> {
  const path = configFileOf(context);
  const obstacle = await context.host.writeObstacle(path);
  return obstacle === null ? null : `${path} cannot be replaced: ${obstacle}`;
}

function unreadable({ settings }: DriverContext, what: string): Error {
  return fail('refused', 'config-unreadable', `${settings.instance}: ${what}`);
}

const keptFolder = ({ settings }: DriverContext) => join(settings.releasesDir, '.config');
const keptPath = (context: DriverContext, digest: string) => join(keptFolder(context), `${digest.slice('sha256:'.length)}.conf`);

/** null: not kept, or damaged. */
export async function readKept(context: DriverContext, digest: string): Promise<string | null> {
  const text = await context.host.readText(keptPath(context, digest));
  return text !== null && sha256Of(text) === digest ? text : null;
}

/** It may hold secrets: for only the owner. */
export async function keep(context: DriverContext, { text, digest }: ConfigText): Promise<void> {
  if ((await readKept(context, digest)) === null) await context.host.writeText(keptPath(context, digest), text, 0o600);
}

export async function forgetKept(context: DriverContext): Promise<void> {
  for (const name of (await context.host.listDir(keptFolder(context))) ?? [])
    await context.host.removeFile(join(keptFolder(context), name));
}

/** What the program of the current release makes of a text in this place, all included files with it; nothing is started for it. */
export interface DryRun {
  /** As the server would have it; null: it refuses the text, or the command could not be run. */
  readonly values: ReadonlyMap<string, string> | null;
  /** The server's complaints, for people. */
  readonly complaints: readonly string[];
}

/** Tries a text out, and asks for these settings. Throws `no-release`. */
export async function tryOut(context: DriverContext, text: string, keys: readonly string[]): Promise<DryRun> {
  const { currentRelease, host, settings } = context;
  if (currentRelease === null) throw fail('refused', 'no-release', `${settings.instance}: no release is activated`);
  const folder = dirname(configFileOf(context));
  const trial = join(keptFolder(context), `${sha256Of(text).slice('sha256:'.length)}.trial`);
  await host.writeText(
    trial,
    withIncludesFrom(text, (path) => resolve(folder, path)),
    0o600,
  );
  try {
    const values = new Map<string, string>();
    for (const key of keys.length === 0 ? ['data_directory'] : keys) {
      // First of all: only then root may ask, too.
      const argv = ['-C', key, '-D', settings.dataDir, '-c', `config_file=${trial}`];
      const { exitCode, stdout, stderr } = await host.run([join(currentRelease, 'bin', 'postgres'), ...argv], { timeoutMs: runMs });
      if (exitCode !== 0) return { values: null, complaints: complaintsOf(stderr, trial, configFileOf(context)) };
      values.set(key, stdout.replace(/\n$/, ''));
    }
    return { values, complaints: [] };
  } finally {
    await host.removeFile(trial);
  }
}

/** The texts of the log lines; what they quote from a file may be secret. */
export function complaintsOf(stderr: string, trial: string, file: string): readonly string[] {
  const said = stderr.split('\n').flatMap((line) => /\b(?:LOG|ERROR|HINT|DETAIL|FATAL): {1,2}(.+)$/.exec(line)?.[1] ?? []);
  const texts = said.map((sentence) =>
    sentence
      .replaceAll(trial, file)
      .replaceAll(/, near token .*/g, '')
      .replace(/(parameter "([^"]*)"): .*/, (all, kept: string, key: string) => (isSecret(key) ? kept : all)),
  );
  const causes = texts.filter((sentence) => !/contains errors$/.test(sentence));
  return causes.length > 0 ? causes : texts.length > 0 ? texts : [stderr.trim().slice(0, 500)];
}
