/** What orders that are over left on the host: jobs that still run are ended, start locks that no order needs are removed. */

import { sha256Of } from '../../common/canonical-json.ts';
import { toFailure } from '../../common/failure.ts';
import type { Log } from '../../common/log.ts';
import { holderOf } from '../downtime/machine.ts';
import type { Host } from '../host/host.ts';
import type { Instance } from '../instance.ts';
import type { OrderState } from '../journal/agent-machine.ts';
import type { Journal } from '../journal/journal.ts';
import { AgentStopped } from '../lifetime.ts';

interface LeftJobsParts {
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
    if (!(thrown instanceof AgentStopped)) log.error({}, `leftover jobs could not be ended: ${toFailure(thrown).message}`);
  }
}

// Holds that an agent finds when it starts: those that no order wants any more are let go, or the database would never start again.

interface LeftLocksParts {
  readonly host: Host;
  readonly journal: Journal;
  readonly instances: readonly Instance[];
  readonly log: Log;
}

/** After the journal's open orders were taken up. What goes wrong is logged: a downtime under way must not wait for it. */
export async function releaseLeftLocks(parts: LeftLocksParts): Promise<void> {
  const { host, log } = parts;
  try {
    for (const unit of await host.lockedUnits()) {
      if (isWanted(parts, unit)) continue;
      await host.unlockUnit(unit);
      log.warn({ unit }, `removed the start lock of unit ${unit}, left by a downtime that has ended`);
    }
  } catch (thrown) {
    if (thrown instanceof AgentStopped) throw thrown;
    log.error({}, `leftover start locks could not be removed: ${toFailure(thrown).message}`);
  }
}

/** A unit that is no instance's any more is none of this agent's business, and so is its hold. */
function isWanted({ instances, journal }: LeftLocksParts, unit: string): boolean {
  const owner = instances.find(({ settings }) => settings.unit === unit)?.settings.instance;
  if (owner === undefined) return false;
  const open = journal.openOrders().filter(({ order }) => order.target.instance === owner);
  return holderOf(open, journal.endedDowntimes(owner)) !== null;
}

// What jobs are called on the host: by their order, and by which start of it.

const readableChars = 120;

/** Fit for a file and for a unit, whatever an order id is. */
export function jobIdOf(orderId: string, generation: number): string {
  const readable = orderId.replaceAll(/[^A-Za-z0-9._-]/g, '_').slice(0, readableChars);
  return `${readable}-${sha256Of(orderId).slice('sha256:'.length, 'sha256:'.length + 12)}-${generation}`;
}

/** Of all starts of an order's job. */
function jobIdsOf({ order, job }: OrderState): readonly string[] {
  return Array.from({ length: job?.generation ?? 0 }, (_, at) => jobIdOf(order.orderId, at + 1));
}
