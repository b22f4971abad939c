/** A running standby follows another member from now on. */
import { z } from 'zod';
import type { DriverContext } from '../../../common/driver.ts';
import type { MemberAddress } from '../../../common/orders.ts';
import { until } from '../../kit/host/asking.ts';
import { failed, refused } from '../../kit/host/failures.ts';
import type { Session } from '../../kit/host/sql-sessions.ts';
import { inOwnSession } from '../host/connection.ts';
import { look } from '../host/inspect.ts';
import { parseConninfo } from '../probe.ts';
import { alterSystem, untilRead } from '../settings.ts';
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
    await alterSystem(session, 'primary_conninfo', conninfoTo(context, follow, present, memberId));
    const isActive = async () => leadsTo(parseConninfo(await activeConninfo(session)) ?? new Map(), follow);
    if (await until(context, untilRead, isActive)) return;
    const why = 'is it set on its command line, or has a file an error?';
    throw failed(context, 'not-repointed', `it did not take over primary_conninfo to ${follow.member}; ${why}`);
  });
}

const activeConninfo = async (session: Session): Promise<string> =>
  (await session.value(z.string(), `SELECT current_setting('primary_conninfo')`)) ?? '';
