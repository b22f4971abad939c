/** controller backup: a copy of the store that a running controller works on, kept in a file of one's own; controller adopt. */
import { createWriteStream } from 'node:fs';
import { resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { AdoptionDocument, StoreCopyDocument } from '../../common/documents/administration.ts';
import { FailureError, fail } from '../../common/failure.ts';
import { digestOfFile, writeNewFile } from '../../common/files.ts';
import { backupLines } from '../../common/render-backup.ts';
import type { OperatorLink } from '../client.ts';
import { documentOf } from '../documents.ts';
import { adoptionLines } from '../render/administration.ts';
import { print, type Session, withController } from '../session.ts';

export async function backUpStore(session: Session, to: string): Promise<void> {
  const file = resolve(to);
  const copy = await writeNewFile('backup', file, (partial) =>
    withController(session, (link) => received(link, partial)).catch((thrown: unknown) => {
      throw thrown instanceof FailureError && thrown.failure.class === 'unreachable' ? withoutController(thrown) : thrown;
    }),
  );
  await print(session, { ...copy, file }, backupLines);
}

/** What was stored here must be what was sent there. */
async function received(link: OperatorLink, partial: string): Promise<StoreCopyDocument> {
  const messages = link.backUp();
  const first = (await messages.next()).value;
  const copy = documentOf<StoreCopyDocument>(first?.copy ?? null, 'backup');
  await pipeline(async function* () {
    for await (const { content } of messages) yield content ?? Buffer.alloc(0);
  }, createWriteStream(partial));
  if ((await digestOfFile(partial)) !== copy.digest)
    throw fail('failed', 'digest-differs', 'the backup was damaged in transfer; nothing was kept, run the command again');
  return copy;
}

function withoutController({ failure: cause }: FailureError): FailureError {
  return fail('unreachable', cause.code, `${cause.message}; to back up a stopped controller, run drydock-controller backup TO on its host`);
}

/** A store that is older than the fleet learns what it missed. */
export async function adoptFleet(session: Session, { reason }: { readonly reason: string }): Promise<void> {
  const { adoption } = await withController(session, (link) => link.ask('AdoptFleet', { reason }));
  await print(session, documentOf<AdoptionDocument>(adoption, 'the adoption'), adoptionLines);
}
