import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDatabase as openJournalFile } from '../../agent/journal/open-database.ts';
import { journalOn } from '../../agent/journal/sqlite-journal.ts';
import { migrations } from '../../controller/store/migrations.ts';
import { openDatabase as openStoreFile } from '../../controller/store/open-database.ts';
import { DiskTwin } from './disk.ts';

function addChain(database: Database.Database, number: number): void {
  database.prepare('INSERT INTO chains (chain, seq, head) VALUES (?, 0, ?)').run(`r-${number}`, 'h'.repeat(3_000));
}

describe('a disk that forgets what was never synced', () => {
  let dir = '';
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'drydock-disk-'));
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  /** Writes three fences, each acknowledged, then loses the power; returns how many are still there. */
  function fencesAfterPowerLoss(prepare: (database: Database.Database) => void): number {
    const file = join(dir, 'journal.db');
    const database = openJournalFile(file);
    const disk = new DiskTwin(file, true);
    const journal = journalOn(database);
    disk.opened(database);
    prepare(database);
    for (const cluster of ['a', 'b', 'c']) {
      journal.raiseFence({ cluster, epoch: 1, writer: 'w' });
      disk.committed();
    }
    journal.close();
    disk.powerLoss();
    const again = journalOn(openJournalFile(file));
    const count = again.fences().length;
    again.close();
    return count;
  }

  it('P4 keeps every commit of a journal as the agent opens it', () => {
    expect(fencesAfterPowerLoss(() => {})).toBe(3);
  });

  it('P4 would show it if the journal did not sync: acknowledged commits are gone', () => {
    expect(fencesAfterPowerLoss((database) => database.pragma('synchronous = NORMAL'))).toBe(0);
  });

  it.each([
    ['keeps every commit of a store as the controller opens it', 2, 50],
    ['would show it if the store did not sync', 1, 0],
  ])('P4 %s', (_, synchronous, left) => {
    const file = join(dir, 'store.db');
    const database = openStoreFile(file, migrations);
    const disk = new DiskTwin(file, true);
    disk.opened(database);
    database.pragma(`synchronous = ${synchronous}`);
    for (let number = 1; number <= 50; number++) {
      addChain(database, number);
      disk.committed();
    }
    database.close();
    disk.powerLoss();
    const again = openStoreFile(file, migrations);
    expect(again.prepare('SELECT count(*) FROM chains').pluck().get()).toBe(left);
    again.close();
  });

  it('P4 keeps what was committed across a checkpoint that begins the log anew', () => {
    const file = join(dir, 'store.db');
    const database = openStoreFile(file, migrations);
    const disk = new DiskTwin(file, true);
    disk.opened(database);
    for (let number = 1; number <= 60; number++) {
      addChain(database, number);
      disk.committed();
      if (number % 20 === 0) database.pragma('wal_checkpoint(RESTART)');
    }
    database.close();
    disk.powerLoss();
    const again = openStoreFile(file, migrations);
    expect(again.prepare('SELECT count(*) FROM chains').pluck().get()).toBe(60);
    again.close();
  });
});
