/**
 * CockroachDB's versions: `v23.1.4`, the line being year and number (before 19.1 plain numbers), read without the `v` too. The first
 * release of line 1.0 is `v1.0` itself. Pre-releases are `v23.2.0-alpha.7`, in old lines `v1.1-alpha.20170601`; before 1.0 there were
 * dated betas, `beta-20160421`. Builds between tags carry a count and a commit; builds for the vendor's cloud end in `-cloudonly`.
 */
import type { VersionScheme } from '../../common/version-scheme.ts';
import { number, numbersOf, orderedScheme, type ReadVersion } from '../kit/pure/ordered-scheme.ts';

const stages = ['alpha', 'beta', 'rc'];
const final = stages.length;
const build = '(?:-([1-9][0-9]{0,5})-g[0-9a-f]{7,12})?';

const datedForm = new RegExp(`^beta-(20[0-9]{6})${build}$`);
const form = new RegExp(`^v?((${number}\\.${number})(?:\\.(${number}))?(?:-(alpha|beta|rc)\\.?([0-9]{1,8})${build}|(-cloudonly))?)$`);
const seriesForm = new RegExp(`^v?(${number}\\.${number})$`);
/** Lines whose pre-releases were tagged without a third number. */
const shortLines = ['1.0', '1.1', '1.2', '2.0'];

function read(text: string): ReadVersion | null {
  const [, date, betaCommits] = datedForm.exec(text) ?? [];
  if (date !== undefined) return { text, order: [0, 0, 0, 1, Number(date), Number(betaCommits ?? 0)], series: 'beta', prerelease: true };
  const [, rest, line, patch, stage, count, commits, cloudOnly] = form.exec(text) ?? [];
  if (rest === undefined || line === undefined || line === '0.0') return null;
  if (!isWritten(line, patch, stage)) return null;
  const rank =
    stage === undefined ? [final, cloudOnly === undefined ? 0 : 1] : [stages.indexOf(stage), Number(count), Number(commits ?? 0)];
  return {
    text: `v${rest}`,
    order: [...numbersOf(line), Number(patch ?? 0), ...rank],
    series: `v${line}`,
    prerelease: stage !== undefined,
  };
}

/** Three numbers, but for the first release of 1.0 and the pre-releases of old lines. */
function isWritten(line: string, patch: string | undefined, stage: string | undefined): boolean {
  if (stage !== undefined) return patch !== undefined || shortLines.includes(line);
  return line === '1.0' ? patch !== '0' : patch !== undefined;
}

function readSeries(text: string): readonly number[] | null {
  if (text === 'beta') return [0, 0];
  const [, line] = seriesForm.exec(text) ?? [];
  return line === undefined || line === '0.0' ? null : numbersOf(line);
}

export const cockroachdbScheme: VersionScheme = orderedScheme('cockroachdb', { read, readSeries });
