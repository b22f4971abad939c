/** PURE. Where a decision is put together: what was decided so far, seen by every question that follows. */

import type { RunEvent } from '../../../common/events.ts';
import type { NodeView } from '../../../common/facts.ts';
import type { Order } from '../../../common/orders.ts';
import type { Step, Turn } from '../../../common/plan.ts';
import { type RunIndex, runIndex } from '../run/run-index.ts';
import { nextStatus } from '../run/run-machine.ts';
import { isExcluded, type RunStatus } from '../run/run-status.ts';
import type { Admission } from './admission.ts';
import { type DecisionInput, nodeOf, serves } from './decision-input.ts';
import { orderOf } from './orders.ts';

export interface Decision {
  /** In order; each is legal after the one before. */
  readonly events: readonly RunEvent[];
  /** Of the order-dispatched events among them. */
  readonly orders: readonly Order[];
  readonly admissions: readonly Admission[];
  /** Nothing more can be decided before every node has looked at itself now. */
  readonly probe: boolean;
}

/** Collects what is decided, and folds it at once, so that the next question sees it. */
export class DecisionBuilder {
  readonly #input: DecisionInput;
  readonly #events: RunEvent[] = [];
  readonly #orders: Order[] = [];
  readonly #admissions: Admission[] = [];
  #probe = false;
  status: RunStatus;

  constructor(input: DecisionInput) {
    this.#input = input;
    this.status = input.status;
  }

  now(): DecisionInput {
    return { ...this.#input, status: this.status };
  }

  /** Of what was decided so far. */
  get index(): RunIndex {
    return runIndex(this.#input.plan, this.status);
  }

  emit(event: RunEvent): void {
    this.status = nextStatus(this.status, event);
    this.#events.push(event);
  }

  /** True when the facts are fresh; else asks for a look and ends this round. */
  hasFreshFacts(): boolean {
    if (!this.#input.fresh) this.#probe = true;
    return this.#input.fresh;
  }

  admits(admission: Admission): boolean {
    this.#admissions.push(admission);
    return admission.verdict === 'allow';
  }

  dispatch(turn: Turn, step: Step, attempt: number, target: NodeView): void {
    const { claim, runId, plan } = this.#input;
    const steps = runIndex(plan, this.status).chosen(turn.id)?.steps ?? {};
    const { effects, excluded } = this.status;
    const order = orderOf({ runId, plan, step, attempt, target, claim, steps, effects, excluded });
    this.emit({
      type: 'order-dispatched',
      turn: turn.id,
      step: step.id,
      attempt,
      instance: target.instance,
      epoch: claim.epoch,
      writer: claim.writer,
    });
    this.#orders.push(order);
  }

  /** A step that is no order: from now on it is watched, or waits for a person's word. */
  begin(turn: Turn, step: Step, attempt: number): void {
    this.emit({ type: 'step-begun', turn: turn.id, step: step.id, attempt });
  }

  decision(): Decision {
    return { events: this.#events, orders: this.#orders, admissions: this.#admissions, probe: this.#probe };
  }
}

/** P15: no end without having seen every node but the excluded ones now, in service with the version that it must run. An agent that is not linked yet shows nothing. */
export function allSeenWell(builder: DecisionBuilder): boolean {
  const { plan } = builder.now();
  const wrong = plan.nodes.filter((planned) => {
    if (planned.critical === false || isExcluded(builder.status, planned.instance)) return false;
    const node = nodeOf(builder.now(), planned.instance);
    return !serves(node) || node?.facts?.version.running !== builder.index.expectedVersion(planned.instance);
  });
  if (wrong.length === 0) return true;
  const names = wrong.map((node) => node.instance).join(', ');
  builder.admits({ subject: plan.cluster, verdict: 'wait', reason: `${names} not seen in service with the expected version` });
  return false;
}
