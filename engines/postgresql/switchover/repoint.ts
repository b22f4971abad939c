/**
 * How a server follows another member: how it logs in there, and how one that runs is pointed elsewhere. What stands here may hold a password: it goes
 * into files and SQL of this host only.
 */
import { z } from 'zod';
import type { DriverContext } from '../../../common/driver.ts';
import type { MemberAddress } from '../../../common/orders.ts';
import { until } from '../../kit/host/asking.ts';
import { failed, refused } from '../../kit/host/failures.ts';
import type { Session } from '../../kit/host/sql-sessions.ts';
import { advertisedOf, connectionOf, inOwnSession } from '../host/connection.ts';
import { majorOf } from '../host/data-folder.ts';
import { probe } from '../host/inspect.ts';
import { parseConninfo } from '../probe.ts';
import { alterSystem, untilRead } from '../settings.ts';
import { aimedAt, formatConninfo, leadsTo } from './conninfo.ts';

/** Done when it is pointed there already; its slot keeps its name. Throws `refused` on a primary. */
export async function repoint(context: DriverContext, { follow }: { readonly follow: MemberAddress }): Promise<void> {
  await requireMajor(context, 13, 'repoint');
  refuseItself(context, follow);
  const { memberId, server } = await probe(context, 'own');
  if (!server.inRecovery) throw refused(context, 'not-a-standby', `it is a primary; only a standby can be repointed`);
  await inOwnSession(context, async (session) => {
    const present = await activeConninfo(session);
    if (leadsTo(parseConninfo(present) ?? new Map(), follow)) return;
    await alterSystem(session, 'primary_conninfo', conninfoTo(context, follow, present, memberId));
    const isActive = async () => leadsTo(parseConninfo(await activeConninfo(session)) ?? new Map(), follow);
    if (await until(context, untilRead, isActive)) return;
    const why = 'is it set on the command line, or does a file have an error?';
    throw failed(context, 'not-repointed', `it did not apply primary_conninfo for ${follow.member}; ${why}`);
  });
}

const activeConninfo = async (session: Session): Promise<string> =>
  (await session.value(z.string(), `SELECT current_setting('primary_conninfo')`)) ?? '';

/** primary_conninfo that leads to `follow`: as the one that the server has, else by the agent's settings. Throws `refused`. */
export function conninfoTo(context: DriverContext, follow: MemberAddress, present: string, memberId: string | null): string {
  const template = (present === '' ? null : parseConninfo(present)) ?? loginOf(context);
  const cannot = (what: string) => refused(context, 'cannot-follow', what);
  if (template === null)
    throw cannot('it has no usable primary_conninfo; set connection.replication (user, passfile) in the settings of its agent');
  if (memberId === null) throw cannot('it has no application_name to follow with; set connection.memberId in the settings of its agent');
  return formatConninfo(aimedAt(template, follow, memberId));
}

function loginOf(context: DriverContext): ReadonlyMap<string, string> | null {
  const { replication } = connectionOf(context.settings);
  if (replication === undefined) return null;
  const { slot: _, ...login } = replication;
  return new Map(Object.entries(login).flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as const])));
}

/** A member that followed itself would never serve again. Throws `refused`. */
export function refuseItself(context: DriverContext, follow: MemberAddress): void {
  const connection = connectionOf(context.settings);
  const own = advertisedOf(connection);
  const itself = `${follow.host}:${follow.port} (${follow.member}) is its own address; correct connection.advertise of both agents`;
  if (follow.member === connection.memberId || (own?.host === follow.host && own.port === follow.port))
    throw refused(context, 'follows-itself', itself);
}

/** Major that the data are of, as a number; throws `refused` when it is unknown or below what the verb needs. */
export async function requireMajor(context: DriverContext, least: number, verb: string): Promise<void> {
  const major = await majorOf(context);
  if (major !== null && Number(major) >= least) return;
  throw refused(
    context,
    'version-too-old',
    `${verb} needs PostgreSQL ${least} or newer, its data directory is of ${major ?? 'an unknown version'}`,
  );
}
