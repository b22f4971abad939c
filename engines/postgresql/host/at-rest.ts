/** What the files of a server that does not answer tell. */
import type { DriverContext } from '../../../common/driver.ts';
import type { Finding } from '../../../common/facts.ts';
import { toFailure } from '../../../common/failure.ts';
import type { Guard } from '../../../common/orders.ts';
import { parseConninfo } from '../probe.ts';
import { settingAtRest } from '../switchover/login.ts';
import { canStart } from './can-start.ts';
import { divergenceOf, readControlFile } from './control.ts';

/** Nothing is good where nothing speaks; only what is bad may show in the files. `reason`: why the server does not answer. */
export async function answerAtRest(context: DriverContext, { check, expect }: Guard, reason: string): Promise<Finding> {
  if (check === 'can-start') return canStart(context, expect ?? null);
  return check === 'needs-no-reseed' ? partedAtRest(context, reason) : { check, ok: null, detail: reason };
}

/** A standby whose WAL has parted may not even start. */
async function partedAtRest(context: DriverContext, reason: string): Promise<Finding> {
  const check = 'needs-no-reseed';
  try {
    const { state, timeline, checkpointLsn } = await readControlFile(context);
    const parted = await divergenceOf(context, { timeline, lsn: checkpointLsn });
    if (parted !== null) return { check, ok: false, detail: `${parted} (${state}): it needs a new copy of its data` };
    return { check, ok: null, detail: reason };
  } catch (thrown) {
    return { check, ok: null, detail: toFailure(thrown).message };
  }
}

/** The name by which the others know it, as its files say it; null: they do not, or cannot be read. */
export async function memberIdAtRest(context: DriverContext): Promise<string | null> {
  try {
    const { host, settings } = context;
    const isStandby = (await host.listDir(settings.dataDir))?.includes('standby.signal') === true;
    const own = isStandby
      ? parseConninfo(await settingAtRest(context, 'primary_conninfo'))?.get('application_name')
      : await settingAtRest(context, 'application_name');
    return own || (await settingAtRest(context, 'cluster_name')) || null;
  } catch {
    return null;
  }
}

/** Whether it has a restore_command; null: its files cannot be read, or it is too old for one there. */
export async function fromArchiveAtRest(context: DriverContext): Promise<boolean | null> {
  try {
    return (await settingAtRest(context, 'restore_command')) !== '';
  } catch {
    return null;
  }
}
