/**
 * The part `restore` of a downtime: a snapshot takes the data directory's place. Everything that can be is done while the database still
 * serves: the snapshot is looked through, and its copy lies ready beside. In the downtime only names change, and so they do during the rollback.
 */
import type { Finding } from '../../common/facts.ts';
import { type FailureError, fail } from '../../common/failure.ts';
import type { Effect } from '../../common/orders.ts';
import { wantedRoom } from '../../common/room.ts';
import { contextOf } from '../facts/facts.ts';
import type { Reservation, RestoreStage } from '../host/host.ts';
import type { CopyWatch } from '../host/trees.ts';
import { AgentStopped } from '../lifetime.ts';
import { deadlinePassed, leftMs, type OrderRun, timeOf } from '../orders/order-run.ts';
import { needsBeside } from '../snapshots/beside.ts';
import { orderName, type SnapshotManifest } from '../snapshots/manifest.ts';

/** How far the restore of this order is, by what lies on the disk; `none` for orders that restore nothing. */
export async function restoreStageOf({ host, order, instance }: OrderRun): Promise<RestoreStage> {
  return restores(order) ? host.restoreStage(instance.settings.snapshotsDir, orderName(order.orderId)) : 'none';
}

/** Before the stop. Throws FailureError `refused` when the snapshot must not or cannot be put into place; then nothing is left of it. */
export async function readyRestore(run: OrderRun, findings: Finding[]): Promise<void> {
  if (!restores(run.order)) return;
  const stage = await restoreStageOf(run);
  if (stage !== 'none' && stage !== 'copying') return;
  try {
    findings.push(...(await layBeside(run)));
  } catch (thrown) {
    if (thrown instanceof AgentStopped) throw thrown;
    await dropBeside(run);
    if (leftMs(run) <= 0) throw deadlinePassed(run, 'copying the snapshot beside the data directory');
    throw thrown;
  }
}

/** The order ends before its stop: the copy is of no use. */
export async function dropBeside(run: OrderRun): Promise<void> {
  const stage = await restoreStageOf(run);
  if (stage === 'copying' || stage === 'beside')
    await run.host.forgetRestore(run.instance.settings.snapshotsDir, orderName(run.order.orderId));
}

export async function moveRestore({ host, order, instance }: OrderRun, way: 'forward' | 'back'): Promise<void> {
  const { snapshotsDir } = instance.settings;
  if (way === 'forward') await host.moveIntoPlace(snapshotsDir, orderName(order.orderId));
  else await host.moveBack(snapshotsDir, orderName(order.orderId));
}

/** Before any start: never on half of a data directory (P7). Says where what was there lies. */
export async function proveRestored(run: OrderRun, way: 'forward' | 'back', findings: Finding[]): Promise<void> {
  if (!restores(run.order)) return;
  const { instance, snapshotsDir } = run.instance.settings;
  const stage = await restoreStageOf(run);
  const sound = way === 'forward' ? stage === 'in-place' : stage === 'none';
  if (!sound) throw fail('failed', 'restore-incomplete', `${instance}: the restore is ${stage}, so the database was not started`);
  if (way === 'back' || findings.some(({ check }) => check === 'restored')) return;
  const aside = await run.host.moveIntoPlace(snapshotsDir, orderName(run.order.orderId));
  findings.push({
    check: 'restored',
    ok: true,
    detail: `${restoredId(run)} is in place; the replaced data is kept in ${aside.join(', ')} until the cleanup of a later run that changes version or configuration`,
  });
}

/** Directly before the stop: while the copy was made, which may take hours, the role may have moved. */
export async function proveRole(run: OrderRun): Promise<void> {
  if (!restores(run.order)) return;
  const manifest = await manifestOf(run);
  if (manifest !== undefined) await refuseOtherRole(run, manifest);
}

/**
 * Before the hold is let go: what was restored came up as what its snapshot was made of, for a second leader must not live on. False: it
 * does not tell yet. Throws when it is something else.
 */
export async function cameUpAsMade(run: OrderRun, findings: Finding[]): Promise<boolean> {
  if (!restores(run.order)) return true;
  const role = await roleNow(run);
  if (role === null) return false;
  const made = (await manifestOf(run))?.made.role ?? 'unknown, as the snapshot no longer exists';
  const { instance } = run.instance.settings;
  if (role !== made) throw fail('failed', 'other-role', `${instance}: it came up as ${role}, but the role of its snapshot is ${made}`);
  findings.push({ check: 'restored-role-seen', ok: true, detail: `it came up as ${role}` });
  return true;
}

/** Settings that came with the snapshot, as if the order had set them: its run puts them back. */
export async function broughtAlong(run: OrderRun): Promise<readonly Effect[]> {
  return restores(run.order) ? ((await manifestOf(run))?.made.effects ?? []) : [];
}

/** What restores moved aside goes with the rollback of this run or of a later one; what was cut short is a person's. */
export async function forgetRestores({ host, instance }: OrderRun): Promise<void> {
  const { snapshotsDir, dataDir } = instance.settings;
  for (const name of await host.restoresSeen(snapshotsDir, dataDir)) {
    const stage = await host.restoreStage(snapshotsDir, name);
    if (stage !== 'moving' && stage !== 'returning') await host.forgetRestore(snapshotsDir, name);
  }
}

const restores = (order: OrderRun['order']): boolean => order.body.kind === 'downtime' && order.body.parts.includes('restore');

function restoredId({ order }: OrderRun): string {
  return order.body.kind === 'downtime' ? (order.body.restore ?? '') : '';
}

async function layBeside(run: OrderRun): Promise<readonly Finding[]> {
  const { host, instance, order } = run;
  const { snapshotsDir } = instance.settings;
  const { snapshots } = instance.driver;
  if (snapshots === undefined)
    throw refusal(run, 'unknown-word', `this agent's driver for ${instance.settings.engine} does not support restoring snapshots`);
  const manifest = await fittingSnapshot(run);
  const time = timeOf(run);
  const reservations: Reservation[] = [];
  try {
    const watch = watchOf(run, manifest, time.signal, (bytes) => reservations[0]?.used(bytes, 1));
    const wrong = await host.checkFiles(snapshotsDir, manifest.id, 'complete', manifest.listDigest, watchOf(run, manifest, time.signal));
    if (wrong !== null) throw refusal(run, 'snapshot-damaged', `snapshot ${manifest.id} is damaged: ${wrong}`);
    const what = `${instance.settings.instance}: a copy of snapshot ${manifest.id}`;
    for (const need of await needsBeside(host, snapshotsDir, manifest))
      reservations.push(await host.reserve(need.path, { ...wantedRoom(need), what, spare: true }));
    const name = orderName(order.orderId);
    const beside = await host.copyBeside(snapshotsDir, name, manifest.id, manifest.made.places, watch);
    const prepared = await snapshots.prepareRestored(await contextOf(run, instance), beside, manifest.made);
    await host.sealBeside(snapshotsDir, name);
    return prepared;
  } finally {
    time.end();
    for (const reservation of reservations) reservation.release();
  }
}

/** Complete, of this database and for this place. */
async function fittingSnapshot(run: OrderRun): Promise<SnapshotManifest> {
  const { settings } = run.instance;
  const id = restoredId(run);
  const manifest = await manifestOf(run);
  if (manifest === undefined) throw refusal(run, 'no-snapshot', `no complete snapshot ${id || '(none given)'} in ${settings.snapshotsDir}`);
  const { databaseId } = run.order.target;
  const [first] = manifest.made.places;
  if (manifest.instance !== settings.instance || manifest.engine !== settings.engine)
    throw refusal(run, 'wrong-target', `snapshot ${id} is of ${manifest.engine} ${manifest.instance}`);
  if (databaseId !== null && manifest.databaseId !== null && databaseId !== manifest.databaseId)
    throw refusal(run, 'wrong-target', `snapshot ${id} is of database ${manifest.databaseId}, but the order is for ${databaseId}`);
  if (first?.path !== settings.dataDir)
    throw refusal(run, 'facts-changed', `snapshot ${id} is of ${first?.path}, but the data directory is ${settings.dataDir}`);
  await refuseOtherRole(run, manifest);
  return manifest;
}

async function manifestOf(run: OrderRun): Promise<SnapshotManifest | undefined> {
  return (await run.host.snapshotsSeen(run.instance.settings.snapshotsDir)).find((seen) => seen.id === restoredId(run));
}

/** Put back it is what it was then: as anything else now there would be two leaders afterwards, or none. */
async function refuseOtherRole(run: OrderRun, { id, made }: SnapshotManifest): Promise<void> {
  const role = await roleNow(run);
  if (role !== null && role !== made.role)
    throw refusal(run, 'facts-changed', `it is ${role} now, but snapshot ${id} was made when it was ${made.role}; plan again`);
}

/** null: nothing answers. */
async function roleNow(run: OrderRun): Promise<string | null> {
  const { driver } = run.instance;
  return (await driver.observe(await contextOf(run, run.instance), [])).role;
}

function watchOf(run: OrderRun, { bytes }: SnapshotManifest, signal: AbortSignal, used: (bytes: number) => void = () => {}): CopyWatch {
  let seen = 0;
  return {
    signal,
    onBytes: (more) => {
      seen += more;
      used(more);
      run.progress('restore', Math.min(1, seen / Math.max(1, bytes)), `${seen} of ${bytes} bytes`);
    },
  };
}

function refusal({ instance }: OrderRun, code: string, what: string): FailureError {
  return fail('refused', code, `${instance.settings.instance}: ${what}`);
}
