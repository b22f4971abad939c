/**
 * PostgreSQL's versions. From 10 on the major is one number (`16.4`); before, it is the first two (`9.6.24`). Releases before 8.0 wrote
 * a final without its third number (`7.4`). Pre-releases (`18beta1`, `18rc1`, `19devel`) come before the first final of their major.
 * Source: https://www.postgresql.org/support/versioning/
 */
import type { VersionScheme } from '../../common/version-scheme.ts';
import { number, numbersOf, orderedScheme, type ReadVersion } from '../kit/pure/ordered-scheme.ts';

/** In the order in which they come out; a final is after all of them. */
const stages = ['devel', 'alpha', 'beta', 'rc'];
const final = stages.length;

const prereleaseForm = new RegExp(`^(${number}(?:\\.${number})?)(?:(devel)|(alpha|beta|rc)([1-9][0-9]{0,3}))$`);
const finalForm = new RegExp(`^${number}(?:\\.${number}){1,2}$`);
const seriesForm = new RegExp(`^${number}(?:\\.${number})?$`);

function read(text: string): ReadVersion | null {
  const [, pre, devel, stage, count] = prereleaseForm.exec(text) ?? [];
  if (pre !== undefined) {
    const series = numbersOf(pre);
    const rank = stages.indexOf(devel ?? stage ?? '');
    return isMajor(series) ? { text, order: [...pad(series), rank, Number(count ?? 0)], series: pre, prerelease: true } : null;
  }
  if (!finalForm.test(text)) return null;
  const parts = numbersOf(text);
  const [first = 0, second = 0, third] = parts;
  if (first >= 10) return third === undefined ? finalOf(text, [first], second) : null;
  if (third === undefined ? first >= 8 : third === 0 && first < 8) return null;
  return finalOf(text, [first, second], third ?? 0);
}

function finalOf(text: string, series: readonly number[], minor: number): ReadVersion {
  return { text, order: [...pad(series), final, minor], series: series.join('.'), prerelease: false };
}

/** One number from 10 on, two before. */
function isMajor(series: readonly number[]): boolean {
  return (series[0] ?? 0) >= 10 ? series.length === 1 : series.length === 2;
}

function pad([first = 0, second = 0]: readonly number[]): readonly number[] {
  return [first, second];
}

function readSeries(text: string): readonly number[] | null {
  return seriesForm.test(text) && isMajor(numbersOf(text)) ? pad(numbersOf(text)) : null;
}

export const postgresqlScheme: VersionScheme = orderedScheme('postgresql', { read, readSeries });
