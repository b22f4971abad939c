/** Acts on one PostgreSQL server of this host: over SQL, and by what its data and release folders show. */
import { join } from 'node:path';
import { z } from 'zod';
import type { Driver, DriverContext, EngineObservation } from '../../common/driver.ts';
import type { Finding, PeerSeen } from '../../common/facts.ts';
import { FailureError, toFailure } from '../../common/failure.ts';
import { type CheckId, checkIds } from './checks.ts';
import { postgresqlConfig } from './config/config.ts';
import { postgresqlSettings } from './config/setting-verbs.ts';
import { logFiles } from './driver-log-files.ts';
import { standbyRows } from './facts.ts';
import { answerAtRest, fromArchiveAtRest, memberIdAtRest } from './host/at-rest.ts';
import { inspectBundle, versionOf } from './host/bundle.ts';
import { answer, isHealthy, roleOf, serving } from './host/checks.ts';
import { inquire, inquiryChecks, isInquiry } from './host/inquire.ts';
import { type Look, probeOrReason } from './host/inspect.ts';
import { inOwnSession, inSharedSession, notAccepting, notListening } from './host/session.ts';
import { connectionOf } from './host/settings.ts';
import { shutdownWaitsFor } from './host/shutdown.ts';
import { archiveNow } from './host/stop-blockers.ts';
import { shutDown, stopped } from './host/stopped.ts';
import { oldestLsnOf } from './host/wal-kept.ts';
import { parseMajor, parsePostmasterPid, parseServerVersion } from './probe.ts';
import { postgresqlSnapshots } from './snapshots/snapshots.ts';
import { postgresqlVerbs } from './switchover/acts.ts';
import { type ToolId, tools } from './tools.ts';

export const postgresqlDriver: Driver = {
  engine: 'postgresql',
  checks: [...checkIds, ...inquiryChecks],
  tools,
  parseSettings(settings) {
    connectionOf(settings);
  },
  capabilities,
  alive,
  observe,
  async check(context, guard) {
    const [inquired] = await inquire(context, [guard.check]);
    if (inquired !== undefined) return inquired;
    // Serving means to take new sessions, too; the other checks may share one.
    const sight = await probeOrReason(context, guard.check === 'in-service' ? 'own' : 'shared');
    return sight.seen === null ? answerAtRest(context, guard, sight.reason) : answer(context, sight.seen, guard);
  },
  inspectBundle,
  quiesce,
  shutdownWaitsFor,
  stopped,
  shutDown,
  ready,
  logFiles,
  verbs: postgresqlVerbs,
  settings: postgresqlSettings,
  config: postgresqlConfig,
  snapshots: postgresqlSnapshots,
};

/** `sql`: facts can be read. `sql-admin`: a superuser, who may also checkpoint. Nothing while the server does not answer. */
async function capabilities(context: DriverContext): Promise<readonly string[]> {
  try {
    const sql = `SELECT current_setting('is_superuser') = 'on' AS admin`;
    const [row] = await asked(context, 'rights', (during) =>
      inSharedSession(during, (session) => session.rows(z.object({ admin: z.boolean() }), sql)),
    );
    return capabilitiesOf(row?.admin === true);
  } catch (thrown) {
    if (thrown instanceof FailureError) return [];
    throw thrown;
  }
}

/** By the names of its tools only. */
function asked<T>(context: DriverContext, tool: ToolId, call: (during: DriverContext) => Promise<T>, of = ''): Promise<T> {
  return context.tool(tool, call, { of });
}

/** What the server writes of itself for pg_ctl: `ready`, `standby`, `stopping`. Who may not read it learns of changes by the full looks. */
async function alive(context: DriverContext): Promise<string> {
  try {
    const text = await asked(context, 'life', ({ host, settings }) => host.readText(join(settings.dataDir, 'postmaster.pid')));
    return text === null ? 'no postmaster.pid' : (parsePostmasterPid(text)?.status ?? 'no status');
  } catch (thrown) {
    return toFailure(thrown).code;
  }
}

const capabilitiesOf = (isSuperuser: boolean): readonly string[] => (isSuperuser ? ['sql', 'sql-admin'] : ['sql']);

/** Asked for, the facts tell more of the WAL than every look does. */
const walCheck: CheckId = 'wal-reaches-back';

async function observe(context: DriverContext, checks: readonly string[]): Promise<EngineObservation> {
  const sight = await probeOrReason(context, 'own');
  const { seen } = sight;
  const onDiskVersion = await onDiskVersionOf(context);
  const format = parseMajor((await context.host.readText(join(context.settings.dataDir, 'PG_VERSION')).catch(() => null)) ?? '');
  if (seen === null)
    return {
      databaseId: null,
      // Its files are only read where somebody decides by it: a look after an order is in the database's way.
      memberId: connectionOf(context.settings).memberId ?? (checks.length === 0 ? null : await memberIdAtRest(context)),
      runningVersion: null,
      onDiskVersion,
      format,
      role: null,
      inService: false,
      peers: [],
      findings: await Promise.all(checks.map((check) => answerAtRest(context, { check }, sight.reason))),
      detail: {
        state: 'unreachable',
        reason: sight.reason,
        ...(checks.includes(walCheck) ? { fromArchive: await fromArchiveAtRest(context) } : {}),
      },
    };
  const member = memberOf(context, seen);
  const inquired = await inquire(context, checks);
  const answered = await Promise.all(checks.filter((check) => !isInquiry(check)).map((check) => answer(context, seen, { check })));
  const findings = [...answered, ...inquired];
  return {
    databaseId: seen.systemId,
    memberId: member.id,
    runningVersion: seen.version,
    onDiskVersion,
    format,
    role: roleOf(seen.server),
    inService: serving(seen.server)[0] === true,
    peers: peersOf(seen),
    capabilities: capabilitiesOf(seen.isSuperuser),
    findings: member.finding === null ? findings : [...findings, member.finding],
    detail: checks.includes(walCheck) ? { ...seen.server, oldestLsn: await oldestLsnOf(context).catch(() => null) } : seen.server,
  };
}

/** The server's own word counts; settings that say otherwise make the node nobody, so that nothing is done to it. */
function memberOf(context: DriverContext, { memberId }: Look): { readonly id: string | null; readonly finding: Finding | null } {
  const expected = connectionOf(context.settings).memberId ?? null;
  if (memberId === null || expected === null || memberId === expected) return { id: memberId ?? expected, finding: null };
  const detail = `the server calls itself ${memberId}, the agent's settings say ${expected}: correct connection.memberId, or host and port`;
  return { id: null, finding: { check: 'member-id', ok: false, detail } };
}

/** Those that stream from this server; whom a standby streams from it knows by address only. */
function peersOf({ server }: Look): readonly PeerSeen[] {
  return standbyRows(server).map((row) => ({
    member: row.applicationName,
    healthy: isHealthy(row),
    state: row.state,
    lagBytes: row.lagBytes,
  }));
}

const versionsOnDisk = new Map<string, string>();

/** Asked once for each release folder: what is in one never changes. */
async function onDiskVersionOf(context: DriverContext): Promise<string | null> {
  const { currentRelease } = context;
  if (currentRelease === null) return null;
  const version = versionsOnDisk.get(currentRelease) ?? (await programVersionOf(context, currentRelease));
  if (version !== null) versionsOnDisk.set(currentRelease, version);
  return version;
}

async function programVersionOf(context: DriverContext, release: string): Promise<string | null> {
  try {
    return await asked(context, 'version', (during) => versionOf(during, release));
  } catch (thrown) {
    if (thrown instanceof FailureError) return null;
    throw thrown;
  }
}

/** CHECKPOINT, on a standby a restartpoint: less to write at the stop, less to replay at the start. Then what a stop would archive. */
async function quiesce(context: DriverContext): Promise<void> {
  try {
    await inOwnSession(context, (session) => session.rows(z.object({}), 'CHECKPOINT'), { statementMs: null });
    await archiveNow(context);
  } catch (thrown) {
    // Nothing serves, or it goes down already: nothing to make short. The stop proves it.
    const { code } = toFailure(thrown);
    if (code !== notListening && !(code === notAccepting && (await shutdownWaitsFor(context)) !== null)) throw thrown;
  }
}

const readySchema = z.object({ version: z.string() });

/** A session of its own each time: it must prove this life of the server, not the one before. */
async function ready(context: DriverContext, expectVersion: string): Promise<Finding> {
  const check = 'ready';
  try {
    const sql = `SELECT current_setting('server_version') AS version`;
    const [row] = await asked(context, 'ready', (during) => inOwnSession(during, (session) => session.rows(readySchema, sql)));
    const version = parseServerVersion(row?.version ?? '');
    if (version === expectVersion) return { check, ok: true, detail: `it accepts sessions as ${version}` };
    return { check, ok: false, detail: `it runs ${version ?? row?.version ?? 'an unknown version'}, not ${expectVersion}` };
  } catch (thrown) {
    return { check, ok: false, detail: toFailure(thrown).message };
  }
}
