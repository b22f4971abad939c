/** The order for a snapshot, as an agent gives it: a folder of its own, filled by the driver, and looked at afterwards. */
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { copyTree } from '../../agent/host/trees.ts';
import type { Driver, DriverContext, SnapshotFolder } from '../../common/driver.ts';
import { plainWay } from './fuse.ts';
import type { Order, Stage, StageMember } from './subject.ts';

interface SnapshotParts<S extends Stage> {
  member(stage: S): StageMember;
  /** What making it could leave open in the database. */
  leftOpen(stage: S): Promise<unknown>;
  readonly points?: number;
}

export function snapshotOrder<S extends Stage>({ snapshots }: Driver, { member, leftOpen, ...parts }: SnapshotParts<S>): Order<S> {
  if (snapshots === undefined) throw new TypeError('the driver takes no snapshots');
  return {
    ...parts,
    title: 'a snapshot',
    on(stage) {
      const contentOf = ({ settings }: DriverContext) => join(settings.snapshotsDir, 'contract.partial');
      const content = async () => contentOf(await member(stage).context(plainWay));
      return {
        member: member(stage),
        prepare: async () => rm(await content(), { recursive: true, force: true }),
        async give(context) {
          const folder = await emptyFolder(context, contentOf(context));
          const scratch = await emptyFolder(context, `${contentOf(context)}.scratch`);
          const made = await snapshots.take(context, folder);
          const finding = await snapshots.verify(context, folder, made, 'list', scratch);
          return { version: made.version, role: made.role, places: made.places, proven: finding.ok };
        },
        outcome: async () => ({
          content: (await readdir(await content()).catch(() => [])).sort(),
          leftOpen: await leftOpen(stage),
        }),
      };
    },
  };
}

/** As an agent does with what is left of one that was cut short. */
async function emptyFolder({ signal }: DriverContext, path: string): Promise<SnapshotFolder> {
  await rm(path, { recursive: true, force: true });
  await mkdir(path, { recursive: true, mode: 0o700 });
  return {
    path,
    copy: (from, to, options = {}) => copyTree(from, join(path, to), path, { ...options, signal, onBytes: () => {} }),
    write: (relative, text) => writeFile(join(path, relative), text, { mode: 0o600 }),
    progress() {},
  };
}
