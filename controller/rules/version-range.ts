/**
 * Which versions a rule speaks of. A range is a list of alternatives; an alternative is words separated by blanks that must all hold:
 * `any`, `final`, `prerelease`, `16.4` (that version), `16` (every version of that series), or `>= > <= <` before either one.
 * A bound that names a series means its edge: `<3.0` is below all of 3.0, its pre-releases included; `>3.0` is above all of it.
 */
import type { VersionScheme } from '../../common/version-scheme.ts';

export type VersionTest = (version: string) => boolean;

export type ReadRange = { readonly test: VersionTest } | { readonly expected: string };

/** Reads a range in an engine's own versions; `expected` says what stands there instead of a word that it knows. */
export function readRange(alternatives: readonly string[], scheme: VersionScheme): ReadRange {
  const tests: VersionTest[] = [];
  for (const alternative of alternatives) {
    const words = alternative.split(/\s+/).filter((word) => word !== '');
    const read = words.map((word) => readWord(word, scheme));
    const unknown = words.find((_word, at) => read[at] === null);
    if (words.length === 0 || unknown !== undefined)
      return {
        expected: `expected a version, a series, any, final or prerelease, with >= > <= < before a bound; found "${unknown ?? ''}"`,
      };
    tests.push((version) => read.every((test) => test?.(version) ?? false));
  }
  return { test: (version) => tests.some((test) => test(version)) };
}

function readWord(word: string, scheme: VersionScheme): VersionTest | null {
  if (word === 'any') return () => true;
  if (word === 'final') return (version) => !scheme.isPrerelease(version);
  if (word === 'prerelease') return (version) => scheme.isPrerelease(version);
  const [, operator = '', bound = ''] = /^(>=|<=|>|<)?(.*)$/.exec(word) ?? [];
  const position = readBound(bound, scheme);
  if (position === null) return null;
  if (operator === '>=') return (version) => position(version) >= 0;
  if (operator === '<=') return (version) => position(version) <= 0;
  if (operator === '>') return (version) => position(version) > 0;
  if (operator === '<') return (version) => position(version) < 0;
  return (version) => position(version) === 0;
}

/** Where a version stands relative to the bound: before, in or after it. */
function readBound(bound: string, scheme: VersionScheme): ((version: string) => number) | null {
  const exact = scheme.parse(bound);
  if (exact !== null) return (version) => scheme.compare(version, exact);
  if (scheme.isSeries(bound)) return (version) => scheme.compareSeries(scheme.series(version), bound);
  return null;
}
