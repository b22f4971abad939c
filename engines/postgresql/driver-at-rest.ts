/** What can be told of a server that does not answer: by its files, and by what runs on its host. */
import { basename } from 'node:path';
import type { DriverContext } from '../../common/engine.ts';
import type { Finding } from '../../common/facts.ts';
import { toFailure } from '../../common/failure.ts';
import type { Guard } from '../../common/orders.ts';
import { settingAtRest } from './driver-acts-login.ts';
import { divergenceOf, readControlFile } from './driver-control.ts';
import { findHaManagerAtRest } from './driver-ha.ts';
import { parseConninfo } from './probe.ts';

/** Never throws for the world's faults. `reason`: why the server does not answer. */
export async function answerAtRest(context: DriverContext, { check, expect }: Guard, reason: string): Promise<Finding> {
  try {
    switch (check) {
      case 'needs-no-reseed':
        return { check, ...(await partedAtRest(context, reason)) };
      case 'release-is':
        return { check, ...releaseIs(context, expect ?? null) };
      case 'no-ha-manager': {
        const found = await findHaManagerAtRest(context);
        if (found === null) return { check, ok: true, detail: `no HA manager was found on its host; ${reason}` };
        return { check, ok: false, detail: `${found.manager} manages this server (${found.trace})` };
      }
      default:
        return { check, ok: null, detail: reason };
    }
  } catch (thrown) {
    return { check, ok: null, detail: toFailure(thrown).message };
  }
}

export function releaseIs({ currentRelease }: DriverContext, expect: string | null): Omit<Finding, 'check'> {
  const current = currentRelease === null ? null : basename(currentRelease);
  return { ok: current === expect, detail: `release ${current ?? 'none'} is activated` };
}

/** A standby whose WAL has parted may not even start. */
async function partedAtRest(context: DriverContext, reason: string): Promise<Omit<Finding, 'check'>> {
  const { state, timeline, checkpointLsn } = await readControlFile(context);
  const parted = await divergenceOf(context, { timeline, lsn: checkpointLsn });
  return parted === null ? { ok: null, detail: reason } : { ok: false, detail: `${parted} (${state}): it needs a new copy of its data` };
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
