/** P16: what systemd itself makes of the drop-in, and whether it names the program that the agent's unit starts. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lockLines } from '../../../agent/host/start-locks.ts';

const shipped = (name: string) => readFileSync(new URL(`../../../systemd/${name}`, import.meta.url), 'utf8');
const dropIn = shipped('drydock-start-lock.conf').split('\n');
const assertions = dropIn.filter((line) => line.startsWith('Assert'));
/** Asks no running systemd. */
const canAnalyze = spawnSync('systemd-analyze', ['condition', 'AssertPathExists=/']).status === 0;

describe('the drop-in of the start lock', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'drydock-fence-'));
    for (const path of ['holds', 'pass']) mkdirSync(join(dir, path));
    place('agent');
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  const place = (path: string) => writeFileSync(join(dir, path), '');
  const hold = 'holds/db.service';
  const pass = 'pass/db.service';

  it('has the lines that the agent asks for, and the program that its unit starts (P16)', () => {
    const [, program = ''] = /^ExecStart=(\S+) /m.exec(shipped('drydock-agent.service')) ?? [];
    const files = { hold: '/var/lib/drydock-agent/locks/%n', pass: '/run/drydock/pass/%n', program };
    expect(assertions).toEqual(lockLines({ unit: 'db.service', ...files }));
  });

  it.runIf(canAnalyze).each<[what: string, lie: readonly string[], isProgramGone: boolean, starts: boolean]>([
    ['starts without a hold', [], false, true],
    ['does not start while it is held', [hold], false, false],
    ['starts through its hold with a pass', [hold, pass], false, true],
    ['starts when the program of the agent is gone, though it left a hold behind', [hold], true, true],
  ])('so that the unit %s (P16)', (_what, lie, isProgramGone, starts) => {
    for (const path of lie) place(path);
    if (isProgramGone) rmSync(join(dir, 'agent'));
    const here = assertions.map((line) =>
      line
        .replace('/var/lib/drydock-agent/locks/%n', join(dir, hold))
        .replace('/run/drydock/pass/%n', join(dir, pass))
        .replace('/usr/bin/drydock-agent', join(dir, 'agent')),
    );
    expect(here.filter((line) => line.includes(dir))).toHaveLength(assertions.length);
    expect(spawnSync('systemd-analyze', ['condition', ...here]).status === 0).toBe(starts);
  });
});
