/** PURE. The phases of one hop, by its kind: the engine fills them in, and never changes which there are or in what order. */
import type { Phase } from '../../../common/plan.ts';
import { allStopPhases } from './all-stop.ts';
import type { HopInput } from './hop-input.ts';
import { inPlacePhases } from './in-place.ts';
import { rollingPhases } from './rolling.ts';
import { sideBySidePhases } from './side-by-side.ts';

export function phasesOf(input: HopInput): readonly Phase[] {
  return shaped(input).filter((phase) => phase !== null);
}

/** A hop that stays where it is goes node by node, whatever hops to other versions do. */
function shaped(input: HopInput): readonly (Phase | null)[] {
  const { hop, procedure } = input;
  const { allStop, inPlace, sideBySide } = procedure;
  if (hop.from === hop.to) return rollingPhases(input);
  if (hop.kind === 'all-stop' && allStop !== undefined) return allStopPhases(input, allStop);
  if (hop.kind === 'in-place' && inPlace !== undefined) return inPlacePhases(input, inPlace);
  if (hop.kind === 'side-by-side' && sideBySide !== undefined) return sideBySidePhases(input, sideBySide);
  return rollingPhases(input);
}
