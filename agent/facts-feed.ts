/** Tells the controller how the instances are: when it asks for it by welcoming us, when something changed, and every so often. */
import { canonicalJson } from '../common/canonical-json.ts';
import type { Clock } from '../common/clock.ts';
import type { NodeFacts } from '../common/facts.ts';
import { toFailure } from '../common/failure.ts';
import type { Log } from '../common/log.ts';
import { observeNode, type Vantage } from './facts.ts';
import type { Instance } from './instance.ts';
import { AgentStopped } from './lifetime.ts';

export interface FactsFeed {
  start(): void;
  /** Looks at all instances and tells. */
  tellAll(): void;
}

interface FactsFeedParts extends Vantage {
  readonly clock: Clock;
  readonly log: Log;
  readonly instances: readonly Instance[];
  /** Not looked at: its downtime is under way. */
  readonly isBusy: (instance: string) => boolean;
  /** False: nobody would hear it, so nobody looks. */
  readonly isConnected: () => boolean;
  readonly tell: (facts: NodeFacts) => void;
}

const probeMs = 2_500;
const tellMs = 10_000;

export function createFactsFeed(parts: FactsFeedParts): FactsFeed {
  const feeds = parts.instances.map((instance) => feedOf(instance, parts));
  const tick = () => {
    if (parts.signal.aborted) return;
    for (const look of feeds) void look(false);
    parts.clock.after(probeMs, tick);
  };
  return {
    start: tick,
    tellAll() {
      for (const look of feeds) void look(true);
    },
  };
}

function feedOf(instance: Instance, parts: FactsFeedParts): (mustTell: boolean) => Promise<void> {
  const { clock, log, tell } = parts;
  let reported = { gist: '', atMs: Number.NEGATIVE_INFINITY };
  let looking = false;
  let mustTellNext = false;
  return async function look(mustTell) {
    mustTellNext ||= mustTell;
    if (looking || !parts.isConnected() || parts.isBusy(instance.settings.instance)) return;
    looking = true;
    try {
      const facts = await observeNode(parts, instance, { checks: [] }, null);
      const gist = gistOf(facts);
      if (!mustTellNext && gist === reported.gist && clock.monotonicMs() - reported.atMs < tellMs) return;
      mustTellNext = false;
      reported = { gist, atMs: clock.monotonicMs() };
      tell(facts);
    } catch (thrown) {
      if (!(thrown instanceof AgentStopped)) log.warn({ instance: instance.settings.instance }, toFailure(thrown).message);
    } finally {
      looking = false;
    }
  };
}

/** What a change of is worth telling at once. */
function gistOf({ incarnation, version, role, inService, release }: NodeFacts): string {
  return canonicalJson({ incarnation, version, role, inService, release });
}
