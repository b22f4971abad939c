/**
 * DataStax Enterprise: `6.8.35`, with a label (`6.8.0-rc1`) or a package revision (`5.0.15-1`); in DC/OS with its service in front
 * (`3.1.0-6.7.6`). What one comes from or goes on to is written with its name: `cassandra-3.11.5`, `ddac-3.11.4`, `hcd-1.2.0`; these
 * come before, before and after all of DSE.
 */
import type { VersionScheme } from '../../common/version-scheme.ts';
import { cassandraScheme } from '../cassandra/scheme.ts';
import { number, numbersOf, orderedScheme, type ReadVersion } from '../kit/pure/ordered-scheme.ts';

const products = ['ddac', 'cassandra', 'dse', 'hcd'];
const triple = `${number}\\.${number}\\.${number}`;
const form = new RegExp(`^(?:(${triple})-)?(${triple})(?:-(?:(alpha|beta|rc)([1-9][0-9]{0,3})|([1-9][0-9]{0,3})))?$`);
const otherForm = new RegExp(`^(ddac|hcd)-(${triple})$`);
const seriesForm = new RegExp(`^(?:(ddac|cassandra|hcd)-)?(${number}\\.${number})$`);
const stages = ['alpha', 'beta', 'rc'];
const final = stages.length;

function read(text: string): ReadVersion | null {
  if (text.startsWith('cassandra-')) return readCassandra(text);
  const [, product, other] = otherForm.exec(text) ?? [];
  if (product !== undefined && other !== undefined)
    return {
      text,
      order: [products.indexOf(product), ...numbersOf(other), final],
      series: `${product}-${seriesOf(other)}`,
      prerelease: false,
    };
  const [, service, version, stage, count, revision] = form.exec(text) ?? [];
  if (version === undefined) return null;
  const rank = stage === undefined ? [final, Number(revision ?? 0)] : [stages.indexOf(stage), Number(count)];
  return {
    text,
    order: [products.indexOf('dse'), ...numbersOf(version), ...rank, ...(service === undefined ? [] : numbersOf(service))],
    series: seriesOf(version),
    prerelease: stage !== undefined,
  };
}

/** Finals only: no pre-release of Cassandra is moved to DSE. */
function readCassandra(text: string): ReadVersion | null {
  const version = cassandraScheme.parse(text.slice('cassandra-'.length));
  if (version === null || cassandraScheme.isPrerelease(version)) return null;
  const series = `cassandra-${cassandraScheme.series(version)}`;
  return { text: `cassandra-${version}`, order: [products.indexOf('cassandra'), ...numbersOf(version)], series, prerelease: false };
}

function seriesOf(version: string): string {
  return version.split('.').slice(0, 2).join('.');
}

function readSeries(text: string): readonly number[] | null {
  const [, product, series] = seriesForm.exec(text) ?? [];
  return series === undefined ? null : [products.indexOf(product ?? 'dse'), ...numbersOf(series)];
}

export const dseScheme: VersionScheme = orderedScheme('dse', { read, readSeries });
