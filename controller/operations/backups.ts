/** Copies of the store for people who keep backups, while the controller works on it. */
import { createReadStream } from 'node:fs';
import { open, rm, stat } from 'node:fs/promises';
import type { Clock } from '../../common/clock.ts';
import type { StoreCopyDocument } from '../../common/documents/administration.ts';
import { fail } from '../../common/failure.ts';
import { digestOfFile, failureOfWrite } from '../../common/files.ts';
import { artifactPieceBytes } from '../../proto/channel.ts';
import type { Store } from '../store/store.ts';

export interface BackupOperations {
  /** What the copy holds, then its bytes. FailureError(refused, `backup-under-way`): one copy is made at a time. */
  backUp(): AsyncGenerator<StoreCopyDocument | Uint8Array>;
}

export function createBackupOperations({ store, clock }: { readonly store: Store; readonly clock: Clock }): BackupOperations {
  let underWay = false;
  return {
    async *backUp() {
      if (underWay) throw fail('refused', 'backup-under-way', 'another backup is being taken; ask again when it has ended');
      underWay = true;
      const copy = `${store.room().file}.copy`;
      try {
        yield await copied(store, copy, clock.wallMs());
        yield* createReadStream(copy, { highWaterMark: artifactPieceBytes }) as AsyncIterable<Uint8Array>;
      } finally {
        await rm(copy, { force: true });
        underWay = false;
      }
    },
  };
}

async function copied(store: Store, copy: string, wallMs: number): Promise<StoreCopyDocument> {
  try {
    // Of a controller that was killed meanwhile.
    await rm(copy, { force: true });
    await (await open(copy, 'wx', 0o600)).close();
    const holds = await store.copyTo(copy);
    const { size: bytes } = await stat(copy);
    return { apiVersion: 'drydock/v1', bytes, digest: await digestOfFile(copy), takenAt: new Date(wallMs).toISOString(), holds };
  } catch (thrown) {
    throw failureOfWrite('copy of the store', copy, thrown);
  }
}
