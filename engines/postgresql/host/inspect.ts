/** One probe of a running server, in one statement: everything that checks and facts are made of. */
import { z } from 'zod';
import type { DriverContext } from '../../../common/driver.ts';
import { refused } from '../../kit/host/failures.ts';
import type { Sight } from '../checks.ts';
import { guardedSettings, type ServerFacts, type ServerSeen, serverSchema } from '../facts.ts';
import { parseConninfo, parseLibraryList, parseServerVersion } from '../probe.ts';
import { advertisedOf, type ConnectionSettings, connectionOf, inOwnSession, inSharedSession, shared } from './connection.ts';

// In the form of the facts. to_jsonb keeps this one statement right for every major since 10: columns that came later are simply missing.
const probeSql = `
SELECT pg_has_role(current_user, 'pg_monitor', 'MEMBER') AS may_monitor, current_setting('is_superuser') = 'on' AS superuser,
  (SELECT system_identifier::text FROM pg_control_system()) AS system_id,
  (SELECT jsonb_object_agg(name, setting) FROM pg_settings WHERE name = ANY ($1)) AS settings,
  (SELECT reset_val FROM pg_settings WHERE name = 'application_name') AS application_name,
  jsonb_build_object('state', 'reachable', 'serverVersion', current_setting('server_version'), 'inRecovery', pg_is_in_recovery(),
    'serverVersionNum', current_setting('server_version_num')::int, 'currentLsn', here.lsn::text,
    'receivedLsn', CASE WHEN pg_is_in_recovery() THEN pg_last_wal_receive_lsn()::text END,
    'replayPaused', CASE WHEN pg_is_in_recovery() THEN pg_is_wal_replay_paused() ELSE false END,
    'timeline', coalesce((SELECT received_tli FROM pg_stat_wal_receiver), CASE WHEN pg_is_in_recovery() THEN (SELECT timeline_id FROM pg_control_checkpoint())
      ELSE ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int END),
    'walReceiver', (SELECT jsonb_build_object('status', coalesce(r.status, 'unknown'), 'senderHost', to_jsonb(r) -> 'sender_host',
      'senderPort', to_jsonb(r) -> 'sender_port', 'slot', r.slot_name, 'timeline', r.received_tli) FROM pg_stat_wal_receiver r),
    'replication', (SELECT coalesce(jsonb_agg(jsonb_build_object('applicationName', r.application_name, 'state', coalesce(r.state, 'unknown'),
        'syncState', coalesce(r.sync_state, 'unknown'), 'logical', s.slot_type IS NOT DISTINCT FROM 'logical', 'replayLsn', r.replay_lsn::text,
        'lagBytes', greatest(pg_wal_lsn_diff(here.lsn, r.replay_lsn), 0), 'receivedLsn', coalesce(r.flush_lsn, r.write_lsn)::text,
        'receivedLagBytes', greatest(pg_wal_lsn_diff(here.lsn, coalesce(r.flush_lsn, r.write_lsn)), 0),
        'namedReceiver', r.application_name = ANY ($2))), '[]')
      FROM pg_stat_replication r LEFT JOIN pg_replication_slots s ON s.active_pid = r.pid),
    'slots', (SELECT coalesce(jsonb_agg(jsonb_build_object('name', s.slot_name, 'type', s.slot_type, 'active', s.active,
        'walStatus', to_jsonb(s) -> 'wal_status', 'retainedBytes', greatest(pg_wal_lsn_diff(here.lsn, s.restart_lsn), 0),
        'failover', coalesce((to_jsonb(s) ->> 'failover')::boolean, false), 'synced', coalesce((to_jsonb(s) ->> 'synced')::boolean, false))), '[]')
      FROM pg_replication_slots s WHERE NOT s.temporary),
    'heldBack', EXISTS (SELECT FROM pg_stat_activity WHERE backend_type = 'startup' AND wait_event = 'RecoveryApplyDelay'),
    'freeSlots', greatest(current_setting('max_replication_slots')::int - (SELECT count(*) FROM pg_replication_slots), 0)) AS facts
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
  may_monitor: z.boolean(),
  superuser: z.boolean(),
  system_id: z.string(),
  settings: z.record(z.string(), z.string()),
  application_name: z.string(),
  facts: z.looseObject({}),
});
type Row = z.infer<typeof rowSchema>;

/** `own`: in a session of its own, which proves that the server takes new ones. */
type ProbeBy = 'shared' | 'own';

/** Probes once, with all who ask it at the same time. Throws FailureError: unreachable, or what the server refused and which right is missing. */
export const probe = (context: DriverContext, by: ProbeBy): Promise<ServerSeen> =>
  context.tool('probe', (during) => probeOnce(during, by), { of: by });

async function probeOnce(context: DriverContext, by: ProbeBy): Promise<ServerSeen> {
  const within = by === 'own' ? inOwnSession : inSharedSession;
  const connection = connectionOf(context.settings);
  const values = [[...guardedSettings, ...textSettings], connection.receivers];
  const row = await within(context, (session) => session.row(rowSchema, probeSql, values));
  const { user } = connection;
  if (!row.may_monitor)
    throw refused(context, 'no-monitor-role', `user ${user} sees only part of the server; run GRANT pg_monitor TO ${user}`);
  const server = serverFacts(row, connection);
  // The fence is written while it is down: an agent that may not do that finds out while it serves.
  const followObstacle = followObstacleOf(server, row, connection) ?? (await context.host.writeObstacle(context.settings.dataDir));
  return {
    systemId: row.system_id,
    memberId: memberIdOf(server, row),
    version: parseServerVersion(server.serverVersion),
    server: { ...server, canFollow: followObstacle === null },
    isSuperuser: row.superuser,
    followObstacle,
  };
}

const rightsSql = `SELECT current_setting('is_superuser') = 'on'`;

export function sightOf(context: DriverContext): Sight {
  let seen: Promise<ServerSeen> | null = null;
  const probeBy = (by: ProbeBy) => () => {
    seen ??= probe(context, by);
    return seen;
  };
  return {
    probe: probeBy('shared'),
    probeAnew: probeBy('own'),
    isSuperuser: async () => (await context.tool('rights', (during) => shared(during).value(z.boolean(), rightsSql))) === true,
  };
}

/** A standby is known to its upstream by its connection string, else by cluster_name (12+), as libpqwalreceiver has it. */
function memberIdOf({ inRecovery }: ServerFacts, { settings, application_name }: Row): string | null {
  const own = inRecovery ? parseConninfo(settings.primary_conninfo ?? '')?.get('application_name') : application_name;
  return own || settings.cluster_name || null;
}

/** Before version 12 there is no standby.signal; without these settings a standby could not be watched, or would stay behind. */
function followObstacleOf({ serverVersionNum }: ServerFacts, { settings }: Row, { replication }: ConnectionSettings): string | null {
  if (serverVersionNum < 120_000) return 'before version 12 a server is made a standby by recovery.conf, which Drydock does not write';
  if (settings.hot_standby !== 'on') return 'hot_standby is off: as a standby it would not answer queries; turn it on';
  if (settings.recovery_target_timeline !== 'latest')
    return `recovery_target_timeline is ${settings.recovery_target_timeline ?? 'unknown'}: it would not follow a promoted member; set it to latest`;
  if (replication !== undefined) return null;
  if (!settings.primary_conninfo)
    return 'it has no primary_conninfo: set connection.replication (user, passfile) in the settings of its agent';
  const readable = parseConninfo(settings.primary_conninfo) !== null;
  return readable
    ? null
    : 'its primary_conninfo is not of the form keyword=value: rewrite it, or set connection.replication in the settings of its agent';
}

function serverFacts({ facts, settings }: Row, connection: ConnectionSettings): ServerFacts {
  const libraries = [settings.shared_preload_libraries, settings.session_preload_libraries, settings.local_preload_libraries];
  return serverSchema.parse({
    ...facts,
    synchronousStandbyNames: settings.synchronous_standby_names ?? '',
    dataChecksums: settings.data_checksums === 'on',
    settings: Object.fromEntries(guardedSettings.map((name) => [name, Number(settings[name])])),
    preloadLibraries: libraries.flatMap((list) => parseLibraryList(list ?? '')),
    advertised: advertisedOf(connection),
    primarySlot: settings.primary_slot_name || (connection.replication?.slot ?? null),
    // Before version 12 it is no setting of the server's.
    fromArchive: settings.restore_command === undefined ? null : settings.restore_command !== '',
    // In milliseconds, whatever unit it was written in.
    applyDelayMs: Number(settings.recovery_min_apply_delay ?? 0),
    altersSystem: settings.allow_alter_system !== 'off',
  });
}
