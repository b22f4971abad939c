/**
 * Snapshots as the server itself streams them: the whole key space at one revision, sealed with a checksum. One of the leader is enough; put
 * back it makes a new cluster, so that all members must be restored from the same file, which is not done by Drydock.
 */
import type { DriverContext } from '../../../common/driver.ts';
import { failed } from '../../kit/host/failures.ts';
import { complaintOf } from '../../kit/host/release.ts';
import { snapshotsBy } from '../../kit/host/snapshots/snapshots.ts';
import { streamedFile } from '../../kit/host/snapshots/streamed-file.ts';
import type { Answer } from '../../kit/pure/checks.ts';
import { roleOf } from '../../kit/pure/voters.ts';
import { noRestore } from '../facts.ts';
import { parseDatabaseHash, parseHashKv, parseSnapshotStatus, type SnapshotStatus } from '../probe.ts';
import { databaseFile, etcdctl, etcdutl } from './programs.ts';
import { sightOf } from './sight.ts';

const saveMs = 6 * 3_600_000;
const readMs = 3_600_000;

const fromLeader = streamedFile<SnapshotStatus>({
  file: 'snapshot.db',

  async bytes(context, measure) {
    const { bytes } = await measure(databaseFile(context.settings.dataDir));
    return Math.max(bytes, (await sightOf(context).status()).dbBytes);
  },

  async save(context, path, progress) {
    const sight = sightOf(context);
    const [status, versions] = await Promise.all([sight.status(), sight.versions()]);
    progress(0, `${status.dbBytes} bytes to stream`);
    const saved = await etcdctl(context, ['snapshot', 'save', path], { timeoutMs: saveMs });
    if (saved.exitCode !== 0) throw failed(context, 'snapshot-failed', complaintOf(saved), { remedy: 'retry' });
    const { hash, revision, totalKey } = await sealOf(context, path);
    // A member that was never written to is at revision 1, and its file at none.
    if (revision < status.revision && status.revision > 1) {
      const detail = `the snapshot ends at revision ${revision}, but the member was at ${status.revision} before it began`;
      throw failed(context, 'snapshot-behind', detail, { remedy: 'retry' });
    }
    progress(1, `revision ${revision}, ${totalKey} keys`);
    return {
      version: versions.server ?? '',
      role: roleOf(status) ?? '',
      position: `revision ${revision}`,
      // What must be known again of it.
      notes: { hash: String(hash), revision: String(revision), clusterId: status.clusterId },
    };
  },

  seal: sealOf,

  matches({ hash, revision, totalKey }, notes) {
    if (notes.hash === String(hash) && notes.revision === String(revision))
      return [true, `revision ${revision}, ${totalKey} keys, hash ${hash}`];
    return [false, `its hash is ${hash} at revision ${revision}; when taken it was ${notes.hash} at ${notes.revision}`];
  },

  /** A member restored from it holds what the running ones hold at its revision; the restore checks the server's own checksum. */
  async compare(context, path, { revision }, dataDir): Promise<Answer> {
    const restored = await etcdutl(context, ['snapshot', 'restore', path, `--data-dir=${dataDir}`], readMs);
    if (restored.exitCode !== 0) return [false, `it cannot be restored: ${complaintOf(restored)}`];
    const database = databaseFile(dataDir);
    const hash = await etcdutl(context, ['hashkv', database, `--rev=${revision}`, '-w', 'json'], readMs);
    if (hash.exitCode !== 0 && complaintOf(hash).startsWith('unknown command')) return withoutHash(context, database, revision);
    const copy = hash.exitCode === 0 ? parseDatabaseHash(hash.stdout) : null;
    if (copy === null) return [null, `restored, but the hash of the copy is unknown: ${complaintOf(hash)}`];
    const running = await etcdctl(context, ['endpoint', 'hashkv', `--rev=${revision}`, '-w', 'json'], { timeoutMs: readMs });
    const original = parseHashKv(running.stdout)?.[0] ?? null;
    if (original === null)
      return [null, `restored, but the member did not report its hash at revision ${revision}: ${complaintOf(running)}`];
    if (copy.compactRevision !== original.compactRevision)
      return [null, `the member compacted while the snapshot was compared at revision ${revision}`];
    const reported = `restored, its hash at revision ${revision} is ${copy.hash}`;
    if (copy.hash === original.hash) return [true, `${reported}, the same as on the member`];
    return [false, `${reported}; on the member it is ${original.hash}`];
  },
});

export const etcdSnapshots = snapshotsBy(fromLeader, noRestore);

/** Throws `snapshot-unreadable`. */
async function sealOf(context: DriverContext, path: string): Promise<SnapshotStatus> {
  const result = await etcdutl(context, ['snapshot', 'status', path, '-w', 'json'], readMs);
  const status = result.exitCode === 0 ? parseSnapshotStatus(result.stdout) : null;
  if (status === null) throw failed(context, 'snapshot-unreadable', `${path}: ${complaintOf(result)}`);
  return status;
}

/** Before 3.6 etcdutl makes no hashes of a database: that the restored one is whole and of the same revision is what can be said. */
async function withoutHash(context: DriverContext, database: string, revision: number): Promise<Answer> {
  const copy = await sealOf(context, database);
  const reported = `restored with a verified checksum, it is at revision ${copy.revision}`;
  return copy.revision === revision ? [true, reported] : [false, `${reported}, the snapshot is at ${revision}`];
}
