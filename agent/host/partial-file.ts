/** A download in progress: a file that is taken up where it ended, with the digest of all its bytes. */
import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { asSpaceShort } from './durable.ts';
import type { PartialFile } from './host.ts';

const readBytes = 256 * 1024;

/** Opens or makes the file; what is there already is hashed again, for nothing vouches for it. */
export async function openPartialFile(path: string): Promise<PartialFile> {
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
