/** PostgreSQL as the contract needs it where a real primary and its standby run. */
import { dirname } from 'node:path';
import { vi } from 'vitest';
import type { PostgresVersion } from '../../demo/postgres/releases.ts';
import { postgresqlDriver as driver } from '../../engines/postgresql/driver.ts';
import { serverFactsOf } from '../../engines/postgresql/facts.ts';
import { postgresqlProcedure as procedure } from '../../engines/postgresql/procedure.ts';
import { makeTestCluster, type TestServer } from '../e2e/postgresql-servers.ts';
import { soon } from './cluster.ts';
import { postgresqlOrders } from './postgresql-orders.ts';
import type { LiveSubject, Stage, StageMember } from './subject.ts';

type Versions = readonly [from: PostgresVersion, to: PostgresVersion];

export interface PostgresStage extends Stage {
  readonly primary: TestServer;
  readonly standby: TestServer;
}

async function open(versions: Versions): Promise<PostgresStage> {
  const cluster = await makeTestCluster(['pg-1', 'pg-2'], versions);
  const [primary, standby] = cluster.servers;
  if (primary === undefined || standby === undefined) throw new RangeError('two servers were asked for');
  const members = [memberOf(primary), memberOf(standby)] as const;
  for (const member of members) await member.start();
  return { primary, standby, members, versions, remove: cluster.remove };
}

function memberOf(server: TestServer): StageMember {
  return {
    name: server.member.name,
    // One that was killed leaves children behind for a moment, and beside them it does not start.
    start: () =>
      vi.waitFor(async () => {
        server.start();
        if ((await driver.capabilities(server.context())).length === 0) throw new Error(`${server.member.name} takes no sessions`);
      }, soon),
    stop: (signal) => server.stop(signal),
    activate: (version) => server.activate(version),
    async context(way) {
      const context = server.context({ port: await way.port(server.member.connection.port) });
      return { ...context, host: way.host(context.host), signal: way.signal };
    },
  };
}

/** Before 13 no reload changes whom a standby follows, and the driver refuses to. */
const ordersOf = (from: PostgresVersion) => postgresqlOrders.filter(({ title }) => title !== 'repoint' || !from.startsWith('12.'));

/** The contract on two minors of one major. */
export function postgresqlLive(versions: Versions): LiveSubject<PostgresStage> {
  return {
    driver,
    procedure,
    factsOf: serverFactsOf,
    open: () => open(versions),
    orders: ordersOf(versions[0]),
    writes: [
      /^data\/(drydock\.fence|drydock\.effects|postgresql\.auto\.conf|postgresql\.conf|standby\.signal)$/,
      /^releases\/\.config\/[0-9a-f]{64}\.(conf|trial)$/,
    ],
    // An HA manager leaves its files beside the data directory; sockets are made where the configuration says.
    traces: ({ dataDir }) => [dirname(dataDir), `${dataDir}.sockets`],
  };
}
