/** What a person who asks for a path learns of hops that no procedure carries out. */
import { expect, it } from 'vitest';
import { withUncarried } from '../../controller/planner/uncarried.ts';
import { loadPacks } from '../../controller/rules/pack.ts';
import { findPath } from '../../controller/rules/path.ts';
import { builtinPacks } from '../../engines/builtin-packs.ts';
import { procedures } from '../../engines/procedures.ts';
import { schemes } from '../../engines/schemes.ts';

const packs = loadPacks(builtinPacks(), schemes);
const nowhere = { host: null, os: null, arch: null };

it.each([
  ['etcd', '3.5.21', '3.6.16', []],
  ['cassandra', '4.0.15', '4.1.7', []],
  ['ozone', '2.2.0', '2.2.1', []],
  ['cassandra', '3.0.29', '4.0.15', [expect.stringContaining('releases before 4.0')]],
  ['postgresql', '15.3', '16.2', [expect.stringContaining('it is in-place')]],
  ['cockroachdb', '24.1.0', '24.2.0', ['cockroachdb has no procedure yet']],
])('of %s %s → %s it says what plan says', (engine, from, to, why) => {
  const path = findPath({ engine, from, to, via: [], hosts: [nowhere], traits: {}, today: '2026-11-30' }, packs);
  expect(path.admissible).toBe(true);
  expect((withUncarried(path, procedures).notCarriedOut ?? []).map((hop) => hop.why)).toEqual(why);
});
