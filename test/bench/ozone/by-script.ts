/** The other side of the write downtime: the same steps as an admin's script would take them, one after the other, without Drydock. */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { runCommand } from '../../../agent/host/commands.ts';
import { type OzoneComponent, type OzoneNode, omServiceId } from '../../../demo/ozone/cluster.ts';
import type { OzoneFleet } from '../../../demo/ozone/fleet.ts';
import { hostOf, ozoneUnit } from '../../../demo/ozone/layout.ts';
import { parseOm, parseScm } from '../../../engines/ozone/probe.ts';
import { tools } from '../../../engines/ozone/tools.ts';
import { activate } from '../kept-releases.ts';

/** What serves clients goes first and comes last. */
const stopOrder: readonly OzoneComponent[] = ['s3g', 'recon', 'om', 'datanode', 'scm'];
const startOrder = stopOrder.toReversed();
/** Their metadata are copied while they are stopped. */
const copied: readonly OzoneComponent[] = ['om', 'scm'];
/** As the agent does. */
const pollEveryMs = tools.life.turnEveryMs;
const limitMs = 10 * 60_000;

interface Hop {
  /** Folder of the release, laid out on every host before. */
  readonly release: string;
  readonly flag: '--upgrade' | '--downgrade';
  /** Takes the copies. */
  readonly stash: string;
}

/** Prepared, stopped, copied, switched, started with the flag, released. Throws with what a command said. */
export async function hopByScript(fleet: OzoneFleet, { release, flag, stash }: Hop): Promise<void> {
  const of = (component: OzoneComponent) => fleet.layout.processes.filter((each) => each.component === component);
  const [om] = of('om');
  if (om === undefined) throw new RangeError('a cluster has a manager');
  mkdirSync(stash, { recursive: true });
  const service = `-id=${omServiceId}`;
  await admin(om, ['om', 'prepare', service, '-pt', '240', '-tawt', '120', '-tact', '5', '-pct', '3']);
  for (const component of stopOrder)
    await Promise.all(
      of(component).map(async (node) => {
        await fleet.host(hostOf(node.name)).stop(ozoneUnit(node.name));
        await until(`${node.name} is down`, async () => (await answer(node, tools.life.get)) === null);
      }),
    );
  for (const { name, dataDir } of copied.flatMap(of)) {
    const target = join(stash, name);
    rmSync(target, { recursive: true, force: true });
    await done(['cp', '-a', dataDir, target]);
  }
  for (const { dir } of fleet.layout.nodes) activate(join(dir, 'releases'), release);
  for (const component of startOrder)
    await Promise.all(
      of(component).map(async (node) => {
        await fleet.host(hostOf(node.name)).start(ozoneUnit(node.name), component === 'om' ? [flag] : []);
        await until(`${node.name} is up`, () => isUp(node));
      }),
    );
  await admin(om, ['om', 'cancelprepare', service]);
  const [scm] = of('scm');
  if (scm !== undefined)
    await until('SCM is out of safe mode', async () => parseScm((await answer(scm, tools.scm.get)) ?? '')?.safeMode === null);
}

/** A manager once it knows a leader, what else there is once it answers. */
async function isUp(node: OzoneNode): Promise<boolean> {
  if (node.component !== 'om') return (await answer(node, tools.life.get)) !== null;
  return parseOm((await answer(node, tools.om.get)) ?? '')?.roles.some(({ role }) => role === 'LEADER') === true;
}

/** null: it does not answer. */
async function answer({ address, httpPort }: OzoneNode, path: string): Promise<string | null> {
  try {
    const response = await fetch(`http://${address}:${httpPort}${path}`, { signal: AbortSignal.timeout(10_000) });
    return response.ok ? await response.text() : null;
  } catch {
    return null;
  }
}

async function until(what: string, poll: () => Promise<boolean>): Promise<void> {
  for (const endMs = performance.now() + limitMs; !(await poll()); await pause(pollEveryMs))
    if (performance.now() > endMs) throw new Error(`not within ${limitMs / 60_000} min: ${what}`);
}

const admin = ({ releasesDir, confDir }: OzoneNode, args: readonly string[]): Promise<void> =>
  done([join(releasesDir, 'current', 'bin', 'ozone'), '--config', confDir, 'admin', ...args]);

async function done(argv: readonly [string, ...string[]]): Promise<void> {
  const { exitCode, stdout, stderr } = await runCommand(argv, { timeoutMs: limitMs });
  if (exitCode !== 0) throw new Error(`${argv.join(' ')} ended with ${exitCode}: ${`${stdout}\n${stderr}`.trim().slice(-600)}`);
}
