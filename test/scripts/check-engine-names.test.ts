import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { engineNameFinder } from '../../scripts/engine-names.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

const root = new URL('../..', import.meta.url).pathname;

function checkTree(files: Readonly<Record<string, string>>) {
  const folder = mkdtempSync(join(tmpdir(), 'drydock-names-'));
  folders.push(folder);
  for (const room of ['agent', 'common', 'cli', 'controller', 'proto']) {
    mkdirSync(join(folder, room));
    writeFileSync(join(folder, room, 'plain.ts'), '/** Serves every engine alike. */\n');
  }
  // What the check lets wait in the real tree.
  mkdirSync(join(folder, 'controller', 'sequencer'));
  for (const [path, text] of Object.entries(files)) writeFileSync(join(folder, path), text);
  return spawnSync(process.execPath, ['--import', 'tsx', 'scripts/check-engine-names.ts', folder], { cwd: root, encoding: 'utf8' });
}

describe('the check of engine names', () => {
  it('passes a tree that names no engine', () => {
    const run = checkTree({});
    expect(run.stderr).toBe('');
    expect(run.status).toBe(0);
  });

  it('names file, line and word of an engine in a room that serves all of them', () => {
    const run = checkTree({ 'agent/start.ts': 'export const port = 1;\nexport const etcdPort = 2379;\n' });
    expect(run.status).toBe(1);
    expect(run.stderr).toContain('agent/start.ts:2: etcd in: export const etcdPort = 2379;');
  });

  it('finds names in identifiers, strings and comments, and no others inside longer words', () => {
    const namesIn = engineNameFinder(['dse', 'etcd', 'postgresql']);
    const found = (text: string) => namesIn(text).map(({ name }) => name);
    expect(['postgresPort', '/* PGDATA */', "'etcdctl'", 'DSE_HOME', 'dseHost'].flatMap(found)).toEqual([
      'postgres',
      'pg',
      'etcd',
      'dse',
      'dse',
    ]);
    expect(['endsEarly', 'upgradesEnd', 'loadedSeen', 'pages'].flatMap(found)).toEqual([]);
  });
});
