/**
 * Snapshots of a node: the server makes hard links to its sstables, all keyspaces at one moment, and these become ours. What nothing ever writes again
 * stays a hard link; the rest is copied. Restored, the node is as it was then, and takes what was written since from the others.
 */
import { join, relative } from 'node:path';
import type { DriverContext } from '../../../common/driver.ts';
import { dataElsewhere } from '../../kit/host/failures.ts';
import { type LinkedTree, linkedByServer } from '../../kit/host/snapshots/linked-by-server.ts';
import { snapshotsBy } from '../../kit/host/snapshots/snapshots.ts';
import { formatIn, isNeverRewritten } from '../formats.ts';
import { configOf, noConfig } from './config-file.ts';
import { nodetool } from './nodetool.ts';
import { askLocal } from './sight.ts';

/** One at a time is made, and none stays with the server. */
const tag = 'drydock';
/** It writes out every memtable first. */
const snapshotMs = 15 * 60_000;
/** What the server writes beside the links, for people. */
const notes = ['manifest.json', 'schema.cql'];

interface Table extends LinkedTree {
  readonly files: readonly string[];
}

const ofServer = linkedByServer<Table>({
  async trees(context) {
    const isOther = (path: string) => /(^|\/)(snapshots|backups)$/.test(path);
    return (await dataDirsOf(context)).map((path) => ({ path, skip: isOther }));
  },
  link: (context) => nodetool(context, ['snapshot', '-t', tag], snapshotMs),
  unlink: (context) => nodetool(context, ['clearsnapshot', '-t', tag]),
  linked: async (context) => tablesOf(context, await dataDirsOf(context)),
  leftOut: (path) => notes.includes(path),
  isNeverRewritten,
  async describe(context, tables) {
    const local = await askLocal(context);
    const formats = [...new Set(tables.flatMap(({ files }) => files.flatMap((file) => formatIn(file) ?? [])))].sort();
    return {
      version: local.version,
      role: (await configOf(context))?.seeds.includes(local.address) === true ? 'seed' : 'node',
      position: `${tables.length} tables, formats ${formats.join(', ')}`,
      notes: { tables: String(tables.length), member: local.member },
    };
  },
  // Every byte was read already by who asks; that it is whole is what there is to say besides.
  listed: async ({ made }) => [Number(made.notes.tables) > 0, made.position],
  compared: 'a copy of one node alone proves little about its ring, so none is started to compare it: use depth list',
});

/** Restored, the node is as it was then, and takes what was written since from the others. */
export const cassandraSnapshots = snapshotsBy(ofServer, async () => []);

/** Throws `data-elsewhere`: what lies outside the data directory would not go along with a restore. */
async function dataDirsOf(context: DriverContext): Promise<readonly string[]> {
  const { settings } = context;
  const config = await configOf(context);
  if (config === null) throw noConfig(settings.instance);
  const outside = [...config.dataDirs, ...config.otherDirs].filter((dir) => !dir.startsWith(`${settings.dataDir}/`));
  if (outside.length > 0) throw dataElsewhere(context, outside);
  return config.dataDirs;
}

/** What the server's snapshot holds. */
async function tablesOf(context: DriverContext, dirs: readonly string[]): Promise<readonly Table[]> {
  return (await Promise.all(dirs.map((dir) => tablesIn(context, dir)))).flat();
}

async function tablesIn({ host, settings }: DriverContext, dataDir: string): Promise<readonly Table[]> {
  const tables: Table[] = [];
  for (const keyspace of (await host.listDir(dataDir)) ?? [])
    for (const table of (await host.listDir(join(dataDir, keyspace))) ?? []) {
      const from = join(dataDir, keyspace, table, 'snapshots', tag);
      const files = await host.listDir(from);
      if (files !== null) tables.push({ to: join(relative(settings.dataDir, dataDir), keyspace, table), from, files });
    }
  return tables;
}
