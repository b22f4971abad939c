/** Small files of the data directory, by which a server tells of itself, running or not. */
import { join } from 'node:path';
import type { DriverContext } from '../../../common/driver.ts';
import { toFailure } from '../../../common/failure.ts';
import { failed } from '../../kit/host/failures.ts';
import { type ControlFile, controlFileBytes, type PostmasterPid, parseControlFile, parseMajor, parsePostmasterPid } from '../probe.ts';

const textOf = ({ host, settings }: DriverContext, name: string) => host.readText(join(settings.dataDir, name));

/** Of the server that holds the folder; a kill leaves it behind. null: there is none. */
export async function postmasterOf(context: DriverContext): Promise<PostmasterPid | null> {
  return parsePostmasterPid((await textOf(context, 'postmaster.pid')) ?? '');
}

/** That the files are of; null: there is no PG_VERSION, or of no known form. */
export async function majorOf(context: DriverContext): Promise<string | null> {
  return parseMajor((await textOf(context, 'PG_VERSION')) ?? '');
}

/** Started now, it would be a standby. */
export async function isStandbyAtRest(context: DriverContext): Promise<boolean> {
  return (await textOf(context, 'standby.signal')) !== null;
}

/** Throws FailureError `control-unreadable`: no such file, or a format that is not known. */
export async function readControlFile(context: DriverContext): Promise<ControlFile> {
  const path = join(context.settings.dataDir, 'global', 'pg_control');
  const unreadable = (why: string) => failed(context, 'control-unreadable', `${path} ${why}`);
  const bytes = await context.host.readBytes(path, 0, controlFileBytes).catch((thrown: unknown) => {
    throw unreadable(`cannot be read: ${toFailure(thrown).message}`);
  });
  if (bytes === null) throw unreadable('cannot be read: there is no such file');
  const control = parseControlFile(bytes);
  if (control !== null) return control;
  throw unreadable('is of a format that Drydock does not know (those of 12 to 18 are known)');
}
