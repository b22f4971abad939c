/**
 * PURE. Hops that stop and start whole waves: each wave is a barrier, there and back. Nothing is chosen among nodes here: a wave goes together, or
 * as it is listed.
 */
import type { Hop, Turn } from '../../../common/plan.ts';
import { isWaved, type Place } from '../run/run-index.ts';
import { openSteps } from '../run/run-status.ts';
import { nextInTurn, undoOf } from '../run/turn-progress.ts';
import { admitWave } from './admission.ts';
import type { DecisionBuilder } from './decision.ts';
import { choose, continueTurn } from './turn.ts';

/** Carries on the turns that were chosen, then chooses those that the order of the wave allows. True: the wave is over. */
export function advanceWave(builder: DecisionBuilder, group: readonly Place[], started: () => void): boolean {
  for (const { turn } of group) continueTurn(builder, turn);
  const rest = group.filter(({ turn }) => builder.index.chosen(turn.id) === null);
  const open = group.filter(({ turn }) => builder.index.chosen(turn.id) !== null && !builder.index.isComplete(turn));
  if (rest.length === 0) return open.length === 0;
  if (!builder.hasFreshFacts()) return false;
  for (const { turn } of mayGo(group, rest, open)) {
    if (!builder.admits(admitWave(builder.now(), turn))) continue;
    started();
    choose(builder, turn, 'forward');
    continueTurn(builder, turn);
  }
  return false;
}

/** All turns of a wave that goes together; of one that goes as listed the next turn, once those before it are complete. */
function mayGo(group: readonly Place[], rest: readonly Place[], open: readonly Place[]): readonly Place[] {
  if (group[0]?.wave.order === 'together') return rest;
  return open.length > 0 ? [] : rest.slice(0, 1);
}

/** Undoes the waves of the hop from the last to the first, each as a barrier. True: nothing is left to undo. */
export function undoWaves(builder: DecisionBuilder, hop: Hop): boolean {
  for (const { turn } of builder.index.places) if (builder.index.chosen(turn.id)?.way === 'back') continueTurn(builder, turn);
  // Orders that were sent before the run turned round end first: their receipts say what there is to undo.
  const openForward = openSteps(builder.status).some(({ turn }) => builder.index.chosen(turn)?.way === 'forward');
  if (openForward || hasUnknown(builder)) return false;
  const waves = [
    ...new Map(
      builder.index.places.filter((place) => place.hop === hop && isWaved(place)).map((place) => [place.wave.id, place.wave]),
    ).values(),
  ];
  for (const wave of waves.reverse()) {
    const left = wave.turns.filter((turn) => isLeft(builder, turn));
    if (left.length === 0) continue;
    if (!builder.hasFreshFacts()) return false;
    const begun = left.filter(({ id }) => builder.index.chosen(id)?.way === 'back');
    const next = wave.order === 'together' ? left : begun.length > 0 ? [] : left.slice(-1);
    for (const turn of next) {
      if (builder.index.chosen(turn.id)?.way === 'back' || !builder.admits(admitWave(builder.now(), turn))) continue;
      choose(builder, turn, 'back');
      continueTurn(builder, turn);
    }
    return false;
  }
  return openSteps(builder.status).length === 0;
}

const hasUnknown = ({ status }: DecisionBuilder): boolean =>
  status.turns.some(({ steps }) => Object.values(steps).some(({ state }) => state === 'unknown'));

/** It changed something that its undo rolls back, or is still doing so. */
function isLeft({ index }: DecisionBuilder, turn: Turn): boolean {
  const chosen = index.chosen(turn.id);
  if (chosen === null || index.isLeftOut(turn)) return false;
  if (chosen.way === 'back') return nextInTurn(turn, chosen).kind !== 'complete';
  return undoOf(turn, chosen) !== 'none' && turn.variants.some(({ undo }) => undo.length > 0);
}
