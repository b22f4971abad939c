/** How large an archive becomes when it is unpacked: asked when a release is added, so that space is compared before any byte is fetched. */
import * as tar from 'tar';
import { fail } from '../../common/failure.ts';

export interface UnpackedSize {
  /** In whole blocks, as a file system counts. */
  readonly unpackedBytes: number;
  readonly unpackedInodes: number;
}

const blockBytes = 4096;

/** Throws FailureError(refused, `bad-archive`) when it is no tar (plain or gzip), is cut short, is empty or leads out of its folder. */
export async function measureArchive(path: string, name: string): Promise<UnpackedSize> {
  let unpackedBytes = 0;
  let unpackedInodes = 0;
  let astray: string | null = null;
  try {
    await tar.list({
      file: path,
      strict: true,
      onReadEntry: (entry) => {
        unpackedInodes += 1;
        unpackedBytes += Math.max(1, Math.ceil(entry.size / blockBytes)) * blockBytes;
        if (entry.path.startsWith('/') || entry.path.split('/').includes('..')) astray ??= entry.path;
      },
    });
  } catch (error) {
    throw badArchive(name, (error as Error).message);
  }
  if (astray !== null) throw badArchive(name, `entry ${JSON.stringify(astray)} leads out of the folder it is unpacked in`);
  if (unpackedInodes === 0) throw badArchive(name, 'it holds no files');
  return { unpackedBytes, unpackedInodes };
}

function badArchive(name: string, why: string): Error {
  return fail('refused', 'bad-archive', `${name} is not a usable tar archive (${why}); nothing was stored, pack it again`);
}
