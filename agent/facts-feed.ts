/** Tells the controller how the instances are: when it asks for it by welcoming us, when something changed, and every so often. */
import { canonicalJson } from '../common/canonical-json.ts';
import type { Clock } from '../common/clock.ts';
import type { NodeFacts } from '../common/facts.ts';
import { toFailure } from '../common/failure.ts';
import type { Log } from '../common/log.ts';
import { type Lookout, observeNode } from './facts.ts';
import type { Instance } from './instance.ts';
import { AgentStopped } from './life.ts';

export interface FactsFeed {
  start(): void;
  /** Looks at all instances and tells. */
  tellAll(): void;
}

interface FactsFeedParts extends Lookout {
  readonly clock: Clock;
  readonly log: Log;
  readonly instances: readonly Instance[];
  /** Not looked at: its outage is under way. */
  readonly isBusy: (instance: string) => boolean;
  /** False: nobody would hear it, so nobody looks. */
  readonly isLinked: () => boolean;
  readonly tell: (facts: NodeFacts) => void;
}

const lookMs = 2_500;
const tellMs = 10_000;

export function createFactsFeed(parts: FactsFeedParts): FactsFeed {
  const feeds = parts.instances.map((instance) => feedOf(instance, parts));
  const tick = () => {
    if (parts.signal.aborted) return;
    for (const look of feeds) void look(false);
    parts.clock.after(lookMs, tick);
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
  let told = { gist: '', atMs: Number.NEGATIVE_INFINITY };
  let looking = false;
  let mustTellNext = false;
  return async function look(mustTell) {
    mustTellNext ||= mustTell;
    if (looking || !parts.isLinked() || parts.isBusy(instance.settings.instance)) return;
    looking = true;
    try {
      const facts = await observeNode(parts, instance, { checks: [] }, null);
      const gist = gistOf(facts);
      if (!mustTellNext && gist === told.gist && clock.monotonicMs() - told.atMs < tellMs) return;
      mustTellNext = false;
      told = { gist, atMs: clock.monotonicMs() };
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
