import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import BetterSqlite from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { FailureError } from '../../common/failure.ts';
import { migrations } from '../../controller/store/migrations.ts';
import { checkSqliteVersion, openDatabase } from '../../controller/store/open-database.ts';
import { openStore } from '../../controller/store/sqlite-store.ts';
import { cluster, tempDir } from './samples.ts';

function refusal(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof FailureError) return `${error.failure.class} ${error.failure.code}: ${error.message}`;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('opening the store', () => {
  it('P4 runs with a write-ahead log and full synchronisation, read back from SQLite', () => {
    using dir = tempDir();
    const database = openDatabase(dir.file('store.db'), migrations);
    expect(database.pragma('journal_mode', { simple: true })).toBe('wal');
    expect(database.pragma('synchronous', { simple: true })).toBe(2);
    database.close();
  });

  it('makes the schema that is checked in', () => {
    using dir = tempDir();
    const database = openDatabase(dir.file('store.db'), migrations);
    const made = database
      .prepare("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY name")
      .pluck()
      .all();
    database.close();
    expect(`${made.join(';\n\n')};\n`).toBe(readFileSync(new URL('schema.sql', import.meta.url), 'utf8'));
  });

  it('brings an empty file and a file of every earlier schema to the newest one', () => {
    for (let version = 0; version <= migrations.length; version++) {
      using dir = tempDir();
      openDatabase(dir.file('store.db'), migrations.slice(0, version)).close();
      const database = openDatabase(dir.file('store.db'), migrations);
      expect(database.pragma('user_version', { simple: true })).toBe(migrations.length);
      database.close();
    }
  });

  it('keeps a readable copy of the file from before a migration, and none for a new file', async () => {
    using dir = tempDir();
    const store = openStore({ file: dir.file('store.db') });
    await store.adoptCluster(cluster, 'w1', 'local:test');
    await store.close();
    expect(readdirSync(dir.path).filter((name) => name.includes('before'))).toEqual([]);

    const next = [...migrations, 'CREATE TABLE later (x INTEGER) STRICT;'];
    await openStore({ file: dir.file('store.db'), migrations: next }).close();
    const backup = dir.file(`store.db.before-v${next.length}`);
    const copy = openStore({ file: backup });
    expect(await copy.clusters()).toEqual([cluster]);
    await copy.close();
  });

  it('leaves the old schema whole when a migration fails in the middle', () => {
    using dir = tempDir();
    openDatabase(dir.file('store.db'), migrations).close();
    const broken = [...migrations, 'CREATE TABLE later (x INTEGER) STRICT; CREATE TABLE later (y INTEGER) STRICT;'];
    expect(() => openDatabase(dir.file('store.db'), broken)).toThrow();
    const database = openDatabase(dir.file('store.db'), migrations);
    expect(database.prepare("SELECT count(*) FROM sqlite_master WHERE name = 'later'").pluck().get()).toBe(0);
    database.close();
  });

  it('refuses a file of a newer schema with a sentence and leaves every byte of it', () => {
    using dir = tempDir();
    const file = dir.file('store.db');
    openDatabase(file, [...migrations, 'CREATE TABLE later (x INTEGER) STRICT;']).close();
    const before = readFileSync(file);
    expect(refusal(() => openStore({ file }))).toContain(
      `refused store-too-new: store ${file} was written by a newer Drydock (schema ${migrations.length + 1}, this one supports up to ${migrations.length})`,
    );
    expect(readFileSync(file).equals(before)).toBe(true);
    expect(readdirSync(dir.path)).toEqual(['store.db']);
  });

  it('refuses a newer schema that still stands in the write-ahead log only', () => {
    using dir = tempDir();
    const file = dir.file('store.db');
    openDatabase(file, migrations).close();
    const newer = new BetterSqlite(file);
    newer.pragma(`user_version = ${migrations.length + 1}`);
    const [main, log] = [readFileSync(file), readFileSync(`${file}-wal`)];
    newer.close();
    writeFileSync(file, main);
    writeFileSync(`${file}-wal`, log);
    expect(refusal(() => openStore({ file }))).toMatch(/^refused store-too-new/);
  });

  it('refuses a second controller on the same file, and lets it in once the first has gone', async () => {
    using dir = tempDir();
    const file = dir.file('store.db');
    const first = openStore({ file });
    expect(refusal(() => openStore({ file }))).toMatch(/^refused store-in-use: .* another controller uses it/);
    await first.close();
    await openStore({ file }).close();
  });

  it('P18 refuses while another process holds the file and opens at once after that was killed', async () => {
    using dir = tempDir();
    const file = dir.file('store.db');
    const program = `import { openStore } from ${JSON.stringify(new URL('../../controller/store/sqlite-store.ts', import.meta.url).href)};
      globalThis.kept = openStore({ file: process.argv[1] }); process.stdout.write('open'); setInterval(() => {}, 1000);`;
    const holder = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), '--input-type=module', '-e', program, file]);
    await once(holder.stdout, 'data');
    expect(refusal(() => openStore({ file }))).toMatch(/^refused store-in-use/);
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    await openStore({ file }).close();
  });

  it('refuses a file that is no database, and one whose pages were overwritten', () => {
    using dir = tempDir();
    writeFileSync(dir.file('text.db'), 'this is not a database, but it is long enough to be taken for one '.repeat(4));
    expect(refusal(() => openStore({ file: dir.file('text.db') }))).toMatch(/^refused store-damaged/);

    openDatabase(dir.file('torn.db'), migrations).close();
    const bytes = readFileSync(dir.file('torn.db'));
    bytes.fill(0xff, 4096, 4096 + 2048);
    writeFileSync(dir.file('torn.db'), bytes);
    expect(refusal(() => openStore({ file: dir.file('torn.db') }))).toMatch(/^refused store-damaged/);
  });

  it('refuses a SQLite that can lose commits', () => {
    expect(refusal(() => checkSqliteVersion('s.db', '3.51.2'))).toMatch(/^refused sqlite-too-old/);
    checkSqliteVersion('s.db', '3.51.3');
    checkSqliteVersion('s.db', '3.60');
  });
});
