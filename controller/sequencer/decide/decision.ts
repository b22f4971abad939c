/** PURE. Where a decision is put together: what was decided so far, seen by every question that follows. */
import assert from 'node:assert/strict';
import { isControllerBody } from '../../../common/controller-body.ts';
import type { RunEvent } from '../../../common/events.ts';
import type { NodeView } from '../../../common/facts.ts';
import { type Effect, type Order, type OrderBody, orderIdOf } from '../../../common/orders.ts';
import { ownSnapshot, type Plan, type Step, type Turn } from '../../../common/plan.ts';
import type { EpochClaim } from '../../store/store.ts';
import { type RunIndex, runIndex } from '../run/run-index.ts';
import { nextStatus } from '../run/run-machine.ts';
import { isEffectOf, isExcluded, memberIdOf, type RunStatus, type TurnStatus } from '../run/run-status.ts';
import type { Admission } from './admission.ts';
import { type DecisionInput, nodeOf, serves } from './decision-input.ts';

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

  /** True when the facts are fresh; else asks for a probe and ends this round. */
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
    const order = orderOf({ runId, plan, step, attempt, target, claim, steps, status: this.status });
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

// An order out of a step of the plan, and the same order again for a later controller.

interface OrderQuestion {
  readonly runId: string;
  readonly plan: Plan;
  readonly step: Step;
  readonly attempt: number;
  readonly target: Pick<NodeView, 'instance'>;
  readonly claim: EpochClaim;
  /** The turn's steps so far, for what one of them hands on to another. */
  readonly steps: TurnStatus['steps'];
  readonly status: RunStatus;
}

/** Guards that ask another member to be well. */
const guardsOfMember: readonly string[] = ['member-in-service', 'member-receives'];

/** The target is what was planned, whatever an agent announces now: another data directory or database refuses. */
function orderOf(question: OrderQuestion): Order {
  const { runId, plan, step, attempt, target, claim, status } = question;
  const node = plan.nodes.find((each) => each.instance === target.instance);
  assert(node !== undefined, `${target.instance} is not in the plan of ${runId}`);
  const orderId = orderIdOf(runId, step.id, attempt);
  return {
    orderId,
    run: runId,
    step: step.id,
    attempt,
    cluster: plan.cluster,
    epoch: claim.epoch,
    writer: claim.writer,
    given: { epoch: claim.epoch, writer: claim.writer },
    target: { instance: node.instance, host: node.host, engine: plan.engine, dataDir: node.dataDir, databaseId: plan.databaseId },
    guards: step.guards.flatMap((guard) => {
      const { check, expect } = guard;
      if (expect === undefined || !guardsOfMember.includes(check)) return [guard];
      return status.excluded.some(({ member }) => member === expect) ? [] : [{ ...guard, expect: nowOf(question, expect) }];
    }),
    deadlineMs: step.deadlineMs,
    repeat: step.repeat,
    body: filledIn(question),
  };
}

/** Of a member that was replaced since the plan was made: what it is called now. */
function nowOf({ plan, status }: OrderQuestion, member: string): string {
  const node = plan.nodes.find(({ memberId }) => memberId === member);
  return node === undefined ? member : memberIdOf(status, node);
}

/** What only the run knows: the nonce of a probe, the token of an earlier step, its own snapshot, what an effect is to be restored to. */
function filledIn(question: OrderQuestion): OrderBody {
  const { runId, step, attempt, target, steps, status } = question;
  const { instance } = target;
  const { body } = step;
  assert(!isControllerBody(body), `${step.id} is not an order`);
  if (body.kind === 'observe') return { ...body, nonce: orderIdOf(runId, step.id, attempt) };
  if (body.kind === 'await' && body.member !== null) return { ...body, member: nowOf(question, body.member) };
  const token = tokenOf(step, steps);
  if (body.kind === 'act' && token !== null) return { ...body, token };
  // What an attempt that was cut short had come to.
  if (body.kind === 'job') return { ...body, cursor: steps[step.id]?.token ?? null };
  if (body.kind === 'downtime' && body.restore === ownSnapshot) return { ...body, restore: `${runId}.${instance}` };
  if (body.kind !== 'unset') return body;
  const open = status.effects.find((effect) => isEffectOf(effect, instance, body.key));
  return { ...body, effect: open === undefined ? null : effectOf(open) };
}

const effectOf = ({ instance: _, ...effect }: RunStatus['effects'][number]): Effect => effect;

/** null: the step that it comes from has not given it. */
export function tokenOf(step: Step, steps: OrderQuestion['steps']): string | null {
  return step.tokenFrom === undefined ? null : (steps[step.tokenFrom]?.token ?? null);
}

/** The same order under the epoch active: id and giver stay, so what was taken in before is not done twice (P3, P5). */
export function underClaim(order: Order, claim: EpochClaim): Order {
  return { ...order, epoch: claim.epoch, writer: claim.writer };
}
