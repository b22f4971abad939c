/**
 * PURE. Every refusal that planning makes on its own account, and who asks again at the act: nothing that refused a plan may come about between
 * approval and stop unseen. What the engines' prechecks refuse a run asks again as a whole (`Procedure.refuses`).
 */
import { type Failure, failure } from '../../common/failure.ts';
import type { HoldKind } from '../../common/holds.ts';

export type AskedAgain =
  /** The controller, before each turn and each stop: the run holds so. */
  | { readonly by: 'hold'; readonly kind: HoldKind }
  /** The controller, as an admission that waits. */
  | { readonly by: 'admission' }
  /** The agent, directly before the stop: a guard of the downtime. */
  | { readonly by: 'guard'; readonly check: string }
  /** The agent, before anything is touched: it refuses the order by this code. */
  | { readonly by: 'agent'; readonly code: string }
  /** A step of the same turn, before the stop, waits for this condition. */
  | { readonly by: 'step'; readonly condition: string }
  /** When the run starts: nothing changes it afterwards but a run, and there is one at a time. */
  | { readonly by: 'start' }
  /** Not at all: it cannot come about later, for this reason. */
  | { readonly by: 'none'; readonly why: string };

const ofRequest: AskedAgain = { by: 'none', why: 'it is about what was asked for, which the plan pins' };

export const planRefusals = {
  'agent-lost': { by: 'hold', kind: 'agent-lost' },
  'node-down': { by: 'hold', kind: 'node-down' },
  'no-current-release': { by: 'guard', check: 'release-is' },
  'no-snapshot': { by: 'agent', code: 'no-snapshot' },
  'member-unknown': { by: 'hold', kind: 'facts-changed' },
  'role-unknown': { by: 'guard', check: 'role-is' },
  'already-there': ofRequest,
  'downgrade-not-said': ofRequest,
  'not-a-downgrade': ofRequest,
  'mixed-versions': { by: 'guard', check: 'version-is' },
  'path-refused': { by: 'hold', kind: 'rules-changed' },
  'no-procedure': { by: 'hold', kind: 'rules-changed' },
  'requirement-unproven': { by: 'hold', kind: 'rules-changed' },
  'not-adopted': { by: 'none', why: 'an adoption is never rolled back, only made anew' },
  'membership-mismatch': { by: 'hold', kind: 'membership-mismatch' },
  'missing-checks': { by: 'agent', code: 'unknown-check' },
  'missing-verbs': { by: 'agent', code: 'unknown-word' },
  'missing-keys': { by: 'agent', code: 'unknown-word' },
  'missing-jobs': { by: 'agent', code: 'unknown-word' },
  'wrong-database': { by: 'hold', kind: 'facts-changed' },
  'settle-too-short': ofRequest,
  'not-commanded': ofRequest,
  'finalize-too-late': ofRequest,
  'release-unavailable': { by: 'agent', code: 'release-missing' },
  'space-short': { by: 'admission' },
  'no-node-can-stop': { by: 'hold', kind: 'peer-unhealthy' },
  'no-switchover': ofRequest,
  'release-shared': { by: 'agent', code: 'release-shared' },
  'no-successor': { by: 'hold', kind: 'facts-changed' },
  'no-preview': { by: 'agent', code: 'facts-changed' },
  'config-refused': { by: 'agent', code: 'config-refused' },
  'config-required': { by: 'agent', code: 'facts-changed' },
  'no-restore': { by: 'none', why: 'it is about the engine, whatever its cluster' },
  'unknown-instance': { by: 'hold', kind: 'membership-mismatch' },
  'leader-restore': { by: 'agent', code: 'facts-changed' },
  'no-leader': { by: 'hold', kind: 'peer-unhealthy' },
  'wal-gone': { by: 'step', condition: 'wal-reaches-back' },
  'other-format': { by: 'guard', check: 'release-is' },
  'other-role': { by: 'agent', code: 'facts-changed' },
  'one-leader': { by: 'none', why: 'snapshots keep the role that they were made in' },
  'restore-unknown': { by: 'agent', code: 'space-short' },
  'snapshot-unknown': { by: 'agent', code: 'space-short' },
  'rolled-back-before': { by: 'start' },
  'other-history': { by: 'start' },
  'step-repeated': { by: 'start' },
} as const satisfies Readonly<Record<string, AskedAgain>>;

export type RefusalCode = keyof typeof planRefusals;

/** The only way in which planning refuses: a code that is not listed does not compile. */
export const refused = (code: RefusalCode, message: string): Failure => failure('refused', code, message);
