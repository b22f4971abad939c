/** The programs as they are delivered: bundles in dist, where imports are resolved otherwise than in the sources. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { root } from '../../demo/programs.ts';

const question = ['path', 'postgresql', '16.4', '16.14', '--offline'];

async function said(args: readonly string[], program = 'drydock'): Promise<string> {
  return (await promisify(execFile)(process.execPath, [join(root, 'dist', `${program}.js`), ...args])).stdout;
}

const settingsIn = (dir: string) => ({
  'drydock-agent': [
    'host: db-1',
    'controller: 127.0.0.1:4270',
    `stateDir: ${dir}`,
    'instances:',
    `  - {instance: pg-1, cluster: main, engine: postgresql, dataDir: ${dir}, releasesDir: ${dir}, unit: pg.service}`,
  ],
  'drydock-controller': ['listen: 127.0.0.1:4270', `stateDir: ${dir}`],
});

it('the built CLI writes the same document as JSON and as YAML', async () => {
  const [json, yaml] = [await said([...question, '-o', 'json']), await said([...question, '-o', 'yaml'])];
  expect(parse(yaml)).toEqual(JSON.parse(json));
});

it('the built agent and the built controller print their settings, each with the line that it comes from', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'drydock-settings-'));
  try {
    for (const [program, lines] of Object.entries(settingsIn(dir))) {
      const file = join(dir, `${program}.yaml`);
      await writeFile(file, lines.join('\n'));
      const printed = parse(await said(['--settings', file, '--print-settings'], program)) as { readonly from: object };
      expect(Object.values(printed.from).join(), program).toContain(`${file}:1`);
    }
  } finally {
    await rm(dir, { recursive: true });
  }
});
