/** What people ask of snapshots: which lie on the hosts and until when, and to remove one before that. */
import type { Clock } from '../../common/clock.ts';
import type { SnapshotListDocument, SnapshotPlaceDocument } from '../../common/documents/fleet.ts';
import type { Versioned } from '../../common/documents/versioned.ts';
import { type Failure, FailureError, fail } from '../../common/failure.ts';
import { type Selector, selects } from '../../common/labels.ts';
import type { Inventory } from '../fleet/inventory.ts';
import { probeNodes } from '../fleet/probing.ts';
import type { Store } from '../store/store.ts';
import { snapshotDocument } from './clusters.ts';
import { ambiguous } from './whole-ids.ts';

export interface SnapshotParts {
  readonly store: Pick<Store, 'clusters' | 'labels' | 'orderSnapshotRemoval'>;
  readonly fleet: Pick<Inventory, 'announcedClusters' | 'view' | 'probe' | 'removeSnapshot'>;
  readonly writer: string;
  readonly clock: Clock;
  /** Why this store may not command a cluster (`store-behind-fleet`); null: it may. */
  refusal(cluster: string): Failure | null;
}

export interface SnapshotOperations {
  /** A page by instance and id; `nextAfter` empty: nothing after it. FailureError(not-found, `unknown-cluster`). */
  listSnapshots(asked: SnapshotsAsked): Promise<{ readonly snapshots: SnapshotListDocument; readonly nextAfter: string }>;
  /**
   * Named by its id or the beginning of it; done when its host has none of that id any more. FailureError: (not-found, `unknown-snapshot`),
   * (usage, `ambiguous-id`), (refused): `snapshot-in-use`, `store-behind-fleet`, `fenced`; (unreachable, `agent-lost`), (timeout, `removal-timeout`).
   */
  removeSnapshot(named: string, reason: string, actor: string): Promise<SnapshotPlaceDocument & Versioned>;
}

export interface SnapshotsAsked {
  /** null: of all. */
  readonly cluster: string | null;
  /** Over the labels of clusters. */
  readonly selector: Selector;
  readonly after: string;
}

const pageSize = 500;
/** Base backups have many files; what takes longer goes on without us. */
const removalDeadlineMs = 60_000;

export function createSnapshotOperations(parts: SnapshotParts): SnapshotOperations {
  return {
    async listSnapshots({ cluster, selector, after }) {
      const names = await clusterNames(parts);
      if (cluster !== null && !names.includes(cluster))
        throw fail('not-found', 'unknown-cluster', `there is no cluster ${cluster}; drydock cluster list shows which there are`);
      const labels = await parts.store.labels();
      const asked = (cluster === null ? names : [cluster]).filter((name) => selects(selector, labels.get(name) ?? {}));
      const rows = await snapshotsOf(parts, asked);
      const sorted = rows.filter((row) => markOf(row) > after).sort((a, b) => (markOf(a) < markOf(b) ? -1 : 1));
      const page = sorted.slice(0, pageSize);
      const last = page.at(-1);
      const nextAfter = sorted.length === page.length || last === undefined ? '' : markOf(last);
      return { snapshots: { apiVersion: 'drydock/v1', snapshots: page }, nextAfter };
    },
    async removeSnapshot(named, reason, actor) {
      const { store, fleet, writer, clock } = parts;
      const found = snapshotNamed(await snapshotsOf(parts, await clusterNames(parts)), named);
      const { id: snapshot, cluster, instance, host } = found;
      const refusal = parts.refusal(cluster);
      if (refusal !== null) throw new FailureError(refusal);
      // Before anything is written down: of a host that is away nothing can be removed.
      const node = (await fleet.view(cluster)).nodes.find((each) => each.instance === instance);
      if (node?.connected !== true)
        throw fail(
          'unreachable',
          'agent-lost',
          `snapshot ${snapshot} was not removed: the agent on ${host} is disconnected; start it, then ask again`,
          { remedy: 'retry' },
        );
      const claim = await store.orderSnapshotRemoval({ cluster, instance, host, snapshot, reason }, writer, clock.wallMs(), actor);
      await fleet.removeSnapshot({ claim, instance, snapshot }, removalDeadlineMs);
      // So that lists do not show it until its agent speaks of its own accord.
      await probeNodes(fleet, [instance], []);
      return { apiVersion: 'drydock/v1', ...found };
    },
  };
}

async function clusterNames({ store, fleet }: SnapshotParts): Promise<readonly string[]> {
  return [...new Set([...fleet.announcedClusters(), ...(await store.clusters()).map(({ cluster }) => cluster)])];
}

async function snapshotsOf({ fleet }: SnapshotParts, clusters: readonly string[]): Promise<readonly SnapshotPlaceDocument[]> {
  const rows: SnapshotPlaceDocument[] = [];
  for (const cluster of clusters) {
    const { nodes } = await fleet.view(cluster);
    for (const { instance, host, facts } of nodes)
      for (const snapshot of facts?.snapshots ?? []) rows.push({ cluster, instance, host, ...snapshotDocument(snapshot) });
  }
  return rows;
}

function snapshotNamed(rows: readonly SnapshotPlaceDocument[], named: string): SnapshotPlaceDocument {
  const exact = rows.filter(({ id }) => id === named);
  const found = exact.length > 0 ? exact : rows.filter(({ id }) => id.startsWith(named));
  const [row] = found;
  if (row === undefined)
    throw fail('not-found', 'unknown-snapshot', `there is no snapshot ${named}; drydock snapshot list shows which there are`);
  if (found.length === 1) return row;
  throw ambiguous(
    'snapshot',
    named,
    found.map(({ id, host }) => `${id} on ${host}`),
  );
}

const markOf = ({ instance, id }: { readonly instance: string; readonly id: string }): string => `${instance}:${id}`;
