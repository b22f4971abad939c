/** The configuration file of an instance, and what the server's program says of a text in its place. */
import { dirname, join, resolve } from 'node:path';
import { sha256Of } from '../../../common/canonical-json.ts';
import type { DriverContext } from '../../../common/driver.ts';
import { isSecretKey } from '../../kit/config/config-diff.ts';
import { withIncludesFrom } from '../../kit/config/postgresql-conf-format.ts';
import { keptFolder } from '../../kit/host/config-file.ts';
import { currentReleaseOf, programIn } from '../../kit/host/release.ts';

const runMs = 10_000;

/** The one file that is changed; what it includes stays as it is. */
export function configFileOf({ settings }: DriverContext): string {
  return settings.configFile ?? join(settings.dataDir, 'postgresql.conf');
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
  const { host, settings } = context;
  const program = programIn(currentReleaseOf(context), 'postgres');
  const folder = dirname(configFileOf(context));
  const trial = join(keptFolder(context), `${sha256Of(text).slice('sha256:'.length)}.trial`);
  const moved = withIncludesFrom(text, (path) => resolve(folder, path));
  await host.writeText(trial, moved, 0o600);
  try {
    const values = new Map<string, string>();
    for (const key of keys.length === 0 ? ['data_directory'] : keys) {
      // First of all: only then root may ask, too.
      const argv = ['-C', key, '-D', settings.dataDir, '-c', `config_file=${trial}`];
      const { exitCode, stdout, stderr } = await host.run([program, ...argv], { timeoutMs: runMs });
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
      .replace(/(parameter "([^"]*)"): .*/, (all, kept: string, key: string) => (isSecretKey(key) ? kept : all)),
  );
  const causes = texts.filter((sentence) => !/contains errors$/.test(sentence));
  return causes.length > 0 ? causes : texts.length > 0 ? texts : [stderr.trim().slice(0, 500)];
}
