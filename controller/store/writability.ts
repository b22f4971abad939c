/**
 * Whether the store's file can be written. The writes themselves find out; once one has failed, nothing is tried on the store before the disk
 * takes a write again, so that a run neither goes on nor fails by halves while its disk is full.
 */

import { closeSync, fsyncSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type BetterSqlite from 'better-sqlite3';
import { type FailureError, fail } from '../../common/failure.ts';
import { freeBeside, unwritableReason, unwritableText } from '../../common/file-obstacle.ts';
import type { StoreRoom, StoreTrouble } from './store.ts';

/** A store that takes less than this in one piece would refuse the next decision again. */
const roomBytes = 256 * 1024;

export class Writability {
  readonly #connection: BetterSqlite.Database;
  readonly #wallMs: () => number;
  readonly #alone: (work: () => void) => Promise<void>;
  #failed: { readonly sinceMs: number; readonly why: string } | null = null;

  /** @param alone carries out what must not fall into an open transaction of somebody else */
  constructor(connection: BetterSqlite.Database, alone: (work: () => void) => Promise<void>, wallMs: () => number) {
    this.#connection = connection;
    this.#alone = alone;
    this.#wallMs = wallMs;
  }

  /** null: it can be written, as far as is known. */
  trouble(): StoreTrouble | null {
    if (this.#failed === null) return null;
    const { sinceMs, why } = this.#failed;
    const room = this.room();
    return { ...room, sinceMs, detail: unwritableText('store', room.file, why) };
  }

  room(): StoreRoom {
    const file = this.#connection.name;
    return { file, folder: dirname(file), sizeBytes: sizeOf(file), freeBytes: freeBeside(file)?.bytes ?? null };
  }

  /** Forgets a failure when the disk takes a write again. */
  async recheck(): Promise<void> {
    if (this.#failed !== null) await this.#alone(() => this.#tryAgain());
  }

  #tryAgain(): void {
    try {
      tryRoom(`${this.#connection.name}.room`);
      // Written although it says nothing new: a real page through the very log that the next decision goes through.
      const version = Number(this.#connection.pragma('user_version', { simple: true }));
      this.#connection.pragma(`user_version = ${version}`);
      this.#failed = null;
    } catch (thrown) {
      if (unwritableReason(this.#connection.name, thrown) === null) throw thrown;
    }
  }

  /** Carries out a write. Throws FailureError(failed, `store-unwritable`) when the disk does not take it; nothing was changed then. */
  async guard<T>(write: () => Promise<T>): Promise<T> {
    await this.recheck();
    if (this.#failed !== null) throw storeUnwritable(this.#connection.name, this.#failed.why);
    try {
      return await write();
    } catch (thrown) {
      const why = unwritableReason(this.#connection.name, thrown);
      if (why === null) throw thrown;
      this.#failed = { sinceMs: this.#wallMs(), why };
      throw storeUnwritable(this.#connection.name, why);
    }
  }
}

export function storeUnwritable(file: string, why: string): FailureError {
  const advice = 'nothing was changed; free some space there and try again';
  return fail('failed', 'store-unwritable', `${unwritableText('store', file, why)}; ${advice}`, { remedy: 'retry' });
}

/** With the log beside it; null: unknown. */
function sizeOf(file: string): number | null {
  const sizes = [file, `${file}-wal`].map((each) => statSync(each, { throwIfNoEntry: false })?.size ?? 0);
  return sizes[0] === 0 ? null : sizes.reduce((sum, size) => sum + size);
}

function tryRoom(file: string): void {
  try {
    const descriptor = openSync(file, 'w', 0o600);
    try {
      writeSync(descriptor, Buffer.alloc(roomBytes));
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  } finally {
    rmSync(file, { force: true });
  }
}
