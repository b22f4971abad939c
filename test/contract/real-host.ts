/** The machine itself behind a driver's view of it; nothing is confined, so that what a driver must not touch can be seen. */
import { readdir, readFile } from 'node:fs/promises';
import { runCommand } from '../../agent/host/commands.ts';
import { removeDurably, replaceDurably, writeAsOwner, writeObstacle } from '../../agent/host/durable.ts';
import { readBytes } from '../../agent/host/log-files.ts';
import type { DriverHost } from '../../common/driver.ts';

export function realHost(unitState: DriverHost['unitState']): DriverHost {
  const absent = (error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null;
    throw error;
  };
  return {
    run: runCommand,
    readText: (path) => readFile(path, 'utf8').catch(absent),
    readBytes: (path, fromByte, maxBytes) => readBytes(path, fromByte, maxBytes).catch(absent),
    listDir: (path) => readdir(path).catch(absent),
    writeObstacle,
    unitState,
    writeText: writeAsOwner,
    replaceText: replaceDurably,
    removeFile: removeDurably,
  };
}
