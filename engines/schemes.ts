import type { VersionScheme } from '../common/version-scheme.ts';
import { cassandraScheme } from './cassandra/scheme.ts';
import { cockroachdbScheme } from './cockroachdb/scheme.ts';
import { dcosCassandraScheme } from './dcos-cassandra/scheme.ts';
import { dseScheme } from './dse/scheme.ts';
import { dssScheme } from './dss/scheme.ts';
import { etcdScheme } from './etcd/scheme.ts';
import { ozoneScheme } from './ozone/scheme.ts';
import { postgresqlScheme } from './postgresql/scheme.ts';

/** Every engine's versions, by engine name. A rule pack is of the engine it names and is read with this engine's scheme. */
export const schemes: ReadonlyMap<string, VersionScheme> = new Map([
  ['cassandra', cassandraScheme],
  ['cockroachdb', cockroachdbScheme],
  ['dcos-cassandra', dcosCassandraScheme],
  ['dse', dseScheme],
  ['dss', dssScheme],
  ['etcd', etcdScheme],
  ['ozone', ozoneScheme],
  ['postgresql', postgresqlScheme],
]);
