/** Verifications about an instance that was stopped: that nothing of it runs any more, and that it ended in order. */
import { join } from 'node:path';
import type { DriverContext } from '../../../common/driver.ts';
import type { Finding } from '../../../common/facts.ts';
import { toFailure } from '../../../common/failure.ts';
import { parsePostmasterPid } from '../probe.ts';
import { readControlFile } from './control.ts';
import { inOwnSession, notListening } from './session.ts';

/** No postmaster that holds the data directory lives, and nothing listens at its address. */
export async function stopped(context: DriverContext): Promise<Finding> {
  const check = 'stopped';
  const { dataDir } = context.settings;
  const held = parsePostmasterPid((await context.host.readText(join(dataDir, 'postmaster.pid'))) ?? '');
  if (held !== null) {
    // A file that a kill left behind names a process that is gone, or another program by now.
    const name = await context.host.readText(`/proc/${held.pid}/comm`).catch(() => null);
    if (name?.trim() === 'postgres') return { check, ok: false, detail: `process ${held.pid} still holds ${dataDir}` };
  }
  try {
    await context.tool('stopped', (during) => inOwnSession(during, async () => undefined));
    return { check, ok: false, detail: 'it still accepts sessions' };
  } catch (thrown) {
    const { code, message } = toFailure(thrown);
    return { check, ok: code === notListening, detail: message };
  }
}

/** It wrote its last checkpoint. One that was killed in the very moment of its stop did not: only its own recovery knows where it ended. */
export async function shutDown(context: DriverContext): Promise<Finding> {
  const check = 'shut-down';
  try {
    const { state } = await readControlFile(context);
    return { check, ok: state === 'shut down' || state === 'shut down in recovery', detail: `its control file says "${state}"` };
  } catch (thrown) {
    return { check, ok: null, detail: toFailure(thrown).message };
  }
}
