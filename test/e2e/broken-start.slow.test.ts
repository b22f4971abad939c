/** A start that somebody broke by hand, before the canary, among the others and while a run goes back: it holds with retry, and goes on. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { PlanShownDocument } from '../../common/documents/plans.ts';
import type { RunDocument } from '../../common/documents/runs.ts';
import { approve } from '../../demo/base-fleet.ts';
import { type DemoFleet, startFleet } from '../../demo/fleet.ts';
import { databaseUnit, type NodeName, nodeNames } from '../../demo/layout.ts';
import { type Following, follow } from './following.ts';

const patienceMs = 90_000;
let fleet: DemoFleet;
let following: Following | null = null;
const originals = new Map<NodeName, string>();

const confOf = (name: NodeName) => join(fleet.host(name).dir, 'data', 'postgresql.conf');

beforeAll(async () => {
  fleet = await startFleet();
  await fleet.adopt();
  await fleet.addRelease('16.14');
  for (const name of nodeNames) originals.set(name, await readFile(confOf(name), 'utf8'));
});

afterEach(async () => {
  await following?.close();
});

afterAll(async () => {
  await fleet?.stop();
});

const mend = (name: NodeName) => writeFile(confOf(name), originals.get(name) ?? '');
/** In place of what it was: a run that goes on later begins with a file that somebody mended. */
const breakBy = (name: NodeName, line: string) => writeFile(confOf(name), `${originals.get(name)}${line}\n`);
const lastLine = (name: NodeName) => (originals.get(name) ?? '').split('\n').length;

/** No start fails on it before the server binds its sockets: no check can tell it before the stop. */
const unseen = "listen_addresses = '192.0.2.1'";
const typo = 'work_mem 64MB oops';

async function ok(args: readonly string[]): Promise<void> {
  const { exitCode, stderr } = await fleet.cli(args);
  expect(exitCode, stderr).toBe(0);
}

async function started(...asked: readonly string[]): Promise<{ readonly runId: string; readonly log: Following }> {
  await fleet.waitHealthy(patienceMs);
  const shown = (await fleet.cliJson(['plan', fleet.cluster, ...asked, '--settle', '100ms'])) as PlanShownDocument;
  expect(shown.planId, JSON.stringify(shown)).toBeDefined();
  const { planId, runId } = await approve(fleet, shown);
  await ok(['run', planId, '--detach']);
  return { runId, log: follow(fleet, runId) };
}

const isUp = async (name: NodeName) => (await fleet.host(name).state(databaseUnit(name))).active;

function expectRetry(run: RunDocument, step: string, says: string): void {
  const hold = run.holds.find(({ subject }) => subject === step);
  expect(hold?.detail).toContain(says);
  expect(run.legalCommands).toContain(`retry ${run.run} ${step}`);
  expect(run.state).toBe('active');
}

/** One sentence that names node, file and line, each once. */
function expectPlace(run: RunDocument, name: NodeName): void {
  const hold = run.holds.find(({ subject }) => subject === name);
  expect(hold?.detail).toContain(`"${confOf(name)}" line ${lastLine(name)}`);
  expect(hold?.detail).not.toContain(`${name}: ${name}`);
  expect(hold?.releasedBy).toBe('automatic');
}

/** Of a server that collects its log, in a folder of its own. */
const collected = ['logging_collector = on', "log_directory = 'own log'", "log_filename = 'pg.log'"];
const collectedIn = (name: NodeName) => join(fleet.host(name).dir, 'data', 'own log', 'pg.log');

describe('12.C16: a start that was broken by hand', () => {
  it('holds with file and line before the canary and before a later node, and goes on once it is mended; with retry before a stop of the rollback', async () => {
    const { runId, log } = await started('--to', '16.14', '--again');
    following = log;
    // Preflight finds it, too: it is made while the release is staged.
    await log.dispatched('h1.stage.pg-2.stage');
    await breakBy('pg-2', typo);
    expectPlace(await log.held('facts-changed', 'pg-2'), 'pg-2');
    expect(await isUp('pg-2')).toBe(true);
    await mend('pg-2');
    await log.dispatched('h1.canary.pg-2.standby.downtime');
    await breakBy('pg-3', typo);
    expectPlace(await log.held('facts-changed', 'pg-3'), 'pg-3');
    expect(await isUp('pg-3')).toBe(true);
    await breakBy('pg-2', typo);
    await ok(['rollback', runId, '--reason', 'not today']);
    const undo = 'h1.canary.pg-2.standby.undo.downtime';
    expectRetry(await log.held('order-failed', undo), undo, `"${confOf('pg-2')}" line ${lastLine('pg-2')}`);
    expect(await isUp('pg-2')).toBe(true);
    await mend('pg-2');
    await mend('pg-3');
    expect((await log.end()).state).toBe('rolled-back');
  });

  it('holds with retry where it shows only after the stop, on the canary and in the rollback, and the node comes up again by that word', async () => {
    await breakBy('pg-2', unseen);
    const { runId, log } = await started('--to', '16.14', '--again');
    following = log;
    const canary = 'h1.canary.pg-2.standby.downtime';
    expectRetry(await log.held('order-failed', canary), canary, 'could not be rolled back');
    expect(await isUp('pg-2')).toBe(false);
    await mend('pg-2');
    await ok(['retry', runId, canary]);
    await log.dispatched('h1.roll.pg-3.standby.downtime');
    expect(await isUp('pg-2')).toBe(true);
    await breakBy('pg-2', unseen);
    await ok(['rollback', runId, '--reason', 'not today']);
    const undo = 'h1.canary.pg-2.standby.undo.downtime';
    expectRetry(await log.held('order-failed', undo), undo, 'could not be rolled back');
    expect(await isUp('pg-2')).toBe(false);
    await mend('pg-2');
    await ok(['retry', runId, undo]);
    expect((await log.end()).state).toBe('rolled-back');
    expect(await isUp('pg-2')).toBe(true);
  });

  it('13.3: shows what the server wrote in this start to the file that its collector keeps', async () => {
    await breakBy('pg-2', [unseen, ...collected].join('\n'));
    const { runId, log } = await started('--restart');
    following = log;
    const canary = 'h1.canary.pg-2.standby.downtime';
    const held = await log.held('order-failed', canary);
    const detail = held.holds.find(({ subject }) => subject === canary)?.detail ?? '';
    expect(detail).toContain('could not create any TCP/IP sockets');
    expect(detail).toContain(`(${collectedIn('pg-2')})`);
    // Its unit's log says only where the server's log goes.
    expect(detail).not.toContain('postgres.log');
    await mend('pg-2');
    await ok(['retry', runId, canary]);
    expect((await log.end()).state).toBe('done');
  });
});
