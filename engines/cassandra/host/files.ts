/** The sstables that lie in a node's data folders, by their names. */
import { join } from 'node:path';
import type { DriverContext } from '../../../common/driver.ts';
import { formatIn } from '../formats.ts';
import { configOf } from './config-file.ts';

/** How many there are of each format; snapshots and backups are no data of the server any more. */
export async function formatsOf(context: DriverContext): Promise<ReadonlyMap<string, number>> {
  const { host, settings } = context;
  const dataDirs = (await configOf(context))?.dataDirs ?? [join(settings.dataDir, 'data')];
  const counts = new Map<string, number>();
  for (const dataDir of dataDirs)
    for (const keyspace of (await host.listDir(dataDir)) ?? [])
      for (const table of (await host.listDir(join(dataDir, keyspace))) ?? [])
        for (const file of (await host.listDir(join(dataDir, keyspace, table))) ?? []) {
          const format = formatIn(file);
          if (format !== null) counts.set(format, (counts.get(format) ?? 0) + 1);
        }
  return counts;
}
