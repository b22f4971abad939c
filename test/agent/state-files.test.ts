/** What is in the way of an agent's own files is told in one sentence, by the program as a person starts it. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { diskSnapshots } from '../../agent/host/snapshots.ts';
import { openLocalDoor } from '../../agent/local/door.ts';
import type { LocalVerbs } from '../../agent/local/verbs.ts';
import { main } from '../../agent/main.ts';
import { instance } from './world.ts';

const connection = { host: '127.0.0.1', port: 1, user: 'nobody', memberId: 'db-1' };

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'drydock-state-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** What `drydock-agent` with these settings says, and its exit code. */
async function says(command: readonly string[], stateDir: string): Promise<string> {
  const settings = join(dir, 'agent.yaml');
  const instances = [{ ...instance, engine: 'postgresql', dataDir: dir, releasesDir: dir, connection }];
  writeFileSync(settings, JSON.stringify({ host: 'host-1', controller: '127.0.0.1:1', stateDir, instances }));
  let output = '';
  const stream = new Writable({
    write(chunk, _encoding, done) {
      output += String(chunk);
      done();
    },
  });
  const exitCode = await main(['--settings', settings, ...command], { stdout: stream, stderr: stream, stdin: Readable.from([]) });
  return `${exitCode} ${output}`;
}

describe('12.C18: an agent says in one sentence what is in the way of its files', () => {
  it.each(['', '-wal'])('a folder in the place of its journal%s', async (suffix) => {
    const folder = join(dir, `journal.db${suffix}`);
    mkdirSync(join(folder, 'x'), { recursive: true });
    for (const command of ['status', 'run'])
      expect(await says([command], dir)).toBe(
        `1 drydock-agent: journal ${dir}/journal.db cannot be opened: ${folder} is a folder; fix it, or set another stateDir in the settings\n`,
      );
  });

  it('a state folder that takes no files', async () => {
    expect(await says(['status'], '/proc')).toMatch(/^1 drydock-agent: journal \/proc\/journal\.db cannot be opened: .+; fix it, .*\n$/);
    expect(await says(['status'], '/proc/x')).toMatch(/^2 drydock-agent: .*agent\.yaml:1: stateDir: no such directory \/proc\/x\n$/);
    writeFileSync(join(dir, 'file'), '');
    expect(await says(['status'], join(dir, 'file/x'))).toMatch(
      /^2 .*stateDir: cannot be read, a part of its path is a file, not a folder: .*\n$/,
    );
  });

  it('a folder in the place of its socket', async () => {
    mkdirSync(join(dir, 'agent.sock', 'x'), { recursive: true });
    await expect(openLocalDoor(join(dir, 'agent.sock'), {} as LocalVerbs)).rejects.toThrow(
      /agent\.sock cannot be listened on: it is a folder$/,
    );
  });

  it('a snapshots folder that no file system takes', async () => {
    await expect(diskSnapshots.makeRemains('/proc/x/y', 'r-1.db', 'partial')).rejects.toThrow(/ENOENT/);
  });
});
