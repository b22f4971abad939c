/** PURE. Who carries a step out. Where several could, the choice is recorded, and all attempts of the step go to that member as long as it is there. */
import type { NodeView } from '../../../common/facts.ts';
import type { Executor, Step, Turn } from '../../../common/plan.ts';
import { runIndex } from '../run/run-index.ts';
import { isExcluded, openSteps } from '../run/run-status.ts';
import type { DecisionBuilder } from './decision.ts';
import { type DecisionInput, nodeOf, serves } from './decision-input.ts';

type Capable = Extract<Executor, { readonly kind: 'capable' }>;

/** null: there is none now. What is chosen is part of the decision. */
export function chosenExecutor(builder: DecisionBuilder, turn: Turn, step: Step): NodeView | null {
  const opened = openedAt(builder, turn, step);
  if (opened !== null) return nodeOf(builder.now(), opened);
  if (step.executor.kind !== 'capable') return executorOf(builder.now(), step, turn);
  const recorded = recordedFor(builder, turn, step);
  if (recorded !== null && (step.repeat === 'once' || !isExcluded(builder.status, recorded))) {
    const node = nodeOf(builder.now(), recorded);
    if (node?.connected === true) return node;
    // One that is only away for a moment comes back, and what may be done only once is never another one's.
    if (step.repeat === 'once' || !builder.now().lost.has(recorded)) return null;
  }
  if (!builder.hasFreshFacts()) return null;
  const node = executorOf(builder.now(), step, turn);
  if (node !== null) builder.emit({ type: 'executor-chosen', turn: turn.id, step: step.id, instance: node.instance });
  return node;
}

const recordedFor = (builder: DecisionBuilder, turn: Turn, step: Step): string | null =>
  builder.index.chosen(turn.id)?.executors?.[step.id] ?? null;

/** A setting of one member that was chosen for it is restored there and nowhere else. null: it is not such a step, or nothing is open. */
function openedAt(builder: DecisionBuilder, turn: Turn, { body, executor }: Step): string | null {
  if (body.kind !== 'unset' || body.scope === 'cluster' || executor.kind === 'instance') return null;
  const there = Object.values(builder.index.chosen(turn.id)?.steps ?? {}).map((step) => step.instance);
  const open = builder.status.effects.filter(({ key }) => key === body.key);
  return (open.find(({ instance }) => there.includes(instance)) ?? open[0])?.instance ?? null;
}

export function nobodyFor(builder: DecisionBuilder, turn: Turn, step: Step): string {
  const { executor, title } = step;
  const recorded = recordedFor(builder, turn, step);
  if (recorded !== null) return `no agent can carry out ${title}: it was assigned to ${recorded}, whose agent is disconnected`;
  const missing = {
    role: (role: string) => `no connected ${role} is in service`,
    capable: (capability: string) => `no connected member that has ${capability} is in service`,
  };
  const why =
    executor.kind === 'role'
      ? missing.role(executor.role)
      : executor.kind === 'capable'
        ? missing.capable(executor.capability)
        : 'no connected peer is in service';
  return `no agent can carry out ${title}: ${why}`;
}

/**
 * A convergent order of a chosen executor whose agent is gone may be another one's, once the members show that what it asks for is not so: that
 * settles the attempt, and the next one is given anew. What is never seen stays with its executor.
 */
export function releaseLost(builder: DecisionBuilder): void {
  const { lost, procedure, view } = builder.now();
  for (const { turn, step: id, status } of openSteps(builder.status)) {
    const step = builder.index.step(id)?.step;
    if (step?.executor.kind !== 'capable' || step.repeat !== 'convergent' || !lost.has(status.instance)) continue;
    if (procedure.reached === undefined || !builder.hasFreshFacts() || procedure.reached(step.body, view) !== false) continue;
    const reason = `the agent of ${status.instance} is disconnected, and ${step.title} has not taken effect`;
    for (const as of ['failed', 'retry'] as const)
      builder.emit({ type: 'step-resolved', turn, step: id, attempt: status.attempt, as, actor: 'drydock', reason });
  }
}

/** An excluded node carries nothing out that another one can. */
const partOf = ({ view, status }: DecisionInput): readonly NodeView[] => view.nodes.filter(({ instance }) => !isExcluded(status, instance));

/** Of those in service that can: the preferred role, then one in no turn, then the lowest name. */
function mostCapable(input: DecisionInput, { capability, preferRole }: Capable): NodeView | null {
  const inTurn = runIndex(input.plan, input.status).inTurn;
  const able = partOf(input).filter((node) => serves(node) && node.capabilities.includes(capability));
  const rank = (node: NodeView): number => (node.facts?.role === preferRole ? 0 : 2) + (inTurn.includes(node.instance) ? 1 : 0);
  const [first] = [...able].sort((a, b) => rank(a) - rank(b) || (a.instance < b.instance ? -1 : 1));
  // After a restart of the controller, agents connect one after the other.
  const isHeard = ({ instance }: { readonly instance: string }) => input.lost.has(instance) || nodeOf(input, instance)?.connected === true;
  const mayBeBetter =
    preferRole !== null &&
    first?.facts?.role !== preferRole &&
    !input.plan.nodes.every((node) => isExcluded(input.status, node.instance) || isHeard(node));
  return mayBeBetter ? null : (first ?? null);
}

/**
 * A pure rule: the instance itself; who has the role by its fresh facts; or of its linked peers in service the one with the preferred role,
 * then the lowest name. Another role only stands in when every peer is known not to have the preferred one: after a restart of the
 * controller, agents link one after the other.
 */
function executorOf(input: DecisionInput, step: Step, turn: Turn): NodeView | null {
  const { executor } = step;
  if (executor.kind === 'instance') return nodeOf(input, executor.instance);
  if (executor.kind === 'controller') return null;
  if (executor.kind === 'capable') return mostCapable(input, executor);
  if (executor.kind === 'role') return partOf(input).find((node) => serves(node) && node.facts?.role === executor.role) ?? null;
  // To look at another member touches nothing, so an excluded one that serves may be asked.
  const peers = input.view.nodes.filter((node) => node.instance !== executor.of && node.instance !== turn.instance && serves(node));
  const preferred = peers.filter((node) => node.facts?.role === executor.preferRole);
  const others = input.plan.nodes.filter(({ instance }) => instance !== executor.of && instance !== turn.instance);
  const allKnown = others.every(({ instance }) => isExcluded(input.status, instance) || serves(nodeOf(input, instance)));
  if (preferred.length === 0 && executor.preferRole !== null && !allKnown) return null;
  const [first] = [...(preferred.length > 0 ? preferred : peers)].sort((a, b) => (a.instance < b.instance ? -1 : 1));
  return first ?? null;
}
