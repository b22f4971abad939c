/** Connections to a cluster known by an address list: the library knows one address, so finding the right node is done here. */
import pg from 'pg';
import { z } from 'zod';

const addressSchema = z.object({ host: z.string(), port: z.number().int() });
export type Address = Readonly<z.infer<typeof addressSchema>>;

export const clusterAddressSchema = z.object({
  nodes: z.array(addressSchema).min(1).readonly(),
  user: z.string(),
  password: z.string().optional(),
  database: z.string(),
});
export type ClusterAddress = Readonly<z.infer<typeof clusterAddressSchema>>;

/** A node that does not answer within this time is as good as down; milliseconds. */
const answerLimitMs = 2_000;

/** One connection. Throws whatever the driver throws; the caller owns the connection and ends it. */
export async function dial(cluster: ClusterAddress, node: Address): Promise<pg.Client> {
  const client = new pg.Client({
    host: node.host,
    port: node.port,
    user: cluster.user,
    database: cluster.database,
    ...(cluster.password === undefined ? {} : { password: cluster.password }),
    connectionTimeoutMillis: answerLimitMs,
    query_timeout: answerLimitMs,
  });
  client.on('error', () => {}); // a connection that breaks while idle: the next statement on it fails and says so
  try {
    await client.connect();
    return client;
  } catch (thrown) {
    await hangUp(client);
    throw thrown;
  }
}

/** The node that takes writes, or null when none does right now. */
export async function dialWritable(cluster: ClusterAddress): Promise<pg.Client | null> {
  for (const node of cluster.nodes) {
    const client = await dial(cluster, node).catch(() => null);
    if (client === null) continue;
    const writable = await takesWrites(client).catch(() => false);
    if (writable) return client;
    await hangUp(client);
  }
  return null;
}

async function takesWrites(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ standby: boolean }>('SELECT pg_is_in_recovery() AS standby');
  return rows[0]?.standby === false;
}

/** Ends a connection whatever state it is in. */
export async function hangUp(client: pg.Client | null): Promise<void> {
  await client?.end().catch(() => {});
}
