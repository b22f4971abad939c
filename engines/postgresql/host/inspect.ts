/** One look at a running server, in one statement: everything that checks and facts are made of. */
import { z } from 'zod';
import type { DriverContext } from '../../../common/driver.ts';
import { fail } from '../../../common/failure.ts';
import type { Session } from '../../kit/host/sql-sessions.ts';
import type { Sight } from '../checks.ts';
import { guardedSettings, type Look, type ServerFacts, serverSchema } from '../facts.ts';
import { parseConninfo, parseLibraryList, parseServerVersion } from '../probe.ts';
import { advertisedOf, type ConnectionSettings, connectionOf } from './connection.ts';
import { inOwnSession, inSharedSession } from './session.ts';

// to_jsonb keeps this one statement right for every major since 10: columns that came later are simply missing.
const probeSql = `
SELECT current_setting('server_version') AS version, current_setting('server_version_num')::int AS version_num,
  pg_has_role(current_user, 'pg_monitor', 'MEMBER') AS may_monitor, current_setting('is_superuser') = 'on' AS superuser,
  (SELECT system_identifier::text FROM pg_control_system()) AS system_id,
  pg_is_in_recovery() AS in_recovery, here.lsn::text AS lsn,
  CASE WHEN pg_is_in_recovery() THEN pg_last_wal_receive_lsn()::text END AS received_lsn,
  CASE WHEN pg_is_in_recovery() THEN pg_is_wal_replay_paused() ELSE false END AS replay_paused,
  CASE WHEN pg_is_in_recovery() THEN (SELECT timeline_id FROM pg_control_checkpoint())
    ELSE ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int END AS timeline,
  (SELECT to_jsonb(r) FROM pg_stat_wal_receiver r) AS wal_receiver,
  (SELECT coalesce(jsonb_agg(to_jsonb(r) || jsonb_build_object('replay_lsn', r.replay_lsn::text,
      'received_lsn', coalesce(r.flush_lsn, r.write_lsn)::text, 'received_lag_bytes', greatest(pg_wal_lsn_diff(here.lsn, coalesce(r.flush_lsn, r.write_lsn)), 0),
      'logical', s.slot_type IS NOT DISTINCT FROM 'logical',
      'lag_bytes', greatest(pg_wal_lsn_diff(here.lsn, r.replay_lsn), 0))), '[]')
    FROM pg_stat_replication r LEFT JOIN pg_replication_slots s ON s.active_pid = r.pid) AS replication,
  (SELECT coalesce(jsonb_agg(to_jsonb(s) || jsonb_build_object('retained_bytes', greatest(pg_wal_lsn_diff(here.lsn, s.restart_lsn), 0))), '[]')
    FROM pg_replication_slots s WHERE NOT s.temporary) AS slots,
  EXISTS (SELECT FROM pg_stat_activity WHERE backend_type = 'startup' AND wait_event = 'RecoveryApplyDelay') AS held_back,
  current_setting('max_replication_slots')::int - (SELECT count(*) FROM pg_replication_slots) AS free_slots,
  (SELECT jsonb_object_agg(name, setting) FROM pg_settings WHERE name = ANY ($1)) AS settings,
  (SELECT reset_val FROM pg_settings WHERE name = 'application_name') AS application_name
FROM (SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END AS lsn) AS here`;

const textSettings = [
  'allow_alter_system',
  'cluster_name',
  'data_checksums',
  'hot_standby',
  'primary_conninfo',
  'primary_slot_name',
  'recovery_min_apply_delay',
  'recovery_target_timeline',
  'restore_command',
  'synchronous_standby_names',
  'shared_preload_libraries',
  'session_preload_libraries',
  'local_preload_libraries',
] as const;

const rowSchema = z.object({
  version: z.string(),
  version_num: z.number(),
  may_monitor: z.boolean(),
  superuser: z.boolean(),
  system_id: z.string(),
  in_recovery: z.boolean(),
  lsn: z.string().nullable(),
  received_lsn: z.string().nullable(),
  replay_paused: z.boolean(),
  timeline: z.number(),
  wal_receiver: z
    .object({
      status: z.string().nullable(),
      sender_host: z.string().nullish(),
      sender_port: z.number().nullish(),
      slot_name: z.string().nullable(),
      received_tli: z.number().nullable(),
    })
    .nullable(),
  replication: z.array(
    z.object({
      application_name: z.string(),
      state: z.string().nullable(),
      sync_state: z.string().nullable(),
      replay_lsn: z.string().nullable(),
      received_lsn: z.string().nullable(),
      received_lag_bytes: z.number().nullable(),
      logical: z.boolean(),
      lag_bytes: z.number().nullable(),
    }),
  ),
  slots: z.array(
    z.object({
      slot_name: z.string(),
      slot_type: z.enum(['physical', 'logical']),
      active: z.boolean(),
      wal_status: z.string().nullish(),
      failover: z.boolean().nullish(),
      synced: z.boolean().nullish(),
      retained_bytes: z.number().nullable(),
    }),
  ),
  held_back: z.boolean(),
  free_slots: z.coerce.number(),
  settings: z.record(z.string(), z.string()),
  application_name: z.string(),
});
type Row = z.infer<typeof rowSchema>;

/** `own`: in a session of its own, which proves that the server takes new ones. */
export type ProbeBy = 'shared' | 'own';

/** Looks once, with all who ask it at the same time. Throws FailureError: unreachable, or what the server refused and which right is missing. */
export function look(context: DriverContext, by: ProbeBy): Promise<Look> {
  return context.tool('look', (during) => lookOnce(during, by), { of: by });
}

async function lookOnce(context: DriverContext, by: ProbeBy): Promise<Look> {
  const within = by === 'own' ? inOwnSession : inSharedSession;
  const rows = await within(context, (session: Session) => session.rows(rowSchema, probeSql, [[...guardedSettings, ...textSettings]]));
  const [row] = rows;
  if (row === undefined) throw fail('failed', 'sql-failed', 'PostgreSQL answered the look with no row');
  const connection = connectionOf(context.settings);
  const { user } = connection;
  if (!row.may_monitor)
    throw fail(
      'refused',
      'no-monitor-role',
      `${context.settings.instance}: user ${user} sees only part of the server; run GRANT pg_monitor TO ${user}`,
    );
  // The fence is written while it is down: whoever may not do that is told so while it serves.
  const followObstacle = followObstacleOf(row, connection) ?? (await context.host.writeObstacle(context.settings.dataDir));
  return {
    systemId: row.system_id,
    memberId: memberIdOf(row),
    version: parseServerVersion(row.version),
    server: serverFacts(row, connection, followObstacle === null),
    isSuperuser: row.superuser,
    followObstacle,
  };
}

const rightsSchema = z.object({ admin: z.boolean() });
const rightsSql = `SELECT current_setting('is_superuser') = 'on' AS admin`;

export function sightOf(context: DriverContext): Sight {
  let seen: Promise<Look> | null = null;
  const lookBy = (by: ProbeBy) => () => {
    seen ??= look(context, by);
    return seen;
  };
  return {
    look: lookBy('shared'),
    lookAnew: lookBy('own'),
    async isSuperuser() {
      const ask = (session: Session) => session.rows(rightsSchema, rightsSql);
      const [row] = await context.tool('rights', (during) => inSharedSession(during, ask));
      return row?.admin === true;
    },
  };
}

/** A standby is known to its upstream by its connection string, else by cluster_name (12+), as libpqwalreceiver has it. */
function memberIdOf(row: Row): string | null {
  const conninfo = row.in_recovery ? parseConninfo(row.settings.primary_conninfo ?? '') : null;
  const own = row.in_recovery ? conninfo?.get('application_name') : row.application_name;
  return own || row.settings.cluster_name || null;
}

/** Before version 12 there is no standby.signal; without these settings a standby could not be watched, or would stay behind. */
function followObstacleOf({ version_num, settings }: Row, { replication }: ConnectionSettings): string | null {
  if (version_num < 120_000) return 'before version 12 a server is made a standby by recovery.conf, which Drydock does not write';
  if (settings.hot_standby !== 'on') return 'hot_standby is off: as a standby it could not be asked; turn it on';
  if (settings.recovery_target_timeline !== 'latest')
    return `recovery_target_timeline is ${settings.recovery_target_timeline ?? 'unknown'}: it would not follow a promoted member; set it to latest`;
  if (replication !== undefined) return null;
  if (!settings.primary_conninfo) return 'it has no primary_conninfo: give its agent connection.replication with user and passfile';
  const readable = parseConninfo(settings.primary_conninfo) !== null;
  return readable ? null : 'its primary_conninfo is not of the form keyword=value: rewrite it, or give its agent connection.replication';
}

function serverFacts(row: Row, connection: ConnectionSettings, canFollow: boolean): ServerFacts {
  const { settings } = row;
  const libraries = [settings.shared_preload_libraries, settings.session_preload_libraries, settings.local_preload_libraries];
  return serverSchema.parse({
    state: 'reachable',
    serverVersion: row.version,
    serverVersionNum: row.version_num,
    inRecovery: row.in_recovery,
    timeline: row.wal_receiver?.received_tli ?? row.timeline,
    currentLsn: row.lsn,
    receivedLsn: row.received_lsn,
    replayPaused: row.replay_paused,
    walReceiver: row.wal_receiver === null ? null : receiverOf(row.wal_receiver),
    replication: row.replication.map((peer) => ({
      applicationName: peer.application_name,
      state: peer.state ?? 'unknown',
      syncState: peer.sync_state ?? 'unknown',
      logical: peer.logical,
      replayLsn: peer.replay_lsn,
      lagBytes: peer.lag_bytes,
      receivedLsn: peer.received_lsn,
      receivedLagBytes: peer.received_lag_bytes,
      namedReceiver: connection.receivers.includes(peer.application_name),
    })),
    slots: row.slots.map((slot) => ({
      name: slot.slot_name,
      type: slot.slot_type,
      active: slot.active,
      walStatus: slot.wal_status ?? null,
      retainedBytes: slot.retained_bytes,
      failover: slot.failover ?? false,
      synced: slot.synced ?? false,
    })),
    synchronousStandbyNames: settings.synchronous_standby_names ?? '',
    dataChecksums: settings.data_checksums === 'on',
    settings: Object.fromEntries(guardedSettings.map((name) => [name, Number(settings[name])])),
    preloadLibraries: libraries.flatMap((list) => parseLibraryList(list ?? '')),
    advertised: advertisedOf(connection),
    primarySlot: settings.primary_slot_name || (connection.replication?.slot ?? null),
    canFollow,
    // Before version 12 it is no setting of the server's.
    fromArchive: settings.restore_command === undefined ? null : settings.restore_command !== '',
    // In milliseconds, whatever unit it was written in.
    applyDelayMs: Number(settings.recovery_min_apply_delay ?? 0),
    heldBack: row.held_back,
    altersSystem: settings.allow_alter_system !== 'off',
    freeSlots: Math.max(0, row.free_slots),
  });
}

function receiverOf(row: NonNullable<Row['wal_receiver']>): ServerFacts['walReceiver'] {
  return {
    status: row.status ?? 'unknown',
    senderHost: row.sender_host ?? null,
    senderPort: row.sender_port ?? null,
    slot: row.slot_name,
    timeline: row.received_tli,
  };
}
