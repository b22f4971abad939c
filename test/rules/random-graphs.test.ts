import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fail } from '../../common/failure.ts';
import { finalizeKinds, hopKinds, rollbackKinds } from '../../common/plan.ts';
import { compilePack, type RulePack } from '../../controller/rules/pack.ts';
import { packSchema } from '../../controller/rules/pack-schema.ts';
import { findPath } from '../../controller/rules/path.ts';
import { bestWalk, type Cost, hopCost, type RandomEdge, type RandomPack, type RandomQuery, type RandomRule } from './brute-force.ts';
import { numbersSchemes, numbersScheme as scheme } from './numbers-scheme.ts';

const runs = 10_000;

const version = fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 0, max: 3 })).map((it) => it.join('.'));
const span = fc.tuple(version, version).map(([a, b]): [string, string] => (scheme.compare(a, b) <= 0 ? [a, b] : [b, a]));
const wide = fc.oneof({ weight: 2, arbitrary: span }, { weight: 1, arbitrary: fc.constant<[string, string]>(['0.0', '9.9']) });
const optional = <T>(value: fc.Arbitrary<T>) => fc.oneof({ weight: 2, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: value });

const ruleFields = {
  from: wide,
  to: wide,
  direction: fc.constantFrom('up', 'down', 'both') as fc.Arbitrary<RandomRule['direction']>,
  series: optional(fc.constantFrom('same', 'other')),
  os: optional(fc.constantFrom('debian', 'ubuntu')),
  trait: optional(fc.constantFrom('omHa', 'thrift')),
};
const edge = fc.record({
  ...ruleFields,
  kind: fc.constantFrom(...hopKinds),
  rollback: fc.constantFrom(...rollbackKinds),
  finalize: fc.constantFrom(...finalizeKinds),
  adjacent: optional(fc.constantFrom('series', 'version')),
  alone: optional(fc.constant('true')),
});
const refusal = fc.record({ ...ruleFields, kinds: optional(fc.uniqueArray(fc.constantFrom(...hopKinds), { minLength: 1, maxLength: 2 })) });

const packs = fc
  .record({
    releases: fc.uniqueArray(version, { minLength: 1, maxLength: 7 }),
    withdrawn: fc.uniqueArray(version, { maxLength: 2 }),
    edges: fc.array(edge, { minLength: 1, maxLength: 5 }),
    refusals: fc.array(refusal, { maxLength: 4 }),
  })
  .map(
    (it): RandomPack => ({
      releases: it.releases.map((release) => ({ version: release, withdrawn: it.withdrawn.includes(release) })),
      edges: it.edges.map((rule, at) => ({ id: `edge-${at}`, ...rule }) as RandomEdge),
      refusals: it.refusals.map((rule, at) => ({ id: `refusal-${at}`, ...rule }) as RandomPack['refusals'][number]),
    }),
  );
const queries: fc.Arbitrary<RandomQuery> = fc
  .record({
    from: version,
    to: version,
    os: fc.constantFrom(null, 'debian', 'ubuntu'),
    traits: fc.dictionary(fc.constantFrom('omHa', 'thrift'), fc.constantFrom('yes', 'no')),
  })
  .filter((query) => query.from !== query.to);

function compiled(pack: RandomPack): RulePack {
  const rule = ({ from, to, os, trait, ...rest }: RandomRule) => ({
    ...rest,
    from: `>=${from[0]} <=${from[1]}`,
    to: `>=${to[0]} <=${to[1]}`,
    ...(os === undefined && trait === undefined ? {} : { when: { os, ...(trait === undefined ? {} : { traits: { [trait]: 'yes' } }) } }),
    source: `page of ${rest.id}`,
  });
  const written = packSchema.parse({
    engine: 'numbers',
    version: '1',
    source: 'page of the pack',
    releases: {
      source: 'list of releases',
      list: pack.releases.map((it) => `${it.version} - ${it.withdrawn ? 'withdrawn' : ''}`).join('\n'),
    },
    edges: pack.edges.map(rule),
    refusals: pack.refusals.map((it) => ({ ...rule(it), reason: `reason of ${it.id}` })),
  });
  const wrong = (_path: readonly PropertyKey[], sentence: string) => fail('internal', 'bad-pack', sentence);
  return compilePack(written, { file: 'random.yaml', digest: 'sha256:random', lineOf: () => 1, wrong }, numbersSchemes);
}

/** A trait that no rule speaks of is a usage error, and has a test of its own. */
function spokenOf({ edges, refusals }: RandomPack, { traits }: RandomQuery): Readonly<Record<string, string>> {
  const spoken = [...edges, ...refusals].map((rule) => rule.trait);
  return Object.fromEntries(Object.entries(traits).filter(([name]) => spoken.includes(name)));
}

describe('paths through random packs', () => {
  it(`M50 equal brute force over ${runs} packs: nothing inadmissible, nothing cheaper missed, every refusal with reason and source`, () => {
    fc.assert(
      fc.property(packs, queries, (pack, query) => {
        const loaded = new Map([['numbers', compiled(pack)]]);
        const hosts = [{ host: null, os: query.os, arch: null }];
        const path = findPath({ engine: 'numbers', from: query.from, to: query.to, hosts, traits: spokenOf(pack, query) }, loaded);
        const best = bestWalk(pack, query);

        expect(path.admissible).toBe(best !== null);
        const stops = path.hops.map((hop) => hop.to);
        expect(stops).toEqual(best === null ? [] : best.stops.slice(1));
        const costs = path.hops.map((hop) => hopCost(pack, query, hop.from, hop.to, path.hops.length === 1));
        expect(costs).not.toContain(null);
        expect(path.hops.map((hop): Cost => [costOfHop(hop), hop.kind === 'rolling' ? 0 : 1, 1])).toEqual(costs);

        if (!path.admissible) expect(path.refused.length).toBeGreaterThan(0);
        // One expectation for all: each `expect` costs more than a path.
        const wrong = path.refused.filter(({ from, to, reason, source }) => {
          const isOtherKind = path.hops.some((hop) => hop.from === from && hop.to === to);
          return reason === '' || source === '' || (!isOtherKind && hopCost(pack, query, from, to, true) !== null);
        });
        expect(wrong).toEqual([]);
      }),
      { numRuns: runs },
    );
  });
});

function costOfHop(hop: { readonly rollback: string; readonly finalize: string }): number {
  return hop.rollback === 'restore-cluster' || hop.rollback === 'none' || hop.finalize !== 'none' ? 1 : 0;
}
