/**
 * Tells the controller how the instances are. Idle, a probe costs next to nothing: with each beat the state of the unit, the release and a sign of
 * life; a full probe once in a while, when one of these changed, and when the controller welcomes us (P21).
 */
import { canonicalJson } from '../../common/canonical-json.ts';
import type { Clock } from '../../common/clock.ts';
import type { NodeFacts } from '../../common/facts.ts';
import { toFailure } from '../../common/failure.ts';
import type { Log } from '../../common/log.ts';
import type { Instance } from '../instance.ts';
import { AgentStopped } from '../lifetime.ts';
import { contextWith, observeNode, type Vantage } from './facts.ts';

interface FactsFeed {
  /** A beat was sent: probes all instances, and tells of those that changed or were not told of for a while. */
  probe(): void;
  /** Probes all instances and tells. */
  tellAll(): void;
}

interface FactsFeedParts extends Vantage {
  readonly clock: Clock;
  readonly log: Log;
  readonly instances: readonly Instance[];
  /** Not looked at: its downtime is under way. */
  readonly isBusy: (instance: string) => boolean;
  /** False: there is no controller to hear it, so nothing is probed. */
  readonly isConnected: () => boolean;
  readonly tell: (facts: NodeFacts) => void;
}

const tellEveryMs = 60_000;
/** An instance that does not serve is looked at sooner, and less and less often: it may be on its way up. */
const soonMs = 5_000;

export function createFactsFeed(parts: FactsFeedParts): FactsFeed {
  const feeds = parts.instances.map((instance) => feedOf(instance, parts));
  return {
    probe() {
      for (const probe of feeds) void probe(false);
    },
    tellAll() {
      for (const probe of feeds) void probe(true);
    },
  };
}

function feedOf(instance: Instance, parts: FactsFeedParts): (mustTell: boolean) => Promise<void> {
  const { clock, log, tell } = parts;
  let told = { sign: '', atMs: Number.NEGATIVE_INFINITY };
  let probesOut = 0;
  let probing = false;
  let mustTellNext = false;
  return async function probe(mustTell) {
    mustTellNext ||= mustTell;
    if (probing || !parts.isConnected() || parts.isBusy(instance.settings.instance)) return;
    probing = true;
    try {
      const sign = await signOf(parts, instance);
      const changed = sign !== told.sign;
      const dueMs = probesOut === 0 ? tellEveryMs : Math.min(tellEveryMs, soonMs * 2 ** (probesOut - 1));
      const isDue = clock.monotonicMs() - told.atMs >= dueMs;
      if (!mustTellNext && !changed && !isDue) return;
      const facts = await observeNode(parts, instance, { checks: [] }, null, changed || (isDue && probesOut > 0) ? 'now' : 'idly');
      mustTellNext = false;
      probesOut = facts.inService ? 0 : changed ? 1 : probesOut + 1;
      told = { sign, atMs: clock.monotonicMs() };
      tell(facts);
    } catch (thrown) {
      if (!(thrown instanceof AgentStopped)) log.warn({ instance: instance.settings.instance }, toFailure(thrown).message);
    } finally {
      probing = false;
    }
  };
}

/** What a change of calls for a full probe at once. */
async function signOf(parts: FactsFeedParts, instance: Instance): Promise<string> {
  const { host } = parts;
  const { active, invocationId } = await host.unitState(instance.settings.unit);
  const release = await host.releasesSeen(instance.settings.releasesDir);
  const context = contextWith(parts, instance, release.current, { after: 'any', incarnation: active ? invocationId : null });
  return canonicalJson({ active, invocationId, release, alive: await instance.driver.alive(context) });
}
