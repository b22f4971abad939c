/** Holds that an agent finds when it starts: those that no order wants any more are let go, or the database would never start again. */
import { toFailure } from '../common/failure.ts';
import type { Log } from '../common/log.ts';
import { holderOf } from './downtime-machine.ts';
import type { Host } from './host/host.ts';
import type { Instance } from './instance.ts';
import type { Journal } from './journal/journal.ts';
import { AgentStopped } from './lifetime.ts';

export interface LeftLocksParts {
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
      log.warn({ unit }, `unit ${unit} was held for a downtime that is over: it was let go`);
    }
  } catch (thrown) {
    if (thrown instanceof AgentStopped) throw thrown;
    log.error({}, `holds that are left could not be let go: ${toFailure(thrown).message}`);
  }
}

/** A unit that is no instance's any more is none of this agent's business, and so is its hold. */
function isWanted({ instances, journal }: LeftLocksParts, unit: string): boolean {
  const owner = instances.find(({ settings }) => settings.unit === unit)?.settings.instance;
  if (owner === undefined) return false;
  const open = journal.openOrders().filter(({ order }) => order.target.instance === owner);
  return holderOf(open, journal.endedDowntimes(owner)) !== null;
}
