/** The real machine behind the Host port. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../common/clock.ts';
import { fail } from '../../common/failure.ts';
import { runCommand } from './commands.ts';
import { removeDurably, replaceDurably, writeAsOwner, writeObstacle } from './durable.ts';
import type { Host, HostFacts, Units } from './host.ts';
import { askHostFacts } from './host-facts.ts';
import { diskJobs } from './jobs.ts';
import { diskLogs, readBytes } from './log-files.ts';
import { diskReleases } from './releases.ts';
import { createReservations, deviceOf } from './reservations.ts';
import { diskRestores } from './restores.ts';
import { diskSnapshots } from './snapshots.ts';
import { type StartLocks, startLocks } from './start-locks.ts';
import { supervisedUnits } from './units-supervised.ts';
import { systemdUnits } from './units-systemd.ts';

export type UnitsSettings = { readonly kind: 'systemd' } | { readonly kind: 'supervised'; readonly socket: string };

/** Its state directory has a file in `locks/` for each unit that is held, and a folder in `jobs/` for each job. */
export function createLocalHost(units: UnitsSettings, stateDir: string, clock: Clock): Host {
  let facts: Promise<HostFacts> | null = null;
  const { space, room, reserve } = createReservations();
  return {
    ...unitsOf(units, startLocks(join(stateDir, 'locks')), clock),
    ...diskLogs,
    ...diskReleases,
    ...diskSnapshots,
    ...diskRestores,
    ...diskJobs(join(stateDir, 'jobs'), clock),
    run: runCommand,
    readText: (path) => readFile(path, 'utf8').catch(absent(path)),
    readBytes: (path, fromByte, maxBytes) => readBytes(path, fromByte, maxBytes).catch(absent(path)),
    listDir: (path) => readdir(path).catch(absent(path)),
    writeObstacle,
    writeText: writeAsOwner,
    replaceText: replaceDurably,
    removeFile: removeDurably,
    space,
    room,
    deviceOf,
    reserve,
    hostFacts() {
      facts ??= askHostFacts(runCommand);
      return facts;
    },
  };
}

function unitsOf(settings: UnitsSettings, locks: StartLocks, clock: Clock): Units {
  return settings.kind === 'systemd' ? systemdUnits(runCommand, locks, clock) : supervisedUnits(settings.socket, locks);
}

/** What is not there is null; what cannot be read is a failure. */
function absent(path: string): (error: NodeJS.ErrnoException) => null {
  return (error) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null;
    throw fail('failed', 'unreadable', `${path} cannot be read: ${error.message}`);
  };
}
