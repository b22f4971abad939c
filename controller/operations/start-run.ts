/** The start of an approved plan: what was approved must still be there, and its cluster free. */
import { FailureError, fail } from '../../common/failure.ts';
import type { MovedRole, Plan } from '../../common/plan.ts';
import { runStateText } from '../../common/run-state.ts';
import { probeNodes, viewWith } from '../fleet/pending-probes.ts';
import { refuseAgain, refuseOtherHistory } from '../planner/history.ts';
import { changedFacts } from '../planner/path-drift.ts';
import { repeatedSteps } from '../planner/plan-gaps.ts';
import { planAgain } from '../planner/plan-text.ts';
import { movedRoles } from '../planner/succession.ts';
import { brokenByMove } from '../sequencer/decide/roles.ts';
import type { RunActor } from '../sequencer/run-actor.ts';
import { refuseOtherRules } from '../sequencer/sequencer.ts';
import { startedStates } from '../store/run-lists.ts';
import { isLegal } from '../views/legal-commands.ts';
import { documentOf, illegal, knownRun, type RunUseCaseDeps, refuseConflict } from './known-run.ts';
import { knownPlan } from './stored-plans.ts';

export async function startRun(deps: RunUseCaseDeps, planId: string, actor: string): Promise<string> {
  const { store, sequencer } = deps;
  const record = await knownPlan(store, planId);
  const behind = sequencer.refusal(record.plan.cluster);
  if (behind !== null) throw new FailureError(behind);
  const runActor = record.runId === null ? null : await knownRun(deps, record.runId);
  if (runActor === null || runActor.status.state === 'draft')
    throw fail('refused', 'not-approved', `plan ${planId} is not approved; drydock approve ${planId}`);
  if (runActor.status.state !== 'approved')
    throw fail(
      'refused',
      'already-started',
      `plan ${planId} was started before: run ${runActor.runId} is ${runStateText(await documentOf(deps, runActor))}`,
    );
  // One that rests leaves the cluster to restarts and repairs, and to no other upgrade.
  const conflicting = record.plan.goal.release === undefined ? ['active'] : startedStates;
  await refuseConflict(store, record.plan.cluster, conflicting);
  if ((await store.cluster(record.plan.cluster)) === null)
    throw fail('refused', 'not-adopted', `${record.plan.cluster} is not adopted any more: adopt it, then plan again`);
  refuseRepeatedSteps(record.plan);
  await refuseOtherRules(deps, runActor);
  const moved = await refuseChangedFacts(deps, runActor);
  await refuseParted(deps, runActor);
  const { plan, madeAtMs } = runActor.record;
  if (plan.goal.release !== undefined && plan.direction === 'upgrade') await refuseAgain(deps.store, plan.cluster, plan.hops, madeAtMs);
  await runActor.inTurn(async () => {
    if (!isLegal(record.plan, runActor.status, 'run')) throw await illegal(deps, runActor, 'run', null);
    // An epoch for each run: a copy of this store that was made before it knows of no order that follows.
    const { epoch, writer } = await store.claimEpoch(record.plan.cluster, deps.writer, deps.clock.wallMs());
    await runActor.advance({
      events: [
        { type: 'run-started', actor, ...(moved.length === 0 ? {} : { moved }) },
        { type: 'epoch-claimed', epoch, writer },
      ],
      actor,
    });
  });
  return runActor.runId;
}

/**
 * The approval stays; what is not there any more as it was planned needs another plan. Roles may move as long as the plan says the truth all
 * the same: those that did are returned.
 */
async function refuseChangedFacts({ fleet, procedures }: RunUseCaseDeps, runActor: RunActor): Promise<readonly MovedRole[]> {
  const { plan, planId } = runActor.record;
  const heard = await fleet.view(plan.cluster);
  const probed = await probeNodes(
    fleet,
    heard.nodes.map((node) => node.instance),
    procedures.get(plan.engine)?.preflightChecks ?? [],
    procedures.get(plan.engine)?.looks.answerMs,
  );
  const view = viewWith(heard, probed);
  const broken = brokenByMove({ plan, status: runActor.status, view }, procedures.get(plan.engine)?.leaderRole ?? '');
  const changed = [...changedFacts(plan, view), ...(broken === null ? [] : [broken])];
  if (changed.length > 0) {
    throw fail('refused', 'facts-changed', `plan ${planId} does not fit any more: ${changed.join('; ')}; plan again: ${planAgain(plan)}`);
  }
  return movedRoles(plan, view);
}

/** Of a plan that another release made. Throws FailureError(refused, `step-repeated`). */
function refuseRepeatedSteps(plan: Plan): void {
  const [first] = repeatedSteps(plan);
  if (first !== undefined) throw new FailureError(first);
}

/** Another restore may have gone back further since this one was approved. Throws FailureError(refused, `other-history`). */
async function refuseParted({ store }: RunUseCaseDeps, { record }: RunActor): Promise<void> {
  const { restore } = record.plan.goal;
  if (restore?.scope !== 'node') return;
  for (const { instance } of restore.snapshots) await refuseOtherHistory(store, record.plan.cluster, instance, restore.run);
}
