/** What stands in the way of writing is told before anything is stopped, by the same rights by which the write would fail. */
import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Failure } from '../../../common/failure.ts';
import { makeRunDir } from '../../../demo/postgres/cluster.ts';

const act = fileURLToPath(new URL('write-obstacle-act.ts', import.meta.url));
const isRoot = process.geteuid?.() === 0;
/** The account that probes: ourselves, or when we are root an account that owns nothing else. */
const self = isRoot ? 64_999 : (process.geteuid?.() ?? 0);

let root: string;

beforeAll(async () => {
  root = await makeRunDir('drydock-rights-');
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

interface Answer {
  readonly obstacle: string | null;
  readonly wrote: Failure | null;
}

/** Asked of each path, and then written there. */
function asked(...paths: readonly string[]): readonly Answer[] {
  const argv = ['--import', import.meta.resolve('tsx'), act, String(self), '', ...paths];
  return JSON.parse(execFileSync(process.execPath, argv, { encoding: 'utf8' })) as readonly Answer[];
}

function folder(name: string, mode: number, owner = self): string {
  const path = join(root, name);
  mkdirSync(path);
  writeFileSync(join(path, 'db.conf'), 'old', { mode: 0o600 });
  if (isRoot) for (const each of [path, join(path, 'db.conf')]) chownSync(each, owner, owner);
  chmodSync(path, mode);
  return path;
}

describe('an agent that is not root', () => {
  it('may write in folders of its own', () => {
    const own = folder('own', 0o700);
    const answer = { obstacle: null, wrote: null };
    expect(asked(own, join(own, 'db.conf'))).toEqual([answer, answer]);
    expect(readFileSync(join(own, 'db.conf'), 'utf8')).toBe('new');
  });

  it('is told that a folder of its own is closed to it, before and at the write', () => {
    const closed = folder('closed', 0o500);
    for (const { obstacle, wrote } of asked(closed, join(closed, 'db.conf'))) {
      expect(obstacle).toContain(`cannot write in ${closed}`);
      expect(wrote?.message).toContain(obstacle);
    }
    expect(readFileSync(join(closed, 'db.conf'), 'utf8')).toBe('old');
    chmodSync(closed, 0o700);
  });

  it.runIf(isRoot)('is told whose folder and file it is, and to run as that one, though it could write there', () => {
    const open = folder('open', 0o777, 64_998);
    const [inFolder, ofFile] = asked(open, join(open, 'db.conf'));
    const says = (path: string) => `${path} belongs to user 64998, but the agent runs as user ${self}: run the agent as user 64998`;
    expect(inFolder?.obstacle).toBe(says(open));
    expect(ofFile).toMatchObject({ obstacle: says(join(open, 'db.conf')), wrote: { class: 'refused', code: 'not-owner' } });
    expect(statSync(join(open, 'db.conf')).uid).toBe(64_998);
    const [hidden] = asked(join(folder('hidden', 0o700, 64_998), 'data'));
    expect(hidden).toMatchObject({ obstacle: expect.stringContaining('run it as the user of the database'), wrote: { code: 'no-rights' } });
  });

  it('is told to list what its unit keeps read-only', () => {
    const sealed = folder('sealed', 0o700);
    // Its mounts live and die with this namespace; an ordinary user gets one by mapping itself to root.
    const namespace = isRoot ? ['--mount'] : ['--mount', '--map-root-user'];
    const argv = [...namespace, process.execPath, '--import', import.meta.resolve('tsx'), act, String(isRoot ? self : 0)];
    const output = execFileSync('unshare', [...argv, sealed, sealed, join(sealed, 'db.conf')], { encoding: 'utf8' });
    for (const { obstacle, wrote } of JSON.parse(output) as readonly Answer[]) {
      expect(obstacle).toBe(`${sealed} is read-only for the agent: list it under ReadWritePaths= of the agent's unit`);
      expect(wrote?.message).toContain('ReadWritePaths=');
    }
  });
});
