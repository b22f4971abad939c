/** PURE. The way there: hop by hop, wave by wave, one node at a time. */
import type { Hop } from '../../common/plan.ts';
import { admitForward, admitHarmless } from './admission.ts';
import { choose, continueTurn } from './continue-turn.ts';
import { allSeenWell, type Desk } from './desk.ts';
import { holdEvents } from './holds.ts';
import { currentHop, isComplete, nextInTurn, type Place, placesOf, provesElsewhere, turnStatusOf, unapprovedHop } from './progress.ts';
import { putBack } from './put-back.ts';
import { eligibleNow } from './restores.ts';
import { doneText } from './sentences.ts';
import { nodeOf } from './situation.ts';

/** Goes on with what is open, else chooses what is next; ends the run behind the last hop. */
export function goForward(desk: Desk): void {
  const { plan } = desk.now();
  const hop = currentHop(plan, desk.status);
  if (hop === null) {
    finish(desk);
    return;
  }
  // Its hold was judged before the hop before it ended.
  if (unapprovedHop(plan, desk.status) !== null) {
    for (const event of holdEvents(desk.now())) desk.emit(event);
    return;
  }
  const places = placesOf(plan).filter((place) => place.hop.id === hop.id);
  for (const group of groupsOf(places)) {
    const isDisruptiveGroup = group[0]?.turn.disruptive === true;
    const went = isDisruptiveGroup ? advanceDisruptive(desk, hop, group) : advanceHarmless(desk, group);
    if (!went) return;
    if (isDisruptiveGroup && hop.finalize !== 'none' && desk.status.hops[hop.id] === 'rolling')
      desk.emit({ type: 'hop-state', hop: hop.id, state: 'unfinalized' });
  }
  if (!desk.hasFreshFacts() || desk.status.holds.length > 0 || !allSeenWell(desk)) return;
  if (desk.status.hops[hop.id] === 'unfinalized') desk.emit({ type: 'hop-state', hop: hop.id, state: 'finalizing' });
  desk.emit({ type: 'hop-state', hop: hop.id, state: 'finalized' });
  goForward(desk);
}

function finish(desk: Desk): void {
  const { status } = desk;
  if (!desk.hasFreshFacts() || status.holds.length > 0 || status.paused !== null) return;
  for (const effect of status.effects) putBack(desk, effect);
  if (desk.status.effects.length > 0 || !allSeenWell(desk)) return;
  desk.emit({ type: 'run-ended', state: 'done', reason: doneText(desk.now().plan) });
}

/** Waves are barriers; the disruptive waves of a hop are one, because their turns are chosen among each other. */
function groupsOf(places: readonly Place[]): readonly (readonly Place[])[] {
  const groups = new Map<string, Place[]>();
  for (const place of places) {
    const key = place.turn.disruptive ? 'disruptive' : place.wave.id;
    groups.set(key, [...(groups.get(key) ?? []), place]);
  }
  return [...groups.values()];
}

/** Goes on with what was chosen, then chooses as many as the wave may have open. True: the wave is over. */
function advanceHarmless(desk: Desk, group: readonly Place[]): boolean {
  for (const { turn } of group) continueTurn(desk, turn);
  const rest = group.filter(({ turn }) => turnStatusOf(desk.status, turn.id) === null);
  const open = group.filter(({ turn }) => turnStatusOf(desk.status, turn.id) !== null && !isComplete(turn, desk.status));
  if (rest.length === 0) return open.length === 0;
  if (!desk.hasFreshFacts()) return false;
  for (const { turn, hop } of rest.slice(0, Math.max(0, (group[0]?.wave.parallel ?? 1) - open.length))) {
    if (!desk.admits(admitHarmless(desk.now(), turn))) continue;
    startHop(desk, hop);
    if (group[0]?.phase.name === 'finalize' && desk.status.hops[hop.id] === 'unfinalized')
      desk.emit({ type: 'hop-state', hop: hop.id, state: 'finalizing' });
    choose(desk, turn, 'forward');
    continueTurn(desk, turn);
  }
  return false;
}

/** One node at a time. True: every node of the hop had its turn and is still proven. */
function advanceDisruptive(desk: Desk, hop: Hop, group: readonly Place[]): boolean {
  for (const { turn } of group) continueTurn(desk, turn);
  const chosen = group.filter(({ turn }) => turnStatusOf(desk.status, turn.id) !== null);
  const open = chosen.filter(({ turn }) => !isComplete(turn, desk.status));
  if (open.length > 0) {
    // Its outage may wait for proofs of the others: whoever began another life meanwhile gives them again, or it would wait for ever.
    if (desk.now().fresh)
      proveAgain(
        desk,
        chosen.filter((place) => !open.includes(place)),
      );
    return false;
  }
  if (!desk.hasFreshFacts()) return false;
  if (proveAgain(desk, chosen)) return false;
  const rest = group.filter((place) => !chosen.includes(place));
  if (rest.length === 0) return true;
  const [first] = eligibleNow(
    desk.now(),
    rest.map(({ turn }) => turn.instance ?? ''),
    hop.direction,
  );
  const turn = rest.find((place) => place.turn.instance === first)?.turn;
  if (turn === undefined || !desk.admits(admitForward(desk.now(), turn, hop.maxOutOfService))) return false;
  startHop(desk, hop);
  choose(desk, turn, 'forward');
  continueTurn(desk, turn);
  return false;
}

/** Nodes that began another life after their gates have to pass them again, before anything else is touched (P2). */
function proveAgain(desk: Desk, chosen: readonly Place[]): boolean {
  const { plan, view } = desk.now();
  let again = false;
  for (const { turn } of chosen) {
    if (provesElsewhere(plan, desk.status, turn.instance ?? '')) continue;
    const life = nodeOf({ view }, turn.instance ?? '')?.facts?.incarnation ?? null;
    const status = turnStatusOf(desk.status, turn.id);
    if (status === null || nextInTurn(turn, status, life).kind === 'complete') continue;
    again = true;
    continueTurn(desk, turn, life);
  }
  return again;
}

function startHop(desk: Desk, hop: Hop): void {
  if ((desk.status.hops[hop.id] ?? 'pending') === 'pending') desk.emit({ type: 'hop-state', hop: hop.id, state: 'rolling' });
}
