/**
 * A disk that forgets what was never synced. SQLite syncs the write-ahead log at each commit under synchronous = FULL and only around
 * checkpoints under NORMAL; so after a commit this disk keeps an image of the files under FULL and none under NORMAL, and a power loss
 * puts the newest image back. It asks the very connection that the program writes with.
 */
import { closeSync, existsSync, fstatSync, openSync, readFileSync, readSync, rmSync, writeFileSync } from 'node:fs';
import type Database from 'better-sqlite3';

const full = 2;
const walHeaderBytes = 32;

export class DiskTwin {
  /** Only worth its time where the power will be lost. */
  readonly keepsImages: boolean;
  readonly #file: string;
  #database: Database.Database | null = null;
  #main: Buffer | null = null;
  /** Of the log, as it grew: put together only when the power is lost. */
  #wal: Buffer[] = [];
  #walBytes = 0;

  constructor(file: string, keepsImages: boolean) {
    this.#file = file;
    this.keepsImages = keepsImages;
  }

  /** The program opened the file: migrations and the recovery of the log were synced. */
  opened(database: Database.Database): void {
    this.#database = database;
    this.#main = null;
    if (this.keepsImages) this.#capture();
  }

  /** A transaction was committed on the connection. */
  committed(): void {
    if (this.keepsImages && this.#database?.pragma('synchronous', { simple: true }) === full) this.#capture();
  }

  /** To be called when the program is gone and its connection closed. */
  powerLoss(): void {
    const { main, wal } = this.#image();
    for (const suffix of ['', '-wal', '-shm']) rmSync(`${this.#file}${suffix}`, { force: true });
    writeFileSync(this.#file, main);
    if (wal.length > 0) writeFileSync(`${this.#file}-wal`, wal);
    this.#database = null;
  }

  #image(): { readonly main: Buffer; readonly wal: Buffer } {
    if (this.#main === null) throw new Error(`${this.#file} has no image on this disk`);
    return { main: this.#main, wal: Buffer.concat(this.#wal) };
  }

  /** Pages in the log win over the main file, so that one is only read again when the log began anew. */
  #capture(): void {
    const walFile = `${this.#file}-wal`;
    if (!existsSync(walFile)) {
      this.#main = readFileSync(this.#file);
      [this.#wal, this.#walBytes] = [[], 0];
      return;
    }
    const descriptor = openSync(walFile, 'r');
    try {
      const { size } = fstatSync(descriptor);
      const header = readAt(descriptor, 0, Math.min(size, walHeaderBytes));
      const known = this.#wal[0]?.subarray(0, walHeaderBytes);
      const sameLog = this.#main !== null && size > this.#walBytes && known !== undefined && header.equals(known);
      if (sameLog) this.#wal.push(readAt(descriptor, this.#walBytes, size - this.#walBytes));
      else {
        this.#main = readFileSync(this.#file);
        this.#wal = [readAt(descriptor, 0, size)];
      }
      this.#walBytes = size;
    } finally {
      closeSync(descriptor);
    }
  }
}

function readAt(descriptor: number, position: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  readSync(descriptor, bytes, 0, length, position);
  return bytes;
}
