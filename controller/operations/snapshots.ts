/** What people ask of snapshots: which lie on the hosts and until when, and to remove one before that. */
import type { Clock } from '../../common/clock.ts';
import type { SnapshotListDocument, SnapshotPlaceDocument } from '../../common/documents/fleet.ts';
import type { Versioned } from '../../common/documents/versioned.ts';
import { type Failure, FailureError, fail } from '../../common/failure.ts';
import { type Labels, type Selector, selects } from '../../common/labels.ts';
import type { Inventory } from '../fleet/inventory.ts';
import { probeNodes } from '../fleet/pending-probes.ts';
import type { Store } from '../store/store.ts';
import { snapshotDocument } from './clusters.ts';
import { ambiguous } from './known-run.ts';

export interface SnapshotParts {
  readonly store: Pick<Store, 'labels' | 'orderSnapshotRemoval'>;
  readonly fleet: Pick<Inventory, 'view' | 'node' | 'instancesAfter' | 'probe' | 'removeSnapshot'>;
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
  /** null: whichever. */
  readonly engine: string | null;
  readonly version: string | null;
  /** The last instance of the page before; empty: from the first. */
  readonly after: string;
  /** 0: as many as one page takes. */
  readonly pageSize: number;
}

const mostOnPage = 500;
/** Instances that one page looks at, however few snapshots lie there: no page keeps others waiting. */
const mostAtOnce = 2_000;
/** Base backups have many files; what takes longer goes on without us. */
const removalDeadlineMs = 60_000;

export function createSnapshotOperations(parts: SnapshotParts): SnapshotOperations {
  return {
    async listSnapshots(asked) {
      const { cluster, selector, version, after } = asked;
      // Throws where it is neither adopted nor announced.
      if (cluster !== null) await parts.fleet.view(cluster);
      const labels = selector.length === 0 ? new Map<string, Labels>() : await parts.store.labels();
      const limit = asked.pageSize === 0 ? mostOnPage : Math.min(asked.pageSize, mostOnPage);
      const instances = parts.fleet.instancesAfter(after, mostAtOnce);
      const snapshots: SnapshotPlaceDocument[] = [];
      for (const { instance, cluster: of, engine } of instances) {
        if ((cluster !== null && of !== cluster) || (asked.engine !== null && engine !== asked.engine)) continue;
        if (!selects(selector, labels.get(of) ?? {})) continue;
        const rows = snapshotsAt(parts, of, instance).filter((row) => version === null || row.version === version);
        snapshots.push(...rows.sort((a, b) => (a.id < b.id ? -1 : 1)));
        // Those of one instance are never parted.
        if (snapshots.length >= limit) return pageOf(snapshots, instance);
      }
      return pageOf(snapshots, instances.length < mostAtOnce ? '' : (instances.at(-1)?.instance ?? ''));
    },
    async removeSnapshot(named, reason, actor) {
      const { store, fleet, writer, clock } = parts;
      const found = snapshotNamed(snapshotsOf(parts), named);
      const { id: snapshot, cluster, instance, host } = found;
      const refusal = parts.refusal(cluster);
      if (refusal !== null) throw new FailureError(refusal);
      // Before anything is written down: of a host that is away nothing can be removed.
      const node = (await fleet.view(cluster)).nodes.find((each) => each.instance === instance);
      if (node?.connected !== true)
        throw fail(
          'unreachable',
          'agent-lost',
          `snapshot ${snapshot} was not removed: the agent on ${host} is disconnected; start it, then try again`,
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

const pageOf = (snapshots: readonly SnapshotPlaceDocument[], nextAfter: string) => ({
  snapshots: { apiVersion: 'drydock/v1' as const, snapshots },
  nextAfter,
});

function snapshotsOf(parts: SnapshotParts): readonly SnapshotPlaceDocument[] {
  return parts.fleet.instancesAfter('', Number.POSITIVE_INFINITY).flatMap(({ cluster, instance }) => snapshotsAt(parts, cluster, instance));
}

function snapshotsAt({ fleet }: SnapshotParts, cluster: string, instance: string): SnapshotPlaceDocument[] {
  const node = fleet.node(instance);
  if (node === null) return [];
  const { host, facts } = node;
  return (facts?.snapshots ?? []).map((snapshot) => ({ cluster, instance, host, ...snapshotDocument(snapshot) }));
}

function snapshotNamed(rows: readonly SnapshotPlaceDocument[], named: string): SnapshotPlaceDocument {
  const exact = rows.filter(({ id }) => id === named);
  const found = exact.length > 0 ? exact : rows.filter(({ id }) => id.startsWith(named));
  const [row] = found;
  if (row === undefined) throw fail('not-found', 'unknown-snapshot', `snapshot ${named} not found; drydock snapshot list shows all`);
  if (found.length === 1) return row;
  throw ambiguous(
    'snapshot',
    named,
    found.map(({ id, host }) => `${id} on ${host}`),
  );
}
