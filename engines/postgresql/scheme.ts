/**
 * PostgreSQL's versions. From 10 on the major is one number (`16.4`); before, it is the first two (`9.6.24`). Releases before 8.0 wrote
 * a final without its third number (`7.4`). Pre-releases (`18beta1`, `18rc1`, `19devel`) come before the first final of their major.
 * Source: https://www.postgresql.org/support/versioning/
 */
import assert from 'node:assert/strict';
import type { VersionScheme } from '../../common/engine.ts';
import { compareNumbers, number, numbersOf, remembered } from '../version-numbers.ts';

/** In the order in which they come out; a final is after all of them. */
const stages = ['devel', 'alpha', 'beta', 'rc'] as const;
const final = stages.length;

interface Parsed {
  readonly text: string;
  /** [16] or [9, 6]. */
  readonly series: readonly number[];
  /** [stage, number within the stage]. */
  readonly rank: readonly [number, number];
}

const prereleasePattern = new RegExp(`^(${number}(?:\\.${number})?)(?:(devel)|(alpha|beta|rc)([1-9][0-9]{0,3}))$`);
const seriesPattern = new RegExp(`^${number}(?:\\.${number})?$`);
const finalPattern = new RegExp(`^${number}(?:\\.${number}){1,2}$`);

const read = remembered((text: string): Parsed | null => {
  const prerelease = prereleasePattern.exec(text);
  if (prerelease !== null) {
    const series = numbersOf(prerelease[1] ?? '');
    const stage = stages.indexOf((prerelease[2] ?? prerelease[3]) as (typeof stages)[number]);
    return isMajor(series) ? { text, series, rank: [stage, Number(prerelease[4] ?? 0)] } : null;
  }
  if (!finalPattern.test(text)) return null;
  const parts = numbersOf(text);
  const [first = 0, second = 0, third] = parts;
  if (first >= 10) return parts.length === 2 ? { text, series: [first], rank: [final, second] } : null;
  if (parts.length === 2 && first >= 8) return null;
  return third === 0 && first < 8 ? null : { text, series: [first, second], rank: [final, third ?? 0] };
});

/** One number from 10 on, two before. */
function isMajor(series: readonly number[]): boolean {
  return (series[0] ?? 0) >= 10 ? series.length === 1 : series.length === 2;
}

function known(version: string): Parsed {
  const parsed = read(version);
  assert(parsed !== null, `${version} was not parsed by the postgresql scheme`);
  return parsed;
}

export const postgresqlScheme: VersionScheme = {
  parse: (text) => read(text)?.text ?? null,
  compare: (a, b) => compareNumbers(known(a).series, known(b).series) || compareNumbers(known(a).rank, known(b).rank),
  series: (version) => known(version).series.join('.'),
  // Before 8.0 `7.4` is a release and not a series.
  isSeries: (text) => seriesPattern.test(text) && isMajor(numbersOf(text)) && read(text) === null,
  compareSeries: (a, b) => compareNumbers(numbersOf(a), numbersOf(b)),
  isPrerelease: (version) => known(version).rank[0] < final,
};
