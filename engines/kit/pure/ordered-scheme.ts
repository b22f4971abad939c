/** What version schemes share: a version is read once into a list of numbers, and lists of numbers have an order. */
import assert from 'node:assert/strict';
import type { VersionScheme } from '../../../common/version-scheme.ts';

/** A number as versions write it: no sign, no leading zero, at most nine digits. For use inside a regular expression. */
export const number = '(?:0|[1-9][0-9]{0,8})';

export interface ReadVersion {
  /** Canonical. */
  readonly text: string;
  /** Begins with the numbers of the series, so that a series is one stretch of the order. */
  readonly order: readonly number[];
  readonly series: string;
  readonly prerelease: boolean;
  readonly base?: { readonly engine: string; readonly version: string };
}

export interface VersionForms {
  read(text: string): ReadVersion | null;
  /** The numbers of a series, or null when the text names none. Not asked for texts that read knows. */
  readSeries(text: string): readonly number[] | null;
}

/** A scheme from its forms. Versions whose numbers are equal are ordered by their text. */
export function orderedScheme(engine: string, forms: VersionForms): VersionScheme {
  const read = remembered(forms.read);
  const known = (version: string): ReadVersion => {
    const found = read(version);
    assert(found !== null, `${version} was not parsed by the ${engine} scheme`);
    return found;
  };
  const seriesNumbers = remembered((series: string): readonly number[] => {
    const numbers = forms.readSeries(series);
    assert(numbers !== null, `${series} is not a series of ${engine}`);
    return numbers;
  });
  return {
    parse: (text) => read(text)?.text ?? null,
    compare: (a, b) => (a === b ? 0 : compareNumbers(known(a).order, known(b).order) || compareTexts(a, b)),
    series: (version) => known(version).series,
    isSeries: (text) => read(text) === null && forms.readSeries(text) !== null,
    compareSeries: (a, b) => compareNumbers(seriesNumbers(a), seriesNumbers(b)),
    isPrerelease: (version) => known(version).prerelease,
    base: (version) => known(version).base ?? { engine, version },
  };
}

/** `3.11.5` to [3, 11, 5]. The text must have been matched before. */
export function numbersOf(dotted: string): readonly number[] {
  return dotted.split('.').map(Number);
}

/** Lexicographic order; a missing part counts as zero. */
function compareNumbers(a: readonly number[], b: readonly number[]): number {
  for (let index = 0; index < Math.max(a.length, b.length); index++) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Remembers what a parser said about a text: schemes are asked about the same few hundred versions over and over. */
function remembered<T>(parse: (text: string) => T): (text: string) => T {
  const known = new Map<string, T>();
  return (text) => {
    const before = known.get(text);
    if (before !== undefined) return before;
    const parsed = parse(text);
    if (known.size < 20_000) known.set(text, parsed);
    return parsed;
  };
}
