/** Unpacks an archive into an empty folder and nowhere else. */
import { stat } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { type Failure, FailureError, fail, failure } from '../../common/failure.ts';
import { asSpaceShort } from './durable.ts';

export interface ArchiveEntry {
  readonly path: string;
  readonly type: string;
  readonly linkpath?: string | undefined;
}

/** At once, of an archive; what the library would take itself is 16 MB, and the agent would keep it. */
const readBytes = 256 * 1024;

const plainFiles = ['File', 'OldFile', 'ContiguousFile'];
const plainTypes = [...plainFiles, 'Directory', 'GNUDumpDir'];

/** Why this entry may not be unpacked; null: it may. */
export function refusalOf(entry: ArchiveEntry): string | null {
  if (leaves(entry.path)) return 'its path points outside the release folder';
  if (plainTypes.includes(entry.type)) return null;
  const target = entry.linkpath ?? '';
  // A symbolic link is read from where it stands, a hard link from the archive's root.
  if (entry.type === 'SymbolicLink')
    return target === '' || leaves(target, posix.dirname(entry.path)) ? 'its link points outside the release folder' : null;
  if (entry.type === 'Link') return target === '' || leaves(target) ? 'its link points outside the release folder' : null;
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
  const sizes = new Map<string, number>();
  // Loaded only when something is staged: an idle agent does not pay for it.
  const { extract } = await import('tar');
  try {
    await extract({
      file: archive,
      cwd: folder,
      maxReadSize: readBytes,
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
        if (why === null && plainFiles.includes(entry.type)) sizes.set(path, entry.size);
        return why === null;
      },
    });
  } catch (error) {
    const short = asSpaceShort(error, folder);
    throw short instanceof FailureError ? short : new FailureError(badArchive((error as Error).message));
  }
  if (refused !== null) throw new FailureError(refused);
  await checkWhole(folder, sizes);
}

/** tar takes a write that the full disk cut short for a whole one and says nothing (seen with 7.5.23), so the sizes are compared. */
async function checkWhole(folder: string, sizes: ReadonlyMap<string, number>): Promise<void> {
  for (const [path, sizeBytes] of sizes) {
    const { size } = await stat(join(folder, path));
    if (size !== sizeBytes)
      throw fail(
        'failed',
        'space-short',
        `${join(folder, path)} has ${size} of ${sizeBytes} bytes: no space left; free some, then retry; installed releases were not changed`,
      );
  }
}

function badArchive(why: string): Failure {
  return failure(
    'refused',
    'bad-archive',
    `the archive of the release cannot be unpacked: ${why}; create it again and add it as a new release`,
  );
}
