/** PURE. Order bodies as release 0.1 wrote them, in plans, orders and journals, as what they are called now; newer ones stay as they are. */
import type { OrderBody } from './order-body.ts';
import type { Hop, Step, Turn, TurnVariant, Wave } from './plan.ts';

interface OldBody {
  readonly kind: string;
  readonly verb?: string;
  readonly [field: string]: unknown;
}

/** Never throws: what is stored was parsed when it was taken in. */
export function upcastBody(stored: unknown): OrderBody {
  const body = stored as OldBody;
  if (body.kind === 'act' && body.args === undefined) return upcastAct(body) as OrderBody;
  if ((body.kind === 'set' || body.kind === 'unset') && body.scope === undefined) return { ...body, scope: 'node' } as unknown as OrderBody;
  return body as unknown as OrderBody;
}

/** Drydock's own acts have kinds of their own since; what an engine's verb was told stood beside it. */
function upcastAct({ kind, verb, token, ...told }: OldBody): unknown {
  if (verb === 'configure') return { kind: 'configure', ...told };
  if (verb === 'finalize') return { kind: 'cleanup', ...told };
  return { kind, verb, args: told, ...(token == null ? {} : { token }) };
}

/** A hop of a stored plan with the bodies of all its steps. */
export function upcastHopBodies(stored: unknown): Pick<Hop, 'phases'> {
  const hop = stored as Hop;
  const steps = (old: readonly Step[]): readonly Step[] => old.map((step) => ({ ...step, body: upcastBody(step.body) }));
  const variant = ({ handover, ...old }: TurnVariant): TurnVariant => ({
    ...old,
    steps: steps(old.steps),
    undo: steps(old.undo),
    ...(handover === undefined ? {} : { handover: { ...handover, undo: steps(handover.undo) } }),
  });
  const turn = (old: Turn): Turn => ({ ...old, variants: old.variants.map(variant) });
  const wave = (old: Wave): Wave => ({ ...old, turns: old.turns.map(turn) });
  return { ...hop, phases: hop.phases.map((phase) => ({ ...phase, waves: phase.waves.map(wave) })) };
}
