/** Takes a node out of service in order: first no client is served any more, then the others see it go, then it writes out what it holds (M11). */
import type { DriverContext } from '../../../common/driver.ts';
import { toFailure } from '../../../common/failure.ts';
import { notListening } from '../../kit/host/asking.ts';
import { nodetool } from './nodetool.ts';

/** A drain writes out every memtable. */
const drainMs = 20 * 60_000;

/** Each is repeatable, on a drained node, too. Throws FailureError; done where nothing listens, for then nothing serves. */
export async function drain(context: DriverContext): Promise<void> {
  try {
    await nodetool(context, ['disablebinary']);
    await nodetool(context, ['disablegossip']);
    await nodetool(context, ['drain'], drainMs);
  } catch (thrown) {
    if (toFailure(thrown).code !== notListening) throw thrown;
  }
}
