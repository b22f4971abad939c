import { appendFileSync, chmodSync, chownSync, mkdirSync, mkdtempSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCommand } from '../../../agent/host/commands.ts';
import { diskLogs } from '../../../agent/host/log-files.ts';

describe('13.3: a log in a file', () => {
  let dir: string;
  let path: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'drydock-logs-'));
    path = join(dir, 'db.log');
    writeFileSync(path, 'of the start before\n');
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  const sinceMs = Date.now() + 3_600_000;
  const since = async (happens: () => void, ownerOf?: string) => {
    const mark = await diskLogs.markLog(path);
    happens();
    return diskLogs.logSince({ path, mark, sinceMs, ...(ownerOf === undefined ? {} : { ownerOf }) });
  };

  it('gives what was written since it was marked', async () => {
    expect(await since(() => appendFileSync(path, 'of this one\n'))).toBe('of this one\n');
    expect(await since(() => {})).toBe('');
  });

  it('is followed when it is rotated: under its new name, under its own, and where it was emptied', async () => {
    const rotate = () => {
      appendFileSync(path, 'first\n');
      renameSync(path, `${path}.1`);
    };
    expect(await since(rotate)).toBe('first\n');
    const both = () => {
      appendFileSync(path, 'second\n');
      renameSync(path, `${path}-20260301`);
      writeFileSync(path, 'third\n');
    };
    writeFileSync(path, 'of the start before\n');
    expect(await since(both)).toBe('second\nthird\n');
    const emptied = () => {
      truncateSync(path);
      appendFileSync(path, 'new\n');
    };
    expect(await since(emptied)).toBe('new\n');
  });

  it('that was not there is read as a whole when it is, and one that nothing marked only when it was made since', async () => {
    rmSync(path);
    expect(await since(() => {})).toBe('');
    expect(await since(() => writeFileSync(path, 'made\n'))).toBe('made\n');
    expect(await diskLogs.logSince({ path, mark: null, sinceMs: Date.now() - 3_600_000 })).toBe('made\n');
    expect(await diskLogs.logSince({ path, mark: null, sinceMs })).toBeNull();
  });

  it('that is long is read at its end, from the beginning of a line on', async () => {
    const line = `password=${'x'.repeat(991)}\n`;
    const text = (await since(() => appendFileSync(path, line.repeat(200)))) ?? '';
    expect(text.length).toBeLessThanOrEqual(64 * 1024);
    expect(text.startsWith('password=')).toBe(true);
    expect(text.length % line.length).toBe(0);
  });

  it('whose path the database names is read only if it belongs to its account, and is a file', async () => {
    const data = join(dir, 'data');
    mkdirSync(data);
    const write = () => appendFileSync(path, 'of this one\n');
    expect(await since(write, data)).toBe('of this one\n');
    if (process.geteuid?.() === 0) {
      chownSync(data, 65_534, 65_534);
      expect(await since(write, data)).toBeNull();
    }
    rmSync(path);
    await runCommand(['mkfifo', path], { timeoutMs: 5_000 });
    chmodSync(path, 0o600);
    expect(await diskLogs.logSince({ path, mark: { path, inode: '', bytes: 0 }, sinceMs })).toBeNull();
  });
});
