/** Apache Ozone's versions: `2.1.0`, as a tag `ozone-2.1.0`; nightly `1.5.0-SNAPSHOT`, candidate `2.1.0-RC3`, before 1.0 `0.5.0-beta`. */
import type { VersionScheme } from '../../common/version-scheme.ts';
import { number, numbersOf, orderedScheme, type ReadVersion } from '../kit/pure/ordered-scheme.ts';

const stages = ['alpha', 'beta', 'SNAPSHOT', 'RC'];
const final = stages.length;

const form = new RegExp(`^(?:ozone-)?((${number}\\.${number})\\.(${number})(?:-(?:(alpha|beta|SNAPSHOT)|RC(${number})))?)$`);
const seriesForm = new RegExp(`^${number}\\.${number}$`);

function read(text: string): ReadVersion | null {
  const [, version, series, patch, label, candidate] = form.exec(text) ?? [];
  if (version === undefined || series === undefined) return null;
  const stage = candidate === undefined ? (label === undefined ? final : stages.indexOf(label)) : stages.indexOf('RC');
  return { text: version, order: [...numbersOf(series), Number(patch), stage, Number(candidate ?? 0)], series, prerelease: stage < final };
}

export const ozoneScheme: VersionScheme = orderedScheme('ozone', {
  read,
  readSeries: (text) => (seriesForm.test(text) ? numbersOf(text) : null),
});
