/** How a step of a turn is put together, and how long things may take. PURE. */
import type { Guard, OrderBody } from '../../common/orders.ts';
import type { Step } from '../../common/plan.ts';

/** A fast stop writes out the shared buffers and sends the rest of the WAL: minutes on a big server. */
export const outageDeadlineMs = 15 * 60_000;
/** After a start: crash recovery is over by then, what remains is to connect and catch up. */
export const gateDeadlineMs = 5 * 60_000;
/** One look, or one change that the server takes over at once. */
export const lookDeadlineMs = 60_000;

/** From the begin of a stop to readiness after the start, on a server that was checkpointed just before. */
export const expectedOutOfServiceMs = 500;
export const expectedOutageMs = 1_000;
export const expectedStopMs = 300;
export const expectedGateMs = 500;
/** A reload or a few files. */
export const expectedChangeMs = 200;

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
