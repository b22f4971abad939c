/** Many runs at once: each on a three-node cluster of twins of its own, over real streams, beside one run alone in the same fleet. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { connect, type OperatorLink } from '../../../cli/client.ts';
import { openStore } from '../../../controller/store/sqlite-store.ts';
import { waitFor } from '../../../demo/wait.ts';
import { identityOf, initialise, testAuthority, tester } from '../../identities.ts';
import { releaseOf } from '../../twins/fleet.ts';
import { type BenchController, benchController, storeIn } from './controller.ts';
import { clusterName, nodesPerCluster } from './names.ts';
import { adoptAll } from './sizes.ts';
import type { ActingNews } from './swarm/acting.ts';

export interface RunsFigures {
  readonly runs: number;
  /** One run alone, and all others at once: from the first start to the last end. */
  readonly aloneMs: number;
  readonly togetherMs: number;
  /** CPU of the controller for each run. */
  readonly aloneCpuMs: number;
  readonly eachCpuMs: number;
  /** The most that its loop computed without a pause while all went on, and how long it was kept. */
  readonly computedMs: number;
  readonly loopMs: number;
  /** How they ended. */
  readonly ended: Readonly<Record<string, number>>;
  /** Moments at which two members of a cluster would have taken writes. */
  readonly breaches: number;
}

const never = new AbortController().signal;
const limitMs = 600_000;
const askedAtOnce = 4;

/** @param runs clusters beside the one that is alone */
export async function measureRuns(runs: number, say: (line: string) => void): Promise<RunsFigures> {
  return withActingFleet(runs + 1, say, async ({ controller, carriedOut, plans, breaches }) => {
    const alone = await carriedOut(plans.slice(0, 1));
    say(`one run alone: ${(alone.ms / 1000).toFixed(1)} s, ${alone.cpuMs.toFixed(0)} ms of CPU`);
    await controller.loopDelay();
    const together = await carriedOut(plans.slice(1));
    const loop = await controller.loopDelay();
    return {
      ...{ runs, aloneMs: alone.ms, aloneCpuMs: alone.cpuMs, togetherMs: together.ms, eachCpuMs: together.cpuMs / runs },
      ...{ computedMs: loop.computedMs, loopMs: loop.maxMs, ended: together.ended, breaches: breaches() },
    };
  });
}

export interface CarriedOut {
  readonly ms: number;
  /** Of the controller. */
  readonly cpuMs: number;
  /** How the runs ended. */
  readonly ended: Readonly<Record<string, number>>;
}

interface ActingFleet {
  readonly controller: BenchController;
  /** Approved, one for each cluster. */
  readonly plans: readonly string[];
  /** Starts them and waits until the last has ended. */
  readonly carriedOut: (plans: readonly string[]) => Promise<CarriedOut>;
  /** Moments so far at which two members of a cluster would have taken writes. */
  readonly breaches: () => number;
}

/** So many clusters of twins that carry out what they are told, all connected. */
export async function withActingFleet<T>(
  clusters: number,
  say: (line: string) => void,
  measure: (fleet: ActingFleet) => Promise<T>,
): Promise<T> {
  const dir = mkdtempSync(join(tmpdir(), 'drydock-bench-runs-'));
  await adoptAll(dir, clusters * nodesPerCluster);
  await addRelease(dir);
  const controller = await benchController(dir);
  await initialise(dir);
  await controller.start();
  const { folder } = await testAuthority();
  const child = fork(fileURLToPath(new URL('./swarm/acting.ts', import.meta.url)), [controller.address, folder, String(clusters)], {
    execArgv: ['--import', import.meta.resolve('tsx')],
  });
  let news: ActingNews = { connected: 0, breaches: 0 };
  child.on('message', (heard: ActingNews) => {
    news = heard;
  });
  const link = await connect(controller.address, never, await identityOf(tester));
  try {
    await waitFor('all hosts', limitMs, never, async () =>
      news.connected === clusters * nodesPerCluster ? { seen: true } : { notYet: `${news.connected} are connected` },
    );
    const plans = await planned(link, clusters);
    say(`${plans.length} plans are approved`);
    const carriedOut = (some: readonly string[]) => carryOut(controller, link, some);
    return await measure({ controller, plans, carriedOut, breaches: () => news.breaches });
  } finally {
    link.close();
    const gone = once(child, 'exit');
    child.kill();
    await gone;
    await controller.kill();
    rmSync(dir, { recursive: true, force: true });
  }
}

async function addRelease(dir: string): Promise<void> {
  const store = openStore({ file: storeIn(dir) });
  const artifact = {
    role: 'server' as const,
    digest: `sha256:${'0'.repeat(64)}`,
    sizeBytes: 40e6,
    unpackedBytes: 80e6,
    unpackedInodes: 2_000,
  };
  const version = '16.14';
  await store.addRelease({
    ...{ engine: 'postgresql', version, arch: 'x64', release: releaseOf(version), artifacts: [artifact] },
    ...{ addedAtMs: 1, actor: 'bench', fileNames: ['pg.tar'] },
  });
  await store.close();
}

async function planned(link: OperatorLink, clusters: number): Promise<readonly string[]> {
  const plans: string[] = [];
  for (let number = 0; number < clusters; number += 1) {
    const asked = { cluster: clusterName(number), toVersion: '16.14', settleMs: 1_000 };
    const { planId, plan } = await link.ask('MakePlan', asked);
    await link.ask('ApprovePlan', { planId, digest: plan?.digest ?? '' });
    plans.push(planId);
  }
  return plans;
}

async function carryOut(controller: BenchController, link: OperatorLink, plans: readonly string[]): Promise<CarriedOut> {
  const [begunMs, cpuMs] = [performance.now(), controller.cpuMs()];
  const waiting = [...plans];
  const runIds: string[] = [];
  const starter = async () => {
    for (let planId = waiting.shift(); planId !== undefined; planId = waiting.shift())
      runIds.push((await link.ask('StartRun', { planId })).runId);
  };
  await Promise.all(Array.from({ length: askedAtOnce }, starter));
  // Runs that have ended are not asked for again.
  await waitFor('the end of all runs', limitMs, never, async () => {
    await pause(250);
    const { runs } = await link.ask('ListRuns', { openOnly: true, after: '' });
    const open = JSON.parse(runs?.json?.toString() ?? '{"runs":[]}') as { readonly runs: readonly { readonly run: string }[] };
    const left = open.runs.filter(({ run }) => runIds.includes(run)).length;
    return left === 0 ? { seen: true } : { notYet: `${left} are under way` };
  });
  const [ms, usedMs] = [performance.now() - begunMs, controller.cpuMs() - cpuMs];
  const ended: Record<string, number> = {};
  for (const runId of runIds) {
    const { status } = await link.ask('GetRun', { runId });
    const { state } = JSON.parse(status?.json?.toString() ?? '{}') as { readonly state?: string };
    ended[state ?? 'unknown'] = (ended[state ?? 'unknown'] ?? 0) + 1;
  }
  return { ms, cpuMs: usedMs, ended };
}
