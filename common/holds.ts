/** A hold is why a run does not go on: typed, with its subject, since when, and who can release it and how (P17). */
import { adoptCommand } from './commands.ts';

export const holdKinds = [
  'agent-lost', // no fresh link to the agent that must act or be looked at
  'peer-unhealthy', // a member that is not in its turn is not in service: it uses up the budget
  'node-down', // a database died outside a downtime order; Drydock never starts it
  'two-primaries', // never waivable
  'membership-mismatch', // expected, enrolled and seen members disagree
  'facts-changed', // what the plan was made of is no longer so
  'profile-drift', // local settings of an agent changed under the plan
  'order-failed', // a receipt says failed or refused; a person decides
  'order-interrupted', // a `once` order was interrupted
  'order-unknown', // it is unknown whether the order took effect
  'health-check-failed', // the order was done, the health check did not come in time (P9)
  'release-unavailable', // an artifact of the plan is not in the store any more
  'space-short', // free space fell below the need
  'store-unwritable', // the controller's disk takes no writes: nothing that happens could be recorded
  'journal-unwritable', // an agent's disk takes no writes: it takes no order
  'store-behind-fleet', // an agent obeyed an epoch, or holds an order, that this store has no record of
  'local-intervention', // somebody acted on a host without the controller
  'needs-reseed', // a member's history forked, or WAL that it needs is gone: somebody must decide to copy it anew
  'executor-lost', // who was to carry out an order that may be done only once is gone
  'awaiting-consent', // a step waits for a person's word
  'soak-breached', // the watched cluster is not well, for longer than is tolerated
  'external-refused', // another system that must agree does not, or does not answer
  'finalize-overdue', // the run has rested unfinalized longer than allowed
  'awaiting-approval', // the plan wants a word for each hop, and the next one has none yet
  'rules-changed', // by the rules active now the plan would go another way, or none
  'conflicting-run', // another run holds the cluster or a host
] as const;
export type HoldKind = (typeof holdKinds)[number];

export const wayOutOfBehind = `stop this controller and start the one on the newer store; if that store is lost: drydock ${adoptCommand}`;

export interface Hold {
  readonly kind: HoldKind;
  /** What it is about: an instance, a step id, a host or the cluster. */
  readonly subject: string;
  /** One sentence: what was seen. */
  readonly detail: string;
  /** `itself`: the sequencer clears it when the condition is gone; `person`: somebody must decide. */
  readonly releasedBy: 'automatic' | 'person';
  /** How it goes on, for the `goes on` line: a condition that begins with `once`; of `person`, what to do, as an imperative. */
  readonly until: string;
  /** Commands that are legal now, ready to paste, without the program's name. */
  readonly commands: readonly string[];
}

/** One that the sequencer clears once its condition is gone. */
export function automaticHold(kind: HoldKind, subject: string, detail: string, until: string, commands: readonly string[] = []): Hold {
  return { kind, subject, detail, releasedBy: 'automatic', until, commands };
}

/** Two holds are the same when kind and subject agree; detail may be renewed. */
export function holdKey(hold: Pick<Hold, 'kind' | 'subject'>): string {
  return `${hold.kind} ${hold.subject}`;
}
