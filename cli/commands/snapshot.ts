/** snapshot: what of the databases lies beside them, to be put back. */
import type { SnapshotListDocument } from '../../common/documents/fleet.ts';
import { documentOf } from '../documents.ts';
import { snapshotListLines } from '../render/fleet.ts';
import { print, type Session, withController } from '../session.ts';

/** All pages, newest first. */
export async function snapshotList(session: Session, { cluster = '' }: { readonly cluster?: string }): Promise<void> {
  const snapshots = await withController(session, async (link) => {
    const all: SnapshotListDocument['snapshots'][number][] = [];
    for (let after = ''; ; ) {
      const page = await link.ask('ListSnapshots', { cluster, after });
      all.push(...documentOf<SnapshotListDocument>(page.snapshots, 'snapshots').snapshots);
      if (page.nextAfter === '') return all.sort((a, b) => Date.parse(b.madeAt) - Date.parse(a.madeAt));
      after = page.nextAfter;
    }
  });
  await print<SnapshotListDocument>(session, { apiVersion: 'drydock/v1', snapshots }, snapshotListLines);
}
