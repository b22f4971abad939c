/** Run by controller-disk-full.test.ts in a mount namespace of its own: what a controller does while the disk of its store is full, and after. */
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../../common/clock.ts';
import { toFailure } from '../../common/failure.ts';
import type { Log } from '../../common/log.ts';
import { runController } from '../../controller/run-controller.ts';
import { createMetrics } from '../../controller/server/metrics.ts';
import { loadControllerSettings } from '../../controller/settings.ts';
import { waitFor } from '../../demo/wait.ts';
import { procedures } from '../../engines/procedures.ts';
import { drydock } from '../cli/captured-io.ts';
import { initialise, testerFolder } from '../identities.ts';
import { planRequest, Stage } from '../sequencer/stage.ts';
import { mountSmallDisk } from './small-disk.ts';

const [folder = ''] = process.argv.slice(2);
const disk = mountSmallDisk(join(folder, 'small'), '8m');
process.env.TMPDIR = disk.dir;
const never = new AbortController().signal;

function collectingLog(): { readonly lines: string[]; readonly log: Log } {
  const lines: string[] = [];
  const take = (level: string) => (_fields: object, message: string) => void lines.push(`${level} ${message}`);
  return { lines, log: { debug() {}, info: take('info'), warn: take('warn'), error: take('error') } };
}

/** A run in its middle, on the real store: what status, list, metrics and commands say, and how it goes on. */
async function aRun(): Promise<Record<string, unknown>> {
  const { lines, log } = collectingLog();
  await using stage = await Stage.open(3, procedures, log);
  const { runs, plans, store } = stage.controller;
  stage.fleet.held = (order) => order.body.kind === 'downtime';
  const run = await stage.started();
  await stage.until(() => stage.fleet.heldOrders().length > 0);
  disk.fill();
  // Its receipt comes to a controller that cannot write it down, and is not acknowledged.
  for (const orderId of stage.fleet.heldOrders()) stage.fleet.release(orderId);
  stage.fleet.held = () => false;
  await stage.holding(run, 'store-unwritable');
  const eventsWhenFull = (await stage.events(run)).length;
  let seconds = 0;
  await stage.until(() => ++seconds > 20, 30);
  const metrics = createMetrics({ version: 'test', fleet: stage.fleet, runs, store, procedures });
  const result = {
    status: await runs.getRun(run),
    list: await runs.openRuns(),
    metrics: await metrics.text(),
    plan: await plans.makePlan(planRequest, 'local:admin').then(() => null, toFailure),
    pause: await runs.pauseRun(run, 'tired', 'local:admin').then(() => null, toFailure),
    writtenMeanwhile: (await stage.events(run)).length - eventsWhenFull,
  };
  disk.empty();
  // As its agent does every few seconds until the controller acknowledges.
  for (const instance of stage.fleet.nodesByName.keys()) stage.fleet.unlink(instance);
  stage.fleet.linkAll();
  const end = await stage.end(run);
  await stage.controller.sequencer.tick();
  return {
    ...result,
    end,
    downtimes: stage.fleet.downtimes,
    holdsAfter: (await runs.openRuns()).holds,
    chains: await store.verifyChains(),
    lines,
  };
}

/** The whole program: its commands, its one line in the log, and a start while the disk is full. */
async function aProgram(): Promise<Record<string, unknown>> {
  const stateDir = join(disk.dir, 'state');
  const file = join(folder, 'controller.yaml');
  writeFileSync(file, `listen: 127.0.0.1:0\nmetrics: 127.0.0.1:0\nstateDir: ${stateDir}\n`);
  const settings = loadControllerSettings(file).value;
  const { lines, log } = collectingLog();
  await initialise(stateDir);
  await testerFolder(); // while there is room for it
  const running = await runController(settings, log);
  const cli = (...args: string[]) => drydock(args, { env: { DRYDOCK_CONTROLLER: running.address }, clock: systemClock });
  const choose = () => cli('rules', 'revert', 'etcd', 'built-in');
  disk.fill();
  const refused = await choose();
  await waitFor('line in the log', 10_000, never, async () =>
    lines.some((line) => line.includes('cannot be written')) ? { seen: true } : { notYet: lines.join('\n') },
  );
  const again = [await choose(), await choose()].map(({ exitCode }) => exitCode);
  const release = join(folder, 'release.tar');
  writeFileSync(release, Buffer.alloc(100_000));
  const added = await cli('release', 'add', 'etcd', '3.5.1', '--artifact', release);
  const status = await cli('status');
  const metrics = await (await fetch(`http://${running.metricsAddress}/metrics`)).text();
  disk.empty();
  await waitFor('recovery', 10_000, never, async () =>
    lines.some((line) => line.includes('can be written again')) ? { seen: true } : { notYet: lines.join('\n') },
  );
  const taken = await choose();
  const statusAfter = await cli('status');
  await running.stop();
  disk.fill();
  // It says so once, too, if it lasts until a tick: its lines are its own.
  const onFullDisk = await runController(settings, collectingLog().log);
  const start = await drydock(['rules', 'revert', 'etcd', 'built-in'], {
    env: { DRYDOCK_CONTROLLER: onFullDisk.address },
    clock: systemClock,
  });
  await onFullDisk.stop();
  disk.empty();
  const restarted = await runController(settings, log);
  await restarted.stop();
  return { refused, again, added, status, metrics, taken, statusAfter, lines, start, left: readdirSync(stateDir).sort() };
}

console.log(JSON.stringify({ dir: disk.dir, run: await aRun(), program: await aProgram() }));
