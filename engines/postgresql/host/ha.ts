/**
 * HA managers start, stop and promote servers on their own: under one of them no other program may. They are found by what they leave on a server
 * and its host, whatever name a site gave them, and named; a site names its own in `connection.managers`.
 */
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import type { DriverContext } from '../../../common/driver.ts';
import { fail, toFailure } from '../../../common/failure.ts';
import { commandLines } from '../../kit/host/processes.ts';
import { connectionOf, shared } from './connection.ts';

/** Programs by name; of a script the interpreter's first arguments count. */
const programs: Readonly<Record<string, string>> = {
  patroni: 'Patroni',
  repmgrd: 'repmgr',
  patroni_raft_controller: 'Patroni',
  pacemakerd: 'Pacemaker',
  'pacemaker-controld': 'Pacemaker',
  pg_autoctl: 'pg_auto_failover',
  'stolon-keeper': 'Stolon',
};

/** Files in the data directory, and beside it. */
const filesInside: Readonly<Record<string, string>> = {
  'patroni.dynamic.json': 'Patroni',
  'postgresql-auto-failover.conf': 'pg_auto_failover',
};
/** Lines of files in the data directory that only a manager writes. Source: Patroni's ConfigWriter; the resource agent ocf:heartbeat:pgsql. */
const writings: readonly (readonly [file: string, line: RegExp, manager: string])[] = [
  ['postgresql.conf', /^# It will be overwritten by Patroni!/m, 'Patroni'],
  ['postgresql.conf', /^include '[^']*\/rep_mode\.conf'/m, 'Pacemaker'],
];
const filesBeside: Readonly<Record<string, string>> = { keeperstate: 'Stolon', dbstate: 'Stolon' };

const tracesSql = `
SELECT 'Patroni' AS manager, 'a session named ' || application_name AS trace FROM pg_stat_activity WHERE application_name LIKE 'Patroni%'
UNION ALL SELECT 'repmgr', 'a session named ' || application_name FROM pg_stat_activity WHERE application_name LIKE 'repmgr%'
UNION ALL SELECT 'repmgr', 'schema repmgr' FROM pg_namespace WHERE nspname = 'repmgr'
UNION ALL SELECT 'repmgr', 'database ' || datname FROM pg_database WHERE datname = 'repmgr'
UNION ALL SELECT 'pg_auto_failover', 'role ' || rolname FROM pg_roles WHERE rolname LIKE 'pgautofailover%'
UNION ALL SELECT 'repmgr', 'its library in shared_preload_libraries' WHERE current_setting('shared_preload_libraries') ~ '\\mrepmgr\\M'
UNION ALL SELECT 'pg_auto_failover', 'slot ' || slot_name FROM pg_replication_slots WHERE slot_name LIKE 'pgautofailover\\_%'
UNION ALL SELECT 'Stolon', 'slot ' || slot_name FROM pg_replication_slots WHERE slot_name LIKE 'stolon\\_%'
LIMIT 1`;
const traceSchema = z.object({ manager: z.string(), trace: z.string() });

/** Name of the manager and how it was noticed; null: none. Throws FailureError when the server cannot be asked. */
export const findHaManager = async (context: DriverContext): Promise<Trace | null> =>
  (await findHaManagerAtRest(context)) ?? (await amongSql(context));

/** As far as the host shows it, where the server does not answer: a manager that is at work is a process there. */
export const findHaManagerAtRest = async (context: DriverContext): Promise<Trace | null> =>
  (await amongFiles(context)) ?? (await amongWritings(context)) ?? amongProcesses(context);

interface Trace {
  readonly manager: string;
  readonly trace: string;
}

async function amongFiles({ host, settings }: DriverContext): Promise<Trace | null> {
  const above = dirname(settings.dataDir);
  // Asked before every stop: an agent that may not look in there could not prove the stop either.
  const inside = await host.listDir(settings.dataDir).catch((thrown: unknown) => {
    throw fail('failed', 'unreadable', `${toFailure(thrown).message}: run the agent as the user that its database runs as`);
  });
  const places = [
    { folder: settings.dataDir, names: inside, known: filesInside },
    { folder: above, names: await host.listDir(above).catch(() => null), known: filesBeside },
  ];
  for (const { folder, names, known } of places)
    for (const name of names ?? []) {
      const manager = Object.hasOwn(known, name) ? known[name] : undefined;
      if (manager !== undefined) return { manager, trace: `file ${join(folder, name)}` };
    }
  return null;
}

async function amongWritings({ host, settings }: DriverContext): Promise<Trace | null> {
  for (const [file, line, manager] of writings) {
    const path = join(settings.dataDir, file);
    if (line.test((await host.readText(path)) ?? '')) return { manager, trace: `a line of ${path}` };
  }
  return null;
}

async function amongProcesses(context: DriverContext): Promise<Trace | null> {
  const named = connectionOf(context.settings).managers;
  for (const { pid, words } of await commandLines(context)) {
    const [program = '', first = '', second = ''] = words;
    // `python3 -m patroni` and `python3 /opt/ha/bin/patroni` are the same program.
    for (const name of [program, first === '-m' ? second : first].map((word) => basename(word))) {
      const manager = named.includes(name) ? name : Object.hasOwn(programs, name) ? programs[name] : undefined;
      if (manager !== undefined) return { manager, trace: `process ${pid} (${name})` };
    }
  }
  return null;
}

async function amongSql(context: DriverContext): Promise<Trace | null> {
  const [trace = null] = await shared(context).rows(traceSchema, tracesSql);
  return trace;
}
