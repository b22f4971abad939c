/** Acts on one PostgreSQL server of this host: over SQL, and by what its data and release folders show. */
import { resolve } from 'node:path';
import { z } from 'zod';
import type { DriverContext } from '../../common/driver.ts';
import type { PeerSeen } from '../../common/facts.ts';
import { defineDriver, type Observed } from '../kit/host/driver.ts';
import { verbsOf } from '../kit/host/verbs.ts';
import { isHealthy, serving } from './answers.ts';
import { checks, type Sight } from './checks.ts';
import { postgresqlConfig } from './config/config.ts';
import { roleOf, type ServerSeen, standbyRows } from './facts.ts';
import { inspectBundle, release } from './host/bundle.ts';
import { answers } from './host/checks.ts';
import { connectionOf, inOwnSession } from './host/connection.ts';
import { majorOf, postmasterOf } from './host/data-folder.ts';
import { inquiries } from './host/inquire.ts';
import { sightOf } from './host/inspect.ts';
import { fromArchiveAtRest, memberIdAtRest } from './host/settings-at-rest.ts';
import { shutDown, shutdownWaitsFor, signsOfLife } from './host/shutdown.ts';
import { archiveNow } from './host/stop-blockers.ts';
import { oldestLsnOf } from './host/wal-kept.ts';
import { parseServerVersion } from './probe.ts';
import { postgresqlSettings } from './settings.ts';
import { postgresqlSnapshots } from './snapshots/snapshots.ts';
import { fence, unfence } from './switchover/fence.ts';
import { promote, promoted } from './switchover/promote.ts';
import { repoint } from './switchover/repoint.ts';
import { dropSlots } from './switchover/slots.ts';
import { tools } from './tools.ts';
import { verbs } from './verbs.ts';

/** Asked for, the facts tell more of the WAL than every probe does. */
const walCheck = 'wal-reaches-back' satisfies keyof typeof checks;

export const postgresqlDriver = defineDriver<typeof checks, Sight>({
  engine: 'postgresql',
  checks,
  tools,
  connectionOf,
  sight: sightOf,
  async observed(seen, { context, checks: asked }) {
    const found = await seen.probeAnew();
    const { server } = found;
    return {
      databaseId: found.systemId,
      name: found.memberId,
      runningVersion: found.version,
      format: await majorOf(context).catch(() => null),
      role: roleOf(server),
      inService: serving(server)[0] === true,
      peers: peersOf(found),
      capabilities: capabilitiesOf(found.isSuperuser),
      detail: asked.includes(walCheck) ? { ...server, oldestLsn: await oldestLsnOf(context).catch(() => null) } : server,
    } satisfies Observed;
  },
  async observedInPart(_, { context, checks: asked }) {
    const isNamed = connectionOf(context.settings).memberId !== undefined;
    return {
      format: await majorOf(context).catch(() => null),
      // Its files are only read where somebody decides by it: a probe after an order is in the database's way.
      name: isNamed || asked.length === 0 ? null : await memberIdAtRest(context),
      detail: asked.includes(walCheck) ? { fromArchive: await fromArchiveAtRest(context) } : {},
    };
  },
  expectedName: ({ settings }) => ({ name: connectionOf(settings).memberId ?? null, correct: 'connection.memberId, or host and port' }),
  capable: async (seen) => capabilitiesOf(await seen.isSuperuser()),
  answers,
  inquiries,
  release,
  ...signsOfLife,
  // A session of its own each time: it must prove this incarnation of the server, not the one before.
  async accepts(context, expectVersion) {
    const ask = (during: DriverContext) =>
      inOwnSession(during, (session) => session.value(z.string(), `SELECT current_setting('server_version')`));
    const text = await context.tool('ready', ask);
    const version = parseServerVersion(text ?? '');
    if (version === expectVersion) return [true, `it accepts sessions as ${version}`];
    return [false, `it runs ${version ?? text ?? 'an unknown version'}, not ${expectVersion}`];
  },
  // What the server writes of itself for pg_ctl: `ready`, `standby`, `stopping`. Who may not read it learns of changes by the full probes.
  async alive(context) {
    const held = await context.tool('life', postmasterOf);
    return held === null ? 'no postmaster.pid' : (held.status ?? 'no status');
  },
  // CHECKPOINT, on a standby a restartpoint: less to write at the stop, less to replay at the start. Then what a stop would archive.
  async shorten(context) {
    await inOwnSession(context, (session) => session.run('CHECKPOINT'), { statementMs: null });
    await archiveNow(context);
  },
  shutdownWaitsFor,
  shutDown,
  logFiles,
  verbs: verbsOf(verbs, { fence, unfence, promote: { act: promote, acted: promoted }, repoint, dropSlots }),
  settings: postgresqlSettings,
  config: postgresqlConfig,
  snapshots: postgresqlSnapshots,
  // A release is of one program, of a machine, and of libraries that databases ask for.
  shape: { inspectBundle },
});

/** `sql`: facts can be read. `sql-admin`: a superuser, who may also checkpoint. Nothing while the server does not answer. */
const capabilitiesOf = (isSuperuser: boolean): readonly string[] => (isSuperuser ? ['sql', 'sql-admin'] : ['sql']);

/** Those that stream from this server; whom a standby streams from it knows by address only. */
function peersOf({ server }: ServerSeen): readonly PeerSeen[] {
  return standbyRows(server).map((row) => ({
    member: row.applicationName,
    healthy: isHealthy(row),
    state: row.state,
    lagBytes: row.lagBytes,
  }));
}

/**
 * Where the server's own collector writes its log. It makes the file anew at its start, and leaves it behind when it ends; `stderr` stands first in it.
 * Source: chapter Error Reporting and Logging, current_logfiles.
 */
async function logFiles({ host, settings }: DriverContext): Promise<readonly string[]> {
  const text = (await host.readText(resolve(settings.dataDir, 'current_logfiles'))) ?? '';
  return text.split('\n').flatMap((line) => {
    const path = /^(?:stderr|csvlog|jsonlog) (.+)$/.exec(line)?.[1];
    return path === undefined ? [] : [resolve(settings.dataDir, path)];
  });
}
