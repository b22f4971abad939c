/**
 * Four looks at the wire format: buf's lint, no breaking change against the committed image, generated files equal to what the
 * sources give now, and the image itself readable. After an intended change before the first release: `npm run proto:lock`.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';

const root = new URL('..', import.meta.url).pathname;
const bin = (name: string) => join(root, 'node_modules/.bin', name);

function buf(...words: string[]): void {
  const run = spawnSync(bin('buf'), words, { cwd: root, encoding: 'utf8' });
  if (run.status === 0) return;
  console.error(`check-proto: buf ${words.join(' ')}\n${run.stdout}${run.stderr}`);
  process.exit(1);
}

function treeOf(dir: string): ReadonlyMap<string, string> {
  const files = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return new Map(files.map((entry) => join(entry.parentPath, entry.name)).map((path) => [relative(dir, path), readFileSync(path, 'utf8')]));
}

buf('lint', 'proto');
buf('breaking', 'proto', '--against', 'proto/proto.lock.binpb');

const fresh = mkdtempSync(join(tmpdir(), 'drydock-proto-'));
try {
  execFileSync(bin('tsx'), ['scripts/generate-proto.ts', fresh], { cwd: root });
  const wanted = treeOf(fresh);
  const present = treeOf(join(root, 'proto/generated'));
  const stale = [...new Set([...wanted.keys(), ...present.keys()])].filter((name) => wanted.get(name) !== present.get(name));
  if (stale.length > 0) {
    console.error(
      `check-proto: proto/generated is stale (${stale.slice(0, 5).join(', ')}${stale.length > 5 ? ', …' : ''}); run: npm run generate`,
    );
    process.exit(1);
  }
} finally {
  rmSync(fresh, { recursive: true, force: true });
}
