/** PURE. Traits of a cluster, by which rules decide: what its engine observes, and what a person gives where it cannot be observed. */
import type { ClusterView } from '../../common/facts.ts';
import { fail } from '../../common/failure.ts';
import type { Plan, PlanTrait } from '../../common/plan.ts';
import type { Procedure } from '../../common/procedure.ts';
import type { RulePacks } from '../rules/pack.ts';
import { packFor, traitsAskedFor } from '../rules/path.ts';

type Traits = Readonly<Record<string, string>>;

/** What the engine sees of its cluster now; empty where it observes no traits. */
export function observedTraits(procedure: Pick<Procedure, 'traits'> | undefined, view: ClusterView): Traits {
  return procedure?.traits?.(view) ?? {};
}

/**
 * What the rules are told, by name: only what they ask for. What is observed needs no word of a person. Throws FailureError: usage
 * `unknown-trait`, refused `trait-contradicted`.
 */
export function traitsOf(view: ClusterView, given: Traits, observed: Traits, packs: RulePacks): readonly PlanTrait[] {
  const pack = packFor(view.engine, packs);
  const asked = [...traitsAskedFor(pack, packs).keys()];
  const known = [...new Set([...asked, ...Object.keys(observed)])].sort();
  for (const [name, value] of Object.entries(given)) {
    if (!known.includes(name)) {
      const names = known.length === 0 ? 'there is none' : `there is ${known.join(', ')}`;
      throw fail('usage', 'unknown-trait', `--trait ${name}: neither the rules of ${pack.name} nor the engine know this trait; ${names}`);
    }
    const seen = observed[name];
    if (seen !== undefined && seen !== value)
      throw fail(
        'refused',
        'trait-contradicted',
        `${view.cluster}: --trait ${name}=${value} was given, and its nodes show ${name}=${seen}; leave it away, or change the cluster first`,
      );
  }
  return [...asked].sort().flatMap((name): readonly PlanTrait[] => {
    const seen = observed[name];
    if (seen !== undefined) return [{ name, value: seen }];
    const value = given[name];
    return value === undefined ? [] : [{ name, value, given: true }];
  });
}

/** As a question to the rules has them. */
export const traitValues = (traits: readonly PlanTrait[]): Traits => Object.fromEntries(traits.map(({ name, value }) => [name, value]));

/** What the rules active now are told of the cluster of a plan: what is observed of it now, else what the plan was made by. */
export function traitsNow({ engine, traits = [] }: Pick<Plan, 'engine' | 'traits'>, observed: Traits, packs: RulePacks): Traits {
  const asked = [...traitsAskedFor(packFor(engine, packs), packs).keys()];
  const told = { ...traitValues(traits), ...observed };
  return Object.fromEntries(asked.flatMap((name) => (told[name] === undefined ? [] : [[name, told[name]]])));
}

/** Those that are otherwise than when the plan was made: `omHa=true`. */
export function changedTraits({ traits = [] }: Pick<Plan, 'traits'>, observed: Traits): readonly string[] {
  return traits.flatMap(({ name, value }) => {
    const seen = observed[name];
    return seen === undefined || seen === value ? [] : [`${name}=${seen}`];
  });
}
