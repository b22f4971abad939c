/** Unpacks an archive into an empty folder and nowhere else. */
import { posix } from 'node:path';
import { type Failure, FailureError, failure } from '../../common/failure.ts';
import { asSpaceShort } from './durable.ts';

export interface ArchiveEntry {
  readonly path: string;
  readonly type: string;
  readonly linkpath?: string | undefined;
}

const plainTypes = ['File', 'OldFile', 'ContiguousFile', 'Directory', 'GNUDumpDir'];

/** Why this entry may not be unpacked; null: it may. */
export function refusalOf(entry: ArchiveEntry): string | null {
  if (leaves(entry.path)) return 'its path leaves the release folder';
  if (plainTypes.includes(entry.type)) return null;
  const target = entry.linkpath ?? '';
  // A symbolic link is read from where it stands, a hard link from the archive's root.
  if (entry.type === 'SymbolicLink')
    return target === '' || leaves(target, posix.dirname(entry.path)) ? 'its link leaves the release folder' : null;
  if (entry.type === 'Link') return target === '' || leaves(target) ? 'its link leaves the release folder' : null;
  return `a ${entry.type} is neither file, folder nor link`;
}

function leaves(path: string, from = '.'): boolean {
  if (posix.isAbsolute(path) || path.includes('\0') || path.includes('\\')) return true;
  const landed = posix.normalize(posix.join(from, path));
  return landed === '..' || landed.startsWith('../');
}

/** Throws FailureError `bad-archive` naming the entry, or `space-short`. What was unpacked until then is the caller's to remove. */
export async function unpackInto(archive: string, folder: string): Promise<void> {
  let refused: Failure | null = null;
  // Loaded only when something is staged: an idle agent does not pay for it.
  const { extract } = await import('tar');
  try {
    await extract({
      file: archive,
      cwd: folder,
      strict: true,
      preserveOwner: false,
      chmod: true,
      processUmask: 0o022,
      filter: (path, entry) => {
        if (refused !== null || !('type' in entry)) return false;
        const why = refusalOf({ path, type: entry.type, linkpath: entry.linkpath });
        if (why !== null) refused = badArchive(`entry ${JSON.stringify(path)}: ${why}`);
        // Neither set-uid programs nor files that everybody may write come with a release.
        else entry.mode = (entry.mode ?? 0o644) & 0o755;
        return why === null;
      },
    });
  } catch (error) {
    const short = asSpaceShort(error, folder);
    throw short instanceof FailureError ? short : new FailureError(badArchive((error as Error).message));
  }
  if (refused !== null) throw new FailureError(refused);
}

function badArchive(why: string): Failure {
  return failure('refused', 'bad-archive', `the release's archive cannot be unpacked: ${why}; make it again and add it as a new release`);
}
