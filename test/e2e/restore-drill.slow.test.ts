/** docs/restoring-the-controller.md, "The drill": its commands are typed as they stand there, on a fleet of real servers. */
import { readFileSync } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ClusterDocument } from '../../common/documents/fleet.ts';
import { type DemoFleet, startFleet } from '../../demo/fleet.ts';
import { controllerUnit, databaseUnit, nodeNames } from '../../demo/layout.ts';
import { programArgv, root } from '../../demo/programs.ts';
import { type Ended, runToEnd } from '../../demo/spawned.ts';
import { waitFor } from '../../demo/wait.ts';

const page = 'docs/restoring-the-controller.md';
const never = new AbortController().signal;
let fleet: DemoFleet;
let backups = '';
let plan = '';

beforeAll(async () => {
  fleet = await startFleet({});
  await fleet.adopt();
  backups = join(fleet.dir, 'backups');
  await mkdir(backups);
}, 120_000);

afterAll(async () => {
  await fleet?.stop();
}, 60_000);

/** Commands by number of the drill's step. */
function drill(): ReadonlyMap<number, readonly string[]> {
  const [, text = ''] = readFileSync(join(root, page), 'utf8').split('## The drill');
  const steps = text.split(/^(?=\d+\. )/m).slice(1);
  return new Map(steps.map((step) => [Number.parseInt(step, 10), (/^```\n([\s\S]*?)^```$/m.exec(step)?.[1] ?? '').trimEnd().split('\n')]));
}

async function typed(line: string): Promise<Ended> {
  const words = [...line.matchAll(/"([^"]*)"|\S+/g)].map(([word, quoted]) => quoted ?? word);
  const [program = '', ...args] = words.map((word) => word.replace('/var/backups/drydock', backups).replace(/^PLAN$/, plan));
  switch (program) {
    case 'drydock':
      return fleet.cli(args);
    case 'drydock-controller': {
      const settings = join(fleet.controllerHost.dir, 'controller.yaml');
      return runToEnd([...programArgv('drydock-controller'), '--settings', settings, ...args], {
        env: process.env,
        terminal: 'collect',
        signal: never,
      });
    }
    case 'systemctl':
      expect(args[1]).toBe(controllerUnit);
      if (args[0] === 'start') await fleet.startController();
      else await fleet.controllerHost.stop(controllerUnit);
      return { exitCode: 0, stdout: '', stderr: '' };
    default:
      throw new Error(`${page} shows a command that this test cannot type: ${line}`);
  }
}

const starts = async () => Promise.all(nodeNames.map(async (node) => (await fleet.host(node).state(databaseUnit(node))).invocationId));

async function step(number: number): Promise<string> {
  const output: string[] = [];
  for (const line of drill().get(number) ?? []) {
    const { exitCode, stdout, stderr } = await typed(line);
    expect(`${line}: ${exitCode} ${stderr}`).toMatch(/: 0 /);
    plan = /drydock approve (p-\w+)/.exec(stdout + stderr)?.[1] ?? plan;
    output.push(stdout);
  }
  return output.join('');
}

/** The same command again until it says so: agents come back on their own. */
async function stepUntil(number: number, what: string, met: (output: string) => boolean | Promise<boolean>): Promise<void> {
  await waitFor(what, 60_000, never, async () => {
    const output = await step(number);
    return (await met(output)) ? { seen: true } : { notYet: output };
  });
}

it('12.A2: every command of the drill does what the page says of it', async () => {
  expect([...drill().keys()]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  expect(await step(1)).toMatch(/backup {2}.*monday\.db\n[\s\S]*holds .* 1 cluster; [\s\S]*epochs {2}pg-main \d+/);
  const before = await starts();
  await step(2);
  expect((await starts()).filter((id, at) => id !== before[at])).toHaveLength(3);
  await step(3);
  expect(await step(4)).toMatch(/before {2}kept as .*controller\.db\.replaced-\d{8}T\d{6}Z/);
  const files = await readdir(join(fleet.controllerHost.dir, 'state'));
  expect(files.filter((name) => name.startsWith('controller.db') && !name.includes('.replaced-'))).toEqual(['controller.db']);
  await step(5);
  const behind = async () => ((await fleet.cliJson(['cluster', 'show', fleet.cluster])) as ClusterDocument).behind !== null;
  await stepUntil(6, 'all agents', async (output) => output.match(/\bconnected\b/g)?.length === nodeNames.length && (await behind()));
  expect((await fleet.cli(['status'])).stdout).toContain('store-behind-fleet');
  expect(await fleet.cli(['plan', fleet.cluster, '--restart'])).toMatchObject({
    exitCode: 3,
    stderr: expect.stringContaining('older than the fleet'),
  });
  const adopted = await step(7);
  expect(adopted.match(/downtime +done/g)).toHaveLength(3);
  expect(adopted).not.toContain('history-gap');
  await fleet.waitHealthy(60_000);
  expect(await step(8)).toContain('every chain is intact');
  const again = await starts();
  await step(9);
  expect((await starts()).filter((id, at) => id !== again[at])).toHaveLength(3);
  expect(await step(10)).toContain('after-the-restore.db');
}, 480_000);
