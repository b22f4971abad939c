/** Jobs on the real host: children with a keeper each, which outlive the process that started them. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { sessionOf } from '../../../agent/host/commands.ts';
import type { Jobs } from '../../../agent/host/host.ts';
import { claim, claimFile } from '../../../agent/host/job-keeper.ts';
import { diskJobs } from '../../../agent/host/jobs.ts';
import { systemClock } from '../../../common/clock.ts';
import { toFailure } from '../../../common/failure.ts';

const root = new URL('../../..', import.meta.url).pathname;
const keeper = [process.execPath, '--import', join(root, 'node_modules/tsx/dist/loader.mjs'), join(root, 'agent/bin.ts'), 'job'] as const;
const soon = { timeout: 15_000, interval: 20 };

let dir: string;
let jobs: Jobs;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'drydock-jobs-'));
  jobs = diskJobs(join(dir, 'jobs'), systemClock, keeper);
});
afterEach(async () => {
  for (const id of await jobs.jobsSeen()) await jobs.endJob(id);
  rmSync(dir, { recursive: true, force: true });
});

const script = (text: string): { readonly argv: readonly [string, ...string[]] } => ({ argv: [process.execPath, '-e', text] });
const marks = join('marks');
/** Appends a line each time it is really started. */
const counting = (more = '') => script(`require('fs').appendFileSync('${join(dir, marks)}', 'started\\n'); ${more}`);
const starts = () => (existsSync(join(dir, marks)) ? readFileSync(join(dir, marks), 'utf8').trim().split('\n').length : 0);
const endedWith = (id: string, exitCode: number | null) =>
  vi.waitFor(async () => expect(await jobs.jobState(id)).toEqual({ kind: 'ended', exitCode }), soon);

test('a job keeps its exit code and the end of what it wrote', async () => {
  await jobs.startJob('a', script(`console.log('x'.repeat(100_000)); console.error('the end'); process.exitCode = 3`));
  await endedWith('a', 3);
  const output = await jobs.jobOutput('a');
  expect(output).toMatch(/the end\n/);
  expect(output.length).toBeLessThanOrEqual(64 * 1024);
  expect(await jobs.jobsSeen()).toEqual(['a']);
  await jobs.forgetJob('a');
  expect(await jobs.jobsSeen()).toEqual([]);
  expect(await jobs.jobState('a')).toEqual({ kind: 'none' });
});

test('P3 a job is started once, however often and by however many it is asked for at the same time', async () => {
  const another = diskJobs(join(dir, 'jobs'), systemClock, keeper);
  await Promise.all([jobs, another, jobs, another].map((each) => each.startJob('a', counting('setTimeout(() => {}, 300)'))));
  await jobs.startJob('a', counting());
  await endedWith('a', 0);
  await jobs.startJob('a', counting());
  expect(starts()).toBe(1);
});

test('P3 a keeper that comes too late starts nothing', async () => {
  const folder = join(dir, 'jobs', 'a');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'job.json'), JSON.stringify({ argv: counting().argv, env: {} }));
  expect(claim(folder, { pid: 0, startTicks: 0, bootId: '' })).toBe(true);
  const [program, ...args] = keeper;
  const late = spawn(program, [...args, folder]);
  expect(await new Promise((resolve) => late.once('exit', resolve))).toBe(0);
  expect(starts()).toBe(0);
  expect(await jobs.jobState('a')).toEqual({ kind: 'lost' });
});

test('a job goes on when whoever started it is killed', async () => {
  const starter = `
    import { diskJobs } from '${root}agent/host/jobs.ts';
    import { systemClock } from '${root}common/clock.ts';
    const argv = ${JSON.stringify(counting('setTimeout(() => console.log("over"), 1_000)').argv)};
    await diskJobs('${join(dir, 'jobs')}', systemClock, ${JSON.stringify(keeper)}).startJob('a', { argv });
    console.log('started');
    setInterval(() => {}, 1_000);`;
  const file = join(dir, 'starter.mts');
  writeFileSync(file, starter);
  const child = spawn(process.execPath, ['--import', keeper[2], file], { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise((resolve) => child.stdout.once('data', resolve));
  child.kill('SIGKILL');
  await endedWith('a', 0);
  expect(await jobs.jobOutput('a')).toBe('over\n');
  expect(starts()).toBe(1);
});

test('a job is ended with all that it started, and seen to be gone', async () => {
  const parent = `require('child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1_000)'], { stdio: 'ignore' }); setInterval(() => {}, 1_000)`;
  await jobs.startJob('a', script(parent));
  const mark = JSON.parse(readFileSync(claimFile(join(dir, 'jobs', 'a')), 'utf8'));
  await vi.waitFor(() => expect(sessionOf(mark).length).toBe(3), soon);
  expect(await jobs.jobState('a')).toEqual({ kind: 'running' });
  await jobs.endJob('a');
  expect(sessionOf(mark)).toEqual([]);
  expect(await jobs.jobState('a')).toEqual({ kind: 'ended', exitCode: null });
  await jobs.endJob('a');
});

test('a job whose keeper was killed runs on, and is lost once it has ended', async () => {
  await jobs.startJob('a', script('setTimeout(() => {}, 1_500)'));
  const mark = JSON.parse(readFileSync(claimFile(join(dir, 'jobs', 'a')), 'utf8'));
  await vi.waitFor(() => expect(sessionOf(mark).length).toBe(2), soon);
  process.kill(mark.pid, 'SIGKILL');
  expect(await jobs.jobState('a')).toEqual({ kind: 'running' });
  await vi.waitFor(async () => expect(await jobs.jobState('a')).toEqual({ kind: 'lost' }), soon);
});

test('a job of another boot is lost, and its number is nobody to be ended', async () => {
  const folder = join(dir, 'jobs', 'a');
  mkdirSync(folder, { recursive: true });
  claim(folder, { pid: process.pid, startTicks: 1, bootId: 'another boot' });
  expect(await jobs.jobState('a')).toEqual({ kind: 'lost' });
  await jobs.endJob('a');
});

test('a program that is not there ends with what the system said', async () => {
  await jobs.startJob('a', { argv: ['/no/such/program'] });
  await endedWith('a', 127);
  expect(await jobs.jobOutput('a')).toMatch(/^\/no\/such\/program cannot be run: /);
});

test('a keeper that cannot be started says so, and nothing starts the job later', async () => {
  const broken = diskJobs(join(dir, 'jobs'), systemClock, ['/no/such/keeper']);
  await expect(broken.startJob('a', counting())).rejects.toSatisfy((thrown) => toFailure(thrown).code === 'job-not-started');
  await expect(jobs.startJob('a', counting())).rejects.toSatisfy((thrown) => toFailure(thrown).code === 'job-not-started');
  expect(starts()).toBe(0);
});
