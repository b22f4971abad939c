/** How a step is put together, and how long things may take. PURE. */
import type { Guard, OrderBody } from '../../common/orders.ts';
import type { Step } from '../../common/plan.ts';

/** A start reads the whole database file and replays the log: minutes on a big one. */
export const outageDeadlineMs = 15 * 60_000;
/** After a start: to catch up by the log, or by a snapshot that the leader sends. */
export const gateDeadlineMs = 5 * 60_000;
/** One look over a few tools. */
export const lookDeadlineMs = 60_000;
/** Every member reads its whole database for its hash, one after the other, and a second time when a compaction came between. */
export const compareDeadlineMs = 10 * 60_000;
/** The leader looks every few seconds whether all members are new. */
export const settledDeadlineMs = 2 * 60_000;

/** From the begin of a stop to a read that a quorum agreed to. */
export const expectedOutOfServiceMs = 2_000;
export const expectedOutageMs = 3_000;
export const expectedGateMs = 500;
export const expectedSettledMs = 5_000;
export const expectedChangeMs = 500;

export type StepDraft = Omit<Step, 'executor' | 'guards' | 'repeat'> & Partial<Pick<Step, 'executor' | 'guards' | 'repeat'>>;

/** A step of this instance, unless the draft names another executor; convergent and without guards unless it says so. */
export function stepOf(instance: string, draft: StepDraft): Step {
  return { executor: { kind: 'instance', instance }, repeat: 'convergent', guards: [], ...draft };
}

/** A condition as the executor itself sees it. `of`: the member or value that it is about. */
export function awaitSelf(condition: string, of: string | null = null, steadyMs = 0): OrderBody {
  return { kind: 'await', condition, member: of, steadyMs, viewpoint: 'self' };
}

export function guard(check: string, expect?: string): Guard {
  return expect === undefined ? { check } : { check, expect };
}
