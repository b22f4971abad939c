/** PURE. What a role that moved means for a run: whether its plan still says the truth, and which turn is the canary now. */
import type { ClusterView } from '../../../common/facts.ts';
import { type Hop, type MovedRole, type PhaseName, type Plan, type Step, variantFor } from '../../../common/plan.ts';
import type { Procedure } from '../../../common/procedure.ts';
import { movedRoles } from '../../planner/succession.ts';
import { isOfRoll, type Place, planIndex, runIndex } from '../run/run-index.ts';
import { isExcluded, type RunStatus } from '../run/run-status.ts';
import { handoverOf } from '../run/turn-progress.ts';
import { nodeOf, serves } from './decision-input.ts';
import { isNoGap } from './rollback-policy.ts';

interface Seen {
  readonly plan: Plan;
  readonly status: RunStatus;
  readonly view: Pick<ClusterView, 'nodes'>;
}

/** From then on roles are as this run makes them. */
const hasHandedOver = ({ plan, status }: Seen): boolean =>
  runIndex(plan, status).everDisruptive.some(({ turn, chosen }) => !['before', null].includes(handoverOf(turn, chosen)));

/** Roles that somebody else moved since the plan was made; none once the run itself moves them. */
export const movedNow = (seen: Seen): readonly MovedRole[] => (hasHandedOver(seen) ? [] : movedRoles(seen.plan, seen.view));

/**
 * Why the plan does not say the truth any more with the leader where it is now, one sentence; null: it does. That a turn meets another role
 * than the expected one is planned for; what names the former leader is not.
 */
export function brokenByMove(seen: Seen, leaderRole: string): string | null {
  const { plan, status, view } = seen;
  if (status.way === 'back' || status.aborting !== null || hasHandedOver(seen)) return null;
  const leaders = plan.nodes.filter(({ instance }) => {
    const node = nodeOf({ view }, instance);
    return serves(node) && node?.facts?.role === leaderRole;
  });
  const [leader] = leaders;
  if (leader === undefined || leaders.length > 1 || leader.role === leaderRole) return null;
  const { succession } = plan;
  if (succession !== undefined && succession.from !== leader.instance && !isExcluded(status, succession.from))
    return `${leader.instance} is ${leaderRole} now, but the plan hands writes over from ${succession.from} to ${succession.to}`;
  const bound = planIndex(plan).places.flatMap(({ turn }) => {
    if (!turn.disruptive || runIndex(plan, status).isComplete(turn)) return [];
    const role = nodeOf({ view }, turn.instance ?? '')?.facts?.role ?? turn.expectedRole ?? '';
    return (variantFor(turn, role)?.steps ?? []).filter((step) => changesFormerLeader(step, plan, leaderRole, turn.instance));
  });
  const [first] = bound;
  return first === undefined
    ? null
    : `${leader.instance} is ${leaderRole} now, but the plan has this step for the former one: ${first.title}`;
}

function changesFormerLeader({ body, executor }: Step, { nodes }: Plan, leaderRole: string, turnOf: string | null): boolean {
  if (executor.kind !== 'instance' || executor.instance === turnOf || body.kind !== 'set') return false;
  return nodes.find(({ instance }) => instance === executor.instance)?.role === leaderRole;
}

/** A turn where it stands in what happens, and the phase that this makes it part of. */
export interface Labelled extends Place {
  readonly label: PhaseName;
}

/** The first so many disruptive turns of a hop are its canary, whichever they are; this is asked before the next one is chosen. */
export function nextLabel(plan: Plan, status: RunStatus, hop: Hop): PhaseName {
  const chosen = runIndex(plan, status).everDisruptive.filter((place) => place.hop.id === hop.id && isNoGap(status, place));
  return chosen.length < plan.canaryCount ? 'canary' : 'roll';
}

/** All turns; the disruptive ones of a hop in the order in which they were chosen, then as they are expected by the roles that are seen now. */
export function labelledPlaces(seen: Seen & { readonly procedure: Pick<Procedure, 'eligible'> }): readonly Labelled[] {
  const { plan } = seen;
  const done = new Set<string>();
  return planIndex(plan).places.flatMap((place): readonly Labelled[] => {
    if (!isOfRoll(place)) return [{ ...place, label: place.phase.name }];
    if (done.has(place.hop.id)) return [];
    done.add(place.hop.id);
    const order = inOrder(seen, place.hop);
    const counted = order.filter(({ turn }) => {
      const chosen = runIndex(plan, seen.status).chosen(turn.id);
      return chosen === null ? !isExcluded(seen.status, turn.instance) : isNoGap(seen.status, { turn, chosen });
    });
    const last = counted[plan.canaryCount - 1];
    const canaries = plan.canaryCount === 0 ? 0 : last === undefined ? order.length : order.indexOf(last) + 1;
    return order.map((each, at) => ({ ...each, label: at < canaries ? 'canary' : 'roll' }));
  });
}

function inOrder(seen: Seen & { readonly procedure: Pick<Procedure, 'eligible'> }, hop: Hop): readonly Place[] {
  const { plan, status, view, procedure } = seen;
  const places = planIndex(plan).places.filter((place) => isOfRoll(place) && place.hop.id === hop.id);
  const chosen = runIndex(plan, status).everDisruptive.flatMap(({ turn }) => places.find((place) => place.turn.id === turn.id) ?? []);
  const order = [...chosen];
  let rest = places.filter(({ turn }) => runIndex(plan, status).chosen(turn.id) === null);
  while (rest.length > 0) {
    const next = plan.goal.restore === undefined ? firstOf(rest, procedure, wholeView(plan, view), hop) : null;
    const taken = next ?? rest[0];
    order.push(taken as Place);
    rest = rest.filter((place) => place !== taken);
  }
  return order;
}

function firstOf(rest: readonly Place[], procedure: Pick<Procedure, 'eligible'>, view: ClusterView, { direction }: Hop): Place | null {
  const names = rest.map(({ turn }) => turn.instance ?? '');
  const [first] = procedure.eligible(names, view, direction);
  return rest.find(({ turn }) => turn.instance === first) ?? null;
}

const wholeView = ({ cluster, engine, databaseId, nodes: planned }: Plan, { nodes }: Pick<ClusterView, 'nodes'>): ClusterView => ({
  cluster,
  engine,
  databaseId,
  expectedMembers: planned.length,
  nodes,
});
