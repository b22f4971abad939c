/** `npm run docs:failures`: provokes every failure of the table in docs/engines/postgresql.md on real servers and writes what was seen. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../demo/programs.ts';
import { begin, document, end, failures, rowOf, type Seen } from '../test/e2e/failures-seen.ts';

const folder = mkdtempSync(join(tmpdir(), 'drydock-failures-'));
const file = join(folder, 'seen.jsonl');
try {
  const { status } = spawnSync(
    process.execPath,
    [join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--project', 'slow', 'unrelated-failures'],
    { cwd: root, stdio: 'inherit', env: { ...process.env, DRYDOCK_FAILURES_SEEN: file } },
  );
  if (status !== 0) throw new Error(`the tests that provoke the failures ended with ${status}; the table stays as it was`);
  const seen = readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Seen);
  const rows = failures.map((failure) => {
    const found = seen.find((each) => each.failure === failure);
    if (found === undefined) throw new Error(`no test has seen: ${failure}`);
    return rowOf(found);
  });
  const table = ['| failure | state | why | goes on | you can |', '|---|---|---|---|---|', ...rows].join('\n');
  const text = readFileSync(document, 'utf8');
  writeFileSync(document, `${text.slice(0, text.indexOf(begin) + begin.length)}\n${table}\n${text.slice(text.indexOf(end))}`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
