/** PURE. A rollback that is complete but for a health check that does not pass, while every node is seen to be healthy. */
import type { Step } from '../../common/plan.ts';
import type { DecisionBuilder } from './decision-builder.ts';
import { nodeOf, serves } from './decision-input.ts';
import { restoreEffect } from './effects.ts';
import { type Place, versionAt } from './run-index.ts';
import { openSteps, type TurnStatus } from './run-status.ts';
import { backText } from './text.ts';
import { isChange, stepsToRun } from './turn-progress.ts';

type Unproven = Place & { readonly chosen: TurnStatus };

/**
 * True when the failed step alone keeps the run from its end, and what the nodes report now contradicts it: then the run ends rolled back, and
 * says which check did not pass. True as well while that is still to be found out. False: a person must look.
 */
export function endsThoughUnproven(builder: DecisionBuilder, place: Unproven, step: Step, why: string): boolean {
  if (!isLastProof(builder, place, step)) return false;
  if (!builder.hasFreshFacts()) return true;
  if (!isHealthyAsBefore(builder, place)) return false;
  for (const effect of builder.status.effects) restoreEffect(builder, effect);
  if (openSteps(builder.status).length > 0) return true;
  // What was set for a time could not be restored: that is not the state of before.
  if (builder.status.effects.length > 0) return false;
  const { hop, turn } = place;
  if (builder.status.hops[hop.id] === 'rolling-back') builder.emit({ type: 'hop-state', hop: hop.id, state: 'pending' });
  const reason = `${backText(builder.now().plan, hop)}; "${step.title}" of ${turn.instance} did not pass: ${why}`;
  builder.emit({ type: 'run-ended', state: 'rolled-back', reason });
  return true;
}

/** It asks whether a member is in service, nothing after it changes a node, and no other node is still to be rolled back. */
function isLastProof(builder: DecisionBuilder, { turn, chosen }: Unproven, { id, body }: Step): boolean {
  if (body.kind !== 'await' || !['in-service', 'member-in-service'].includes(body.condition)) return false;
  const steps = stepsToRun(turn, chosen);
  if (steps.slice(steps.findIndex((each) => each.id === id)).some(isChange)) return false;
  return builder.index.undoRest.every((rest) => rest.turn.id === turn.id);
}

/** P15: by a probe of now, each node serves with the version of before, and as many lead as did. */
function isHealthyAsBefore(builder: DecisionBuilder, { turn, hop }: Unproven): boolean {
  const { plan, procedure } = builder.now();
  const leading = (roles: readonly (string | null | undefined)[]) => roles.filter((role) => role === procedure.leaderRole).length;
  const nodes = plan.nodes.map(({ instance }) => ({ instance, node: nodeOf(builder.now(), instance) }));
  if (leading(nodes.map(({ node }) => node?.facts?.role)) !== leading(plan.nodes.map(({ role }) => role))) return false;
  return nodes.every(({ instance, node }) => {
    const before = instance === turn.instance ? versionAt(plan, hop, instance, 'back') : builder.index.expectedVersion(instance);
    return serves(node) && node?.facts?.version.running === before;
  });
}
