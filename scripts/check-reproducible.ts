/** `npm run check:reproducible`: builds twice and compares every byte of dist/. The second build stays. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sha256Of } from '../common/canonical-json.ts';

const root = new URL('..', import.meta.url).pathname;
const dist = join(root, 'dist');
/** Of the newest commit, so that two machines say the same day. */
const epoch = execFileSync('git', ['log', '-1', '--format=%ct'], { cwd: root, encoding: 'utf8' }).trim();

/** Digest of each file, by its path below dist/. */
function built(): ReadonlyMap<string, string> {
  execFileSync(process.execPath, ['--import', import.meta.resolve('tsx'), join(root, 'scripts/build.ts')], {
    cwd: root,
    env: { ...process.env, SOURCE_DATE_EPOCH: epoch },
    stdio: 'inherit',
  });
  const files = readdirSync(dist, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = files.map(({ parentPath, name }) => join(parentPath, name)).sort();
  return new Map(paths.map((path) => [path.slice(dist.length + 1), sha256Of(readFileSync(path))]));
}

const [first, second] = [built(), built()];
const different = [...new Set([...first.keys(), ...second.keys()])].filter((path) => first.get(path) !== second.get(path));
for (const path of different) console.error(`dist/${path} is another file after the second build`);
console.log(`${second.size} files, digest of all ${sha256Of([...second].map((each) => each.join(' ')).join('\n'))}`);
if (different.length > 0) process.exitCode = 1;
