/** Backups of a store and their rollback, as files: what becomes of every byte that is there. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import BetterSqlite from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { FailureError } from '../../common/failure.ts';
import { writeNewFile } from '../../common/files.ts';
import { copyIdleStore, restoreStore } from '../../controller/store/backup.ts';
import { migrations } from '../../controller/store/migrations.ts';
import { openStore } from '../../controller/store/sqlite-store.ts';
import { addRun, append, cluster, type TempDir, tempDir } from './samples.ts';

async function refusal(act: () => unknown): Promise<string> {
  try {
    await act();
  } catch (error) {
    if (error instanceof FailureError) return `${error.failure.class} ${error.failure.code}: ${error.failure.message}`;
    throw error;
  }
  throw new Error('nothing was refused');
}

const wallMs = Date.parse('2026-11-29T20:00:51.123Z');
const approved = { type: 'approved', digest: 'sha256:1', actor: 'local:test' } as never;
const names = (dir: TempDir) => readdirSync(dir.path).sort();

/** Adopts a cluster and makes a plan; `more` are events of its run. */
async function fill(file: string, more = 1): Promise<void> {
  const store = openStore({ file });
  await store.adoptCluster(cluster, 'w1', 'local:test');
  await addRun(store, 'r-1');
  for (let seq = 1; seq <= more; seq++) await store.append(append('r-1', seq, [approved]));
  await store.close();
}

const backUp = (file: string, to: string) => writeNewFile('backup', to, (partial) => copyIdleStore(file, partial));
const eventsOf = async (file: string) => {
  const store = openStore({ file });
  const count = (await store.verifyChains()).map(({ chain, events, ok }) => `${chain} ${events} ${ok}`);
  await store.close();
  return count;
};

describe('a backup of the store', () => {
  it('12.A2: is consistent although the store is written meanwhile, says what it holds, and is one file for its owner only', async () => {
    using dir = tempDir();
    const [file, to] = [dir.file('controller.db'), dir.file('backup.db')];
    await fill(file);
    const store = openStore({ file });
    let seq = 1;
    let copied = false;
    const writing = (async () => {
      for (; !copied; await setImmediate()) await store.append(append('r-1', ++seq, [approved]));
    })();
    const holds = await writeNewFile('backup', to, (partial) => store.copyTo(partial)).finally(() => {
      copied = true;
    });
    await writing;
    await store.close();
    expect(statSync(to).mode & 0o777).toBe(0o600);
    expect(names(dir)).toEqual(['backup.db', 'controller.db']);
    expect(holds).toMatchObject({
      schema: migrations.length,
      runs: 1,
      openRuns: 1,
      plans: 1,
      clusters: [{ cluster: 'pg-main', epoch: 1 }],
    });
    const [fleet, run] = holds.audit.chains;
    expect([fleet?.chain, run?.chain]).toEqual(['fleet', 'r-1']);
    expect(run?.events).toBeGreaterThan(1);
    expect(await eventsOf(to)).toEqual([`fleet ${fleet?.events} true`, `r-1 ${run?.events} true`]);
  });

  it('12.A2: holds what a killed controller left in its write-ahead log', async () => {
    using dir = tempDir();
    const file = dir.file('controller.db');
    await fill(file);
    const killed = dir.file('killed.db');
    const store = openStore({ file });
    await store.append(append('r-1', 2, [approved]));
    for (const part of ['', '-wal']) copyFileSync(`${file}${part}`, `${killed}${part}`);
    await store.close();
    const { audit } = await backUp(killed, dir.file('backup.db'));
    expect(audit.chains.at(-1)).toMatchObject({ chain: 'r-1', events: 3 });
  });

  it('12.A2: takes no other file’s place, and a refused or failed one leaves nothing behind', async () => {
    using dir = tempDir();
    const [file, taken] = [dir.file('controller.db'), dir.file('taken.db')];
    await fill(file);
    writeFileSync(taken, 'somebody’s');
    expect(await refusal(() => backUp(file, taken))).toBe(
      `refused file-exists: backup ${taken} already exists and is not overwritten; give another name`,
    );
    expect(await refusal(() => backUp(file, dir.file('nowhere/backup.db')))).toMatch(
      /^failed file-unwritable: backup .* cannot be written: folder .*nowhere does not exist; create it first; nothing was changed$/,
    );
    expect(await refusal(() => backUp(dir.file('other/controller.db'), dir.file('backup.db')))).toMatch(
      /^not-found no-store: store .* does not exist/,
    );
    // Taken only after the copy was made: by somebody else.
    expect(
      await refusal(() =>
        writeNewFile('backup', dir.file('late.db'), async () => {
          writeFileSync(dir.file('late.db'), 'somebody’s');
        }),
      ),
    ).toMatch(/^refused file-exists/);
    expect([readFileSync(taken, 'utf8'), readFileSync(dir.file('late.db'), 'utf8')]).toEqual(['somebody’s', 'somebody’s']);
    expect(names(dir)).toEqual(['controller.db', 'late.db', 'taken.db']);
  });

  it('12.A2 P14: is refused of a store whose audit chain is broken', async () => {
    using dir = tempDir();
    const file = dir.file('controller.db');
    await fill(file);
    const editor = new BetterSqlite(file);
    editor.exec("UPDATE events SET at_ms = 1 WHERE chain = 'r-1' AND seq = 1");
    editor.close();
    expect(await refusal(() => backUp(file, dir.file('backup.db')))).toMatch(
      /^refused audit-broken: store .*: audit chain r-1 is broken, event 1 /,
    );
    expect(names(dir)).toEqual(['controller.db']);
  });
});

describe('a restore of the store', () => {
  it('12.A2: puts the backup in place, keeps what was there under another name, and leaves no log of it beside the new one', async () => {
    using dir = tempDir();
    const [file, backup] = [dir.file('state/controller.db'), dir.file('backup.db')];
    mkdirSync(dir.file('state'));
    await fill(file);
    await backUp(file, backup);
    const ahead = openStore({ file });
    await ahead.append(append('r-1', 2, [approved]));
    await ahead.append(append('r-1', 3, [approved]));
    const logs = readFileSync(`${file}-wal`);
    const main = readFileSync(file);
    await ahead.close();
    // As a kill leaves them.
    writeFileSync(file, main);
    writeFileSync(`${file}-wal`, logs);

    const { holds, keptAside } = restoreStore({ file, from: backup, wallMs });
    const kept = `${file}.replaced-20261129T200051Z`;
    expect(keptAside).toEqual([kept]);
    expect(holds.audit.chains.at(-1)).toMatchObject({ chain: 'r-1', events: 2 });
    expect(readdirSync(dir.file('state')).sort()).toEqual(['controller.db', 'controller.db.replaced-20261129T200051Z']);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect((await eventsOf(file)).at(-1)).toBe('r-1 2 true');
    expect((await eventsOf(kept)).at(-1)).toBe('r-1 4 true');
    expect(existsSync(backup)).toBe(true);
  });

  it('12.A2: works where there is no store, or a damaged one, which is kept with its log as it is', async () => {
    using dir = tempDir();
    const backup = dir.file('backup.db');
    await fill(dir.file('old.db'));
    await backUp(dir.file('old.db'), backup);
    const fresh = dir.file('fresh/controller.db');
    expect(restoreStore({ file: fresh, from: backup, wallMs }).keptAside).toEqual([]);
    expect((await eventsOf(fresh)).at(-1)).toBe('r-1 2 true');

    writeFileSync(fresh, 'a disk wrote this');
    writeFileSync(`${fresh}-wal`, 'and this');
    const { keptAside } = restoreStore({ file: fresh, from: backup, wallMs });
    expect(keptAside.map((each) => readFileSync(each, 'utf8'))).toEqual(['a disk wrote this', 'and this']);
    expect((await eventsOf(fresh)).at(-1)).toBe('r-1 2 true');
    expect(await refusal(() => restoreStore({ file: fresh, from: backup, wallMs }))).toMatch(/^refused file-exists/);
    expect((await eventsOf(fresh)).at(-1)).toBe('r-1 2 true');
  });

  it('12.A2: takes files that were copied with their write-ahead log, and leaves them as they are', async () => {
    using dir = tempDir();
    const file = dir.file('controller.db');
    await fill(file);
    const store = openStore({ file });
    await store.append(append('r-1', 2, [approved]));
    const copied = dir.file('copied.db');
    for (const part of ['', '-wal']) copyFileSync(`${file}${part}`, `${copied}${part}`);
    await store.close();
    const before = ['', '-wal'].map((part) => readFileSync(`${copied}${part}`));
    const target = dir.file('new.db');
    expect(restoreStore({ file: target, from: copied, wallMs }).holds.audit.chains.at(-1)).toMatchObject({ events: 3 });
    expect(['', '-wal'].map((part) => readFileSync(`${copied}${part}`))).toEqual(before);
  });

  it('12.A2: refuses what is no whole store of a schema it knows, in one sentence each, and changes nothing', async () => {
    using dir = tempDir();
    const [file, backup] = [dir.file('controller.db'), dir.file('backup.db')];
    await fill(file, 200);
    await backUp(file, backup);
    const before = readFileSync(file);
    const spoiled = (name: string, spoil: (path: string) => void) => {
      copyFileSync(backup, dir.file(name));
      spoil(dir.file(name));
      return refusal(() => restoreStore({ file, from: dir.file(name), wallMs }));
    };
    const sql = (statement: string) => (path: string) => {
      const editor = new BetterSqlite(path);
      editor.exec(statement);
      editor.close();
    };
    expect(await spoiled('text', (path) => writeFileSync(path, 'no database'))).toMatch(
      /^refused not-a-store: backup .* it is not an SQLite database/,
    );
    expect(await spoiled('empty', (path) => writeFileSync(path, ''))).toMatch(/^refused not-a-store/);
    expect(await spoiled('cut', (path) => writeFileSync(path, readFileSync(path).subarray(0, 20_000)))).toMatch(
      /^refused store-damaged: backup /,
    );
    expect(await spoiled('scratched', scratch)).toMatch(/^refused (store-damaged|audit-broken): backup /);
    expect(await spoiled('other', sql('DROP TABLE admissions; DROP TABLE orders'))).toMatch(
      /^refused not-a-store: .* it has no table orders/,
    );
    expect(await spoiled('newer', sql(`PRAGMA user_version = ${migrations.length + 1}`))).toMatch(
      /^refused store-too-new: backup .* newer Drydock/,
    );
    expect(await spoiled('edited', sql("UPDATE events SET at_ms = 1 WHERE chain = 'r-1' AND seq = 7"))).toMatch(
      /^refused audit-broken: backup .*: audit chain r-1 is broken, event 7 /,
    );
    expect(await refusal(() => restoreStore({ file, from: dir.file('none'), wallMs }))).toMatch(/^not-found no-backup/);
    expect(await refusal(() => restoreStore({ file, from: dir.path, wallMs }))).toMatch(/^refused not-a-store: .* is not a file/);
    expect(await refusal(() => restoreStore({ file, from: file, wallMs }))).toMatch(/^refused backup-is-the-store/);
    expect(readFileSync(file).equals(before)).toBe(true);
    expect(names(dir).filter((name) => /replaced|restoring/.test(name))).toEqual([]);
  });

  it('12.A2 P5: is refused while a controller holds the store, and names the process', async () => {
    using dir = tempDir();
    const [file, backup] = [dir.file('controller.db'), dir.file('backup.db')];
    await fill(file);
    await backUp(file, backup);
    const program = `import { openStore } from ${JSON.stringify(new URL('../../controller/store/sqlite-store.ts', import.meta.url).href)};
      globalThis.kept = openStore({ file: process.argv[1] }); process.stdout.write('open'); setInterval(() => {}, 1000);`;
    const holder = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), '--input-type=module', '-e', program, file]);
    await once(holder.stdout, 'data');
    const refused = await refusal(() => restoreStore({ file, from: backup, wallMs }));
    expect(refused).toMatch(/^refused store-in-use: store .*controller\.db is held by /);
    if (process.platform === 'linux') expect(refused).toContain(`held by process ${holder.pid} (${process.execPath} `);
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    restoreStore({ file, from: backup, wallMs });
  });
});

/** One byte in the middle of every page but the first. */
function scratch(path: string): void {
  const descriptor = openSync(path, 'r+');
  for (let at = 4096 + 2000; at < statSync(path).size; at += 4096) writeSync(descriptor, Buffer.from('#'), 0, 1, at);
  closeSync(descriptor);
}
