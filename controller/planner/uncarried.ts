/** Rules know more ways than Drydock goes: which hops of a path have no procedure, and why. */
import type { PathDocument, PathHop, UncarriedHop } from '../../common/documents/rules.ts';
import type { HopKind } from '../../common/plan.ts';
import type { Procedure } from '../../common/procedure.ts';

export type HopMaker = Pick<Procedure, 'engine' | 'finalize' | 'finalRestarts' | 'cannot' | 'allStop' | 'inPlace' | 'sideBySide'>;

/** The path as a person is shown it: with the hops that `plan` would refuse. */
export function withUncarried(path: PathDocument, procedures: ReadonlyMap<string, HopMaker>): PathDocument {
  const notCarriedOut = uncarriedHops(path, procedures.get(path.engine) ?? null);
  return notCarriedOut.length === 0 ? path : { ...path, notCarriedOut };
}

/** The hops that `plan` refuses although the rules allow them. `procedure`: null where the engine has rules alone. */
export function uncarriedHops(
  { engine, hops }: Pick<PathDocument, 'engine' | 'hops'>,
  procedure: HopMaker | null,
): readonly UncarriedHop[] {
  return hops.flatMap((hop) => {
    const why = procedure === null ? `${engine} has no procedure yet` : whyUncarried(hop, procedure);
    return why === null ? [] : [{ from: hop.from, to: hop.to, why }];
  });
}

function whyUncarried(hop: PathHop, procedure: HopMaker): string | null {
  if (canShape(hop.kind, procedure) && canFinalize(hop, procedure)) return procedure.cannot?.(hop) ?? null;
  return `it is ${hop.kind}, finalized ${hop.finalize}, rollback ${hop.rollback}, which the procedure for ${procedure.engine} does not support`;
}

/** Whether the engine fills hops of this kind in. */
function canShape(kind: HopKind, { allStop, inPlace, sideBySide }: HopMaker): boolean {
  const forms = { rolling: true, 'all-stop': allStop, 'in-place': inPlace, 'side-by-side': sideBySide };
  return forms[kind] !== undefined;
}

/** What the database does automatically has to be awaited and proven, and what it is told has to be carried out. */
function canFinalize(hop: Pick<PathHop, 'from' | 'to' | 'finalize'>, { finalize, finalRestarts }: HopMaker): boolean {
  return hop.finalize === 'none' || finalize !== undefined || (finalRestarts?.(hop).length ?? 0) > 0;
}
