/** How steps are put together, whichever the engine. PURE. */
import type { NodeView } from '../../../common/facts.ts';
import type { Guard, OrderBody } from '../../../common/orders.ts';
import type { Step } from '../../../common/plan.ts';
import type { HopStepsInput } from '../../../common/shape-forms.ts';

type Usual = 'executor' | 'guards' | 'repeat' | 'healthCheck';
export type StepDraft = Omit<Step, Usual> & Partial<Pick<Step, Usual>>;

/** A step of this instance, unless the draft names another executor; convergent, without guards and without a health check unless it says so. */
export function stepOf(instance: string, draft: StepDraft): Step {
  return { executor: { kind: 'instance', instance }, repeat: 'convergent', guards: [], healthCheck: null, ...draft };
}

/** A condition as the executor itself sees it. `of`: the member or value that it is about. */
export function awaitSelf(condition: string, of: string | null = null, steadyMs = 0): OrderBody {
  return { kind: 'await', condition, member: of, steadyMs, viewpoint: 'self' };
}

/** What each node of the cluster is waited for; `title` by its instance. */
export interface Awaited {
  readonly id: string;
  title(instance: string): string;
  readonly condition: string;
  /** What the condition expects; left out: nothing. */
  readonly of?: string;
  readonly deadlineMs: number;
  readonly expectedMs: number;
  /** Judges the receipt; left out: that the condition holds is enough. */
  readonly healthCheck?: string;
}

/** One step for each node, `<id>-<instance>`. */
export function awaitEach({ idPrefix, nodes }: HopStepsInput, awaited: Awaited): readonly Step[] {
  const { id, title, condition, of = null, deadlineMs, expectedMs, healthCheck = null } = awaited;
  return nodes.map(({ instance }) => {
    const step = { id: `${idPrefix}.${id}-${instance}`, title: title(instance), body: awaitSelf(condition, of) };
    return stepOf(instance, { ...step, deadlineMs, expectedMs, healthCheck });
  });
}

/** Opens a setting that a run closes again (P19), and closes it: `value` null. */
export function settingStep(instance: string, key: string, value: string | null, step: Omit<StepDraft, 'body'>): Step {
  const body: OrderBody = value === null ? { kind: 'unset', scope: 'node', key, effect: null } : { kind: 'set', scope: 'node', key, value };
  return stepOf(instance, { ...step, body });
}

export function guard(check: string, expect?: string): Guard {
  return expect === undefined ? { check } : { check, expect };
}

/** The name by which its peers know the node. */
export function memberOf(node: NodeView): string {
  return node.facts?.memberId ?? node.instance;
}
