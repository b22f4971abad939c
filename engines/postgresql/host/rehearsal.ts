/** Tries while the server serves what is needed of its host once it is stopped: a stop must not be where something is found to be unreadable. */
import type { DriverContext } from '../../../common/driver.ts';
import { readAhead } from '../driver-read-ahead.ts';
import { readControlFile } from './control.ts';
import type { Look } from './inspect.ts';

/** What a fence and a start as a standby ask the server's program for. */
const settingsNeeded = ['application_name', 'cluster_name', 'primary_conninfo', 'primary_slot_name'] as const;

/** Throws FailureError that names what cannot be read. */
export async function rehearse(context: DriverContext, seen: Look): Promise<readonly [ok: boolean, detail: string]> {
  const { dataDir } = context.settings;
  const control = await readControlFile(context);
  if (control.systemId !== seen.systemId)
    return [false, `the control file in ${dataDir} is of database ${control.systemId}, the server that answers is ${seen.systemId}`];
  await readAhead(context, settingsNeeded);
  return [true, 'its control file and its settings can be read without the server'];
}
