/** Verification that nothing of an instance runs any more. */
import { join } from 'node:path';
import type { DriverContext } from '../../../common/driver.ts';
import type { Finding } from '../../../common/facts.ts';
import { toFailure } from '../../../common/failure.ts';
import { parseLockHolders } from '../probe.ts';
import { askVersions, notListening } from './http.ts';

const probeMs = 5_000;

/** Nobody holds the lock of the database file, and nothing listens at the member's address. */
export async function stopped(context: DriverContext): Promise<Finding> {
  const check = 'stopped';
  const holder = await holderOf(context);
  if (holder !== null) return { check, ok: false, detail: `process ${holder} still holds ${context.settings.dataDir}` };
  try {
    await askVersions(context);
    return { check, ok: false, detail: 'it still answers' };
  } catch (thrown) {
    const { code, message } = toFailure(thrown);
    return { check, ok: code === notListening, detail: message };
  }
}

/** A running server keeps member/snap/db locked. Null: nobody does, or there is no such file. */
async function holderOf({ host, settings }: DriverContext): Promise<number | null> {
  const file = join(settings.dataDir, 'member', 'snap', 'db');
  const { exitCode, stdout } = await host.run(['stat', '-c', '%i', file], { timeoutMs: probeMs });
  if (exitCode !== 0) return null;
  const [holder] = parseLockHolders((await host.readText('/proc/locks')) ?? '', stdout.trim());
  return holder ?? null;
}
