/** What people ask of snapshots: which lie on the hosts, and until when. */
import type { SnapshotListDocument } from '../../common/documents/fleet.ts';
import { fail } from '../../common/failure.ts';
import type { Inventory } from '../fleet/inventory.ts';
import type { Store } from '../store/store.ts';
import { snapshotDocument } from './clusters.ts';

export interface SnapshotParts {
  readonly store: Pick<Store, 'clusters'>;
  readonly fleet: Pick<Inventory, 'announcedClusters' | 'view'>;
}

export interface SnapshotUseCases {
  /** A page by instance and id; `nextAfter` empty: nothing after it. FailureError(not-found, `unknown-cluster`). */
  listSnapshots(cluster: string | null, after: string): Promise<{ readonly snapshots: SnapshotListDocument; readonly nextAfter: string }>;
}

const pageSize = 500;

export function createSnapshotUseCases({ store, fleet }: SnapshotParts): SnapshotUseCases {
  return {
    async listSnapshots(cluster, after) {
      const names = [...new Set([...fleet.announcedClusters(), ...(await store.clusters()).map((record) => record.cluster)])];
      if (cluster !== null && !names.includes(cluster))
        throw fail('not-found', 'unknown-cluster', `there is no cluster ${cluster}; drydock cluster list shows which there are`);
      const rows: SnapshotListDocument['snapshots'][number][] = [];
      for (const name of cluster === null ? names : [cluster]) {
        const { nodes } = await fleet.view(name);
        for (const { instance, host, facts } of nodes)
          for (const snapshot of facts?.snapshots ?? []) rows.push({ cluster: name, instance, host, ...snapshotDocument(snapshot) });
      }
      const sorted = rows.filter((row) => markOf(row) > after).sort((a, b) => (markOf(a) < markOf(b) ? -1 : 1));
      const page = sorted.slice(0, pageSize);
      const last = page.at(-1);
      const nextAfter = sorted.length === page.length || last === undefined ? '' : markOf(last);
      return { snapshots: { apiVersion: 'drydock/v1', snapshots: page }, nextAfter };
    },
  };
}

const markOf = ({ instance, id }: { readonly instance: string; readonly id: string }): string => `${instance}:${id}`;
