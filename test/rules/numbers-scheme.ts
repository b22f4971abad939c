/** A made-up engine's versions, as plain as can be: `2.10`, series `2`, pre-release `2.10-rc`. */
import type { VersionScheme } from '../../common/version-scheme.ts';

const parts = (version: string): readonly number[] => {
  const [numbers = '', pre] = version.split('-');
  return [...numbers.split('.').map(Number), pre === undefined ? 1 : 0];
};

export const numbersScheme: VersionScheme = {
  parse: (text) => (/^(0|[1-9]\d*)\.(0|[1-9]\d*)(-rc)?$/.test(text) ? text : null),
  compare: (a, b) => {
    const [left, right] = [parts(a), parts(b)];
    return left.map((part, at) => part - (right[at] ?? 0)).find((difference) => difference !== 0) ?? 0;
  },
  series: (version) => version.split('.')[0] ?? '',
  isSeries: (text) => /^(0|[1-9]\d*)$/.test(text),
  compareSeries: (a, b) => Number(a) - Number(b),
  isPrerelease: (version) => version.endsWith('-rc'),
};

export const numbersSchemes = new Map([['numbers', numbersScheme]]);
