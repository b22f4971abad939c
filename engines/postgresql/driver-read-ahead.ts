/**
 * Settings of a server at rest, read while it still served: the fence, for which writes wait, need not run the server's program for them again.
 * What was read holds as long as the files that it was read from are the same.
 */
import { isAbsolute, join } from 'node:path';
import type { DriverContext, InstanceSettings } from '../../common/driver.ts';
import { configAtLastStart, settingAtRest } from './switchover/login.ts';

interface ReadAhead {
  /** The files, as they were before the values were read. */
  readonly files: string | null;
  readonly values: ReadonlyMap<string, string>;
}

const known = new WeakMap<InstanceSettings, ReadAhead>();

/** Reads them now, for whoever asks later. Throws FailureError `settings-unreadable`. */
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
