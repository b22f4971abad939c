/** The programs as they are delivered: bundles in dist, where imports are resolved otherwise than in the sources. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { root } from '../../demo/programs.ts';

const question = ['path', 'postgresql', '16.4', '16.14', '--offline'];

async function output(args: readonly string[], program = 'drydock'): Promise<string> {
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
  const [json, yaml] = [await output([...question, '-o', 'json']), await output([...question, '-o', 'yaml'])];
  expect(parse(yaml)).toEqual(JSON.parse(json));
});

it('the built agent and the built controller print their settings, each with the line that it comes from', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'drydock-settings-'));
  try {
    for (const [program, lines] of Object.entries(settingsIn(dir))) {
      const file = join(dir, `${program}.yaml`);
      await writeFile(file, lines.join('\n'));
      const printed = parse(await output(['--settings', file, '--print-settings'], program)) as { readonly from: object };
      expect(Object.values(printed.from).join(), program).toContain(`${file}:1`);
    }
  } finally {
    await rm(dir, { recursive: true });
  }
});

const manualFolder = join(root, 'dist', 'man');
const manual = async (page: string): Promise<string> => (await readFile(join(manualFolder, page), 'utf8')).replaceAll('\\-', '-');
const manualPages = async (): Promise<readonly string[]> => (await readdir(manualFolder)).map((page) => join(manualFolder, page));
const has = (program: string): boolean =>
  (process.env.PATH ?? '').split(':').some((folder) => folder !== '' && existsSync(join(folder, program)));

it('13.6: each program has its manual page, and each command of the CLI one of its own, with options, environment and exit codes', async () => {
  expect(await manual('drydock.1')).toMatch(
    /\.BR drydock-plan \(1\)[\s\S]*--context <context>[\s\S]*5 controller unreachable[\s\S]*DRYDOCK_CONTEXT/,
  );
  expect(await manual('drydock-plan.1')).toMatch(/drydock plan\n[\s\S]*--canary <count>[\s\S]*PLAN SHOW[\s\S]*GLOBAL OPTIONS/);
  expect(await manual('drydock-agent.8')).toMatch(/REVERT[\s\S]*--yes[\s\S]*\/etc\/drydock\/agent\.yaml/);
  expect(await manual('drydock-controller.8')).toMatch(/BACKUP[\s\S]*\/etc\/drydock\/controller\.yaml/);
  expect((await readdir(manualFolder)).join()).not.toContain('__complete');
});

it.runIf(has('man'))('13.6: man has nothing to say against the manual pages', async () => {
  for (const page of await manualPages()) {
    const { stderr } = await promisify(execFile)('man', ['--warnings', '-E', 'UTF-8', '-l', page], {
      env: { ...process.env, MANWIDTH: '100' },
    });
    expect(stderr, page).toBe('');
  }
});

it.runIf(has('mandoc'))('13.6: mandoc, which reads pages more strictly, has nothing to say against them either', async () => {
  const { stdout } = await promisify(execFile)('mandoc', ['-T', 'lint', '-W', 'warning', ...(await manualPages())]);
  expect(stdout).toBe('');
});
