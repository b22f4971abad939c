/** Why a change of the configuration must not be made on this server, and which of its keys need a restart. One sentence each. */
import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { sha256Of } from '../../../common/canonical-json.ts';
import type { DriverContext } from '../../../common/driver.ts';
import { toFailure } from '../../../common/failure.ts';
import { active, nameOf, parseConf, withIncludesFrom } from '../../kit/config/postgresql-conf-format.ts';
import { type ConfigDraft, type ConfigJudgement, keptFolder } from '../../kit/host/config-file.ts';
import { currentReleaseOf } from '../../kit/host/release.ts';
import { guardedSettings } from '../facts.ts';
import { inSharedSession } from '../host/connection.ts';
import { configFileOf, settingBy } from '../host/settings-at-rest.ts';
import { type AskedSetting, askPlaces, askSettings, type FilePlace } from './active.ts';
import { isReadLater } from './changes.ts';

/** Asks the running server and tries the new text out. Throws nothing for the world's faults. */
export async function judge(context: DriverContext, draft: ConfigDraft): Promise<ConfigJudgement> {
  const { after, changes, keys } = draft;
  const brought = changes.flatMap((change) => (change.op === 'remove' ? [] : [nameOf(change.op === 'set' ? change.key : change.to)]));
  const wanted = [...new Set([...keys, ...brought])];
  try {
    const server = await inSharedSession(context, async (session) => ({
      file: await session.value(z.string(), `SELECT current_setting('config_file')`),
      prefixes: await session.rows(
        z.object({ prefix: z.string() }),
        `SELECT DISTINCT lower(split_part(name, '.', 1)) AS prefix FROM pg_settings WHERE name LIKE '%.%'`,
      ),
      settings: await askSettings(session, wanted),
      places: await askPlaces(session, wanted),
    }));
    const elsewhere = await otherFile(context, server.file ?? '');
    if (elsewhere !== null) return { restartKeys: [], problems: [elsewhere], warnings: [] };
    const settings = server.settings.filter(({ key }) => keys.includes(key));
    const prefixes = server.prefixes.map(({ prefix }) => prefix);
    const doubts = server.settings.filter(({ key }) => brought.includes(key)).map((setting) => doubtOf(setting, prefixes));
    const strangers = doubts.flatMap(({ problem }) => problem ?? []);
    const refusals = await refusedByServer(context, after, settings);
    return {
      restartKeys: settings.filter(({ context: when }) => when === 'postmaster').map(({ key }) => key),
      problems: [
        ...strangers,
        ...settings.flatMap((setting) => withoutEffect(context, setting, server.places, draft)),
        // Said already, and better.
        ...refusals.filter((refusal) => strangers.length === 0 || !refusal.includes('unrecognized configuration parameter')),
      ],
      warnings: doubts.flatMap(({ warning }) => warning ?? []),
    };
  } catch (thrown) {
    return { restartKeys: [], problems: [`cannot check the change on the server: ${toFailure(thrown).message}`], warnings: [] };
  }
}

/** Another file than the one that would be changed; compared without links on the way. */
async function otherFile(context: DriverContext, file: string): Promise<string | null> {
  const own = configFileOf(context);
  if (file === own || (await realPath(context, file)) === (await realPath(context, own))) return null;
  return `the server reads ${file}: set configFile to it in the agent's settings of this instance`;
}

async function realPath({ host }: DriverContext, path: string): Promise<string> {
  const { exitCode, stdout } = await host.run(['readlink', '-f', path], { timeoutMs: 5_000 });
  return exitCode === 0 ? stdout.trim() : path;
}

/** A setting of an extension that is not loaded is not known to the server: it may be right. */
function doubtOf(
  { key, known, context }: AskedSetting,
  prefixes: readonly string[],
): { readonly problem?: string; readonly warning?: string } {
  if (context === 'internal')
    return { problem: `${key} cannot be changed: it was fixed when the server was built or its data directory was created` };
  if (known) return {};
  const [prefix = '', ...rest] = key.split('.');
  if (rest.length === 0 || prefixes.includes(prefix)) return { problem: `${key} is unknown to this server: correct it` };
  return { warning: `${key} is not checked: the server has not loaded an extension ${prefix}` };
}

/** Somebody else has the last word. */
function withoutEffect(
  context: DriverContext,
  { key, source }: AskedSetting,
  places: readonly FilePlace[],
  draft: ConfigDraft,
): readonly string[] {
  const { before, after } = draft;
  if (source === 'command line') return [`${key} is set on the server's command line, which overrides every file: change it there`];
  const file = configFileOf(context);
  const kept = active(parseConf(after), key);
  const text = kept === undefined ? before : after;
  const line = (kept ?? active(parseConf(before), key))?.line ?? 0;
  const others = places.filter((place) => place.key === key && place.file !== file && isReadLater(text, line, file, place.file));
  const last = others.at(-1);
  if (last === undefined) return [];
  const how = last.file.endsWith('/postgresql.auto.conf') ? ` by ALTER SYSTEM RESET ${key}` : '';
  return [`${last.file}:${last.line} also sets ${key} and is read later: remove it there${how}, or change it there`];
}

async function refusedByServer(context: DriverContext, after: string, settings: readonly AskedSetting[]): Promise<readonly string[]> {
  const guarded = settings.filter(({ key }) => guardedSettings.some((name) => name === key));
  const names = guarded.map(({ key }) => key);
  const { values, complaints } = await tryOut(context, after, names);
  const moves = guarded.map(({ key, setting }) => Math.sign(Number(values?.get(key) ?? setting) - Number(setting)));
  const refusals = complaints.map((complaint) => `the server rejects it: ${complaint}`);
  if (!moves.includes(1) || !moves.includes(-1)) return refusals;
  const both = `some of ${names.join(', ')} rise and others fall`;
  return [...refusals, `${both}: standbys go first in one case and last in the other; plan them separately`];
}

/** `values`: as the server would have them; null: it refuses the text, or the command could not be run, and `complaints` are for people. */
interface DryRun {
  readonly values: ReadonlyMap<string, string> | null;
  readonly complaints: readonly string[];
}

/** What the program of the current release makes of a text in the place of its file, and of these settings in it. Throws `no-release`. */
export async function tryOut(context: DriverContext, text: string, keys: readonly string[]): Promise<DryRun> {
  const file = configFileOf(context);
  const trial = join(keptFolder(context), `${sha256Of(text).slice('sha256:'.length)}.trial`);
  const asked = { releaseDir: currentReleaseOf(context), configFile: trial };
  const tried = withIncludesFrom(text, (path) => resolve(dirname(file), path));
  await context.host.writeText(trial, tried, 0o600);
  try {
    const values = new Map<string, string>();
    for (const key of keys.length === 0 ? ['data_directory'] : keys) {
      const answer = await settingBy(context, key, asked);
      if (typeof answer !== 'string') return { values: null, complaints: answer.complaints.map((each) => each.replaceAll(trial, file)) };
      values.set(key, answer);
    }
    return { values, complaints: [] };
  } finally {
    await context.host.removeFile(trial);
  }
}
