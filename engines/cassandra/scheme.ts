/**
 * Apache Cassandra's versions: `3.11.5`. The tick-tock releases 3.1 to 3.10 wrote their first final without a third number, and so do
 * pre-releases from 4.0 on (`4.0-beta2`, `5.1-SNAPSHOT`; before, `3.0.0-rc1`). Both spellings are read, the vendor's is canonical.
 */
import type { VersionScheme } from '../../common/version-scheme.ts';
import { number, numbersOf, orderedScheme, type ReadVersion } from '../kit/pure/ordered-scheme.ts';

/** In the order in which they come out; a final is after all of them. */
const stages = ['SNAPSHOT', 'alpha', 'beta', 'rc'];
const final = stages.length;

const form = new RegExp(`^(${number})\\.(${number})(?:\\.(${number}))?(?:-(?:(SNAPSHOT)|(alpha|beta|rc)([1-9][0-9]{0,3})))?$`);
const seriesForm = new RegExp(`^${number}\\.${number}$`);

function read(text: string): ReadVersion | null {
  const [, major, minor, patch, snapshot, stage, count] = form.exec(text) ?? [];
  if (major === undefined || minor === undefined) return null;
  const series = `${major}.${minor}`;
  const label = snapshot ?? stage;
  const tickTock = major === '3' && Number(minor) >= 1 && Number(minor) <= 10;
  if (patch === undefined && label === undefined && !tickTock) return null;
  const short = (patch ?? '0') === '0' && (tickTock || (label !== undefined && Number(major) >= 4));
  const suffix = label === undefined ? '' : `-${label}${count ?? ''}`;
  return {
    text: `${series}${short ? '' : `.${patch ?? '0'}`}${suffix}`,
    order: [Number(major), Number(minor), Number(patch ?? 0), label === undefined ? final : stages.indexOf(label), Number(count ?? 0)],
    series,
    prerelease: label !== undefined,
  };
}

export const cassandraScheme: VersionScheme = orderedScheme('cassandra', {
  read,
  readSeries: (text) => (seriesForm.test(text) ? numbersOf(text) : null),
});

/** Within a series files and messages keep their form. */
export const isWithinSeries = ({ from, to }: { readonly from: string; readonly to: string }): boolean =>
  cassandraScheme.series(from) === cassandraScheme.series(to);

/** The first series with storage compatibility modes. */
const modesSince = '5.0';

/** Only from 5.0 on a release begins in a mode in which it writes what the one before reads. */
export const entersModes = ({ from, to }: { readonly from: string; readonly to: string }): boolean => !hasModes(from) && hasModes(to);

const hasModes = (version: string): boolean => cassandraScheme.compareSeries(cassandraScheme.series(version), modesSince) >= 0;
