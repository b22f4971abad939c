/**
 * Snapshots as the server itself streams them: the whole key space at one revision, sealed with a checksum. One of the leader is enough; put
 * back it makes a new cluster, so that all members must be restored from the same file, which is not done by Drydock.
 */
import { join } from 'node:path';
import { z } from 'zod';
import type { DriverContext, DriverSnapshots, SnapshotFolder, SnapshotMade } from '../../../common/driver.ts';
import type { Finding } from '../../../common/facts.ts';
import { fail } from '../../../common/failure.ts';
import type { SnapshotVerification } from '../../../common/orders.ts';
import { roleOf } from '../facts.ts';
import { parseDatabaseHash, parseHashKv, parseSnapshotStatus, type SnapshotStatus } from '../probe.ts';
import { sightOf } from './sight.ts';
import { complaintOf, currentReleaseOf, etcdctl, programOf } from './tools.ts';

const file = 'snapshot.db';
const saveMs = 6 * 3_600_000;
const readMs = 3_600_000;
/** What is written while the snapshot is streamed makes it no bigger; the file itself may grow until it begins. */
const growth = 1.1;

/** What the driver must know again of a snapshot; kept as text in its manifest. */
const notesSchema = z.object({
  hash: z.coerce.number(),
  revision: z.coerce.number(),
  clusterId: z.string(),
});

export const etcdSnapshots: DriverSnapshots = {
  async need(context, measure) {
    const { bytes } = await measure(join(context.settings.dataDir, 'member', 'snap', 'db'));
    const { dbBytes } = await sightOf(context).status();
    // Streamed, so never shared with the file that it is of.
    return { bytes: Math.ceil(Math.max(bytes, dbBytes) * growth), inodes: 4, method: 'copy' };
  },
  take,
  verify,
  async tidy() {
    // Verifying starts nothing that outlives its command.
  },
  async prepareRestored({ settings }) {
    throw fail(
      'refused',
      'no-restore',
      `${settings.instance}: a snapshot of etcd makes a new cluster of all its members at once: restore it by hand with etcdutl snapshot restore, the same file on every member (docs/engines/etcd.md)`,
    );
  },
};

async function take(context: DriverContext, folder: SnapshotFolder): Promise<SnapshotMade> {
  const sight = sightOf(context);
  const [status, versions] = await Promise.all([sight.status(), sight.versions()]);
  const path = join(folder.path, file);
  folder.progress(0, `${status.dbBytes} bytes to stream`);
  const saved = await etcdctl(context, ['snapshot', 'save', path], { timeoutMs: saveMs });
  if (saved.exitCode !== 0)
    throw fail('failed', 'snapshot-failed', `${context.settings.instance}: ${complaintOf(saved)}`, { remedy: 'retry' });
  const sealed = await statusOf(context, currentReleaseOf(context), path);
  // A member that nobody ever wrote to is at revision 1, and its file at none.
  if (sealed.revision < status.revision && status.revision > 1)
    throw fail(
      'failed',
      'snapshot-behind',
      `${context.settings.instance}: the snapshot ends at revision ${sealed.revision}, before it was begun the member was at ${status.revision}`,
      { remedy: 'retry' },
    );
  folder.progress(1, `revision ${sealed.revision}, ${sealed.totalKey} keys`);
  return {
    version: versions.server ?? '',
    role: roleOf({ ownId: status.memberId, leaderId: status.leaderId, isLearner: status.isLearner }) ?? '',
    position: `revision ${sealed.revision}`,
    places: [{ folder: '.', path: context.settings.dataDir }],
    notes: {
      hash: String(sealed.hash),
      revision: String(sealed.revision),
      clusterId: status.clusterId,
    },
  };
}

/** Throws `snapshot-unreadable`. */
async function statusOf({ host, settings }: DriverContext, releaseDir: string, path: string): Promise<SnapshotStatus> {
  const result = await host.run([programOf(releaseDir, 'etcdutl'), 'snapshot', 'status', path, '-w', 'json'], { timeoutMs: readMs });
  const status = result.exitCode === 0 ? parseSnapshotStatus(result.stdout) : null;
  if (status === null) throw fail('failed', 'snapshot-unreadable', `${settings.instance}: ${path}: ${complaintOf(result)}`);
  return status;
}

async function verify(
  context: DriverContext,
  folder: SnapshotFolder,
  made: SnapshotMade,
  depth: SnapshotVerification,
  scratch: SnapshotFolder,
): Promise<Finding> {
  const notes = notesSchema.parse(made.notes);
  const path = join(folder.path, file);
  const found = await statusOf(context, currentReleaseOf(context), path);
  const check = `snapshot-${depth}`;
  if (found.hash !== notes.hash || found.revision !== notes.revision)
    return {
      check,
      ok: false,
      detail: `its hash is ${found.hash} at revision ${found.revision}; taken were ${notes.hash} at ${notes.revision}`,
    };
  if (depth !== 'restore-compare')
    return { check, ok: true, detail: `revision ${found.revision}, ${found.totalKey} keys, hash ${found.hash}` };
  return verifyByRestore(context, path, found, join(scratch.path, 'restored'));
}

/** A member restored from it holds what the running ones hold at its revision; the restore checks the server's own checksum. */
async function verifyByRestore(context: DriverContext, path: string, sealed: SnapshotStatus, dataDir: string): Promise<Finding> {
  const check = 'snapshot-restore-compare';
  const utl = programOf(currentReleaseOf(context), 'etcdutl');
  const restored = await context.host.run([utl, 'snapshot', 'restore', path, `--data-dir=${dataDir}`], { timeoutMs: readMs });
  if (restored.exitCode !== 0) return { check, ok: false, detail: `it cannot be restored: ${complaintOf(restored)}` };
  const database = join(dataDir, 'member', 'snap', 'db');
  const hash = await context.host.run([utl, 'hashkv', database, `--rev=${sealed.revision}`, '-w', 'json'], { timeoutMs: readMs });
  if (hash.exitCode !== 0 && complaintOf(hash).startsWith('unknown command')) return withoutHash(context, database, sealed);
  const copy = hash.exitCode === 0 ? parseDatabaseHash(hash.stdout) : null;
  if (copy === null) return { check, ok: null, detail: `restored, the hash of the copy is not known: ${complaintOf(hash)}` };
  const running = await etcdctl(context, ['endpoint', 'hashkv', `--rev=${sealed.revision}`, '-w', 'json'], { timeoutMs: readMs });
  const original = parseHashKv(running.stdout)?.[0] ?? null;
  if (original === null)
    return {
      check,
      ok: null,
      detail: `restored, and the member did not report its hash at revision ${sealed.revision}: ${complaintOf(running)}`,
    };
  if (copy.compactRevision !== original.compactRevision)
    return { check, ok: null, detail: `the member compacted while the snapshot was compared at revision ${sealed.revision}` };
  const equal = copy.hash === original.hash;
  const reported = `restored, its hash at revision ${sealed.revision} is ${copy.hash}`;
  return { check, ok: equal, detail: equal ? `${reported}, as that of the member` : `${reported}; that of the member is ${original.hash}` };
}

/** Before 3.6 etcdutl makes no hashes of a database: that the restored one is whole and of the same revision is what can be said. */
async function withoutHash(context: DriverContext, database: string, sealed: SnapshotStatus): Promise<Finding> {
  const check = 'snapshot-restore-compare';
  const copy = await statusOf(context, currentReleaseOf(context), database);
  const equal = copy.revision === sealed.revision;
  const reported = `restored and checked by its seal it is at revision ${copy.revision}`;
  return { check, ok: equal, detail: equal ? reported : `${reported}, the snapshot at ${sealed.revision}` };
}
