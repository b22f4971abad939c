/** How one probe of a node asks, and what it comes to. */
import { createHash } from 'node:crypto';
import type { DriverContext } from '../../../common/driver.ts';
import { fail } from '../../../common/failure.ts';
import { once } from '../../kit/host/asking.ts';
import type { Server, Sight } from '../checks.ts';
import type { RingNode } from '../facts.ts';
import { compatibilityModes } from '../formats.ts';
import { type LocalFacts, localIn, type NetStats, peersIn, repairsIn } from '../probe.ts';
import { tools } from '../tools.ts';
import { type ConfigSeen, configOf } from './config-file.ts';
import { type CqlSession, openCql } from './cql.ts';
import { formatsOf } from './files.ts';
import { nodetool } from './nodetool.ts';
import { cqlServerOf } from './reach.ts';

const queries = {
  local:
    'SELECT cluster_name, host_id, data_center, rack, release_version, schema_version, bootstrapped, broadcast_address FROM system.local',
  peers: 'SELECT peer, host_id, data_center, rack, release_version, schema_version FROM system.peers_v2',
  pools: 'SELECT name, active_tasks FROM system_views.thread_pools',
  mode: "SELECT value FROM system_views.settings WHERE name = 'storage_compatibility_mode'",
};

/** By the names under which answers of real nodes are recorded. */
export const recordedQueries: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(queries).map(([name, query]) => [`cql-${name}`, query]),
);

/** What makes up a schema that people see, in a form that every release from 4.0 on gives alike. */
const schemaQueries = [
  'SELECT keyspace_name, replication FROM system_schema.keyspaces',
  'SELECT keyspace_name, table_name, id FROM system_schema.tables',
  'SELECT keyspace_name, table_name, column_name, kind, position, type FROM system_schema.columns',
  'SELECT keyspace_name, table_name, index_name FROM system_schema.indexes',
  'SELECT keyspace_name, type_name, field_names, field_types FROM system_schema.types',
];

/** What no check asks for. */
export interface NodeSight {
  /** In a probe beside an order: as it was within the idle pause. */
  ringLately(): Promise<readonly RingNode[]>;
  config(): Promise<ConfigSeen | null>;
}

export function sightOf(context: DriverContext): Sight & NodeSight {
  return {
    server: once(() => context.tool('server', (during) => withCql(during, serverBy))),
    ring: once(() => context.tool('ring', ringBy)),
    ringLately: once(() => context.tool('ring', ringBy, { lately: true })),
    streams: once(() => context.tool('streams', streamsBy)),
    formats: once(() => context.tool('files', formatsOf)),
    schemaDigest: once(() => context.tool('schema', (during) => withCql(during, schemaDigestBy))),
    runs: async () => (await context.host.unitState(context.settings.unit)).active,
    config: once(() => configOf(context)),
  };
}

/** Its own row alone: the cheapest sign of life. */
export function askLocal(context: DriverContext): Promise<LocalFacts> {
  return context.tool('life', (during) => withCql(during, localBy));
}

async function withCql<T>(context: DriverContext, ask: (session: CqlSession) => Promise<T>): Promise<T> {
  const session = await openCql(await cqlServerOf(context), context.signal);
  try {
    return await ask(session);
  } finally {
    session.close();
  }
}

async function localBy(session: CqlSession): Promise<LocalFacts> {
  const local = localIn(await session.query(queries.local));
  if (local === null) throw fail('failed', 'no-answer', 'system.local has an unknown format');
  return local;
}

async function serverBy(session: CqlSession): Promise<Server> {
  const [local, peers, pools, modes] = await Promise.all([
    localBy(session),
    session.query(queries.peers),
    session.query(queries.pools),
    session.query(queries.mode),
  ]);
  const mode = modes[0]?.value;
  return {
    local,
    peers: peersIn(peers),
    repairs: repairsIn(pools),
    compatibility: compatibilityModes.find((each) => each === mode) ?? null,
  };
}

async function ringBy(context: DriverContext): Promise<readonly RingNode[]> {
  const { argv, parse } = tools.ring;
  return known(context, argv, parse(await nodetool(context, argv.slice(1))));
}

async function streamsBy(context: DriverContext): Promise<NetStats> {
  const { argv, parse } = tools.streams;
  return known(context, argv, parse(await nodetool(context, argv.slice(1))));
}

function known<T>({ settings }: DriverContext, argv: readonly string[], answer: T | null): T {
  if (answer !== null) return answer;
  throw fail('failed', 'no-answer', `${settings.instance}: ${argv.join(' ')} prints an unknown format`);
}

const isOurs = (keyspace: unknown): boolean => typeof keyspace === 'string' && /^system(_|$)/.test(keyspace);

async function schemaDigestBy(session: CqlSession): Promise<string> {
  const hash = createHash('sha256');
  for (const query of schemaQueries) {
    const rows = (await session.query(query)).filter(({ keyspace_name: keyspace }) => !isOurs(keyspace));
    hash.update(
      rows
        .map((row) => JSON.stringify(row))
        .sort()
        .join('\n'),
    );
  }
  return hash.digest('hex').slice(0, 16);
}
