/** Logs in files: how far one was written before a start, and what was written to it since, rotated meanwhile or not. */
import { constants } from 'node:fs';
import { type FileHandle, open, readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { LogMark, Logs, LogWanted } from './host.ts';

/** Of a long log only the end is read. */
const mostBytes = 64 * 1024;
/** File systems round the time at which a file was made. */
const grainMs = 10;

export const diskLogs: Logs = { markLog, logSince };

async function markLog(path: string): Promise<LogMark> {
  const seen = await statOf(path).catch(() => null);
  return seen === null ? { path, inode: '', bytes: 0 } : { path, inode: seen.inode, bytes: seen.bytes };
}

async function logSince(wanted: LogWanted): Promise<string | null> {
  try {
    return await readSince(wanted);
  } catch {
    return null;
  }
}

async function readSince({ path, mark, sinceMs, ownerOf }: LogWanted): Promise<string | null> {
  const now = await statOf(path);
  if (mark === null) return now !== null && now.madeMs >= sinceMs - grainMs ? readFrom(path, 0, ownerOf) : null;
  if (now?.inode === mark.inode) {
    if (now.bytes === mark.bytes) return '';
    // One that is shorter than it was has been emptied in its place.
    return readFrom(path, now.bytes < mark.bytes ? 0 : mark.bytes, ownerOf);
  }
  const aside = await movedAside(mark);
  const before = aside === null ? '' : await readFrom(aside, mark.bytes, ownerOf);
  const after = now === null ? '' : await readFrom(path, 0, ownerOf);
  return before === null || after === null ? null : `${before}${after}`;
}

/** The marked file under the name that rotation gave it: `db.log.1`, `db.log-20260301`. */
async function movedAside({ path, inode }: LogMark): Promise<string | null> {
  if (inode === '') return null;
  const folder = dirname(path);
  const names = await readdir(folder);
  for (const name of names.filter((each) => each.startsWith(basename(path)) && each !== basename(path))) {
    if ((await statOf(join(folder, name)))?.inode === inode) return join(folder, name);
  }
  return null;
}

/** null: it is none that may be read. */
async function readFrom(path: string, fromByte: number, ownerOf: string | undefined): Promise<string | null> {
  // Opening a pipe would wait for somebody to write into it.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const seen = await file.stat();
    const isAllowed = ownerOf === undefined || (await stat(ownerOf)).uid === seen.uid;
    return seen.isFile() && isAllowed ? await endOf(file, fromByte, seen.size) : null;
  } finally {
    await file.close();
  }
}

/** Without the beginning of a line that is cut: what shows that a secret follows may stand there. */
async function endOf(file: FileHandle, fromByte: number, size: number): Promise<string> {
  const start = Math.max(fromByte, size - mostBytes);
  const bytes = Buffer.alloc(Math.max(0, size - start));
  const { bytesRead } = await file.read(bytes, 0, bytes.length, start);
  const text = bytes.subarray(0, bytesRead).toString('utf8');
  return start === fromByte ? text : text.slice(text.indexOf('\n') + 1);
}

/** null: there is no such file. */
async function statOf(path: string): Promise<{ readonly inode: string; readonly bytes: number; readonly madeMs: number } | null> {
  const seen = await stat(path, { bigint: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null;
    throw error;
  });
  return seen === null ? null : { inode: String(seen.ino), bytes: Number(seen.size), madeMs: Number(seen.birthtimeMs) };
}

// A part of a file, however long the file is.

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
