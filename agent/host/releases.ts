/**
 * Release folders: `<releasesDir>/<release>/` complete ones with their mark, `current` a link to one of them, and `.staging/` for all
 * that is on its way. Only a rename puts something into place, and only what is flushed is renamed.
 */
import { createHash } from 'node:crypto';
import { chmod, type FileHandle, lstat, open, readdir, readFile, readlink, rename, rm, symlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fail } from '../../common/failure.ts';
import { makeFolder } from '../../common/files.ts';
import { asSpaceShort, flush, flushTree, moveDurably, writeDurably } from './durable.ts';
import type { PartialFile, Releases } from './host.ts';
import { unpackInto } from './unpack.ts';

const currentLink = 'current';
const previousLink = 'previous';
const stagingFolder = '.staging';
/** Written last: a folder without it is not a release. */
const mark = '.drydock-release';

export const diskReleases: Releases = {
  async releasesSeen(releasesDir) {
    // Side by side: every order probes several times, in the middle of its downtime, too.
    const [installed, current, previous] = await Promise.all([
      installedIn(releasesDir),
      linked(releasesDir, currentLink),
      linked(releasesDir, previousLink),
    ]);
    return {
      current: current !== null && installed.includes(current) ? current : null,
      previous: previous !== null && previous !== current && installed.includes(previous) ? previous : null,
      installed,
    };
  },

  releasePath: (releasesDir, release) => join(releasesDir, release),

  async adoptCurrent(releasesDir) {
    const current = await linked(releasesDir, currentLink);
    if (current === null || (await bundleDigestOf(releasesDir, current)) !== null) return;
    await writeDurably(join(releasesDir, current, mark), `${JSON.stringify({ bundle: 'installed by hand' })}\n`);
  },

  async activateRelease(releasesDir, release, previous) {
    if ((await bundleDigestOf(releasesDir, release)) === null)
      throw fail('refused', 'release-incomplete', `release ${release} is not complete in ${releasesDir}: stage it again`);
    const links = previous === null ? [] : [{ link: previousLink, to: previous }];
    await Promise.all([...links, { link: currentLink, to: release }].map(({ link, to }) => layBeside(releasesDir, link, to)));
    // First the rollback, then the switch: cut short in between, `previous` equals `current` and counts as none.
    if (previous === null) await rm(join(releasesDir, previousLink), { force: true });
    else await takePlace(releasesDir, previousLink);
    await takePlace(releasesDir, currentLink);
    // Both names are of one folder: flushed once, while the database is down.
    await flush(releasesDir);
  },

  async removeRelease(releasesDir, release) {
    if ((await linked(releasesDir, currentLink)) === release)
      throw fail('refused', 'release-in-use', `release ${release} is current in ${releasesDir} and cannot be removed`);
    // Without its mark it is no release any more, even if the removal is cut short.
    await rm(join(releasesDir, release, mark), { force: true });
    await rm(join(releasesDir, release), { recursive: true, force: true });
    await flush(releasesDir);
  },

  async openPartial(releasesDir, digest) {
    await makeFolder(join(releasesDir, stagingFolder), 0o700);
    return openPartialFile(partialPath(releasesDir, digest));
  },

  async dropPartial(releasesDir, digest) {
    await rm(partialPath(releasesDir, digest), { force: true });
  },

  async unpackRelease(releasesDir, release, digests) {
    const folder = unpackedPath(releasesDir, release);
    await removeTree(folder);
    await makeFolder(folder);
    await chmod(folder, 0o755); // whatever the umask: the database's user must get in
    for (const digest of digests) await unpackInto(partialPath(releasesDir, digest), folder);
    return folder;
  },

  async dropUnpacked(releasesDir, release) {
    await removeTree(unpackedPath(releasesDir, release));
  },

  async completeRelease(releasesDir, release, bundleDigest) {
    const folder = unpackedPath(releasesDir, release);
    const place = join(releasesDir, release);
    try {
      await flushTree(folder);
      await writeDurably(join(folder, mark), `${JSON.stringify({ bundle: bundleDigest })}\n`);
    } catch (error) {
      throw asSpaceShort(error, folder);
    }
    // A folder without a mark is the remains of a removal.
    if ((await bundleDigestOf(releasesDir, release)) === null) await rm(place, { recursive: true, force: true });
    await moveDurably(folder, place);
  },

  bundleDigestOf,
};

async function bundleDigestOf(releasesDir: string, release: string): Promise<string | null> {
  try {
    const { bundle } = JSON.parse(await readFile(join(releasesDir, release, mark), 'utf8')) as { bundle?: unknown };
    return typeof bundle === 'string' ? bundle : null;
  } catch {
    return null;
  }
}

const besideOf = (releasesDir: string, link: string) => join(releasesDir, `.${link}.new`);

/** One that is there is left over from a switch that was cut short. */
async function layBeside(releasesDir: string, link: string, release: string): Promise<void> {
  const beside = besideOf(releasesDir, link);
  try {
    await symlink(release, beside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    await rm(beside, { force: true });
    await symlink(release, beside);
  }
}

function takePlace(releasesDir: string, link: string): Promise<void> {
  return rename(besideOf(releasesDir, link), join(releasesDir, link));
}

async function linked(releasesDir: string, link: string): Promise<string | null> {
  try {
    return basename(await readlink(join(releasesDir, link)));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
      const found = await lstat(join(releasesDir, link));
      if (!found.isSymbolicLink())
        throw fail(
          'failed',
          'not-a-link',
          `${join(releasesDir, link)} is not a link: replace it by a link to the folder of the running release`,
        );
    }
    return null;
  }
}

async function installedIn(releasesDir: string): Promise<readonly string[]> {
  const names = await namesIn(releasesDir);
  const complete = await Promise.all(names.map(async (name) => (await bundleDigestOf(releasesDir, name)) !== null));
  return names.filter((_, index) => complete[index]);
}

async function namesIn(releasesDir: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(releasesDir, { withFileTypes: true });
    return entries
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
      .map((entry) => entry.name)
      .sort();
  } catch (error) {
    throw fail('failed', 'releases-unreadable', `releases folder ${releasesDir} cannot be read: ${(error as Error).message}`);
  }
}

const partialPath = (releasesDir: string, digest: string) => join(releasesDir, stagingFolder, `${digest.slice('sha256:'.length)}.partial`);
const unpackedPath = (releasesDir: string, release: string) => join(releasesDir, stagingFolder, `${release}.unpacked`);

/** An unpacking that failed may still be writing for a moment what it had begun. */
function removeTree(folder: string): Promise<void> {
  return rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
}

// A download in progress: a file that is taken up where it ended, with the digest of all its bytes.

const readBytes = 256 * 1024;

/** Opens or makes the file; what is there already is hashed again, for nothing vouches for it. */
async function openPartialFile(path: string): Promise<PartialFile> {
  const file = await open(path, 'a+', 0o600);
  const hash = createHash('sha256');
  const offset = await hashAll(file, hash);
  let sizeBytes = offset;
  return {
    offset,
    async write(piece) {
      try {
        await file.appendFile(piece);
      } catch (error) {
        throw asSpaceShort(error, path);
      }
      hash.update(piece);
      sizeBytes += piece.length;
    },
    async close() {
      try {
        await file.sync();
      } finally {
        await file.close();
      }
      return { sizeBytes, digest: `sha256:${hash.copy().digest('hex')}` };
    },
  };
}

async function hashAll(file: FileHandle, hash: ReturnType<typeof createHash>): Promise<number> {
  const buffer = Buffer.allocUnsafe(readBytes);
  for (let position = 0; ; ) {
    const { bytesRead } = await file.read(buffer, 0, readBytes, position);
    if (bytesRead === 0) return position;
    hash.update(buffer.subarray(0, bytesRead));
    position += bytesRead;
  }
}
