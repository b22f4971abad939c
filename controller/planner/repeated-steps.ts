/**
 * PURE. A step stands in one turn of a plan: orders and receipts name their step and no turn, so one of two turns would wait for ever for the
 * receipt of an order that was counted for the other.
 */
import type { Failure } from '../../common/failure.ts';
import { type Plan, type Turn, turnsOf } from '../../common/plan.ts';
import { refused } from './refusals.ts';

/** One failure for each id that stands in two turns, there or back; the variants of a turn may share steps. */
export function repeatedSteps(plan: Plan): readonly Failure[] {
  const asked = plan.hops.flatMap(({ rollbackConsent }) => rollbackConsent ?? []);
  const turns = [...[...turnsOf(plan)].map(({ turn }) => turn), ...asked];
  const owners = new Map<string, string>();
  const repeated = new Map<string, Failure>();
  for (const turn of turns)
    for (const id of stepIds(turn)) {
      const owner = owners.get(id) ?? turn.id;
      owners.set(id, owner);
      if (owner !== turn.id) repeated.set(id, repeatedIn(plan, id, [owner, turn.id]));
    }
  return [...repeated.values()];
}

const stepIds = ({ variants }: Turn): ReadonlySet<string> =>
  new Set(variants.flatMap(({ steps, undo, handover }) => [...steps, ...undo, ...(handover?.undo ?? [])].map(({ id }) => id)));

function repeatedIn({ engine, cluster }: Plan, id: string, turns: readonly string[]): Failure {
  const sentence = `${cluster}: step ${id} stands in the turns ${turns.join(' and ')}, and an order could belong to either; this is a bug of the procedure for ${engine}: report it`;
  return refused('step-repeated', sentence);
}
