/**
 * From where somebody asks for what is written: known at the door, wanted in the record, and of no interest to anything between them. It goes
 * with the call, and not with one that another made meanwhile.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { FleetEvent, RunEvent } from '../../common/events.ts';

/** Who asks, as the transport proved it: `human:anna`, from `10.0.0.7:51234` or `unix`. */
export interface Asker {
  readonly actor: string;
  readonly address: string;
}

const asking = new AsyncLocalStorage<Asker>();

/** Does the work, and all that follows from it, as asked by this one. */
export function askedBy<T>(asker: Asker, work: () => T): T {
  return asking.run(asker, work);
}

/** The address of who asks, if it is this actor; null: that is not known here, or no person asked. */
export function addressOfAsker(actor: string): string | null {
  const asker = asking.getStore();
  return asker?.actor === actor ? asker.address : null;
}

/** An event as it is recorded: what a person did has the address from which they asked. A plan was made before its record begins. */
export function located<E extends RunEvent | FleetEvent>(event: E): E {
  if (event.type === 'plan-made' || !('actor' in event) || event.actor === null) return event;
  return locatedAt(event, addressOfAsker(event.actor));
}

export const locatedAt = <E extends RunEvent | FleetEvent>(event: E, from: string | null): E =>
  from === null ? event : { ...event, from };
