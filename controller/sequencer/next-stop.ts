/** PURE. Which node the run stops next, so that what speaks against that stop is looked for in time, and only there. */

import type { DecisionInput } from './decision-input.ts';
import { chosenDisruptive, currentHop, isComplete, isDowntime, placesOf, stepsToRun, turnStatusOf } from './progress.ts';
import { eligibleNow } from './restores.ts';

/**
 * The node of the turn that is open and has not taken anything down yet; where none is open, the one that would be chosen now. null:
 * nothing is stopped next on the way forward.
 */
export function nextStop(input: DecisionInput): string | null {
  const { plan, status } = input;
  const hop = currentHop(plan, status);
  if (hop === null || status.way === 'back' || status.aborting !== null) return null;
  const open = chosenDisruptive(plan, status).find((place) => !isComplete(place.turn, status));
  if (open !== undefined) {
    const first = stepsToRun(open.turn, open.chosen).find(isDowntime);
    const last = first === undefined ? undefined : open.chosen.steps[first.id];
    const isToCome = last === undefined || ((last.state === 'failed' || last.state === 'retry') && last.effect === 'none');
    return first !== undefined && isToCome ? open.turn.instance : null;
  }
  const rest = placesOf(plan).filter((place) => place.hop === hop && place.turn.disruptive && turnStatusOf(status, place.turn.id) === null);
  const instances = rest.map(({ turn }) => turn.instance ?? '');
  return instances.length === 0 ? null : (eligibleNow(input, instances, hop.direction)[0] ?? null);
}
