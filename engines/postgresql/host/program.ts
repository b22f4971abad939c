/** What the program of a release says of settings, by the files that the server would start with. Nothing is started for it. */
import { join } from 'node:path';
import type { DriverContext } from '../../../common/driver.ts';
import { isSecretKey } from '../../kit/config/config-diff.ts';
import { programIn } from '../../kit/host/release.ts';

const runMs = 10_000;

/** The one file that is changed; what it includes stays as it is. */
export function configFileOf({ settings }: DriverContext): string {
  return settings.configFile ?? join(settings.dataDir, 'postgresql.conf');
}

interface Asked {
  readonly releaseDir: string;
  /** Left out: the one in the data directory. */
  readonly configFile?: string | undefined;
  /** As the one who runs the server: so a file that only that account cannot read is found, too. */
  readonly asOwner?: true;
}

/** A setting as the server would have it; or its complaints, for people, where it refuses its files. */
export async function settingBy(
  { host, settings }: DriverContext,
  key: string,
  { releaseDir, configFile, asOwner }: Asked,
): Promise<string | { readonly complaints: readonly string[] }> {
  // -C first of all: only then root may ask, too.
  const argv: [string, ...string[]] = [programIn(releaseDir, 'postgres'), '-C', key, '-D', settings.dataDir];
  if (configFile !== undefined) argv.push('-c', `config_file=${configFile}`);
  const options = { timeoutMs: runMs, ...(asOwner === undefined ? {} : { asOwnerOf: settings.dataDir }) };
  const { exitCode, stdout, stderr } = await host.run(argv, options);
  return exitCode === 0 ? stdout.replace(/\n$/, '') : { complaints: complaintsIn(stderr) };
}

/** The texts of the log lines; what they quote from a file may be secret. */
function complaintsIn(stderr: string): readonly string[] {
  const said = stderr.split('\n').flatMap((line) => /\b(?:LOG|ERROR|HINT|DETAIL|FATAL): {1,2}(.+)$/.exec(line)?.[1] ?? []);
  const texts = said.map((sentence) =>
    sentence
      .replaceAll(/, near token .*/g, '')
      .replace(/(parameter "([^"]*)"): .*/, (all, kept: string, key: string) => (isSecretKey(key) ? kept : all)),
  );
  const causes = texts.filter((sentence) => !/contains errors$/.test(sentence));
  return causes.length > 0 ? causes : texts.length > 0 ? texts : [stderr.trim().slice(0, 500)];
}
