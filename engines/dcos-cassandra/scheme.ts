/**
 * Versions of the DC/OS Cassandra package: `1.0.25-3.0.10`, package and base. The package orders; the base decides what data it can read,
 * by its own engine's rules: Cassandra 2 and 3, or DSE 5. One old tag is reversed: `2.2.5-1.0.5`. A series is a package without its base.
 */
import type { VersionScheme } from '../../common/version-scheme.ts';
import { number, numbersOf, orderedScheme, type ReadVersion } from '../kit/pure/ordered-scheme.ts';

const triple = `${number}\\.${number}\\.${number}`;
const form = new RegExp(`^(${triple})-(([235])\\.${number}\\.${number})$`);
const seriesForm = new RegExp(`^${triple}$`);
const reversed = { tag: '2.2.5-1.0.5', packageVersion: '1.0.5', base: '2.2.5' };

function read(text: string): ReadVersion | null {
  const isReversed = text === reversed.tag || text === `${reversed.packageVersion}-${reversed.base}`;
  const [, packageVersion, base, major] = isReversed ? ['', reversed.packageVersion, reversed.base, '2'] : (form.exec(text) ?? []);
  if (packageVersion === undefined || base === undefined) return null;
  return {
    text: isReversed ? reversed.tag : text,
    order: [...numbersOf(packageVersion), ...numbersOf(base)],
    series: packageVersion,
    prerelease: false,
    base: { engine: major === '5' ? 'dse' : 'cassandra', version: base },
  };
}

export const dcosCassandraScheme: VersionScheme = orderedScheme('dcos-cassandra', {
  read,
  readSeries: (text) => (seriesForm.test(text) ? numbersOf(text) : null),
});
