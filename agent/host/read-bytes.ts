/** A part of a file, however long the file is. */
import { open } from 'node:fs/promises';

/** Fewer bytes than asked for only at the end of the file. Throws what the system says (ENOENT: there is none). */
export async function readBytes(path: string, fromByte: number, maxBytes: number): Promise<Uint8Array> {
  const file = await open(path);
  try {
    const bytes = Buffer.alloc(maxBytes);
    let read = 0;
    for (;;) {
      const { bytesRead } = await file.read(bytes, read, maxBytes - read, fromByte + read);
      read += bytesRead;
      if (bytesRead === 0 || read === maxBytes) return bytes.subarray(0, read);
    }
  } finally {
    await file.close();
  }
}
