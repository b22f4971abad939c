/** Runs on a real etcd fleet, as its admin would start them, under clients that never rest, and what must be so of it afterwards. */

import { join } from 'node:path';
import { expect } from 'vitest';
import { runCommand } from '../../agent/host/commands.ts';
import type { ClusterDocument } from '../../common/documents/fleet.ts';
import type { PlanShownDocument } from '../../common/documents/plans.ts';
import type { HoldDocument, ReportDocument, RunDocument } from '../../common/documents/runs.ts';
import type { RunEvent } from '../../common/events.ts';
import { approve } from '../../demo/base-fleet.ts';
import { type EtcdClientsReport, startEtcdClients } from '../../demo/etcd/clients/clients.ts';
import type { EtcdFleet } from '../../demo/etcd/fleet.ts';
import { type EtcdName, etcdNames } from '../../demo/etcd/layout.ts';
import { findEtcd } from '../../demo/etcd/releases.ts';
import { waitFor } from '../../demo/wait.ts';
import { type Following, follow } from '../e2e/following.ts';
import { breachesOf } from '../kill/promises.ts';
import { lockedUnits } from '../kill/stage.ts';

/** Between two increments of one writer: a load, and not what the machine can do. */
const clientPauseMs = 30;
/** They speak to servers of every version here. */
const toolsVersion = '3.7.3';
const never = new AbortController().signal;
const eventLimitMs = 180_000;

/** As much of a fleet as a run on one of its clusters takes. */
export type ClusterAtHand = Pick<EtcdFleet, 'cli' | 'cliJson' | 'controllerAddress' | 'identity' | 'cluster' | 'waitHealthy'>;
/** The same with its members. */
export type EtcdAtHand = ClusterAtHand & Pick<EtcdFleet, 'dir' | 'layout'>;

export interface Started {
  readonly runId: string;
  readonly plan: PlanShownDocument;
  readonly log: Following;
}

export interface Pace {
  readonly settle: string;
  readonly soak: string;
}

/** Plans, approves and starts; the run goes on automatically and is followed. */
export async function startRun(
  fleet: ClusterAtHand,
  asked: readonly string[],
  { settle, soak }: Pace = { settle: '500ms', soak: '500ms' },
): Promise<Started> {
  await fleet.waitHealthy(30_000);
  const plan = (await fleet.cliJson(['plan', fleet.cluster, ...asked, '--settle', settle, '--soak', soak])) as PlanShownDocument;
  const { runId } = await approve(fleet, plan);
  const ran = await fleet.cli(['run', plan.planId, '--detach']);
  expect(ran.exitCode, ran.stderr).toBe(0);
  return { runId, plan, log: follow(fleet, runId) };
}

async function membersOf(fleet: ClusterAtHand): Promise<ClusterDocument['members']> {
  return ((await fleet.cliJson(['cluster', 'show', fleet.cluster])) as ClusterDocument).members;
}

export async function versionsOf(fleet: ClusterAtHand): Promise<readonly (string | null)[]> {
  return (await membersOf(fleet)).map(({ version }) => version);
}

/** Makes this member the leader: followers go in the order of their names, so that who is in its turn when is known. */
export async function giveLeadTo(fleet: EtcdAtHand, name: EtcdName): Promise<void> {
  const leader = (await membersOf(fleet)).find(({ role }) => role === 'leader')?.instance;
  if (leader === name) return;
  const id = await memberIdOf(fleet, name);
  await moveLead(fleet, etcdNames.find((each) => each === leader) ?? name, id);
  await waitFor(`the lead of ${name}`, 30_000, never, async () =>
    (await leads(fleet, name)) ? { seen: true } : { notYet: 'another one leads' },
  );
}

/** Its id in the cluster, in hex. */
export async function memberIdOf(fleet: EtcdAtHand, name: EtcdName): Promise<string> {
  const line = (await ctl(fleet, ['member', 'list'])).split('\n').find((each) => each.includes(`, ${name},`));
  return line?.split(',')[0] ?? '';
}

/** Nothing but the move: where the moment matters. */
export async function moveLead(fleet: EtcdAtHand, leader: EtcdName, heirId: string): Promise<void> {
  await ctl(fleet, ['move-leader', heirId], leader);
}

async function leads(fleet: EtcdAtHand, name: EtcdName): Promise<boolean> {
  return (await membersOf(fleet)).some(({ instance, role }) => instance === name && role === 'leader');
}

/** Runs etcdctl against all members, or the one that is named. */
export async function ctl(fleet: EtcdAtHand, args: readonly string[], only?: EtcdName): Promise<string> {
  const urls = fleet.layout.nodes.filter(({ name }) => only === undefined || name === only).map(({ member }) => member.clientUrl);
  const program = join(await findEtcd(toolsVersion), 'bin', 'etcdctl');
  const { stdout, stderr, exitCode } = await runCommand([program, `--endpoints=${urls.join(',')}`, ...args], { timeoutMs: 30_000 });
  expect(exitCode, stderr).toBe(0);
  return stdout;
}

/** Instances whose downtime the log shows, in its order. */
export const downtimesIn = (events: readonly RunEvent[]): readonly string[] =>
  events.flatMap((event) => (event.type === 'order-dispatched' && event.step.endsWith('.downtime') ? [event.instance] : []));

/** Resolves when the log shows the end of the step. */
export async function stepEnded({ log }: Started, step: string): Promise<void> {
  await waitFor(`the end of ${step}`, eventLimitMs, never, async () => {
    const ended = log.events.some((event) => event.type === 'order-ended' && event.step === step);
    return ended ? { seen: true } : { notYet: JSON.stringify(log.events.at(-1)) };
  });
}

/** The first status with such a hold. */
export function holding({ log }: Started, what: string, is: (hold: HoldDocument) => boolean): Promise<RunDocument> {
  return waitFor(what, eventLimitMs, never, async () => {
    const found = log.statuses.find(({ holds }) => holds.some(is));
    return found === undefined ? { notYet: JSON.stringify(log.statuses.at(-1)?.holds) } : { seen: found };
  });
}

/** A run of several hops takes longer than what else a test waits for. */
export async function endOf({ log }: Pick<Started, 'log'>, limitMs: number): Promise<RunDocument> {
  return waitFor('the end of the run', limitMs, never, async () => {
    const last = log.statuses.at(-1);
    const holds = last?.holds.map(({ kind, detail }) => `${kind}: ${detail}`).join('; ') ?? '';
    return last === undefined || last.endedAt === null ? { notYet: holds || 'it goes on' } : { seen: last };
  });
}

/** A server that is stopped waits ten seconds for streams that clients hold open: where that is not the matter, they let go earlier. */
export const shortWatchMs = 500;

/** Does it while clients raise, read and watch a counter without pause; afterwards nothing may be lost and all members hold the same. */
export async function underLoad(fleet: EtcdAtHand, what: string, body: () => Promise<void>, longestWatchMs?: number): Promise<void> {
  const address = { ...fleet.layout.clientsAddress, ...(longestWatchMs === undefined ? {} : { longestWatchMs }) };
  const clients = await startEtcdClients(address, fleet.dir, never, clientPauseMs);
  try {
    await body();
    const report = await clients.end();
    console.log(`${what}: ${gapsIn(report)}`);
    expectNothingLost(report);
    await expectOneData(fleet);
  } finally {
    await clients.kill();
  }
}

function gapsIn({ acknowledged, longestWriteGapMs, longestReadGapMs, longestWatchGapMs }: EtcdClientsReport): string {
  const gaps = `of writes ${longestWriteGapMs} ms, of linearizable reads ${longestReadGapMs} ms, of the watch ${longestWatchGapMs} ms`;
  return `${acknowledged} increments acknowledged; longest gap ${gaps}`;
}

export function expectNothingLost(report: EtcdClientsReport): void {
  expect(report).toMatchObject({ lost: 0, miscounted: 0, stale: 0, missed: 0 });
  expect(report.acknowledged).toBeGreaterThan(0);
  expect(report.watched).toBeGreaterThan(0);
}

/** By `endpoint hashkv`, once no client writes: the same everywhere, as soon as the last one has caught up. */
export async function expectOneData(fleet: EtcdAtHand): Promise<void> {
  await waitFor('equal hashes of all members', 10_000, never, async () => {
    const lines = (await ctl(fleet, ['endpoint', 'hashkv'])).trim().split('\n');
    const hashes = lines.map((line) => line.slice(line.indexOf(',') + 1).trim());
    const agree = hashes.length === fleet.layout.nodes.length && new Set(hashes).size === 1;
    return agree ? { seen: true } : { notYet: hashes.join('; ') };
  });
}

/** What the log of a run that is over shows of promises, and that its hosts are left as they were. `alone`: no person had to act. */
export async function expectPromisesKept(
  fleet: ClusterAtHand & Parameters<typeof lockedUnits>[0],
  { runId, plan, log }: Started,
  alone: boolean,
): Promise<void> {
  expect(breachesOf({ plan: plan.plan, events: log.events, alone })).toEqual([]);
  await expectLeftClean(fleet, runId);
}

/** No unit is kept stopped, and the audit log of the run is whole. */
export async function expectLeftClean(fleet: ClusterAtHand & Parameters<typeof lockedUnits>[0], runId: string): Promise<void> {
  expect(lockedUnits(fleet)).toEqual([]);
  const report = (await fleet.cliJson(['report', runId])) as ReportDocument;
  expect(report.audit.ok).toBe(true);
}
