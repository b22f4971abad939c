/** PURE. An order out of a step of the plan, and the same order again for a later controller. */
import assert from 'node:assert/strict';
import type { NodeView } from '../../common/engine.ts';
import { type Order, orderIdOf } from '../../common/orders.ts';
import type { Plan, Step } from '../../common/plan.ts';
import type { EpochClaim } from '../store/store.ts';

export interface OrderQuestion {
  readonly runId: string;
  readonly plan: Plan;
  readonly step: Step;
  readonly attempt: number;
  readonly target: Pick<NodeView, 'instance'>;
  readonly claim: EpochClaim;
}

/** The target is what was planned, whatever an agent announces now: another data directory or database refuses. */
export function orderOf({ runId, plan, step, attempt, target, claim }: OrderQuestion): Order {
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
    target: { instance: node.instance, host: node.host, engine: plan.engine, dataDir: node.dataDir, databaseId: plan.databaseId },
    guards: step.guards,
    deadlineMs: step.deadlineMs,
    repeat: step.repeat,
    body: step.body.kind === 'observe' ? { ...step.body, nonce: orderId } : step.body,
  };
}

/** The same order under the epoch in force: the id stays, so what was taken in before is not done twice (P3, P5). */
export function underClaim(order: Order, claim: EpochClaim): Order {
  return { ...order, epoch: claim.epoch, writer: claim.writer };
}
