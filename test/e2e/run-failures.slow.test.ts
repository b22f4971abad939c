/** What can go wrong in a run itself, on a real cluster. What `drydock status` says of each is in the table of docs/engines/postgresql.md. */
import { rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { PlanShownDocument } from '../../common/documents/plans.ts';
import type { HoldDocument, RunDocument } from '../../common/documents/runs.ts';
import type { RunEvent } from '../../common/events.ts';
import { toFailure } from '../../common/failure.ts';
import { approve } from '../../demo/base-fleet.ts';
import { dial, hangUp } from '../../demo/clients/dial.ts';
import { type DemoFleet, startFleet } from '../../demo/fleet.ts';
import { agentUnit, controllerUnit, databaseUnit, type NodeName, nodeNames } from '../../demo/layout.ts';
import { descendantsOf, signal } from '../../demo/supervisor/processes.ts';
import { waitFor } from '../../demo/wait.ts';
import { askServers } from '../kill/stage.ts';
import { momentComes } from '../kill/strike.ts';
import { compareAnswerWithTable, compareWithTable } from './failures-seen.ts';
import { type Following, follow } from './following.ts';

const never = new AbortController().signal;
const patienceMs = 90_000;
const brokenVersion = '16.15';
let fleet: DemoFleet;
let following: Following | null = null;

beforeAll(async () => {
  fleet = await startFleet();
  await fleet.adopt();
});

afterEach(async () => {
  await following?.close();
});

afterAll(async () => {
  await fleet?.stop();
});

async function ok(args: readonly string[]): Promise<void> {
  const { exitCode, stderr } = await fleet.cli(args);
  expect(exitCode, stderr).toBe(0);
}

interface Started {
  readonly runId: string;
  readonly log: Following;
  readonly plan: PlanShownDocument['plan'];
}

async function started(...asked: readonly string[]): Promise<Started> {
  const shown = await planned(...asked);
  return { ...(await begun(shown)), plan: shown.plan };
}

async function planned(...asked: readonly string[]): Promise<PlanShownDocument> {
  await fleet.waitHealthy(patienceMs);
  const shown = (await fleet.cliJson(['plan', fleet.cluster, ...asked, '--settle', '100ms'])) as PlanShownDocument;
  expect(shown.planId, JSON.stringify(shown)).toBeDefined();
  return shown;
}

async function begun(shown: PlanShownDocument): Promise<{ readonly runId: string; readonly log: Following }> {
  const { planId, runId } = await approve(fleet, shown);
  await ok(['run', planId, '--detach']);
  following = follow(fleet, runId);
  return { runId, log: following };
}

const dataDirOf = (name: NodeName) => join(fleet.host(name).dir, 'data');

/** A run in whose last turn writes go from one member to another. The table speaks of pg-1 that hands over to pg-2, whichever members they were. */
interface Handover extends Started {
  readonly former: NodeName;
  readonly taking: NodeName;
  /** The same with the table's names. */
  named(text: string): string;
  reported(run: RunDocument): RunDocument;
}

async function handover(...asked: readonly string[]): Promise<Handover> {
  const run = await started('--restart', '--primary', 'switchover', ...asked);
  const [former, taking] = [run.plan.succession?.from, run.plan.succession?.to].map(nodeNamed);
  const other = nodeNames.find((name) => name !== former && name !== taking);
  if (former === undefined || taking === undefined || other === undefined) throw new Error('nobody takes over in this plan');
  const named = (text: string) => renamed(text, [former, taking, other]);
  return { ...run, former, taking, named, reported: (seen) => JSON.parse(named(JSON.stringify(seen))) as RunDocument };
}

/** The first of the names as pg-1, and so on. */
const renamed = (text: string, names: readonly string[]): string =>
  text.replaceAll(/\bpg-[1-3]\b/g, (name) => (names.includes(name) ? `pg-${names.indexOf(name) + 1}` : name));

const nodeNamed = (name: string | undefined) => nodeNames.find((each) => each === name);

/** The old primary is down and locked; no member is promoted before what is returned lets its agent go on to the fence and its receipt. */
async function betweenStopAndPromotion({ log, former }: Handover): Promise<() => void> {
  const { pid } = await fleet.host(former).state(agentUnit);
  if (pid === null) throw new Error(`the agent of ${former} does not run`);
  await log.dispatched(`h1.roll.${former}.primary.handover.stop`);
  expect(await momentComes(fleet, former, 'stopped', never)).toBe(true);
  signal(pid, 'SIGSTOP');
  return () => void signal(pid, 'SIGCONT');
}

/** As a whole, so that it does not answer; what is returned lets it go on. */
async function freeze(name: NodeName): Promise<() => void> {
  const { pid } = await fleet.host(name).state(databaseUnit(name));
  if (pid === null) throw new Error(`${name} does not run`);
  const family = [pid, ...descendantsOf(pid)];
  for (const each of family) signal(each, 'SIGSTOP');
  return () => family.forEach((each) => void signal(each, 'SIGCONT'));
}

/** Its agent has said that it began this step. */
const begunBy = ({ log }: Handover, step: string) =>
  waitFor(`begin of ${step}`, patienceMs, never, async () => {
    const steps = log.statuses.at(-1)?.turns.flatMap((turn) => turn.steps) ?? [];
    const state = steps.find((each) => each.step === step)?.state ?? 'not there';
    return state === 'begun' ? { seen: true } : { notYet: state };
  });

const primaries = async () => [...(await askServers(fleet))].filter(([, server]) => server?.recovery === false).map(([name]) => name);

const startByHand = (name: NodeName) =>
  fleet
    .host(name)
    .start(databaseUnit(name))
    .then(
      () => 'started',
      (thrown: unknown) => toFailure(thrown).code,
    );

async function ask(name: NodeName, sql: string): Promise<readonly unknown[]> {
  const { clientsAddress, nodes } = fleet.layout;
  const address = clientsAddress.nodes[nodes.findIndex((node) => node.name === name)];
  if (address === undefined) throw new Error(`there is no address of ${name}`);
  const client = await dial(clientsAddress, address);
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await hangUp(client);
  }
}

describe('what goes wrong in a run itself', () => {
  it('P11 takes a release back by itself that does not start on the canary', async () => {
    await fleet.addBrokenRelease('16.14', brokenVersion);
    const { log } = await started('--to', brokenVersion);
    const end = await log.end();
    expect(end.state).toBe('rolled-back');
    compareWithTable('postgresql', 'the new release does not start on the canary', end);
  });

  it('P8 P19 holds before the first byte of a snapshot when there is no room for it any more, and leaves nothing when it is aborted', async () => {
    const shown = await planned('--restart', '--snapshot', 'list');
    // As large as a table that somebody loaded since; it takes no block.
    const grown = join(dataDirOf('pg-2'), 'base', 'loaded');
    await writeFile(grown, '');
    await truncate(grown, 2 ** 42);
    const { runId, log } = await begun(shown);
    const held = await log.held('space-short', 'h1.snapshot.pg-2.snapshot');
    compareWithTable('postgresql', 'the disk has no room for a snapshot any more', held);
    await rm(grown);
    expect(await ask('pg-1', 'SELECT slot_name FROM pg_replication_slots')).toEqual([{ slot_name: 'drydock_snapshots' }]);
    await ok(['abort', runId, '--reason', 'not tonight']);
    expect((await log.end()).state).toBe('aborted');
    expect(await ask('pg-1', 'SELECT slot_name FROM pg_replication_slots')).toEqual([]);
  });

  it('P18 lets nothing take writes while the controller is gone between stop and promotion, and goes on automatically when it is back', async () => {
    const run = await handover();
    const goOn = await betweenStopAndPromotion(run);
    await fleet.controllerHost.kill(controllerUnit);
    goOn();
    expect(await startByHand(run.former)).toBe('held');
    expect(await primaries()).toEqual([]);
    compareAnswerWithTable(
      'postgresql',
      'the controller dies between the stop of the primary and the promotion',
      await fleet.cli(['status', run.runId]),
      run.named(run.plan.succession?.withoutController[1] ?? ''),
    );
    await fleet.startController();
    const end = await run.log.end();
    expect(end.state).toBe('done');
    compareWithTable('postgresql', 'the controller is back after that', run.reported(end));
    expect(await primaries()).toEqual([run.taking]);
  });

  it('goes on automatically when the standby that was to take over died before it was promoted and is back', async () => {
    const run = await handover();
    const goOn = await betweenStopAndPromotion(run);
    await fleet.host(run.taking).kill(databaseUnit(run.taking));
    goOn();
    const promote = `h1.roll.${run.former}.primary.handover.promote`;
    const held = await run.log.held('order-failed', promote);
    compareWithTable('postgresql', 'the standby that takes over dies before it is promoted', run.reported(held));
    await fleet.host(run.taking).start(databaseUnit(run.taking));
    expect((await run.log.end()).state).toBe('done');
    expect(await primaries()).toEqual([run.taking]);
  });

  it('P18 asks when it is unknown whether the promotion took effect, and goes on with what a person saw', async () => {
    const run = await handover();
    const promote = `h1.roll.${run.former}.primary.handover.promote`;
    const goOn = await betweenStopAndPromotion(run);
    const thaw = await freeze(run.taking);
    goOn();
    await begunBy(run, promote);
    await fleet.killAgent(run.taking);
    thaw();
    const lost = await run.log.held('executor-lost', promote);
    compareWithTable('postgresql', 'the agent of the standby that takes over dies in its promotion', run.reported(lost));
    await fleet.startAgent(run.taking);
    const asks = await run.log.held('order-interrupted', promote);
    compareWithTable('postgresql', 'the agent of that standby is back after that', run.reported(asks));
    expect(await primaries()).toEqual([]);
    await ok(['resolve', run.runId, promote, '--as', 'failed', '--reason', 'it is a standby still']);
    await ok(['retry', run.runId, promote]);
    expect((await run.log.end()).state).toBe('done');
    expect(await primaries()).toEqual([run.taking]);
  });

  // The last one: a member whose history parted can follow none of the others any more.
  it('P7 holds as long as two members take writes, and then for the one whose history parted by that', async () => {
    const run = await handover('--soak', '60s');
    const { former, taking, log } = run;
    await log.until(
      'the soak',
      (event): event is RunEvent => event.type === 'step-begun' && event.step === `h1.soak.${fleet.cluster}.soak`,
    );
    await ask(former, 'SELECT pg_promote(true)');
    const both = await log.held('two-primaries', fleet.cluster);
    const inOrder = renamed(JSON.stringify(both), [former, taking].sort());
    compareWithTable('postgresql', 'somebody promotes a former primary by hand', JSON.parse(inOrder) as RunDocument);
    await fleet.host(former).stop(databaseUnit(former));
    await writeFile(join(dataDirOf(former), 'standby.signal'), '');
    await fleet.host(former).start(databaseUnit(former));
    const parted = await log.held('needs-reseed', former);
    const about = ({ kind }: HoldDocument) => kind === 'needs-reseed';
    compareWithTable('postgresql', 'a former primary that was promoted by hand is made a standby again', run.reported(parted), about);
  });
});
