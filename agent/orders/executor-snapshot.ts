/**
 * Snapshots of an instance: measured, taken beside its data, proven, and only then complete. Cut short, it is begun anew: what was half
 * made is removed, and a complete one gives the same answer again.
 */
import type { DriverContext, DriverSnapshots, SnapshotFolder, SnapshotMade } from '../../common/driver.ts';
import type { Finding, SnapshotNeed } from '../../common/facts.ts';
import { fail, failure } from '../../common/failure.ts';
import { snapshotVerifications } from '../../common/orders.ts';
import { type Room, wantedRoom } from '../../common/room.ts';
import { contextOf } from '../facts/facts.ts';
import type { Reservation } from '../host/host.ts';
import type { CopyWatch } from '../host/trees.ts';
import { AgentStopped } from '../lifetime.ts';
import { type SnapshotManifest, snapshotIdOf } from '../snapshots/manifest.ts';
import { type BodyOf, deadlinePassed, type Ending, leftMs, type OrderRun, timeOf } from './order-run.ts';

/** Of orders that do not say it. */
const keptMs = 30 * 24 * 3600_000;

/** One snapshot being made, with what its parts share. */
interface Making {
  readonly run: OrderRun;
  readonly body: BodyOf<'snapshot'>;
  readonly id: string;
  readonly snapshots: DriverSnapshots;
  readonly context: DriverContext;
  /** Ends with the agent, with the order, or with the order's time. */
  readonly signal: AbortSignal;
  readonly reservation: Reservation;
  /** Of one copy; what progress is measured by. */
  readonly need: SnapshotNeed;
}

export async function carryOutSnapshot(run: OrderRun, body: BodyOf<'snapshot'>): Promise<Ending> {
  const { settings, driver } = run.instance;
  const { snapshotsDir, instance } = settings;
  const { snapshots } = driver;
  if (snapshots === undefined) return refused(run, 'unknown-word', `this agent's driver for ${settings.engine} does not support snapshots`);
  const id = snapshotIdOf(run.order.run, instance, body.hop);
  const there = (await run.host.snapshotsSeen(snapshotsDir)).find((manifest) => manifest.id === id);
  if (there !== undefined) return provesAsMuch(there, body) ? { outcome: 'done', findings: there.findings } : lessProven(run, there, body);
  const time = timeOf(run);
  const context = { ...(await contextOf(run, run.instance)), signal: time.signal };
  try {
    await clearRemains(run, snapshots, context, id);
    const need = await snapshots.need(context, run.host.copyNeed(snapshotsDir));
    const reservation = await run.host.reserve(snapshotsDir, {
      ...wantedFor(body, need),
      what: `${instance}: a snapshot`,
      spare: true,
    });
    try {
      return await make({ run, body, id, snapshots, context, signal: time.signal, reservation, need });
    } finally {
      reservation.release();
    }
  } catch (thrown) {
    if (thrown instanceof AgentStopped) throw thrown;
    await run.host.dropRemains(snapshotsDir, id, 'partial');
    if (leftMs(run) <= 0) throw deadlinePassed(run, 'the snapshot');
    throw thrown;
  } finally {
    time.end();
  }
}

/** The run's snapshot stays for so long from now on. Where there is none any more there is nothing to keep. */
export async function carryOutSnapshotCleanup(
  run: OrderRun,
  { hop, keepMs }: { readonly hop?: string; readonly keepMs: number },
): Promise<Ending> {
  const { snapshotsDir, instance } = run.instance.settings;
  const id = snapshotIdOf(run.order.run, instance, hop);
  const there = (await run.host.snapshotsSeen(snapshotsDir)).some((manifest) => manifest.id === id);
  if (!there) return { outcome: 'done', findings: [{ check: 'snapshot-kept', ok: null, detail: `no snapshot ${id} in ${snapshotsDir}` }] };
  if (keepMs <= 0) await run.host.removeSnapshot(snapshotsDir, id);
  else await run.host.keepSnapshot(snapshotsDir, id, run.clock.wallMs() + keepMs);
  return { outcome: 'done', findings: [] };
}

/** At least what the plan that a person approved counted with. */
function wantedFor({ verify, needBytes, needInodes }: BodyOf<'snapshot'>, need: SnapshotNeed): Room {
  const { bytes, inodes } = wantedRoom(need, verify === 'restore-compare' ? 2 : 1);
  return { bytes: Math.max(bytes, needBytes), inodes: Math.max(inodes, needInodes) };
}

async function make(making: Making): Promise<Ending> {
  const { run, body, id, snapshots, context } = making;
  const { settings } = run.instance;
  const { databaseId } = await run.instance.driver.observe(context, []);
  const path = await run.host.makeRemains(settings.snapshotsDir, id, 'partial');
  const folder = folderOf(making, path, 'snapshot');
  const made = await snapshots.take(context, folder);
  // Restored first: the database keeps what the proof needs of it only for a while.
  const restored = body.verify === 'restore-compare' ? [proven(making, await proveByRestore(making, folder, made))] : [];
  const digests = body.verify !== 'none';
  const listed = await run.host.listPartial(settings.snapshotsDir, id, digests, readWatch(making, 'listing'));
  const findings = [...restored, ...(digests ? await verifyByReading(making, folder, made, listed.listDigest) : [])];
  const madeAtMs = run.clock.wallMs();
  const manifest: SnapshotManifest = {
    format: 1,
    id,
    run: run.order.run,
    ...(body.hop === undefined ? {} : { hop: body.hop }),
    instance: settings.instance,
    engine: settings.engine,
    databaseId,
    madeAtMs,
    expiresAtMs: madeAtMs + (body.keepMs ?? keptMs),
    verified: body.verify,
    ...listed,
    findings: [...findings],
    made: { ...made, places: [...made.places], effects: [...(made.effects ?? [])] },
  };
  await run.host.completeSnapshot(settings.snapshotsDir, manifest);
  return { outcome: 'done', findings };
}

/** Throws `snapshot-not-proven` for what is not so. */
function proven({ run }: Making, finding: Finding): Finding {
  if (finding.ok === true) return finding;
  const { instance } = run.instance.settings;
  throw fail('failed', 'snapshot-not-proven', `${instance}: the snapshot failed its verification and was removed: ${finding.detail}`);
}

async function verifyByReading(
  making: Making,
  folder: SnapshotFolder,
  made: SnapshotMade,
  listDigest: string,
): Promise<readonly Finding[]> {
  const { run, id, snapshots, context } = making;
  const { snapshotsDir } = run.instance.settings;
  const wrong = await run.host.checkFiles(snapshotsDir, id, 'partial', listDigest, readWatch(making, 'verifying it'));
  const detail = wrong ?? 'every file has the content that was written';
  const files = proven(making, { check: 'snapshot-files', ok: wrong === null, detail });
  return [files, proven(making, await snapshots.verify(context, folder, made, 'list', scratchOf(making)))];
}

async function proveByRestore(making: Making, folder: SnapshotFolder, made: SnapshotMade): Promise<Finding> {
  const { run, id, snapshots, context } = making;
  await run.host.makeRemains(run.instance.settings.snapshotsDir, id, 'scratch');
  try {
    return await snapshots.verify(context, folder, made, 'restore-compare', scratchOf(making));
  } finally {
    // Also where the proof broke off; not where the agent was stopped: its next start does this.
    await clearScratch(run, snapshots, { ...context, signal: run.signal }, id);
  }
}

function scratchOf(making: Making): SnapshotFolder {
  return folderOf(making, making.run.host.remainsPath(making.run.instance.settings.snapshotsDir, making.id, 'scratch'), 'proof');
}

async function clearRemains(run: OrderRun, snapshots: DriverSnapshots, context: DriverContext, id: string): Promise<void> {
  await clearScratch(run, snapshots, context, id);
  await run.host.dropRemains(run.instance.settings.snapshotsDir, id, 'partial');
}

async function clearScratch(run: OrderRun, snapshots: DriverSnapshots, context: DriverContext, id: string): Promise<void> {
  const { snapshotsDir } = run.instance.settings;
  const left = (await run.host.snapshotRemains(snapshotsDir)).find((remains) => remains.id === id && remains.kind === 'scratch');
  if (left === undefined) return;
  await snapshots.tidy(context, left.path);
  await run.host.dropRemains(snapshotsDir, id, 'scratch');
}

function folderOf({ run, context, signal, reservation, need }: Making, path: string, part: string): SnapshotFolder {
  let copied = 0;
  const onBytes = (bytes: number) => {
    copied += bytes;
    reservation.used(need.method === 'reflink' ? 0 : bytes, 1);
    if (part === 'snapshot')
      run.progress(part, Math.min(1, copied / Math.max(need.method === 'reflink' ? 10 * need.bytes : need.bytes, 1)), `${copied} bytes`);
  };
  return {
    path,
    copy: (from, to, options = {}) => run.host.copyTree(from, `${path}/${to}`, path, { ...options, signal, onBytes }),
    write: (relative, text) => context.host.writeText(`${path}/${relative}`, text, 0o600),
    progress: (fraction, note) => run.progress(part, fraction, note),
  };
}

function readWatch({ run, signal }: Making, part: string): CopyWatch {
  let read = 0;
  return {
    signal,
    onBytes: (bytes) => {
      read += bytes;
      run.progress(part, 0, `${read} bytes`);
    },
  };
}

function provesAsMuch(there: SnapshotManifest, body: BodyOf<'snapshot'>): boolean {
  return snapshotVerifications.indexOf(there.verified) >= snapshotVerifications.indexOf(body.verify);
}

function lessProven(run: OrderRun, there: SnapshotManifest, body: BodyOf<'snapshot'>): Ending {
  return refused(run, 'snapshot-exists', `snapshot ${there.id} already exists, verified by ${there.verified}, not ${body.verify}`);
}

function refused({ instance }: OrderRun, code: string, what: string): Ending {
  return { outcome: 'refused', failure: failure('refused', code, `${instance.settings.instance}: ${what}`), findings: [] };
}
