/** A run followed in the background, so that a test can wait for what its log says and do something at that moment. */
import { followRun } from '../../cli/watch/follow.ts';
import { systemClock } from '../../common/clock.ts';
import type { RunDocument } from '../../common/documents/runs.ts';
import type { RunEvent } from '../../common/events.ts';
import type { Hold } from '../../common/holds.ts';
import { waitFor } from '../../demo/wait.ts';
import { type FleetDoor, linkTo } from '../operator-link.ts';

export interface Following {
  readonly events: readonly RunEvent[];
  /** As told after the events, oldest first. */
  readonly statuses: readonly RunDocument[];
  /** The first event of the log, from this one on, for which it holds; throws with the end of the log when it does not come. */
  until<E extends RunEvent>(what: string, is: (event: RunEvent) => event is E, afterIndex?: number): Promise<{ event: E; index: number }>;
  dispatched(step: string): Promise<number>;
  /** The first status with this hold. */
  held(kind: Hold['kind'], subject: string): Promise<RunDocument>;
  end(): Promise<RunDocument>;
  close(): Promise<void>;
}

const limitMs = 60_000;

export function follow(fleet: FleetDoor, runId: string): Following {
  const events: RunEvent[] = [];
  const statuses: RunDocument[] = [];
  const leave = new AbortController();
  const following = (async () => {
    const request = {
      runId,
      connect: () => linkTo(fleet),
      clock: systemClock,
      signal: leave.signal,
    };
    for await (const seen of followRun(request)) {
      if (seen.kind === 'event') events.push(seen.seen.event);
      if (seen.kind === 'status') statuses.push(seen.run);
    }
  })();
  following.catch(() => {}); // reported by the wait whose event does not come
  const until: Following['until'] = (what, is, afterIndex = -1) =>
    waitFor(what, limitMs, leave.signal, async () => {
      const index = events.findIndex((event, at) => at > afterIndex && is(event));
      const event = events[index];
      if (event !== undefined && is(event)) return { seen: { event, index } };
      return { notYet: JSON.stringify(events.slice(-3)) };
    });
  const status = (what: string, is: (run: RunDocument) => boolean) =>
    waitFor(what, limitMs, leave.signal, async () => {
      const found = statuses.find(is);
      return found === undefined ? { notYet: JSON.stringify(events.slice(-3)) } : { seen: found };
    });
  return {
    events,
    statuses,
    until,
    dispatched: async (step) =>
      (await until(`the order ${step}`, (event): event is RunEvent => event.type === 'order-dispatched' && event.step === step)).index,
    held: (kind, subject) =>
      status(`hold ${kind} ${subject}`, ({ holds }) => holds.some((hold) => hold.kind === kind && hold.subject === subject)),
    end: () => status('the end of the run', ({ endedAt }) => endedAt !== null),
    async close() {
      leave.abort();
      await following.catch(() => {});
    },
  };
}
