/** PURE. An order out of a step of the plan, and the same order again for a later controller. */
import assert from 'node:assert/strict';
import { isControllerBody } from '../../../common/controller-body.ts';
import type { NodeView } from '../../../common/facts.ts';
import { type Effect, type Order, type OrderBody, orderIdOf } from '../../../common/orders.ts';
import { ownSnapshot, type Plan, type Step } from '../../../common/plan.ts';
import type { EpochClaim } from '../../store/store.ts';
import { isEffectOf, type RunStatus, type TurnStatus } from '../run/run-status.ts';

export interface OrderQuestion {
  readonly runId: string;
  readonly plan: Plan;
  readonly step: Step;
  readonly attempt: number;
  readonly target: Pick<NodeView, 'instance'>;
  readonly claim: EpochClaim;
  /** The turn's steps so far, for what one of them hands on to another. */
  readonly steps: TurnStatus['steps'];
  readonly effects: RunStatus['effects'];
  readonly excluded: RunStatus['excluded'];
}

/** Guards that ask another member to be well. */
const guardsOfMember: readonly string[] = ['member-in-service', 'member-receives'];

/** The target is what was planned, whatever an agent announces now: another data directory or database refuses. */
export function orderOf(question: OrderQuestion): Order {
  const { runId, plan, step, attempt, target, claim, excluded } = question;
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
    guards: step.guards.filter(
      ({ check, expect }) => !(guardsOfMember.includes(check) && excluded.some(({ member }) => member === expect)),
    ),
    deadlineMs: step.deadlineMs,
    repeat: step.repeat,
    body: filledIn(question),
  };
}

/** What only the run knows: the nonce of a look, the token of an earlier step, its own snapshot, what an effect is to be restored to. */
function filledIn({ runId, step, attempt, target: { instance }, steps, effects }: OrderQuestion): OrderBody {
  const { body } = step;
  assert(!isControllerBody(body), `${step.id} is no order`);
  if (body.kind === 'observe') return { ...body, nonce: orderIdOf(runId, step.id, attempt) };
  const token = tokenOf(step, steps);
  if (body.kind === 'act' && token !== null) return { ...body, token };
  // What an attempt that was cut short had come to.
  if (body.kind === 'job') return { ...body, cursor: steps[step.id]?.token ?? null };
  if (body.kind === 'downtime' && body.restore === ownSnapshot) return { ...body, restore: `${runId}.${instance}` };
  if (body.kind !== 'unset') return body;
  const open = effects.find((effect) => isEffectOf(effect, instance, body.key));
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
