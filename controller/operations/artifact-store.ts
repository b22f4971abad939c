/** The bytes of releases in `artifactsDir`: taken in, measured as they would be unpacked, proven by their digests, sent to agents. */

import { createHash, randomUUID } from 'node:crypto';
import { type FileHandle, open, rename, rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import * as tar from 'tar';
import { fail } from '../../common/failure.ts';
import { digestOfFile, makeFolder } from '../../common/files.ts';

/** A file that is being written: hashed while it streams, in place only after `keep`. */
export interface Incoming {
  write(piece: Uint8Array): Promise<void>;
  /** Syncs and closes; returns the digest of what was written. */
  finish(): Promise<string>;
  readonly path: string;
  discard(): Promise<void>;
}

export class ArtifactStore {
  readonly #dir: string;

  constructor(dir: string) {
    this.#dir = dir;
  }

  /** Makes the folder and forgets what an earlier life left half written. */
  async prepare(): Promise<void> {
    await rm(this.#tmp, { recursive: true, force: true });
    await this.#roomFor('this folder', makeFolder(this.#tmp, 0o700));
  }

  /** Throws FailureError(usage, `malformed-digest`): nothing else reaches a path. */
  pathOf(digest: string): string {
    const hex = /^sha256:([0-9a-f]{64})$/.exec(digest)?.[1];
    if (hex === undefined)
      throw fail(
        'usage',
        'malformed-digest',
        `${JSON.stringify(digest.slice(0, 80))} is not a valid digest; expected sha256: and 64 hex digits`,
      );
    return join(this.#dir, hex);
  }

  /** Throws FailureError(not-found, `unknown-artifact`). The caller closes the file. */
  async open(digest: string): Promise<{ readonly file: FileHandle; readonly sizeBytes: number }> {
    const path = this.pathOf(digest);
    try {
      const file = await open(path, 'r');
      return { file, sizeBytes: (await file.stat()).size };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      throw fail('not-found', 'unknown-artifact', `artifact ${digest} not found; add its release again`);
    }
  }

  /** FailureError(refused, `no-space`) when the file system holds less than is to come. */
  async receive(sizeBytes: number): Promise<Incoming> {
    const { bavail, bsize } = await statfs(this.#tmp);
    const what = `${sizeBytes} bytes`;
    if (bavail * bsize < sizeBytes) throw await this.#noSpace(what);
    const path = join(this.#tmp, randomUUID());
    const file = await this.#roomFor(what, open(path, 'wx', 0o600));
    const hash = createHash('sha256');
    const discard = async () => {
      await file.close();
      await rm(path, { force: true });
    };
    return {
      path,
      write: async (piece) => {
        hash.update(piece);
        await this.#roomFor(what, file.writeFile(piece));
      },
      finish: async () => {
        await this.#roomFor(what, file.sync());
        await file.close();
        return `sha256:${hash.digest('hex')}`;
      },
      discard,
    };
  }

  /** Gives a received file its final name; the same bytes may be there already. */
  async keep(path: string, digest: string): Promise<void> {
    await this.#roomFor('one more name', rename(path, this.pathOf(digest)));
    const dir = await open(this.#dir, 'r');
    try {
      await dir.sync();
    } finally {
      await dir.close();
    }
  }

  /** Not there is as good as removed. */
  async remove(digest: string): Promise<void> {
    await rm(this.pathOf(digest), { force: true });
  }

  /** Reads every byte again. Null: as it should be; else what is wrong. */
  async verify(digest: string, sizeBytes: number): Promise<string | null> {
    const path = this.pathOf(digest);
    try {
      const { size } = await stat(path);
      if (size !== sizeBytes) return `is ${size} bytes long, expected ${sizeBytes}`;
      const found = await digestOfFile(path);
      return found === digest ? null : `its content changed: the digest is now ${found}`;
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'is missing' : `cannot be read: ${(error as Error).message}`;
    }
  }

  get #tmp(): string {
    return join(this.#dir, 'tmp');
  }

  /** A disk runs full in any write, whatever it held before. */
  async #roomFor<T>(what: string, work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      throw code === 'ENOSPC' || code === 'EDQUOT' ? await this.#noSpace(what) : error;
    }
  }

  async #noSpace(what: string): Promise<Error> {
    const { bavail, bsize } = await statfs(this.#dir);
    const message = `not enough space in ${this.#dir} for ${what}: ${bavail * bsize} bytes are free; nothing was stored, free some space`;
    return fail('refused', 'no-space', message, { remedy: 'retry' });
  }
}

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
  if (astray !== null) throw badArchive(name, `entry ${JSON.stringify(astray)} points outside the folder it is unpacked into`);
  if (unpackedInodes === 0) throw badArchive(name, 'it contains no files');
  return { unpackedBytes, unpackedInodes };
}

function badArchive(name: string, why: string): Error {
  return fail('refused', 'bad-archive', `${name} is not a valid tar archive (${why}); nothing was stored, create the archive again`);
}
