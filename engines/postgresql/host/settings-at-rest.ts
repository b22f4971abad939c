/**
 * Settings of a server as the program of a release reads its files, with nothing started for it. Read while it still served, they are known without the
 * program: the fence, for which writes wait, need not run it again. What was read holds as long as the files that it was read from are the same.
 */
import { isAbsolute, join } from 'node:path';
import type { DriverContext, InstanceSettings } from '../../../common/driver.ts';
import { isSecretKey } from '../../kit/config/config-diff.ts';
import { refused } from '../../kit/host/failures.ts';
import { currentReleaseOf, programIn } from '../../kit/host/release.ts';
import { parseConninfo } from '../probe.ts';
import { isStandbyAtRest } from './data-folder.ts';

const runMs = 10_000;

/** The one file that is changed; what it includes stays as it is. */
export const configFileOf = ({ settings }: DriverContext): string => settings.configFile ?? join(settings.dataDir, 'postgresql.conf');

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

/** FailureError `settings-unreadable`. */
async function settingAtRest(context: DriverContext, name: string): Promise<string> {
  const opts = (await context.host.readText(join(context.settings.dataDir, 'postmaster.opts'))) ?? '';
  const asked = { releaseDir: currentReleaseOf(context), configFile: configAtLastStart(opts) ?? undefined };
  const answer = await settingBy(context, name, asked);
  if (typeof answer === 'string') return answer;
  const complaints = answer.complaints.join('; ');
  throw refused(context, 'settings-unreadable', `its program does not accept its configuration: ${complaints}; fix that first`);
}

/** Where a distribution keeps the files elsewhere, only the command line of the last start says where; null: in the data directory. */
const configAtLastStart = (opts: string): string | null => /"(?:--)?config_file=([^"]+)"/.exec(opts)?.[1] ?? null;

/** `files`: as they were before the values were read. */
const known = new WeakMap<InstanceSettings, { readonly files: string | null; readonly values: ReadonlyMap<string, string> }>();

/** Reads them now, for questions that come later. Throws FailureError `settings-unreadable`. */
export async function readAhead(context: DriverContext, names: readonly string[]): Promise<void> {
  const files = await filesOf(context);
  const values = new Map<string, string>();
  // One after the other: a database serves beside it.
  for (const name of names) values.set(name, await settingAtRest(context, name));
  known.set(context.settings, { files, values });
}

/** As settingAtRest; without running anything where it was read ahead. */
export async function settingReadAhead(context: DriverContext, name: string): Promise<string> {
  const { files = null, values } = known.get(context.settings) ?? {};
  const value = values?.get(name);
  const isSame = value !== undefined && files !== null && files === (await filesOf(context));
  return isSame ? value : settingAtRest(context, name);
}

/** All that the values are read from; null: also from files that are not known here. */
async function filesOf({ host, settings, currentRelease }: DriverContext): Promise<string | null> {
  const opts = (await host.readText(join(settings.dataDir, 'postmaster.opts'))) ?? '';
  const file = configAtLastStart(opts) ?? join(settings.dataDir, 'postgresql.conf');
  if (!isAbsolute(file)) return null;
  const texts = await Promise.all([file, join(settings.dataDir, 'postgresql.auto.conf')].map((path) => host.readText(path)));
  if (texts.some((text) => text !== null && /^\s*include/im.test(text))) return null;
  return JSON.stringify([currentRelease, opts, ...texts]);
}

/** The name by which the others know it, as its files say it; null: they do not, or cannot be read. */
export function memberIdAtRest(context: DriverContext): Promise<string | null> {
  const ask = async () => {
    const own = (await isStandbyAtRest(context))
      ? parseConninfo(await settingAtRest(context, 'primary_conninfo'))?.get('application_name')
      : await settingAtRest(context, 'application_name');
    return own || (await settingAtRest(context, 'cluster_name')) || null;
  };
  return ask().catch(() => null);
}

/** Whether it has a restore_command; null: its files cannot be read, or it is too old for one there. */
export function fromArchiveAtRest(context: DriverContext): Promise<boolean | null> {
  return settingAtRest(context, 'restore_command').then(
    (command) => command !== '',
    () => null,
  );
}
