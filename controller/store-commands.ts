/** What a person does with the store of a stopped controller, on its host. */
import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { systemClock } from '../common/clock.ts';
import type { BackupDocument, RestoreDocument } from '../common/documents/administration.ts';
import { FailureError, fail } from '../common/failure.ts';
import { digestOfFile, writeNewFile } from '../common/files.ts';
import { backupLines, restoreLines } from '../common/render-backup.ts';
import { copyIdleStore, restoreStore } from './store/backup.ts';
import { storeName } from './store/sqlite-store.ts';

/** What of the process the commands touch. */
export interface ProgramIo {
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
}

export interface Printed {
  readonly document: BackupDocument | RestoreDocument;
  readonly lines: readonly string[];
}

export async function backUp(stateDir: string, to: string): Promise<Printed> {
  const file = resolve(to);
  const takenAt = new Date(systemClock.wallMs()).toISOString();
  const holds = await writeNewFile('backup', file, (partial) =>
    copyIdleStore(join(stateDir, storeName), partial).catch((thrown: unknown) => {
      throw thrown instanceof FailureError && thrown.failure.code === 'store-in-use' ? whileItRuns(thrown) : thrown;
    }),
  );
  const { size: bytes } = await stat(file);
  const document: BackupDocument = { apiVersion: 'drydock/v1', file, bytes, digest: await digestOfFile(file), takenAt, holds };
  return { document, lines: backupLines(document) };
}

function whileItRuns({ failure: { code, message } }: FailureError): FailureError {
  return fail('refused', code, `${message}, or back up the running controller: drydock controller backup TO`);
}

export async function restore(stateDir: string, from: string): Promise<Printed> {
  const [file, backup] = [join(stateDir, storeName), resolve(from)];
  const { holds, keptAside } = restoreStore({ file, from: backup, wallMs: systemClock.wallMs() });
  const document: RestoreDocument = { apiVersion: 'drydock/v1', store: file, from: backup, holds, keptAside };
  return { document, lines: restoreLines(document) };
}
