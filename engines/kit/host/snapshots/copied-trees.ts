/**
 * Strategy of a database that is copied while nothing of it runs: whole trees, blocks shared where the file system can (reflink). The copy is compared with the
 * trees themselves, byte by byte, for they stand still.
 */
import { join } from 'node:path';
import type { DriverContext, DriverHost, SnapshotMade } from '../../../../common/driver.ts';
import type { Finding } from '../../../../common/facts.ts';
import type { Answer } from '../../pure/checks.ts';
import { refused } from '../failures.ts';
import { needOf, type SnapshotStrategy, type Tree } from './snapshots.ts';

const pieceBytes = 1024 * 1024;

export interface CopiedTree extends Tree {
  /** Relative to the snapshot's folder. */
  readonly folder: string;
  /** Files that nothing writes again, also once the instance runs: hard links to them are as good as copies (P8). */
  readonly link?: (relative: string) => boolean;
}

export interface CopiedForm {
  /** The data directory first, then what of the instance lies elsewhere. */
  trees(context: DriverContext): Promise<readonly CopiedTree[]>;
  /** Verification that nothing of the instance runs. */
  stopped(context: DriverContext): Promise<Finding>;
  /** By what lies on the disk. */
  describe(context: DriverContext): Promise<Omit<SnapshotMade, 'places'>>;
}

export function copiedTrees({ trees, stopped, describe }: CopiedForm): SnapshotStrategy {
  /** Throws `still-running`: what is copied under a running server is worth nothing. */
  const atRest = async (context: DriverContext): Promise<readonly CopiedTree[]> => {
    const { ok, detail } = await stopped(context);
    if (ok !== true) throw refused(context, 'still-running', `its files can only be copied while it is stopped: ${detail}`);
    return trees(context);
  };
  return {
    need: async (context, measure) => needOf(await trees(context), measure),
    async take(context, folder) {
      const copied = await atRest(context);
      for (const [at, { path, folder: to, skip, link }] of copied.entries()) {
        await folder.copy(path, to, { ...(skip === undefined ? {} : { skip }), ...(link === undefined ? {} : { link }) });
        folder.progress((at + 1) / copied.length, `${at + 1} of ${copied.length} folders`);
      }
      await atRest(context);
      return { ...(await describe(context)), places: copied.map(({ folder: to, path }) => ({ folder: to, path })) };
    },
    async listed({ context, folder, made }) {
      const there = await Promise.all(made.places.map((place) => context.host.listDir(join(folder.path, place.folder))));
      const missing = made.places.find((_, at) => there[at] === null);
      return missing === undefined ? [true, `${made.places.length} folders exist`] : [false, `${missing.folder} is missing`];
    },
    async compared({ context, folder }, scratch) {
      let files = 0;
      for (const { path, folder: from, skip = () => false } of await atRest(context)) {
        await scratch.copy(join(folder.path, from), from);
        const seen = await sameTree(context.host, { path, skip }, join(scratch.path, from), '');
        if (typeof seen === 'string') return [false, `restored, ${join(path, seen)} differs from the copy`];
        files += seen;
      }
      await atRest(context);
      return [true, `restored, ${files} files are identical to those of the stopped instance`] satisfies Answer;
    },
  };
}

/** How many files were compared; a text: the first one that differs, relative to the tree. */
async function sameTree(host: DriverHost, tree: Required<Tree>, copy: string, below: string): Promise<number | string> {
  const [theirs, ours] = await Promise.all([host.listDir(join(tree.path, below)), host.listDir(join(copy, below))]);
  if (theirs === null || ours === null) {
    if (theirs !== ours) return below;
    return (await sameBytes(host, join(tree.path, below), join(copy, below))) ? 1 : below;
  }
  const wanted = theirs.filter((name) => !tree.skip(join(below, name))).toSorted();
  const other = [...wanted, ...ours].find((name) => !wanted.includes(name) || !ours.includes(name));
  if (other !== undefined) return join(below, other);
  let files = 0;
  for (const name of wanted) {
    const seen = await sameTree(host, tree, copy, join(below, name));
    if (typeof seen === 'string') return seen;
    files += seen;
  }
  return files;
}

async function sameBytes(host: DriverHost, one: string, other: string): Promise<boolean> {
  for (let at = 0; ; at += pieceBytes) {
    const [ours, theirs] = await Promise.all([host.readBytes(one, at, pieceBytes), host.readBytes(other, at, pieceBytes)]);
    if (ours === null || theirs === null || Buffer.compare(ours, theirs) !== 0) return false;
    if (ours.length < pieceBytes) return true;
  }
}
