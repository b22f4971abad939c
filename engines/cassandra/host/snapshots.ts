/**
 * Snapshots of a node: the server makes hard links to its sstables, all keyspaces at one moment, and these become ours. What nothing ever writes again
 * stays a hard link; the rest is copied. Restored, the node is as it was then, and takes what was written since from the others.
 */
import { dirname, join, relative } from 'node:path';
import type { DriverContext, DriverSnapshots, SnapshotFolder, SnapshotMade } from '../../../common/driver.ts';
import type { Finding, SnapshotNeed } from '../../../common/facts.ts';
import { fail } from '../../../common/failure.ts';
import { formatIn, isNeverRewritten } from '../formats.ts';
import { configOf, noConfig } from './config-file.ts';
import { nodetool } from './nodetool.ts';
import { askLocal } from './sight.ts';

/** One at a time is made, and none stays with the server. */
const tag = 'drydock';
/** It writes out every memtable first. */
const snapshotMs = 15 * 60_000;
const blockBytes = 4096;
/** What the server writes beside the links, for people. */
const notes = ['manifest.json', 'schema.cql'];

interface Table {
  /** Relative to the data directory. */
  readonly path: string;
  readonly from: string;
  readonly files: readonly string[];
}

export const cassandraSnapshots: DriverSnapshots = {
  need,
  take,
  verify,
  async tidy() {
    // Verifying starts nothing.
  },
  async prepareRestored() {
    return [];
  },
};

/** Links take an inode each; where they cannot be made everything is copied. */
async function need(context: DriverContext, measure: Parameters<DriverSnapshots['need']>[1]): Promise<SnapshotNeed> {
  const dirs = await dataDirsOf(context);
  const isOther = (path: string) => /(^|\/)(snapshots|backups)$/.test(path);
  const needs = await Promise.all(dirs.map((dir) => measure(dir, isOther)));
  const sum = (of: 'bytes' | 'inodes') => needs.reduce((total, each) => total + each[of], 0);
  if (!(await sharesDevice(context))) return { bytes: sum('bytes'), inodes: sum('inodes'), method: 'copy' };
  return { bytes: sum('inodes') * blockBytes, inodes: sum('inodes'), method: 'reflink' };
}

/** Throws `data-elsewhere`: what lies outside the data directory would not go along with a restore. */
async function dataDirsOf(context: DriverContext): Promise<readonly string[]> {
  const { settings } = context;
  const config = await configOf(context);
  if (config === null) throw noConfig(settings.instance);
  const outside = [...config.dataDirs, ...config.otherDirs].filter((dir) => !dir.startsWith(`${settings.dataDir}/`));
  if (outside.length > 0)
    throw fail(
      'refused',
      'data-elsewhere',
      `${settings.instance}: ${outside.join(', ')} lies outside ${settings.dataDir}, so a snapshot of that could not be restored as one`,
    );
  return config.dataDirs;
}

async function sharesDevice({ host, settings }: DriverContext): Promise<boolean> {
  const deviceOf = async (path: string): Promise<string> => {
    const { exitCode, stdout } = await host.run(['stat', '-c', '%d', path], { timeoutMs: 5_000 });
    if (exitCode === 0) return stdout.trim();
    return path === dirname(path) ? '' : deviceOf(dirname(path));
  };
  return (await deviceOf(settings.dataDir)) === (await deviceOf(settings.snapshotsDir));
}

async function take(context: DriverContext, folder: SnapshotFolder): Promise<SnapshotMade> {
  const dirs = await dataDirsOf(context);
  const local = await askLocal(context);
  const before = await tablesOf(context, dirs);
  // Of an attempt that was cut short.
  if (before.length > 0) await nodetool(context, ['clearsnapshot', '-t', tag]);
  try {
    folder.progress(0, 'the server writes out its memtables and links its sstables');
    await nodetool(context, ['snapshot', '-t', tag], snapshotMs);
    const tables = await tablesOf(context, dirs);
    for (const [at, table] of tables.entries()) {
      await folder.copy(table.from, table.path, { skip: (path) => notes.includes(path), link: isNeverRewritten });
      folder.progress((at + 1) / tables.length, `${at + 1} of ${tables.length} tables`);
    }
    const formats = [...new Set(tables.flatMap(({ files }) => files.flatMap((file) => formatIn(file) ?? [])))].sort();
    return {
      version: local.version,
      role: (await configOf(context))?.seeds.includes(local.address) === true ? 'seed' : 'node',
      position: `${tables.length} tables, formats ${formats.join(', ')}`,
      places: [{ folder: '.', path: context.settings.dataDir }],
      notes: { tables: String(tables.length), member: local.member },
    };
  } finally {
    await nodetool(context, ['clearsnapshot', '-t', tag]);
  }
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
      if (files !== null) tables.push({ path: join(relative(settings.dataDir, dataDir), keyspace, table), from, files });
    }
  return tables;
}

/** Every byte was read already by who asks; that it is whole is what there is to say besides. */
async function verify(
  _context: DriverContext,
  _folder: SnapshotFolder,
  made: SnapshotMade,
  depth: Parameters<DriverSnapshots['verify']>[3],
): Promise<Finding> {
  const check = `snapshot-${depth}`;
  if (depth === 'restore-compare')
    return {
      check,
      ok: null,
      detail: 'a copy of one node alone shows little of its ring, so none is started for a comparison: ask for list',
    };
  return { check, ok: Number(made.notes.tables) > 0, detail: made.position };
}
