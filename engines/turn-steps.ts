/** How the step of a turn is put together, whichever the engine. PURE. */
import type { Guard, OrderBody } from '../common/orders.ts';
import type { Step } from '../common/plan.ts';

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
