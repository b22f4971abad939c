/** What version schemes share: numbers without leading zeros, and orders over lists of numbers. */

/** A number as versions write it: no sign, no leading zero, at most nine digits. For use inside a regular expression. */
export const number = '(?:0|[1-9][0-9]{0,8})';

/** Lexicographic order; a missing part counts as zero. */
export function compareNumbers(a: readonly number[], b: readonly number[]): number {
  for (let index = 0; index < Math.max(a.length, b.length); index++) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** `3.11.5` to [3, 11, 5]. The text must have been matched before. */
export function numbersOf(dotted: string): readonly number[] {
  return dotted.split('.').map(Number);
}

/** Code unit order of two texts, as a number. */
export function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Remembers what a parser said about a text: schemes are asked about the same few hundred versions over and over. */
export function remembered<T>(parse: (text: string) => T): (text: string) => T {
  const known = new Map<string, T>();
  return (text) => {
    const before = known.get(text);
    if (before !== undefined || known.has(text)) return before as T;
    const parsed = parse(text);
    if (known.size < 20_000) known.set(text, parsed);
    return parsed;
  };
}
