/** PURE. Where a decision is put together: what was decided so far, seen by every question that follows. */
import type { NodeView } from '../../common/cluster-view.ts';
import type { RunEvent } from '../../common/events.ts';
import type { Order } from '../../common/orders.ts';
import type { Step, Turn } from '../../common/plan.ts';
import type { Admission } from './admission.ts';
import { orderOf } from './orders.ts';
import { expectedVersion, turnStatusOf } from './progress.ts';
import { nextStatus } from './run-machine.ts';
import type { RunStatus } from './run-status.ts';
import { nodeOf, type Situation, serves } from './situation.ts';

export interface Decision {
  /** In order; each is legal after the one before. */
  readonly events: readonly RunEvent[];
  /** Of the order-dispatched events among them. */
  readonly orders: readonly Order[];
  readonly admissions: readonly Admission[];
  /** Nothing more can be decided before every node has looked at itself now. */
  readonly look: boolean;
}

/** Collects what is decided, and folds it at once, so that the next question sees it. */
export class Desk {
  readonly #situation: Situation;
  readonly #events: RunEvent[] = [];
  readonly #orders: Order[] = [];
  readonly #admissions: Admission[] = [];
  #look = false;
  status: RunStatus;

  constructor(situation: Situation) {
    this.#situation = situation;
    this.status = situation.status;
  }

  now(): Situation {
    return { ...this.#situation, status: this.status };
  }

  emit(event: RunEvent): void {
    this.status = nextStatus(this.status, event);
    this.#events.push(event);
  }

  /** True when the facts are fresh; else asks for a look and ends this round. */
  hasFreshFacts(): boolean {
    if (!this.#situation.fresh) this.#look = true;
    return this.#situation.fresh;
  }

  admits(admission: Admission): boolean {
    this.#admissions.push(admission);
    return admission.verdict === 'allow';
  }

  dispatch(turn: Turn, step: Step, attempt: number, target: NodeView): void {
    const { claim, runId, plan } = this.#situation;
    const steps = turnStatusOf(this.status, turn.id)?.steps ?? {};
    const order = orderOf({ runId, plan, step, attempt, target, claim, steps, effects: this.status.effects });
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

  decision(): Decision {
    return { events: this.#events, orders: this.#orders, admissions: this.#admissions, look: this.#look };
  }
}

/** P15: no end without having seen every node now, in service with the version that it must run. An agent that is not linked yet shows nothing. */
export function allSeenWell(desk: Desk): boolean {
  const { plan } = desk.now();
  const wrong = plan.nodes.filter((planned) => {
    const node = nodeOf(desk.now(), planned.instance);
    return !serves(node) || node?.facts?.version.running !== expectedVersion(plan, desk.status, planned.instance);
  });
  if (wrong.length === 0) return true;
  const names = wrong.map((node) => node.instance).join(', ');
  desk.admits({ subject: plan.cluster, verdict: 'wait', reason: `${names} not seen in service with the expected version` });
  return false;
}
