/** The lint rule that catches a forgotten `await` is a nursery rule: it may move. This proves that it still fires, with our own settings. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = new URL('..', import.meta.url).pathname;
const forgottenAwait = 'async function save(): Promise<void> {}\n\nexport function close(): void {\n  save();\n}\n';

const folder = mkdtempSync(join(tmpdir(), 'drydock-lint-'));
try {
  copyFileSync(join(root, 'biome.json'), join(folder, 'biome.json'));
  writeFileSync(join(folder, 'forgotten-await.ts'), forgottenAwait);
  const run = spawnSync(join(root, 'node_modules/.bin/biome'), ['lint', '--vcs-enabled=false', 'forgotten-await.ts'], {
    cwd: folder,
    encoding: 'utf8',
  });
  const output = `${run.stdout}${run.stderr}`;
  if (run.status === 0 || !output.includes('noFloatingPromises')) {
    console.error(`check-lint-bites: the linter let a forgotten await pass:\n${output}`);
    process.exit(1);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
