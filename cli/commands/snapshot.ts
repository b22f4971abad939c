/** snapshot: what of the databases lies beside them, to be restored. */
import type { SnapshotListDocument, SnapshotPlaceDocument } from '../../common/documents/fleet.ts';
import type { Versioned } from '../../common/documents/versioned.ts';
import type { OperatorLink } from '../client.ts';
import { documentOf } from '../documents.ts';
import { allRows } from '../pages.ts';
import { snapshotListLines } from '../render/fleet.ts';
import { bytesText } from '../render/text.ts';
import { print, type Session, say, withController } from '../session.ts';
import { printList, type WatchedOption } from '../watch/watch-list.ts';

export interface SnapshotListOptions extends WatchedOption {
  readonly cluster?: string;
  readonly selector?: string;
  readonly engine?: string;
  /** Version of the database that it was taken of. */
  readonly of?: string;
}

/** All pages, newest first. */
export async function snapshotList(session: Session, options: SnapshotListOptions): Promise<void> {
  const { cluster = '', selector = '', engine = '', of: version = '' } = options;
  const read = async (link: OperatorLink): Promise<SnapshotListDocument> => {
    const snapshots = await allRows(async (pageSize, after) => {
      const page = await link.ask('ListSnapshots', { cluster, selector, engine, version, pageSize, after });
      return { rows: documentOf<SnapshotListDocument>(page.snapshots, 'snapshots').snapshots, nextAfter: page.nextAfter };
    });
    return { apiVersion: 'drydock/v1', snapshots: snapshots.toSorted((a, b) => Date.parse(b.madeAt) - Date.parse(a.madeAt)) };
  };
  await printList(session, options, read, snapshotListLines);
}

export async function snapshotRemove(session: Session, named: string, options: { readonly reason?: string }): Promise<void> {
  const { reason = '' } = options;
  const { snapshot } = await withController(session, (link) => link.ask('RemoveSnapshot', { snapshot: named, reason }));
  const document = documentOf<SnapshotPlaceDocument & Versioned>(snapshot, `snapshot ${named}`);
  say(session, `removed snapshot ${document.id} on ${document.host}, ${bytesText(document.bytes)}`);
  await print(session, document, () => []);
}
