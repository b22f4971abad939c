/** PURE. The way back: one node at a time, until every node runs what it ran before. */
import type { NodeView } from '../../common/cluster-view.ts';
import type { Incarnation } from '../../common/facts.ts';
import type { Hop, Turn } from '../../common/plan.ts';
import { admitBack, unproven } from './admission.ts';
import { askAgain, choose, continueTurn } from './continue-turn.ts';
import { allSeenWell, type Desk } from './desk.ts';
import { endsThoughUnproven } from './end-unproven.ts';
import {
  chosenDisruptive,
  currentHop,
  handoverOf,
  isBetweenOutages,
  isBrokenOff,
  isUndone,
  nextInTurn,
  owedProof,
  provesFirst,
  undoRest,
} from './progress.ts';
import { putBack } from './put-back.ts';
import { openSteps, type TurnStatus } from './run-status.ts';
import { backText, endedAs } from './sentences.ts';
import { nodeOf, serves } from './situation.ts';

/** Goes on with the node that is under way, else chooses the next one; ends the run when there is none left. */
export function goBack(desk: Desk): void {
  const { plan } = desk.now();
  const hop = currentHop(plan, desk.status);
  if (hop !== null && ['rolling', 'unfinalized'].includes(desk.status.hops[hop.id] ?? ''))
    desk.emit({ type: 'hop-state', hop: hop.id, state: 'reverting' });
  if (endsOnFailure(desk)) return;
  // Who leads is open until a person has said it: taking anything back before could make a second leader.
  if (chosenDisruptive(plan, desk.status).some(({ turn, chosen }) => handoverOf(turn, chosen) === 'open')) return;
  for (const { turn } of chosenDisruptive(plan, desk.status)) continueTurn(desk, turn);
  const next = nextBack(desk);
  // Also while its outage is open: one that is not known to have begun waits for them as well.
  if (next !== null && desk.now().fresh && serves(nodeOf(desk.now(), next.turn.instance ?? '')))
    for (const other of unproven(desk.now(), next.turn)) askAgain(desk, other);
  if (
    openSteps(desk.status).length > 0 ||
    desk.status.turns.some((turn) => Object.values(turn.steps).some((step) => step.state === 'unknown'))
  )
    return;
  if (next === null) {
    finishBack(desk, hop);
    return;
  }
  if (next.chosen.way === 'back' || !desk.hasFreshFacts()) return;
  if (!desk.admits(admitBack(desk.now(), next.turn, next.hop.maxOutOfService))) return;
  choose(desk, next.turn, 'back');
  continueTurn(desk, next.turn);
}

/**
 * What is under way first, unless it would take out a node that serves again while another one cannot give the proofs that it owes: then that
 * one (P2). Then a role that was handed over, for the others are taken back in the roles that they had; then whose database is down; then
 * whose way there was broken off, for who follows it need not serve meanwhile; then who does not serve; then as the engine goes in the other
 * direction. Among equals last chosen first.
 */
function nextBack(desk: Desk): ReturnType<typeof undoRest>[number] | null {
  const { plan, procedure, view } = desk.now();
  const rest = undoRest(plan, desk.status);
  const nodeIn = ({ turn }: (typeof rest)[number]) => nodeOf(desk.now(), turn.instance ?? '');
  const life = (each: (typeof rest)[number]) => nodeIn(each)?.facts?.incarnation ?? null;
  const isUnprovable = (each: (typeof rest)[number]) => each.chosen.way === 'forward' && provesNoMore(each, life(each));
  const unprovable = rest.filter(isUnprovable).map(({ turn }) => turn.id);
  const isWaiting = (each: (typeof rest)[number]) =>
    serves(nodeIn(each)) &&
    !isUndone(each.turn, each.chosen) &&
    unproven(desk.now(), each.turn).some(({ turn }) => unprovable.includes(turn.id));
  const first =
    rest.find((each) => each.chosen.way === 'back' && !isWaiting(each)) ??
    rest.find(({ turn, chosen }) => handoverOf(turn, chosen) === 'after') ??
    rest.find((each) => isDown(nodeIn(each))) ??
    rest.find(isUnprovable) ??
    rest.find((each) => !serves(nodeIn(each)));
  if (first !== undefined) return first;
  const instances = rest.map(({ turn }) => turn.instance ?? '');
  const eligible = procedure.eligible(instances, view, rest[0]?.hop.direction === 'downgrade' ? 'upgrade' : 'downgrade');
  return rest.find(({ turn }) => eligible.includes(turn.instance ?? '')) ?? rest[0] ?? null;
}

/** Broken off before its proofs were given, or they were asked for again and did not come. */
function provesNoMore({ turn, chosen }: { readonly turn: Turn; readonly chosen: TurnStatus }, life: Incarnation | null): boolean {
  const owed = owedProof(turn, chosen, life);
  return isBrokenOff(turn, chosen) || owed.kind === 'unknown' || (owed.kind === 'failed' && owed.last.hold?.releasedBy === 'person');
}

const isDown = (node: NodeView | null): boolean => node?.linked === true && node.facts !== null && node.facts.incarnation === null;

/**
 * Whether a failed step of the rollback ends the run: rolled back where only a health check speaks against what is seen, stuck where a person
 * gave the step up. Every other failure holds, so that its cause can be removed and the step is retried.
 */
function endsOnFailure(desk: Desk): boolean {
  for (const place of chosenDisruptive(desk.now().plan, desk.status)) {
    const { turn, chosen } = place;
    if (chosen.way !== 'back') continue;
    const next = nextInTurn(turn, chosen);
    if (next.kind !== 'failed' || next.last.hold?.releasedBy === 'itself' || provesFirst(turn, chosen, next.step.id)) continue;
    // Its database was stopped for an order that starts it: ended here, the run would leave it stopped and held, with nothing to be said to it.
    if (isBetweenOutages(turn, chosen)) continue;
    const why = next.last.hold?.detail ?? 'it failed';
    if (endsThoughUnproven(desk, place, next.step, why)) return true;
    if (next.last.outcome !== null) continue;
    desk.emit({
      type: 'run-ended',
      state: 'stuck',
      reason: `${turn.instance} could not be taken back: ${why}; ${endedAs(desk.now(), null)}`,
    });
    return true;
  }
  return false;
}

/** Rolled back is what was observed: every node runs what it ran before, and is in service. */
function finishBack(desk: Desk, hop: Hop | null): void {
  const { plan } = desk.now();
  if (!desk.hasFreshFacts()) return;
  for (const effect of desk.status.effects) putBack(desk, effect);
  if (desk.status.effects.length > 0 || openSteps(desk.status).length > 0) return;
  if (desk.status.holds.length > 0 || !allSeenWell(desk)) return;
  if (hop !== null && desk.status.hops[hop.id] === 'reverting') desk.emit({ type: 'hop-state', hop: hop.id, state: 'pending' });
  const reason = desk.status.rollback?.reason ?? '';
  desk.emit({
    type: 'run-ended',
    state: 'rolled-back',
    reason: `${reason === '' ? '' : `${reason}; `}${backText(plan, hop)}`,
  });
}
