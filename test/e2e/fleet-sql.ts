/** A statement to one server of a fleet, as its administrator. */
import { readFile } from 'node:fs/promises';
import pg from 'pg';
import type { DemoFleet } from '../../demo/fleet.ts';

export async function executeSql(fleet: DemoFleet, instance: string, text: string): Promise<readonly Record<string, unknown>[]> {
  const node = fleet.layout.nodes.find(({ name }) => name === instance);
  if (node === undefined) throw new RangeError(`no ${instance}`);
  const { host, port, user, database, passwordFile } = node.member.connection;
  const client = new pg.Client({ host, port, user, database, password: (await readFile(passwordFile, 'utf8')).trim() });
  client.on('error', () => undefined);
  await client.connect();
  return (await client.query<Record<string, unknown>>(text).finally(() => client.end())).rows;
}
