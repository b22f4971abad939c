/** PURE. What the gauges of the fleet show, of what was read for one scrape. */

import type { RunDocument, RunListDocument } from '../../common/documents/runs.ts';
import type { NodeView } from '../../common/facts.ts';
import type { HostView } from '../fleet/fleet.ts';
import type { ClusterRecord, StoreRoom } from '../store/store.ts';
import { type GaugeName, type LabelValues, nodeStates, openStatesOfRuns } from './metric-catalog.ts';

export interface FleetSeen {
  readonly version: string;
  readonly hosts: readonly HostView[];
  readonly adopted: readonly ClusterRecord[];
  readonly clusters: readonly { readonly cluster: string; readonly nodes: readonly NodeView[] }[];
  /** Rows of all that have not ended. */
  readonly open: RunListDocument['runs'];
  /** Those of them that can be read. */
  readonly runs: readonly RunDocument[];
  readonly room: StoreRoom;
  readonly storeWritable: boolean;
}

export interface Reading {
  readonly gauge: GaugeName;
  readonly labels: LabelValues;
  readonly value: number;
}

/** Everything that has a value; a gauge that is not in it has no sample. */
export function readingsOf(seen: FleetSeen): readonly Reading[] {
  const { version, room, storeWritable } = seen;
  return [
    reading('drydock_build_info', { version }, 1),
    ...ofHosts(seen.hosts),
    ...ofClusters(seen),
    ...openStatesOfRuns.map((state) => reading('drydock_open_runs', { state }, seen.open.filter((run) => run.state === state).length)),
    ...ofRuns(seen.runs),
    reading('drydock_store_writable', {}, storeWritable ? 1 : 0),
    ...(room.sizeBytes === null ? [] : [reading('drydock_store_size_bytes', {}, room.sizeBytes)]),
    ...(room.freeBytes === null ? [] : [reading('drydock_store_free_bytes', {}, room.freeBytes)]),
  ];
}

const reading = (gauge: GaugeName, labels: LabelValues, value: number): Reading => ({ gauge, labels, value });

/** Disconnected hosts that have series of their own; all are counted by state. */
const mostNamed = 100;

function ofHosts(hosts: readonly HostView[]): readonly Reading[] {
  const connected = hosts.filter((host) => host.connected).length;
  return [
    reading('drydock_hosts', { state: 'connected' }, connected),
    reading('drydock_hosts', { state: 'disconnected' }, hosts.length - connected),
    ...counted('drydock_agents', hosts, ({ agentVersion: version }) => ({ version })),
    ...hosts
      .filter((host) => !host.connected)
      .slice(0, mostNamed)
      .flatMap(({ host, lastSeenAtMs }) => [
        reading('drydock_host_connected', { host }, 0),
        reading('drydock_host_last_seen_timestamp_seconds', { host }, lastSeenAtMs / 1000),
      ]),
  ];
}

function ofClusters({ hosts, adopted, clusters }: FleetSeen): readonly Reading[] {
  const engines = new Map(hosts.flatMap((host) => host.instances.map(({ instance, engine }) => [instance, engine] as const)));
  const versions = clusters.flatMap(({ nodes }) =>
    nodes.map(({ instance, facts }) => ({ engine: engines.get(instance) ?? 'unknown', version: facts?.version.running ?? 'unknown' })),
  );
  return [
    ...counted('drydock_clusters', adopted, ({ engine }) => ({ engine })),
    ...clusters.flatMap(({ cluster, nodes }) =>
      nodeStates.map((state) =>
        reading('drydock_cluster_nodes', { cluster, state }, nodes.filter((node) => stateOf(node) === state).length),
      ),
    ),
    ...counted('drydock_nodes', versions, (labels) => labels),
  ];
}

function stateOf({ connected, facts }: NodeView): (typeof nodeStates)[number] {
  if (!connected) return 'disconnected';
  return facts?.inService === true ? 'in-service' : 'down';
}

function ofRuns(runs: readonly RunDocument[]): readonly Reading[] {
  const holds = runs.flatMap(({ cluster, holds: here }) =>
    here.map(({ kind, releasedBy, since }) => ({ labels: { cluster, kind, released_by: releasedBy }, sinceMs: Date.parse(since) })),
  );
  return [
    ...counted('drydock_cluster_holds', holds, ({ labels }) => labels),
    // Of several holds with the same labels the oldest stays.
    ...[...holds]
      .sort((one, other) => other.sinceMs - one.sinceMs)
      .map(({ labels, sinceMs }) => reading('drydock_cluster_hold_since_timestamp_seconds', labels, sinceMs / 1000)),
    ...runs.flatMap(({ cluster, rest }) =>
      rest === null || rest.until === null
        ? []
        : [reading('drydock_rest_until_timestamp_seconds', { cluster }, Date.parse(rest.until) / 1000)],
    ),
    ...runs.flatMap(({ state, cluster, startedAt, fraction }) =>
      state !== 'active' || startedAt === null
        ? []
        : [
            reading('drydock_run_started_timestamp_seconds', { cluster }, Date.parse(startedAt) / 1000),
            reading('drydock_run_progress_ratio', { cluster }, fraction),
          ],
    ),
  ];
}

/** How many there are with the same labels. */
function counted<T>(gauge: GaugeName, all: readonly T[], labelsOf: (each: T) => LabelValues): readonly Reading[] {
  const readings = new Map<string, Reading>();
  for (const each of all) {
    const labels = labelsOf(each);
    const key = JSON.stringify(labels);
    readings.set(key, reading(gauge, labels, (readings.get(key)?.value ?? 0) + 1));
  }
  return [...readings.values()];
}
