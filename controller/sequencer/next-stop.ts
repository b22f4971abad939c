/** PURE. Which node the run stops next, so that what speaks against that stop is looked for in time, and only there. */

import type { DecisionInput } from './decision-input.ts';
import { eligibleNow } from './restores.ts';
import { planIndex, runIndex } from './run-index.ts';
import { isDowntime, stepsToRun } from './turn-progress.ts';

/**
 * The node of the turn that is open and has not taken anything down yet; where none is open, the one that would be chosen now. null:
 * nothing is stopped next on the way forward.
 */
export function nextStop(input: DecisionInput): string | null {
  const { plan, status } = input;
  const hop = runIndex(plan, status).currentHop;
  if (hop === null || status.way === 'back' || status.aborting !== null) return null;
  const open = runIndex(plan, status).chosenDisruptive.find((place) => !runIndex(plan, status).isComplete(place.turn));
  if (open !== undefined) {
    const first = stepsToRun(open.turn, open.chosen).find(isDowntime);
    const last = first === undefined ? undefined : open.chosen.steps[first.id];
    const isToCome = last === undefined || ((last.state === 'failed' || last.state === 'retry') && last.effect === 'none');
    return first !== undefined && isToCome ? open.turn.instance : null;
  }
  const rest = planIndex(plan).places.filter(
    (place) => place.hop === hop && place.turn.disruptive && runIndex(plan, status).chosen(place.turn.id) === null,
  );
  const instances = rest.map(({ turn }) => turn.instance ?? '');
  return instances.length === 0 ? null : (eligibleNow(input, instances, hop.direction)[0] ?? null);
}
