/** The log of a run in which everything goes as planned, step by step, for engines that have no fleet in memory. */
import type { RunEvent } from '../../common/events.ts';
import { orderIdOf, type Receipt } from '../../common/orders.ts';
import { type Hop, type Plan, type Step, type Turn, type TurnVariant, variantFor } from '../../common/plan.ts';

export function* walked(plan: Plan, planId: string, digest: string, runId: string): Generator<RunEvent> {
  const actor = 'local:admin';
  yield { type: 'plan-made', plan: planId, digest, cluster: plan.cluster, actor };
  yield { type: 'approved', digest, actor };
  yield { type: 'run-started', actor };
  yield { type: 'epoch-claimed', epoch: 2, writer: 'writer-1' };
  for (const hop of plan.hops) yield* walkedHop(plan, hop, runId);
  yield { type: 'run-ended', state: 'done', reason: '' };
}

function* walkedHop(plan: Plan, hop: Hop, runId: string): Generator<RunEvent> {
  yield { type: 'hop-state', hop: hop.id, state: 'rolling' };
  for (const phase of hop.phases) {
    if (phase.name === 'finalize')
      for (const state of ['unfinalized', 'finalizing'] as const) yield { type: 'hop-state', hop: hop.id, state };
    for (const wave of phase.waves)
      for (const turn of wave.turns) {
        const variant = variantFor(turn, turn.expectedRole ?? '');
        if (variant !== null) yield* walkedTurn(plan, turn, variant, runId);
      }
  }
  yield { type: 'hop-state', hop: hop.id, state: 'finalized' };
}

function* walkedTurn(plan: Plan, turn: Turn, variant: TurnVariant, runId: string): Generator<RunEvent> {
  const whose = turn.instance === null ? {} : { instance: turn.instance };
  yield { type: 'turn-chosen', turn: turn.id, role: turn.expectedRole ?? '', way: 'forward', ...whose };
  for (const step of variant.steps) {
    const instance = executorOf(plan, step);
    yield { type: 'order-dispatched', turn: turn.id, step: step.id, attempt: 1, instance, epoch: 2, writer: 'writer-1' };
    const receipt = receiptOf(runId, step);
    yield { type: 'order-ended', turn: turn.id, step: step.id, attempt: 1, receipt, verdict: { ok: true } };
    const { body } = step;
    if (body.kind === 'set') yield { type: 'effect-opened', instance, effect: { key: body.key, prior: null, set: body.value } };
    if (body.kind === 'unset') yield { type: 'effect-closed', instance, key: body.key };
  }
}

function executorOf({ nodes }: Plan, { executor }: Step): string {
  if (executor.kind === 'instance') return executor.instance;
  const other = nodes.find(({ instance, role }) =>
    executor.kind === 'peer' ? instance !== executor.of : executor.kind === 'role' && role === executor.role,
  );
  return other?.instance ?? '';
}

function receiptOf(runId: string, { id, body }: Step): Receipt {
  const isDowntime = body.kind === 'downtime';
  return {
    orderId: orderIdOf(runId, id, 1),
    outcome: 'done',
    before: null,
    after: null,
    elapsedMs: 400,
    engineMs: 0,
    parts: isDowntime ? [{ part: 'stop', ms: 100 }] : [],
    downtimeMs: isDowntime ? 400 : null,
    reverted: false,
    findings: [],
    facts: null,
    effects: [],
  };
}
