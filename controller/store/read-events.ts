import type { RunEvent, StoredEvent } from '../../common/events.ts';
import type { Store } from './store.ts';

const page = 500;

/** All events of a run, oldest first. */
export async function readEvents(store: Store, runId: string): Promise<readonly StoredEvent<RunEvent>[]> {
  const events: StoredEvent<RunEvent>[] = [];
  for (;;) {
    const more = (await store.events(runId, events.at(-1)?.seq ?? 0, page)) as readonly StoredEvent<RunEvent>[];
    events.push(...more);
    if (more.length < page) return events;
  }
}
