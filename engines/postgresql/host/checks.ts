/** What a check asks of the host beyond the probe: a statement, files, a program of the release. */
import { z } from 'zod';
import type { DriverContext } from '../../../common/driver.ts';
import { toFailure } from '../../../common/failure.ts';
import { type HostQuestion, throughTool } from '../../kit/host/driver.ts';
import type { Answer, HostAnswered } from '../../kit/pure/checks.ts';
import type { checks, Sight } from '../checks.ts';
import { guardedSettings, type ServerFacts, type ServerSeen } from '../facts.ts';
import { laterLsn } from '../wal.ts';
import { extensionsPresent } from './bundle.ts';
import { canStart } from './can-start.ts';
import { inOwnSession, shared } from './connection.ts';
import { divergenceOf, missingWalOf, readControlFile } from './data-folder.ts';
import { findHaManager } from './ha.ts';
import { readAhead } from './settings-at-rest.ts';
import { archiverKeepsUp, noBackup, noLongTransactions, receiversKeepUp } from './stop-blockers.ts';
import { walReachesBack } from './wal-kept.ts';

const ofServer =
  (answer: (context: DriverContext, server: ServerFacts) => Promise<Answer>) =>
  async ({ context, seen }: HostQuestion<Sight>) =>
    answer(context, (await seen.probe()).server);

export const answers = throughTool<Sight, HostAnswered<typeof checks>>('check', {
  'no-backup-running': ofServer(noBackup),
  'extensions-present': ({ context, expect }) => extensionsPresent(context, expect),
  'no-ha-manager': ofServer(async (context) => {
    const found = await findHaManager(context);
    if (found === null) return [true, 'no HA manager was found'];
    return [false, `${found.manager} manages this server (${found.trace}); Drydock does not support it and must not work alongside it`];
  }),
  'settings-not-lower': ofServer(settingsAfterRestart),
  'write-works': ofServer(writeWorks),
  'readable-at-rest': async ({ context, seen }) => readableAtRest(context, await seen.probe()),
  'needs-no-reseed': needsNoReseed,
  'wal-reaches-back': ({ context, expect }) => walReachesBack(context, expect),
  'archiver-keeps-up': ofServer((context, { serverVersionNum }) => archiverKeepsUp(context, serverVersionNum)),
  'no-long-transactions': ({ context, expect }) => noLongTransactions(context, expect),
  'receivers-keep-up': ({ context }) => receiversKeepUp(context),
  'can-start': ({ context, expect }) => canStart(context, expect),
});

async function needsNoReseed({ context, seen }: HostQuestion<Sight>): Promise<Answer> {
  const [found, reason] = await seen.probe().then(
    (seenNow) => [seenNow, ''] as const,
    (thrown: unknown) => [null, toFailure(thrown).message] as const,
  );
  return found === null ? partedAtRest(context, reason) : canGoOnFollowing(context, found.server);
}

const reseed = 'it needs a new copy of its data';

async function canGoOnFollowing(context: DriverContext, server: ServerFacts): Promise<Answer> {
  if (!server.inRecovery) return [true, 'it is a primary'];
  const { walReceiver, currentLsn, receivedLsn, timeline } = server;
  if (walReceiver?.status === 'streaming') return [true, 'it streams'];
  if (currentLsn === null) return [null, 'it has not replayed anything yet'];
  const parted = await divergenceOf(context, { timeline, lsn: receivedLsn === null ? currentLsn : laterLsn(currentLsn, receivedLsn) });
  if (parted !== null) return [false, `${parted}: ${reseed}`];
  const missing = await missingWalOf(context);
  if (missing !== null) return [false, `${missing} from the server it follows: ${reseed}`];
  return [null, `it does not stream; only the member that it follows knows whether the WAL from ${currentLsn} is still available`];
}

/** A standby whose WAL has parted may not even start: only what is bad may show in the files. `reason`: why it does not answer. */
async function partedAtRest(context: DriverContext, reason: string): Promise<Answer> {
  const { state, timeline, checkpointLsn } = await readControlFile(context);
  const parted = await divergenceOf(context, { timeline, lsn: checkpointLsn });
  return parted === null ? [null, reason] : [false, `${parted} (${state}): ${reseed}`];
}

/** What a fence and a start as a standby ask the server's program for. */
const settingsNeeded = ['application_name', 'cluster_name', 'primary_conninfo', 'primary_slot_name'] as const;

/** Tries while the server serves what is needed of its host once it is stopped: a stop must not be where something is found to be unreadable. */
async function readableAtRest(context: DriverContext, { systemId }: ServerSeen): Promise<Answer> {
  const { dataDir } = context.settings;
  const control = await readControlFile(context);
  if (control.systemId !== systemId)
    return [false, `the control file in ${dataDir} belongs to database ${control.systemId}, but the server that answers is ${systemId}`];
  await readAhead(context, settingsNeeded);
  return [true, 'its control file and its settings can be read without the server'];
}

const fileSettingSchema = z.object({ name: z.string(), now: z.coerce.number(), next: z.coerce.number() });
const fileSettingsSql = `
SELECT s.name, s.setting AS now, f.setting AS next
FROM pg_file_settings f JOIN pg_settings s USING (name)
WHERE s.name = ANY ($1) AND f.setting ~ '^[0-9]+$' AND f.seqno = (SELECT max(seqno) FROM pg_file_settings l WHERE l.name = f.name)`;

/** With what is in its files now, a standby would start with limits below those it replays with. */
async function settingsAfterRestart(context: DriverContext, { inRecovery }: ServerFacts): Promise<Answer> {
  if (!inRecovery) return [true, 'a primary may lower its limits'];
  const rows = await shared(context).rows(fileSettingSchema, fileSettingsSql, [[...guardedSettings]]);
  const lowered = rows.find((row) => row.next < row.now);
  if (lowered === undefined) return [true, 'no limit was lowered in its files'];
  return [false, `${lowered.name} is ${lowered.now} now and ${lowered.next} in its files: after a restart replay could stop; raise it`];
}

/** Less than the patience of a session: a commit that waits for its standbys any longer is rolled back from the server, too. */
const commitMs = 3_000;

/** A transactional message: a commit like any other, waiting for standbys as configured, that leaves nothing behind. */
async function writeWorks(context: DriverContext, { inRecovery }: ServerFacts): Promise<Answer> {
  if (inRecovery) return [true, 'a standby takes no writes'];
  return inOwnSession(context, async (session) => {
    const own = await session.value(z.number(), 'SELECT pg_backend_pid()');
    // statement_timeout does not reach a commit: without this, each try would leave a waiting server process behind.
    const patience = context.clock.after(commitMs, () => {
      shared(context)
        .run('SELECT pg_cancel_backend($1)', [own])
        .catch(() => undefined);
    });
    try {
      await session.run(`SELECT pg_logical_emit_message(true, 'drydock', 'write check')`);
    } finally {
      patience.cancel();
    }
    const [warning] = session.warnings;
    return warning === undefined ? [true, 'a transaction was committed'] : [false, `the commit came with a warning: ${warning}`];
  });
}
