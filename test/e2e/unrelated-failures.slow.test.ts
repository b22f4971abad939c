/** Failures that a run did not cause, on a real cluster. What `drydock status` says of each is the table of docs/engines/postgresql.md. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import type { AuditListDocument } from '../../common/documents/administration.ts';
import type { ClusterDocument } from '../../common/documents/fleet.ts';
import type { PlanShownDocument } from '../../common/documents/plans.ts';
import type { RunEvent } from '../../common/events.ts';
import type { Hold } from '../../common/holds.ts';
import { approve } from '../../demo/base-fleet.ts';
import { type DemoFleet, startFleet } from '../../demo/fleet.ts';
import { controllerUnit, databaseUnit, type NodeName } from '../../demo/layout.ts';
import { programArgv } from '../../demo/programs.ts';
import { runMark } from '../../demo/supervisor/processes.ts';
import { waitFor } from '../../demo/wait.ts';
import { momentComes } from '../kill/strike.ts';
import { type Cable, layCable } from './cut-network.ts';
import { compareWithTable } from './failures-seen.ts';
import { type Following, follow } from './following.ts';

const never = new AbortController().signal;
const dayMs = 86_400_000;
const canaryDowntime = 'h1.canary.pg-2.standby.downtime';
let fleet: DemoFleet;
let cable: Cable;
let controller: ChildProcess;
let following: Following | null = null;

/** The agent of pg-2 reaches the controller only through the cable, and the controller's clock can be made to jump. */
beforeAll(async () => {
  fleet = await startFleet();
  await fleet.controllerHost.stop(controllerUnit);
  controller = await startJumpingController();
  cable = await layCable(fleet.controllerAddress);
  const settings = join(fleet.host('pg-2').dir, 'agent.yaml');
  writeFileSync(settings, stringify({ ...parse(readFileSync(settings, 'utf8')), controller: cable.address }));
  await fleet.killAgent('pg-2');
  await fleet.startAgent('pg-2');
  await fleet.adopt();
  await fleet.addRelease('16.14');
});

afterEach(async () => {
  await following?.close();
});

afterAll(async () => {
  await cable?.close();
  await fleet?.stop(); // ends the controller, too
});

async function started(
  ...asked: readonly string[]
): Promise<{ readonly runId: string; readonly log: Following; readonly plan: PlanShownDocument }> {
  await fleet.waitHealthy(30_000);
  const plan = (await fleet.cliJson(['plan', fleet.cluster, ...asked, '--settle', '500ms'])) as PlanShownDocument;
  const { runId } = await approve(fleet, plan);
  const ran = await fleet.cli(['run', plan.planId, '--detach']);
  expect(ran.exitCode, ran.stderr).toBe(0);
  following = follow(fleet, runId);
  return { runId, log: following, plan };
}

const versions = async () =>
  ((await fleet.cliJson(['cluster', 'show', fleet.cluster])) as ClusterDocument).members.map(({ version }) => version);

const invocationOf = async (node: NodeName) => (await fleet.host(node).state(databaseUnit(node))).invocationId;

const endsOf = ({ events }: Following, step: string) =>
  events.flatMap((event, at) => (event.type === 'order-ended' && event.step === step ? [at] : []));

/** Where the log raises the hold and where it clears it, each time that it does. */
function spansOf({ events }: Following, kind: Hold['kind'], subject: string): readonly { readonly from: number; readonly to: number }[] {
  const at = (is: (event: RunEvent) => boolean) => events.flatMap((event, index) => (is(event) ? [index] : []));
  const raised = at((event) => event.type === 'hold-raised' && event.hold.kind === kind && event.hold.subject === subject);
  const cleared = at((event) => event.type === 'hold-cleared' && event.kind === kind && event.subject === subject);
  return raised.map((from) => ({ from, to: cleared.find((to) => to > from) ?? events.length }));
}

/** How many days the log's time moves between one event and the next, wherever it is not none. */
async function dayJumpsOf(runId: string): Promise<readonly number[]> {
  const { events } = (await fleet.cliJson(['audit', runId])) as AuditListDocument;
  const times = events.map(({ at }) => Date.parse(at));
  return times.flatMap((ms, index) => Math.round((ms - (times[index - 1] ?? ms)) / dayMs) || []);
}

/** The release that the run had staged put into place of the one that runs, as somebody would do it with a shell. */
async function swapByHand(node: NodeName, version: string): Promise<void> {
  const host = fleet.host(node);
  const releases = join(host.dir, 'releases');
  const staged = readdirSync(releases).find((name) => name.startsWith(version));
  if (staged === undefined) throw new Error(`${version} is not staged on ${node}`);
  await host.stop(databaseUnit(node));
  rmSync(join(releases, 'current'));
  symlinkSync(staged, join(releases, 'current'));
  await host.start(databaseUnit(node));
}

describe('failures that a run did not cause', () => {
  it('P1 holds while another node is down, and goes on automatically when it is back', async () => {
    const { log } = await started('--restart');
    await log.dispatched(canaryDowntime);
    await fleet.host('pg-3').kill(databaseUnit('pg-3'));
    compareWithTable('postgresql', 'another node dies in the middle', await log.held('node-down', 'pg-3'));
    // Before this proof is there, no downtime would follow anyway.
    await log.until(
      'the proof of pg-2',
      (event): event is RunEvent => event.type === 'order-ended' && event.step === 'h1.canary.pg-2.standby.peer',
    );
    await fleet.host('pg-3').start(databaseUnit('pg-3'));
    expect((await log.end()).state).toBe('done');
    const spans = spansOf(log, 'node-down', 'pg-3');
    expect(spans).not.toEqual([]);
    const under = spans.flatMap(({ from, to }) => log.events.slice(from, to));
    expect(under.filter((event) => event.type === 'order-dispatched' && event.step.endsWith('.downtime'))).toEqual([]);
  });

  it('P20 ends the downtime of a node whose agent is cut off, and goes on automatically when the network is back', async () => {
    const { log } = await started('--restart');
    const before = await invocationOf('pg-2');
    await log.dispatched(canaryDowntime);
    expect(await momentComes(fleet, 'pg-2', 'held', never)).toBe(true);
    cable.cut();
    expect(endsOf(log, canaryDowntime)).toEqual([]);
    await waitFor('the start', 20_000, never, async () => {
      const { active, invocationId } = await fleet.host('pg-2').state(databaseUnit('pg-2'));
      return active && invocationId !== before ? { seen: true } : { notYet: 'it is not started' };
    });
    compareWithTable(
      'postgresql',
      'the network between an agent and the controller is cut in the turn of its node',
      await log.held('agent-lost', 'pg-2'),
    );
    cable.mend();
    expect((await log.end()).state).toBe('done');
    const downtimes = log.events.filter((event) => event.type === 'order-dispatched' && event.step === canaryDowntime);
    expect(downtimes).toHaveLength(1);
    // What was followed lags behind the log; this does not: the controller heard of the end after it had lost the agent.
    const [lost] = spansOf(log, 'agent-lost', 'pg-2');
    expect(endsOf(log, canaryDowntime)[0]).toBeGreaterThan(lost?.from ?? Number.POSITIVE_INFINITY);
  });

  it('goes on when the wall clock of the controller jumps a day on and two days back', async () => {
    const { runId, log } = await started('--restart');
    await log.dispatched(canaryDowntime);
    controller.kill('SIGUSR2');
    await log.dispatched('h1.roll.pg-3.standby.downtime');
    controller.kill('SIGUSR2');
    const end = await log.end();
    expect(end.state).toBe('done');
    expect(log.events.filter((event) => event.type === 'hold-raised')).toEqual([]);
    compareWithTable('postgresql', "the controller's clock jumps in the middle", end);
    expect(await dayJumpsOf(runId)).toEqual([1, -2]);
    expect((await fleet.cli(['audit', '--verify'])).exitCode).toBe(0);
  });

  it('P2 counts on no proof of a database that somebody restarted since, says so, and proves it again', async () => {
    const { log } = await started('--restart');
    const proven = await log.until(
      'the proof of pg-2',
      (event): event is RunEvent => event.type === 'order-ended' && event.step === 'h1.canary.pg-2.standby.peer',
    );
    await fleet.host('pg-2').stop(databaseUnit('pg-2'));
    await fleet.host('pg-2').start(databaseUnit('pg-2'));
    compareWithTable('postgresql', 'somebody restarts a database by hand in the middle', await log.held('local-intervention', 'pg-2'));
    expect((await log.end()).state).toBe('done');
    const again = log.events
      .slice(proven.index)
      .flatMap((event) => (event.type === 'order-dispatched' ? [`${event.step} ${event.attempt}`] : []));
    expect(again).toEqual(expect.arrayContaining(['h1.canary.pg-2.standby.settle 2', 'h1.canary.pg-2.standby.peer 2']));
  });

  it('holds when somebody upgrades a node by hand in the middle, and plans from what is there afterwards', async () => {
    const { runId, log } = await started('--to', '16.14');
    await log.dispatched(canaryDowntime);
    await swapByHand('pg-3', '16.14');
    compareWithTable('postgresql', 'somebody upgrades a node by hand in the middle', await log.held('facts-changed', 'pg-3'));
    expect((await fleet.cli(['abort', runId, '--reason', 'upgraded by hand'])).exitCode).toBe(0);
    expect((await log.end()).state).toBe('aborted');
    expect(await versions()).toEqual(['16.4', '16.14', '16.14']);
  });

  it('takes a node that was upgraded by hand before as it is: proven with the others, no turn of its own', async () => {
    const { log, plan } = await started('--to', '16.14');
    const phases = plan.plan.hops.flatMap((hop) => hop.phases);
    const turnsIn = (name: string) =>
      phases.filter((phase) => phase.name === name).flatMap(({ waves }) => waves.flatMap(({ turns }) => turns));
    expect([...turnsIn('canary'), ...turnsIn('roll')].map(({ instance }) => instance)).toEqual(['pg-1']);
    expect(turnsIn('verify').map(({ instance }) => instance)).toEqual(['pg-1', 'pg-2', 'pg-3']);
    const end = await log.end();
    expect(end.state).toBe('done');
    compareWithTable('postgresql', 'somebody upgraded a node by hand before the plan was made', end);
    expect(await versions()).toEqual(['16.14', '16.14', '16.14']);
  });
});

/** The controller itself, on the settings and the store that it had, with a clock that can be made to jump. */
async function startJumpingController(): Promise<ChildProcess> {
  const [program, ...args] = programArgv('drydock-controller');
  const clock = fileURLToPath(new URL('jumping-clock.ts', import.meta.url));
  const settings = join(fleet.controllerHost.dir, 'controller.yaml');
  const child = spawn(program, ['--import', import.meta.resolve('tsx'), '--import', clock, ...args, '--settings', settings], {
    env: { ...process.env, [runMark]: fleet.dir },
    stdio: 'ignore',
  });
  await waitFor('answer of the controller', 30_000, never, async () => {
    const { exitCode, stderr } = await fleet.cli(['cluster', 'list']);
    return exitCode === 0 ? { seen: true } : { notYet: stderr.trim() };
  });
  return child;
}
