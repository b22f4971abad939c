import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';

const root = new URL('../..', import.meta.url).pathname;
const rooms = ['agent', 'cli', 'common', 'controller', 'demo', 'engines', 'proto/drydock', 'scripts', 'docs', 'systemd', 'test/golden'];

/** In two parts, as the check reads this file too. */
const oldName = ['way', 'Back'].join('');

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function check(tree: readonly string[] = []) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', 'scripts/check-words.ts', ...tree], {
    cwd: root,
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

/** What the check reports of a tree with these files and nothing else of interest. */
function complaints(files: Readonly<Record<string, string>>): readonly string[] {
  const folder = mkdtempSync(join(tmpdir(), 'drydock-words-'));
  folders.push(folder);
  for (const room of rooms) mkdirSync(join(folder, room), { recursive: true });
  writeFileSync(join(folder, 'agent/plain.ts'), "export const text = 'rolled back to 16.4';\n");
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  const { status, stderr } = check([folder]);
  const lines = stderr.trim().split('\n').slice(0, -1);
  expect(status).toBe(lines.length > 0 ? 1 : 0);
  return lines;
}

describe('13.10: what people read has none of the old words', () => {
  it('13.10: every message, help, rule, golden text and page was read, and each is free of them', () => {
    const { status, stdout, stderr } = check();
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const [, passages, files] = /words: (\d+) passages read, names of (\d+) files/.exec(stdout) ?? [];
    expect(Number(passages)).toBeGreaterThan(10_000);
    expect(Number(files)).toBeGreaterThan(400);
  });

  it('13.10: an old word is found in a message, a template, a page, a golden text, a rule and a name, with what to write instead', () => {
    const found = complaints({
      'controller/holds.ts': "export const why = 'pg-2 was taken back to 16.4';\n",
      'cli/help.ts': "export const help = 'it continues by itself';\n",
      'docs/guide.md': 'Text.\n\nThe chores of pg-1 ended.\n',
      'test/golden/status.txt': 'the agent told so\n',
      'engines/x/pack.yaml': 'why: the packs in force\n',
      'common/plan.ts': `export const ${oldName} = 1;\n`,
    });
    expect(found.map((line) => line.split(' in: ')[0]).toSorted()).toEqual([
      'cli/help.ts:1: "by itself" (automatically)',
      `common/plan.ts:1: name ${oldName}`,
      'controller/holds.ts:1: "taken back" (roll back)',
      'docs/guide.md:3: "chores" (cleanup)',
      'engines/x/pack.yaml:1: "in force" (active)',
      'test/golden/status.txt:1: "told" (reported, shows; a verb of speech is for people)',
    ]);
  });

  it('13.10: a clumsy sentence is found in a message, and prose between backticks is a name', () => {
    expect(complaints({ 'agent/a.ts': "export const why = 'cannot listen there: see to the socket';\n" })[0]).toContain(
      '"see to" (check, fix)',
    );
    expect(complaints({ 'agent/a.ts': "export const why = 'run `see to` on the host';\n" })).toEqual([]);
  });
});
