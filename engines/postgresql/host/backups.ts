/** Whether a backup of this server is being taken, whichever program takes it: by what such programs do, not by what they are called. */
import { join } from 'node:path';
import { z } from 'zod';
import type { DriverContext } from '../../../common/driver.ts';
import type { Answer } from '../../kit/pure/checks.ts';
import type { ServerFacts } from '../facts.ts';
import { connectionOf } from './connection.ts';
import { inSharedSession } from './session.ts';

/** The call by which a session begins a base backup and stays open; sent as a value, so that no question matches itself. */
const beginsBackup = 'pg_(backup_start|start_backup)\\s*\\(';
/** The advisory lock that pgBackRest holds on the server for as long as it takes a backup. Source: its src/db/db.c, 12340078987004321. */
const lockHigh = 2_873_148;
const lockLow = 2_290_436_513;

const sessionsSql = `
SELECT a.application_name AS name, a.pid FROM pg_stat_activity a
WHERE a.pid <> pg_backend_pid() AND a.backend_type = 'client backend' AND (a.query ~* $1 OR a.application_name = ANY ($2)
  OR EXISTS (SELECT FROM pg_locks l WHERE l.pid = a.pid AND l.granted AND l.locktype = 'advisory' AND l.objsubid = 1
    AND l.classid::bigint = $3 AND l.objid::bigint = $4))
ORDER BY a.pid LIMIT 1`;
const sessionSchema = z.object({ name: z.string(), pid: z.number() });

/**
 * A base backup over the replication protocol is a walsender's state; an exclusive one (before 15) leaves its label in the data directory; any
 * other is a session that began one and is still open, holds the lock of one, or has a name that the settings give.
 */
export async function noBackup(context: DriverContext, server: ServerFacts): Promise<Answer> {
  const sender = server.replication.find((row) => row.state === 'backup');
  if (sender !== undefined) return [false, `${sender.applicationName} takes a base backup; wait for its end`];
  const label = server.inRecovery ? null : await context.host.readText(join(context.settings.dataDir, 'backup_label'));
  if (label !== null) return [false, 'an exclusive backup is open: run pg_stop_backup() once its copy is complete'];
  const values = [beginsBackup, connectionOf(context.settings).backups, lockHigh, lockLow];
  const [session] = await inSharedSession(context, ({ rows }) => rows(sessionSchema, sessionsSql, values));
  if (session === undefined) return [true, 'no base backup is running'];
  const name = session.name === '' ? 'a session without a name' : session.name;
  return [false, `${name} (process ${session.pid}) takes a backup; wait for its end`];
}
