/** What the running server has of settings and where its files set them, and that it took what they say: asked in a session of this life of it. */
import { z } from 'zod';
import type { DriverContext } from '../../../common/driver.ts';
import type { Finding } from '../../../common/facts.ts';
import { finding, until } from '../../kit/host/asking.ts';
import type { Session } from '../../kit/host/sql-sessions.ts';
import type { Answer } from '../../kit/pure/checks.ts';
import { inOwnSession } from '../host/connection.ts';

const askedSchema = z.object({
  /** Lower case. */
  key: z.string(),
  known: z.boolean(),
  /** `postmaster`: only a restart changes it; `internal`: nothing does. */
  context: z.string().nullable(),
  /** `configuration file`, `command line`, `default`, …; whose word is active for this session. */
  source: z.string().nullable(),
  sourcefile: z.string().nullable(),
  sourceline: z.number().nullable(),
  pending_restart: z.boolean().nullable(),
  setting: z.string().nullable(),
});
export type AskedSetting = z.infer<typeof askedSchema>;

const askedSql = `
SELECT k.key, s.name IS NOT NULL AS known, s.context, s.source, s.sourcefile, s.sourceline, s.pending_restart, s.setting
FROM unnest($1::text[]) AS k(key) LEFT JOIN pg_settings s ON lower(s.name) = k.key`;

export const askSettings = (session: Session, keys: readonly string[]): Promise<readonly AskedSetting[]> =>
  session.rows(askedSchema, askedSql, [[...keys]]);

const placeSchema = z.object({
  key: z.string().nullable(),
  file: z.string(),
  line: z.number(),
  error: z.string().nullable(),
});
export type FilePlace = z.infer<typeof placeSchema>;

const placesSql = `
SELECT lower(name) AS key, sourcefile AS file, sourceline AS line, error
FROM pg_file_settings WHERE name IS NULL OR lower(name) = ANY ($1) ORDER BY seqno`;

/** Lines of all files as they are on the disk now, in the order in which they count, with those that cannot be read. */
export const askPlaces = (session: Session, keys: readonly string[]): Promise<readonly FilePlace[]> =>
  session.rows(placeSchema, placesSql, [[...keys]]);

const check = 'config-active';
const takenMs = 10_000;

/** Looks at these keys. `ok: null`: the server does not answer. */
export function verifyActive(context: DriverContext, keys: readonly string[]): Promise<Finding> {
  const askActive = async (session: Session): Promise<Answer> => {
    const places = await askPlaces(session, keys);
    const [wrong] = (await askSettings(session, keys)).flatMap((setting) => notActive(setting, places));
    const all = keys.length === 0 ? 'all settings' : keys.join(', ');
    return [wrong === undefined, wrong ?? `the server runs with its files' values of ${all}`];
  };
  return finding(context, check, null, () => inOwnSession(context, askActive));
}

/** A role or a database may have a word of its own for our session: then only the file tells what others get. */
const sessionSources: readonly string[] = ['client', 'database', 'user', 'database user', 'global', 'session', 'interactive'];

function notActive(setting: AskedSetting, places: readonly FilePlace[]): readonly string[] {
  const { key, source, sourcefile, sourceline } = setting;
  const place = places.findLast((each) => each.key === key);
  if (setting.pending_restart === true) return [`${key} needs a restart to take effect`];
  if (place !== undefined && place.error !== null) return [`${place.file}:${place.line}: ${key}: ${place.error}`];
  // Of an extension that is not loaded: the server keeps it, and shows it nowhere.
  if (!setting.known || sessionSources.includes(source ?? '')) return [];
  if (sourcefile === (place?.file ?? null) && sourceline === (place?.line ?? null)) return [];
  const active = sourcefile === null ? 'no file' : `${sourcefile}:${sourceline}`;
  return [`${key} is active from ${active}, not from ${place === undefined ? 'no file' : `${place.file}:${place.line}`}`];
}

/** Asks for the reload and waits until the server had it. A file that cannot be read as a whole is not even offered. */
export async function reloadAndProve(context: DriverContext, keys: readonly string[]): Promise<Finding> {
  const reload = async (session: Session): Promise<Answer> => {
    const isOurs = ({ error, key }: FilePlace) => error !== null && (key === null || keys.includes(key));
    const broken = (await askPlaces(session, keys)).find(isOurs);
    if (broken !== undefined) return [false, `${broken.file}:${broken.line}: ${broken.key ?? 'this line'}: ${broken.error}`];
    const loadTime = () => session.value(z.string(), 'SELECT pg_conf_load_time()::text');
    const before = await loadTime();
    await session.run('SELECT FROM pg_reload_conf()');
    // Sessions read the files after the server itself did, so that it is enough to see this one do it.
    const isReloaded = await until(context, { withinMs: takenMs, everyMs: 20 }, async () => (await loadTime()) !== before);
    return [isReloaded, `the server did not reload its files within ${takenMs / 1000} s; check its log`];
  };
  const reloaded = await finding(context, check, null, () => inOwnSession(context, reload));
  return reloaded.ok === true ? verifyActive(context, keys) : reloaded;
}
