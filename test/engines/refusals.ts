/** A view for each check by which an engine can refuse a plan: of a cluster of three, of which the second node would go first. */

import type { ClusterView } from '../../common/facts.ts';
import * as etcd from './etcd-fixtures.ts';
import { changed, down, streamingRow, withNode, withServer } from './postgresql-fixtures.ts';

type Spoiled = Readonly<Record<string, (healthy: ClusterView) => ClusterView>>;

const finding = (instance: string, check: string) => (view: ClusterView) =>
  changed(view, instance, (facts) => ({ ...facts, findings: [{ check, ok: false, detail: 'as seen' }] }));
const rowOf = (standby: string, change: object) => (view: ClusterView) =>
  changed(view, 'pg-1', (facts) =>
    withServer(facts, {
      replication: ['pg-2', 'pg-3'].map((name) => (name === standby ? { ...streamingRow(name), ...change } : streamingRow(name))),
    }),
  );
const higher = {
  max_connections: 200,
  max_worker_processes: 8,
  max_wal_senders: 10,
  max_prepared_transactions: 0,
  max_locks_per_transaction: 64,
};
const slot = {
  name: 's',
  type: 'physical',
  active: false,
  walStatus: 'lost',
  retainedBytes: null,
  failover: false,
  synced: false,
} as const;

export const postgresqlSpoiled: Spoiled = {
  'archiver-keeps-up': finding('pg-2', 'archiver-keeps-up'),
  'caught-up': rowOf('pg-3', { lagBytes: 17 * 1024 * 1024 }),
  'in-service': (view) => changed(view, 'pg-3', down),
  'member-id': (view) => changed(view, 'pg-3', (facts) => ({ ...facts, memberId: 'pg-2' })),
  'needs-reseed': finding('pg-3', 'needs-no-reseed'),
  'no-backup-running': finding('pg-2', 'no-backup-running'),
  'no-ha-manager': finding('pg-1', 'no-ha-manager'),
  'no-long-transactions': finding('pg-2', 'no-long-transactions'),
  observed: (view) => withNode(view, 'pg-3', (node) => ({ ...node, connected: false })),
  'one-major': (view) => changed(view, 'pg-3', (facts) => ({ ...facts, version: { running: '15.8', onDisk: '15.8', format: '15' } })),
  'one-primary': (view) => changed(view, 'pg-1', down),
  'readable-at-rest': finding('pg-2', 'readable-at-rest'),
  'receivers-keep-up': finding('pg-2', 'receivers-keep-up'),
  'replication-streaming': rowOf('pg-3', { state: 'catchup' }),
  'same-cluster': (view) => changed(view, 'pg-3', (facts) => ({ ...facts, databaseId: '1' })),
  'same-timeline': (view) => changed(view, 'pg-1', (facts) => withServer(facts, { timeline: 2 })),
  'settings-not-lower': (view) => changed(view, 'pg-1', (facts) => withServer(facts, { settings: higher })),
  'slots-sound': (view) => changed(view, 'pg-1', (facts) => withServer(facts, { slots: [slot] })),
  'sync-satisfiable': (view) => changed(view, 'pg-1', (facts) => withServer(facts, { synchronousStandbyNames: 'ANY (' })),
  'two-primaries': (view) =>
    changed(view, 'pg-3', (facts) => withServer({ ...facts, role: 'primary' }, { inRecovery: false, walReceiver: null })),
  'version-on-disk': (view) => changed(view, 'pg-3', (facts) => ({ ...facts, version: { ...facts.version, onDisk: '16.9' } })),
};

const members = (view: ClusterView, change: object) =>
  etcd.withServer(view, {
    members: etcd.serverOf(view, 'etcd-1').members.map((member) => (member.name === 'etcd-3' ? { ...member, ...change } : member)),
  });

export const etcdSpoiled: Spoiled = {
  'caught-up': (view) => etcd.withFacts(view, 'etcd-2', { findings: [{ check: 'caught-up', ok: false, detail: 'as seen' }] }),
  'cluster-version': (view) => etcd.withServer(view, { clusterVersion: null }),
  'in-service': (view) => etcd.withDown(view, 'etcd-3'),
  'member-id': (view) => etcd.withFacts(view, 'etcd-3', { memberId: 'etcd-2', detail: { ...etcd.serverOf(view, 'etcd-2') } }),
  'members-started': (view) => members(view, { name: '' }),
  'no-alarm': (view) => etcd.withServer(view, { alarms: ['NOSPACE of 5d5d8d9db2eb3a31'] }),
  'no-learner': (view) => members(view, { isLearner: true }),
  observed: (view) => etcd.withNode(view, 'etcd-3', { connected: false }),
  'one-leader': (view) => etcd.withServer(view, { term: 99 }, 'etcd-3'),
  'peers-healthy': (view) => etcd.withPeer(view, 'etcd-1', 'etcd-3', { version: null }),
  'same-cluster': (view) => etcd.withFacts(view, 'etcd-3', { databaseId: '1' }),
  'same-members': (view) => etcd.withServer(view, { members: etcd.serverOf(view, 'etcd-1').members.slice(1) }, 'etcd-2'),
  'version-on-disk': (view) => etcd.withFacts(view, 'etcd-3', { version: { running: '3.5.35', onDisk: '3.6.16', format: '3.5' } }),
};
