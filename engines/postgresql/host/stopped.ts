/** Verifications about an instance that was stopped: that nothing of it runs any more, and that it ended in order. */
import type { DriverContext } from '../../../common/driver.ts';
import type { Finding } from '../../../common/facts.ts';
import { finding } from '../../kit/host/asking.ts';
import { stoppedBy } from '../../kit/host/driver.ts';
import { shownBy } from '../../kit/host/processes.ts';
import { inOwnSession } from './connection.ts';
import { postmasterOf, readControlFile } from './data-folder.ts';

/** The postmaster that holds the data directory, and its address. */
export const signsOfLife = {
  async holder(context: DriverContext): Promise<number | null> {
    const held = await postmasterOf(context);
    // A file that a kill left behind names a process that is gone, or another program by now.
    return held !== null && (await shownBy(context.host, held.pid, 'comm')).trim() === 'postgres' ? held.pid : null;
  },
  answersAtAll: (context: DriverContext): Promise<unknown> =>
    context.tool('stopped', (during) => inOwnSession(during, async () => undefined)),
};

export const stopped = (context: DriverContext): Promise<Finding> => stoppedBy(signsOfLife, context);

/** It wrote its last checkpoint. One that was killed in the very moment of its stop did not: only its own recovery knows where it ended. */
export function shutDown(context: DriverContext): Promise<Finding> {
  return finding(context, 'shut-down', null, async () => {
    const { state } = await readControlFile(context);
    return [state === 'shut down' || state === 'shut down in recovery', `its control file says "${state}"`];
  });
}
