/** Jobs of orders that are over: what still runs of them is ended, for nothing watches it any more, and what they left is removed. */
import { toFailure } from '../common/failure.ts';
import type { Log } from '../common/log.ts';
import type { Host } from './host/host.ts';
import { jobIdsOf } from './job-ids.ts';
import type { Journal } from './journal/journal.ts';
import { AgentStopped } from './lifetime.ts';

export interface LeftJobsParts {
  readonly host: Host;
  readonly journal: Journal;
  readonly log: Log;
}

/** After each order of a job, and when the agent starts. What goes wrong is logged, and tried again the next time. */
export async function endLeftJobs({ host, journal, log }: LeftJobsParts): Promise<void> {
  try {
    const seen = await host.jobsSeen();
    const wanted = new Set(journal.openOrders().flatMap(jobIdsOf));
    for (const id of seen.filter((each) => !wanted.has(each))) {
      await host.endJob(id);
      await host.forgetJob(id);
    }
  } catch (thrown) {
    if (!(thrown instanceof AgentStopped)) log.error({}, `jobs that are left could not be ended: ${toFailure(thrown).message}`);
  }
}
