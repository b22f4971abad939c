/** A running standby follows another member from now on. */
import { z } from 'zod';
import type { DriverContext } from '../../../common/driver.ts';
import type { MemberAddress } from '../../../common/orders.ts';
import { until } from '../../kit/host/asking.ts';
import { failed, refused } from '../../kit/host/failures.ts';
import type { Session } from '../../kit/host/sql-sessions.ts';
import { look } from '../host/inspect.ts';
import { inOwnSession } from '../host/session.ts';
import { parseConninfo } from '../probe.ts';
import { leadsTo } from './conninfo.ts';
import { conninfoTo, refuseItself, requireMajor } from './login.ts';

/** Done when it is pointed there already; its slot keeps its name. Throws `refused` on a primary. */
export async function repoint(context: DriverContext, follow: MemberAddress): Promise<void> {
  await requireMajor(context, 13, 'repoint');
  refuseItself(context, follow);
  const { memberId, server } = await look(context, 'own');
  if (!server.inRecovery) throw refused(context, 'not-a-standby', `it is a primary; only a standby can be pointed elsewhere`);
  await inOwnSession(context, async (session) => {
    const present = await activeConninfo(session);
    if (leadsTo(parseConninfo(present) ?? new Map(), follow)) return;
    await setConninfo(session, conninfoTo(context, follow, present, memberId));
    // The server reads its files again a moment after it was asked to.
    const isActive = async () => leadsTo(parseConninfo(await activeConninfo(session)) ?? new Map(), follow);
    if (await until(context, { withinMs: 10_000, everyMs: 20 }, isActive)) return;
    const why = 'is it set on its command line, or has a file an error?';
    throw failed(context, 'not-repointed', `it did not take over primary_conninfo to ${follow.member}; ${why}`);
  });
}

async function activeConninfo(session: Session): Promise<string> {
  const [row] = await session.rows(z.object({ conninfo: z.string() }), `SELECT current_setting('primary_conninfo') AS conninfo`);
  return row?.conninfo ?? '';
}

async function setConninfo(session: Session, conninfo: string): Promise<void> {
  const [literal] = await session.rows(z.object({ text: z.string() }), 'SELECT quote_literal($1) AS text', [conninfo]);
  await session.rows(z.object({}), `ALTER SYSTEM SET primary_conninfo = ${literal?.text ?? "''"}`);
  await session.rows(z.object({}), 'SELECT FROM pg_reload_conf()');
}
