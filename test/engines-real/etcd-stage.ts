/** Runs on a real etcd fleet, as its admin would start them, and what its members say of their data. */

import { join } from 'node:path';
import { expect } from 'vitest';
import { runCommand } from '../../agent/host/commands.ts';
import type { ClusterDocument, PlanShownDocument, RunDocument } from '../../common/documents.ts';
import type { EtcdFleet } from '../../demo/etcd/fleet.ts';
import { type EtcdVersion, findEtcd } from '../../demo/etcd/releases.ts';
import { waitFor } from '../../demo/wait.ts';
import { type Following, follow } from '../e2e/following.ts';

/** Between two increments of one writer: a load, and not what the machine can do. */
export const clientPauseMs = 10;

export interface Started {
  readonly runId: string;
  readonly plan: PlanShownDocument;
  readonly log: Following;
}

/** Plans, approves and starts; the run goes on by itself and is followed. */
export async function startRun(fleet: EtcdFleet, asked: readonly string[]): Promise<Started> {
  await fleet.waitHealthy(30_000);
  const plan = (await fleet.cliJson(['plan', fleet.cluster, ...asked, '--settle', '500ms', '--soak', '500ms'])) as PlanShownDocument;
  expect((await fleet.cli(['approve', plan.planId, '--digest', plan.digest])).exitCode).toBe(0);
  const ran = await fleet.cli(['run', plan.planId, '--detach']);
  expect(ran.exitCode, ran.stderr).toBe(0);
  return { runId: plan.runId, plan, log: follow(fleet.controllerAddress, plan.runId) };
}

export async function versionsOf(fleet: EtcdFleet): Promise<readonly (string | null)[]> {
  const { members } = (await fleet.cliJson(['cluster', 'show', fleet.cluster])) as ClusterDocument;
  return members.map(({ version }) => version);
}

/** Who leads now, and who does not; by name. */
export async function castOf(fleet: EtcdFleet): Promise<{ readonly leader: string; readonly followers: readonly string[] }> {
  const { members } = (await fleet.cliJson(['cluster', 'show', fleet.cluster])) as ClusterDocument;
  const leader = members.find(({ role }) => role === 'leader')?.instance;
  if (leader === undefined) throw new Error('the cluster has no leader');
  return { leader, followers: members.flatMap(({ instance }) => (instance === leader ? [] : [instance])) };
}

/** Runs etcdctl of a built version against all members, or those named. */
export async function ctl(fleet: EtcdFleet, version: EtcdVersion, args: readonly string[], only?: string): Promise<string> {
  const urls = fleet.layout.nodes.filter(({ name }) => only === undefined || name === only).map(({ member }) => member.clientUrl);
  const program = join(await findEtcd(version), 'bin', 'etcdctl');
  const { stdout, stderr, exitCode } = await runCommand([program, `--endpoints=${urls.join(',')}`, ...args], {
    timeoutMs: 30_000,
    env: { ETCDCTL_API: '3' },
  });
  expect(exitCode, stderr).toBe(0);
  return stdout;
}

/** By `endpoint hashkv`, once nobody writes: the same everywhere, or the members hold different data. */
export async function hashesOf(fleet: EtcdFleet, version: EtcdVersion): Promise<readonly string[]> {
  const lines = (await ctl(fleet, version, ['endpoint', 'hashkv'])).trim().split('\n');
  return lines.map((line) => line.slice(line.indexOf(',') + 1).trim());
}

/** A run of several hops takes longer than what else a test waits for. */
export async function endOf({ log }: Started, limitMs: number): Promise<RunDocument> {
  return waitFor('the end of the run', limitMs, new AbortController().signal, async () => {
    const last = log.statuses.at(-1);
    const holds = last?.holds.map(({ kind, detail }) => `${kind}: ${detail}`).join('; ') ?? '';
    return last === undefined || last.endedAt === null ? { notYet: holds || 'it goes on' } : { seen: last };
  });
}
