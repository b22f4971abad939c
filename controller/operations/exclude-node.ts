/** A person takes a node out of a run: refused where what is left of the run could not do without it, and why is said in one sentence. */
import assert from 'node:assert/strict';
import { fail } from '../../common/failure.ts';
import { exclusionEvents, exclusionRefusal } from '../sequencer/decide/exclusion.ts';
import { isExcluded } from '../sequencer/run/run-status.ts';
import { illegal, knownRun, type RunUseCaseDeps } from './known-run.ts';

/** FailureError: (not-found, `unknown-node`), (refused): `excluded-already`, `not-excludable`, `illegal-command`. */
export async function excludeNode(
  deps: RunUseCaseDeps,
  runId: string,
  instance: string,
  { reason, actor }: { readonly reason: string; readonly actor: string },
): Promise<void> {
  const runActor = await knownRun(deps, runId);
  await runActor.inTurn(async () => {
    const { status, record } = runActor;
    const { plan } = record;
    const node = plan.nodes.find((each) => each.instance === instance);
    const names = plan.nodes.map((each) => each.instance).join(', ');
    if (node === undefined) throw fail('not-found', 'unknown-node', `run ${runId} has no node ${instance}; it is about ${names}`);
    if (!runActor.isActive) throw await illegal(deps, runActor, 'exclude', null);
    if (isExcluded(status, instance))
      throw fail('refused', 'excluded-already', `${instance} is excluded from run ${runId} already; a later plan brings it level`);
    const procedure = deps.procedures.get(plan.engine);
    assert(procedure !== undefined, `no procedure for the engine of run ${runId}`);
    const judged = { runId, plan, status, procedure, view: await deps.fleet.view(plan.cluster) };
    const refusal = exclusionRefusal(judged, node);
    if (refusal !== null) throw fail('refused', 'not-excludable', `${instance} cannot be excluded from run ${runId} now: ${refusal}`);
    await runActor.advance({ events: exclusionEvents(judged, node, actor, reason), actor });
  });
}
