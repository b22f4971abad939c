/** The verbs as orders carry them, and looks at what they came to. */
import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { expect, vi } from 'vitest';
import type { DriverVerbs, VerbCall } from '../../common/driver.ts';
import type { MemberAddress } from '../../common/orders.ts';
import { postgresqlDriver as driver } from '../../engines/postgresql/driver.ts';
import { serverFactsOf } from '../../engines/postgresql/facts.ts';
import type { TestCluster, TestServer } from './postgresql-servers.ts';

/** A limit and no span: a busy machine starts a server in its own time. Each probe is a session of its own, so not too many of them. */
export const soon = { timeout: 90_000, interval: 50 };
export const { act, acted } = driver.verbs as DriverVerbs;

/** Starts the first one as the primary of the two others, and waits until they follow. */
export async function startThree(cluster: TestCluster): Promise<readonly [TestServer, TestServer, TestServer]> {
  const [first, second, third] = cluster.servers;
  if (first === undefined || second === undefined || third === undefined) throw new RangeError('three servers were asked for');
  for (const server of cluster.servers) server.start();
  await follows(second, first);
  await follows(third, first);
  return [first, second, third];
}

const nameOf = (server: TestServer) => server.member.name;
export const addressOf = ({ member }: TestServer): MemberAddress => ({
  member: member.name,
  host: '127.0.0.1',
  port: member.connection.port,
});
export const fenceTo = (server: TestServer): VerbCall => ({ verb: 'fence', args: { follow: addressOf(server) }, token: null });
export const repointTo = (server: TestServer): VerbCall => ({ verb: 'repoint', args: { follow: addressOf(server) }, token: null });
export const promotion = (token: string | null, slots: readonly string[] = []): VerbCall => ({
  verb: 'promote',
  args: { slots },
  token,
});
export const dropping = (...slots: string[]): VerbCall => ({ verb: 'dropSlots', args: { slots }, token: null });
export const unfence: VerbCall = { verb: 'unfence', args: {}, token: null };

export const ask = (server: TestServer, check: string, expected?: string) =>
  driver.check(server.context(), expected === undefined ? { check } : { check, expect: expected });

export async function isOk(server: TestServer, check: string, expected?: string): Promise<void> {
  await vi.waitFor(async () => expect(await ask(server, check, expected)).toMatchObject({ ok: true }), soon);
}

export async function follows(standby: TestServer, upstream: TestServer): Promise<void> {
  await isOk(standby, 'in-service');
  await isOk(upstream, 'member-in-service', nameOf(standby));
}

export async function factsOf(server: TestServer) {
  const { detail } = await driver.observe(server.context(), []);
  const facts = serverFactsOf({ detail } as Parameters<typeof serverFactsOf>[0]);
  if (facts === null) throw new TypeError(`${nameOf(server)} does not answer`);
  return facts;
}

export async function sql(server: TestServer, text: string): Promise<readonly Record<string, unknown>[]> {
  const { host, port, user, database, passwordFile } = server.member.connection;
  const client = new pg.Client({ host, port, user, database, password: (await readFile(passwordFile, 'utf8')).trim() });
  client.on('error', () => undefined);
  await client.connect();
  return (await client.query<Record<string, unknown>>(text).finally(() => client.end())).rows;
}

export const fileOf = (server: TestServer, name: string) => join(server.member.dataDir, name);
export const exists = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  );

/** The receipt of a fence, whose token the promotion needs. */
export async function fenced(server: TestServer, follow: TestServer): Promise<string> {
  const { token } = await act(server.context(), fenceTo(follow));
  if (token === null) throw new TypeError('a fence tells where the server stopped');
  return token;
}
