/**
 * `npm run docs:failures [-- postgresql|etcd|cassandra|ozone]`: provokes every failure of the tables in docs/engines/ on real servers, of one engine or of all,
 * and writes what was seen.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../demo/programs.ts';
import { begin, end, rowOf, type Seen, type TableName, tables } from '../test/e2e/failures-seen.ts';

function render(table: TableName): void {
  const { document, project, suites, failures } = tables[table];
  const folder = mkdtempSync(join(tmpdir(), 'drydock-failures-'));
  const file = join(folder, 'seen.jsonl');
  try {
    const { status } = spawnSync(process.execPath, [join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--project', project, ...suites], {
      cwd: root,
      stdio: 'inherit',
      env: { ...process.env, DRYDOCK_FAILURES_SEEN: file },
    });
    if (status !== 0) throw new Error(`the tests that provoke the failures of ${table} ended with ${status}; the table stays as it was`);
    const seen = readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Seen);
    const rows = failures.map((failure) => {
      const found = seen.find((each) => each.failure === failure);
      if (found === undefined) throw new Error(`no test has seen: ${failure}`);
      return rowOf(found);
    });
    const lines = ['| failure | state | why | resumes | you can |', '|---|---|---|---|---|', ...rows].join('\n');
    const text = readFileSync(document, 'utf8');
    writeFileSync(document, `${text.slice(0, text.indexOf(begin) + begin.length)}\n${lines}\n${text.slice(text.indexOf(end))}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const names = Object.keys(tables) as TableName[];
const asked = process.argv.slice(2);
const unknown = asked.find((each) => !names.some((name) => name === each));
if (unknown !== undefined) throw new Error(`there is no table of ${unknown}; there are: ${names.join(', ')}`);
for (const name of asked.length === 0 ? names : names.filter((each) => asked.includes(each))) render(name);
