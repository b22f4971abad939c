/**
 * Trees put into the place of others. Each place goes through out (what was there moves aside) and in (the copy moves there); the way
 * back through cleared (the copy moves off) and returned. A folder moves by one rename; a mount point cannot move, so its entries do,
 * one by one, behind a door that is shut meanwhile. What is done is written to a ledger after it was done, and every move can be begun again.
 *
 * The data directory is the first place: it goes first and comes back last, so that nothing can be started on half of it.
 */
import { chmod, lstat, readdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { fail } from '../../common/failure.ts';
import { makeFolder } from '../../common/files.ts';
import { asSpaceShort, flush, flushTree, moveDurably, writeDurably } from './durable.ts';
import type { Restores } from './host.ts';
import { diskSnapshots } from './snapshots.ts';
import { copyTree, exists, removeTree } from './trees.ts';

const placeSchema = z.object({
  folder: z.string(),
  path: z.string(),
  /** A mount point: its entries move, not itself. */
  mounted: z.boolean(),
  /** Rights of the mount point; while its entries move only root gets in. */
  mode: z.number(),
  /** Something was there before. */
  had: z.boolean(),
  out: z.boolean(),
  in: z.boolean(),
  cleared: z.boolean(),
  returned: z.boolean(),
});
type Place = z.infer<typeof placeSchema>;

const ledgerSchema = z.object({
  stage: z.enum(['copying', 'beside', 'moving', 'in-place', 'returning']),
  places: z.array(placeSchema).min(1),
});
type Ledger = z.infer<typeof ledgerSchema>;

const suffix = '.restore.json';
const ledgerPath = (snapshotsDir: string, name: string) => join(snapshotsDir, `${name}${suffix}`);

/** Where the copy waits, where what was there lies, where a copy that was rolled back lies until it is removed. */
function sides({ path, mounted }: Place, name: string) {
  const aside = mounted ? join(path, `.drydock-${name}`) : `${path}.drydock-${name}`;
  return { aside, fresh: `${aside}.new`, gone: `${aside}.gone` };
}

export const diskRestores: Restores = {
  async restoreStage(snapshotsDir, name) {
    return (await ledgerOf(snapshotsDir, name))?.stage ?? 'none';
  },

  async copyBeside(snapshotsDir, name, id, places, watch) {
    const known = await ledgerOf(snapshotsDir, name);
    if (known !== null && known.stage !== 'copying') return firstFresh(known, name);
    const ledger: Ledger = { stage: 'copying', places: await Promise.all(places.map(({ folder, path }) => placeOf(folder, path))) };
    await write(snapshotsDir, name, ledger);
    const from = diskSnapshots.snapshotPath(snapshotsDir, id);
    for (const place of ledger.places) {
      const { fresh } = sides(place, name);
      await removeTree(fresh);
      await copyTree(join(from, place.folder), fresh, dirname(fresh), watch);
    }
    return firstFresh(ledger, name);
  },

  async sealBeside(snapshotsDir, name) {
    const ledger = await ledgerNeeded(snapshotsDir, name);
    if (ledger.stage !== 'copying') return;
    try {
      for (const place of ledger.places) {
        await flushTree(sides(place, name).fresh);
        await flush(dirname(sides(place, name).fresh));
      }
    } catch (error) {
      throw asSpaceShort(error, snapshotsDir);
    }
    await write(snapshotsDir, name, { ...ledger, stage: 'beside' });
  },

  async moveIntoPlace(snapshotsDir, name) {
    const moves = await movesOf(snapshotsDir, name);
    const [first, ...others] = moves.ledger.places;
    if (first === undefined || moves.ledger.stage === 'copying' || moves.ledger.stage === 'returning')
      throw fail('failed', 'restore-incomplete', `restore ${name} is ${moves.ledger.stage}: nothing was moved`);
    if (moves.ledger.stage !== 'in-place') {
      await moves.stage('moving');
      await moves.once(first, 'out', moveOut);
      for (const place of others) {
        await moves.once(place, 'out', moveOut);
        await moves.once(place, 'in', moveIn);
      }
      await moves.once(first, 'in', moveIn);
      await moves.stage('in-place');
    }
    return moves.ledger.places.flatMap((place) => (place.had ? [sides(place, name).aside] : []));
  },

  async moveBack(snapshotsDir, name) {
    const known = await ledgerOf(snapshotsDir, name);
    if (known === null) return;
    const moves = await movesOf(snapshotsDir, name);
    const [first, ...others] = moves.ledger.places;
    if (first !== undefined && known.stage !== 'copying' && known.stage !== 'beside') {
      await moves.stage('returning');
      await moves.once(first, 'cleared', clear);
      for (const place of others) {
        await moves.once(place, 'cleared', clear);
        await moves.once(place, 'returned', moveBackIn);
      }
      await moves.once(first, 'returned', moveBackIn);
    }
    await dropSides(snapshotsDir, name, ['fresh', 'gone']);
  },

  async restoresSeen(snapshotsDir, dataDir) {
    const files = await readdir(snapshotsDir).catch(() => []);
    const names = files.flatMap((file) => (file.endsWith(suffix) ? [file.slice(0, -suffix.length)] : [])).sort();
    const ledgers = await Promise.all(names.map((name) => ledgerOf(snapshotsDir, name)));
    return names.filter((_, at) => ledgers[at]?.places[0]?.path === dataDir);
  },

  async forgetRestore(snapshotsDir, name) {
    const stage = await diskRestores.restoreStage(snapshotsDir, name);
    if (stage === 'moving' || stage === 'returning')
      throw fail('failed', 'restore-incomplete', `restore ${name} was interrupted while it was ${stage}: check the data directory by hand`);
    await dropSides(snapshotsDir, name, ['fresh', 'gone', 'aside']);
  },
};

async function placeOf(folder: string, path: string): Promise<Place> {
  const found = await lstat(path).catch(() => null);
  const above = await lstat(dirname(path)).catch(() => null);
  if (above === null)
    throw fail('refused', 'facts-changed', `${dirname(path)} no longer exists, so ${folder} of the snapshot cannot be restored`);
  const mounted = found !== null && found.dev !== above.dev;
  const nothingYet = { out: false, in: false, cleared: false, returned: false };
  return { folder, path, mounted, mode: (found?.mode ?? 0o700) & 0o7777, had: found !== null, ...nothingYet };
}

async function dropSides(snapshotsDir: string, name: string, which: readonly ('fresh' | 'gone' | 'aside')[]): Promise<void> {
  const ledger = await ledgerOf(snapshotsDir, name);
  for (const place of ledger?.places ?? []) for (const side of which) await removeTree(sides(place, name)[side]);
  for (const file of [ledgerPath(snapshotsDir, name), `${ledgerPath(snapshotsDir, name)}.new`]) await rm(file, { force: true });
  if (ledger !== null) await flush(snapshotsDir);
}

interface Moves {
  ledger: Ledger;
  stage(stage: Ledger['stage']): Promise<void>;
  once(place: Place, step: 'out' | 'in' | 'cleared' | 'returned', move: (place: Place, name: string) => Promise<void>): Promise<void>;
}

async function movesOf(snapshotsDir: string, name: string): Promise<Moves> {
  const moves: Moves = {
    ledger: await ledgerNeeded(snapshotsDir, name),
    async stage(stage) {
      moves.ledger = { ...moves.ledger, stage };
      await write(snapshotsDir, name, moves.ledger);
    },
    async once(place, step, move) {
      const at = moves.ledger.places.findIndex(({ path }) => path === place.path);
      const now = moves.ledger.places[at];
      if (now === undefined || now[step]) return;
      await move(now, name);
      moves.ledger = { ...moves.ledger, places: moves.ledger.places.with(at, { ...now, [step]: true }) };
      await write(snapshotsDir, name, moves.ledger);
    },
  };
  return moves;
}

// ---- the four moves: each brings about what is missing of it ------------------------------------------------------

async function moveOut(place: Place, name: string): Promise<void> {
  const { aside } = sides(place, name);
  if (place.mounted) {
    await shut(place);
    await moveEntries(place.path, aside);
  } else if (place.had && !(await exists(aside))) await moveDurably(place.path, aside);
}

async function moveIn(place: Place, name: string): Promise<void> {
  const { fresh } = sides(place, name);
  if (place.mounted) {
    await moveEntries(fresh, place.path);
    await open(place);
  } else if (await exists(fresh)) await moveDurably(fresh, place.path);
}

/** Takes away what the restore brought, if it had come that far. */
async function clear(place: Place, name: string): Promise<void> {
  const { aside, gone } = sides(place, name);
  if (place.mounted) {
    await shut(place);
    if (place.out) await moveEntries(place.path, gone);
    return;
  }
  const brought = place.had ? await exists(aside) : place.out;
  if (brought && (await exists(place.path))) await moveDurably(place.path, gone);
}

async function moveBackIn(place: Place, name: string): Promise<void> {
  const { aside } = sides(place, name);
  if (place.mounted) {
    await moveEntries(aside, place.path);
    await open(place);
  } else if (await exists(aside)) await moveDurably(aside, place.path);
}

/** Between two folders of one mount. Ours and the file system's own entries stay. */
async function moveEntries(from: string, to: string): Promise<void> {
  await makeFolder(to, 0o700);
  const names = await readdir(from).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  for (const entry of names) if (!entry.startsWith('.drydock-') && entry !== 'lost+found') await rename(join(from, entry), join(to, entry));
  if (names.length === 0) return;
  await flush(to);
  await flush(from);
}

/** A database that is no root finds nothing here until it is opened again. */
async function shut({ path }: Place): Promise<void> {
  if (process.geteuid?.() !== 0) return;
  await chmod(path, 0);
  await flush(path);
}

async function open({ path, mode }: Place): Promise<void> {
  await chmod(path, mode);
  await flush(path);
}

// ---- the ledger ---------------------------------------------------------------------------------------------------

const firstFresh = ({ places: [first] }: Ledger, name: string): string => (first === undefined ? '' : sides(first, name).fresh);

async function write(snapshotsDir: string, name: string, ledger: Ledger): Promise<void> {
  try {
    await writeDurably(ledgerPath(snapshotsDir, name), `${JSON.stringify(ledger)}\n`);
  } catch (error) {
    throw asSpaceShort(error, snapshotsDir);
  }
}

async function ledgerNeeded(snapshotsDir: string, name: string): Promise<Ledger> {
  const ledger = await ledgerOf(snapshotsDir, name);
  if (ledger === null) throw fail('failed', 'restore-unknown', `unknown restore ${name} in ${snapshotsDir}`);
  return ledger;
}

/** null: none was begun. A ledger that cannot be read is for a person: guessing could start half of a database. */
async function ledgerOf(snapshotsDir: string, name: string): Promise<Ledger | null> {
  const path = ledgerPath(snapshotsDir, name);
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw fail('failed', 'restore-unreadable', `${path} cannot be read: ${error.message}`);
  });
  if (text === null) return null;
  try {
    return ledgerSchema.parse(JSON.parse(text));
  } catch {
    throw fail('failed', 'restore-unreadable', `${path} is damaged: check the data directory that it names by hand`);
  }
}
