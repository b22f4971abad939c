/**
 * Whether a server would start again if it were stopped now: what its files say, tried before anything is stopped. Nothing is started for it.
 * Source: chapters Server Configuration, Creating a Database Cluster (rights of the data directory), Secure TCP/IP Connections with SSL.
 */
import { isAbsolute, join } from 'node:path';
import { z } from 'zod';
import type { DriverContext } from '../../../common/driver.ts';
import { active, parseConf } from '../../kit/config/postgresql-conf-format.ts';
import { releaseNamed } from '../../kit/host/release.ts';
import type { Answer } from '../../kit/pure/checks.ts';
import { parseLibraryList } from '../probe.ts';
import { libraryDirOf } from './bundle.ts';
import { shared } from './connection.ts';
import { configFileOf, settingBy } from './settings-at-rest.ts';

const runMs = 10_000;

/** `release`: the folder that the server is to be started from; null: the current one. */
export async function canStart(context: DriverContext, release: string | null): Promise<Answer> {
  const obstacle = await obstacleOf(context, release);
  if (obstacle !== null) return [false, `it would not start again: ${obstacle}; fix that first`];
  return [true, 'its program accepts its configuration, and the files that a start needs are readable'];
}

async function obstacleOf(context: DriverContext, release: string | null): Promise<string | null> {
  const named = releaseNamed(context, release);
  if ('obstacle' in named) return named.obstacle;
  const { folder } = named;
  const { currentRelease } = context;
  return (
    (await dataFolderObstacle(context)) ??
    (await configRefused(context, folder)) ??
    // One that fails to start is followed by the release that ran before.
    (currentRelease === null || currentRelease === folder ? null : await configRefused(context, currentRelease)) ??
    (await filesObstacle(context, folder)) ??
    accessRulesObstacle(context)
  );
}

/** The server insists on being the owner, and that no other account has rights; the group may read from 11 on. */
async function dataFolderObstacle(context: DriverContext): Promise<string | null> {
  const { dataDir } = context.settings;
  const { exitCode, stdout, stderr } = await context.host.run(['stat', '-c', '%a', dataDir], { timeoutMs: runMs });
  if (exitCode !== 0) return stderr.trim();
  const mode = stdout.trim();
  if (!/^7[05]0$/.test(mode)) return `${dataDir} has mode 0${mode}, PostgreSQL requires 0700 or 0750`;
  for (const path of [join(dataDir, 'global', 'pg_control'), join(dataDir, 'PG_VERSION')])
    if (!(await isReadable(context, path))) return notReadable(path);
  const entries = (await context.host.listDir(dataDir)) ?? [];
  return entries.includes('recovery.conf')
    ? `${join(dataDir, 'recovery.conf')} exists, and PostgreSQL 12 and newer do not start with it`
    : null;
}

/** By the program itself. */
async function configRefused(context: DriverContext, releaseDir: string): Promise<string | null> {
  const answer = await settingOf(context, releaseDir, 'data_directory');
  if (typeof answer === 'string') return null;
  const file = configFileOf(context);
  const text = (await context.host.readText(file).catch(() => null)) ?? '';
  return answer.complaints.map((complaint) => located(complaint, text, file)).join('; ');
}

/** A value out of range is told without its place. */
function located(complaint: string, text: string, file: string): string {
  const name = /parameter "([^"]+)"/.exec(complaint)?.[1];
  if (name === undefined || / line \d+/.test(complaint)) return complaint;
  const entry = active(parseConf(text), name.toLowerCase());
  return entry === undefined ? complaint : `${complaint} (${file} line ${entry.line + 1})`;
}

const settingOf = (context: DriverContext, releaseDir: string, key: string) =>
  settingBy(context, key, { releaseDir, configFile: context.settings.configFile, asOwner: true });

/** Files that the configuration names and a start cannot do without. */
async function filesObstacle(context: DriverContext, releaseDir: string): Promise<string | null> {
  const value = async (key: string) => {
    const answer = await settingOf(context, releaseDir, key);
    return typeof answer === 'string' ? answer : '';
  };
  const hba = await value('hba_file');
  if (!(await isReadable(context, hba))) return notReadable(hba);
  for (const folder of (await value('unix_socket_directories')).split(',').map((each) => each.trim())) {
    if (folder === '' || folder.startsWith('@')) continue;
    const path = inDataDir(context, folder);
    if (!(await passes(context, ['-w', path]))) return `the account that runs the server cannot create sockets in ${path}`;
  }
  const missing = await missingLibrary(context, releaseDir, await value('shared_preload_libraries'));
  if (missing !== null) return `shared_preload_libraries names ${missing}, which does not exist`;
  if ((await value('ssl')) !== 'on') return null;
  for (const key of ['ssl_cert_file', 'ssl_key_file', 'ssl_ca_file']) {
    const named = await value(key);
    const path = inDataDir(context, named);
    if (named !== '' && !(await isReadable(context, path))) return `${key}: ${notReadable(path)}`;
    if (key === 'ssl_key_file' && (await isOpenToOthers(context, path)))
      return `${key}: ${path} is readable by accounts other than its owner`;
  }
  return null;
}

/** Of the running server another check speaks; this is what its files name now. */
async function missingLibrary(context: DriverContext, releaseDir: string, setting: string): Promise<string | null> {
  const folder = await libraryDirOf(context, releaseDir);
  for (const named of parseLibraryList(setting)) {
    const name = named.replace(/^\$libdir\//, '');
    const path = isAbsolute(name) ? name : join(folder ?? releaseDir, name);
    if (!(await isReadable(context, path)) && !(await isReadable(context, `${path}.so`))) return path;
  }
  return null;
}

/** Root's own key may be read by its group. */
async function isOpenToOthers(context: DriverContext, path: string): Promise<boolean> {
  const { stdout } = await context.host.run(['stat', '-L', '-c', '%u %a', path], { timeoutMs: runMs });
  const [, owner, mode] = /^(\d+) (\d+)$/.exec(stdout.trim()) ?? [];
  const bits = Number.parseInt(mode ?? '0', 8);
  return (bits & (owner === '0' ? 0o037 : 0o077)) !== 0;
}

const inDataDir = ({ settings }: DriverContext, path: string): string => (isAbsolute(path) ? path : join(settings.dataDir, path));

const notReadable = (path: string): string => `${path} does not exist, or is not readable by the account that runs the server`;

const isReadable = (context: DriverContext, path: string): Promise<boolean> => passes(context, ['-f', path, '-a', '-r', path]);

async function passes(context: DriverContext, test: readonly string[]): Promise<boolean> {
  const { dataDir } = context.settings;
  return (await context.host.run(['test', ...test], { timeoutMs: runMs, asOwnerOf: dataDir })).exitCode === 0;
}

const ruleSchema = z.object({ line: z.number(), error: z.string() });
const rulesSql = 'SELECT line_number AS line, error FROM pg_hba_file_rules WHERE error IS NOT NULL ORDER BY 1 LIMIT 1';

/** A running server goes on with the rules that it read; a start fails on a line that it cannot read. One that does not run is not asked. */
async function accessRulesObstacle(context: DriverContext): Promise<string | null> {
  try {
    const [broken] = await shared(context).rows(ruleSchema, rulesSql);
    return broken === undefined ? null : `pg_hba.conf line ${broken.line}: ${broken.error}`;
  } catch {
    return null;
  }
}
