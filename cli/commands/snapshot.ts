/** snapshot: what of the databases lies beside them, to be restored. */
import type { SnapshotListDocument } from '../../common/documents/fleet.ts';
import type { OperatorLink } from '../client.ts';
import { documentOf } from '../documents.ts';
import { snapshotListLines } from '../render/fleet.ts';
import type { Session } from '../session.ts';
import { printList, type WatchedOption } from '../watch/watch-list.ts';

export interface SnapshotListOptions extends WatchedOption {
  readonly cluster?: string;
}

/** All pages, newest first. */
export async function snapshotList(session: Session, options: SnapshotListOptions): Promise<void> {
  const { cluster = '' } = options;
  const read = async (link: OperatorLink): Promise<SnapshotListDocument> => {
    const snapshots: SnapshotListDocument['snapshots'][number][] = [];
    for (let after = ''; ; ) {
      const page = await link.ask('ListSnapshots', { cluster, after });
      snapshots.push(...documentOf<SnapshotListDocument>(page.snapshots, 'snapshots').snapshots);
      if (page.nextAfter === '') break;
      after = page.nextAfter;
    }
    snapshots.sort((a, b) => Date.parse(b.madeAt) - Date.parse(a.madeAt));
    return { apiVersion: 'drydock/v1', snapshots };
  };
  await printList(session, options, read, snapshotListLines);
}
