/** Recordings of real servers (scripts/record-postgresql.ts), and clusters made of them. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { ClusterView, NodeFacts, NodeView } from '../../common/facts.ts';
import { type ReplicationRow, type ServerFacts, serverFactsOf } from '../../engines/postgresql/facts.ts';
import { verbs } from '../../engines/postgresql/verbs.ts';

/** A recording without its first line, which tells command and version. */
export function recording(version: string, name: string): string {
  const text = readFileSync(new URL(`../recorded/postgresql/${version}/${name}.txt`, import.meta.url), 'utf8');
  return text.slice(text.indexOf('\n') + 1);
}

const observationSchema = z.object({ databaseId: z.string(), format: z.string(), detail: z.record(z.string(), z.json()) });

const clusterId = '7710486688620713250';

const observations = new Map<string, z.infer<typeof observationSchema>>();

/** Read once: every probe of every twin asks for one. */
function observation(name: string, version: string): z.infer<typeof observationSchema> {
  const key = `${version}/${name}`;
  const known = observations.get(key) ?? observationSchema.parse(JSON.parse(recording(version, name)));
  observations.set(key, known);
  return known;
}

/** Facts as the agent would send them, out of a recorded look at a real server. */
export function recordedFacts(version: '16.4' | '16.14', role: 'primary' | 'standby', member: string): NodeFacts {
  const observed = observation(`${role}-observed`, version);
  const space = { freeBytes: 40e9, freeInodes: 1e6 };
  return {
    instance: member,
    nonce: null,
    observedAtMs: 0,
    incarnation: { bootId: 'boot-1', invocationId: `life-of-${member}` },
    databaseId: clusterId,
    memberId: member,
    version: { running: version, onDisk: version, format: observed.format },
    role,
    inService: true,
    peers: [],
    release: { current: `${version}-aaaaaaaaaaaa`, previous: null, installed: [`${version}-aaaaaaaaaaaa`] },
    space: { releases: space, data: space },
    findings: [],
    detail: observed.detail,
  };
}

export function nodeOf(facts: NodeFacts): NodeView {
  return {
    instance: facts.instance,
    host: `host-of-${facts.instance}`,
    arch: 'x64',
    os: 'debian:12',
    dataDir: '/srv/pg',
    connected: true,
    facts,
    factsAgeMs: 10,
    capabilities: ['sql', 'sql-admin'],
    checks: [],
    verbs: Object.keys(verbs),
    keys: ['synchronous-standby-names', 'retained-wal'],
    jobs: [],
    profileDigest: 'sha256:00',
  };
}

/** `pg-1` is the primary of all the others; a name in `below` streams from the one that it is mapped to. */
export function clusterOf(standbys: readonly string[], below: Readonly<Record<string, string>> = {}): ClusterView {
  const names = ['pg-1', ...standbys];
  const nodes = names.map((name) => {
    const facts = recordedFacts('16.4', name === 'pg-1' ? 'primary' : 'standby', name);
    const followers = standbys.filter((standby) => (below[standby] ?? 'pg-1') === name);
    return nodeOf(withServer(facts, { replication: followers.map(streamingRow) }));
  });
  return { cluster: 'pg-main', engine: 'postgresql', databaseId: clusterId, expectedMembers: names.length, nodes };
}

export function streamingRow(applicationName: string): ReplicationRow {
  return {
    applicationName,
    state: 'streaming',
    syncState: 'async',
    logical: false,
    replayLsn: '0/1721378',
    lagBytes: 0,
    receivedLsn: '0/1721378',
    receivedLagBytes: 0,
    namedReceiver: false,
  };
}

/** The same facts with some of what the server said changed. */
export function withServer(facts: NodeFacts, change: Partial<ServerFacts>): NodeFacts {
  const server = serverFactsOf(facts);
  if (server === null) throw new TypeError('these facts are not of a server that answered');
  return { ...facts, detail: { ...server, ...change } };
}

/** The cluster with one node's facts changed. */
export function changed(view: ClusterView, instance: string, change: (facts: NodeFacts) => NodeFacts): ClusterView {
  return withNode(view, instance, (node) => ({ ...node, facts: node.facts === null ? null : change(node.facts) }));
}

export function withNode(view: ClusterView, instance: string, change: (node: NodeView) => NodeView): ClusterView {
  return { ...view, nodes: view.nodes.map((node) => (node.instance === instance ? change(node) : node)) };
}

/** A server that was stopped. */
export function down(facts: NodeFacts): NodeFacts {
  return {
    ...facts,
    incarnation: null,
    version: { ...facts.version, running: null },
    role: null,
    inService: false,
    detail: { state: 'unreachable', reason: 'nothing listens at 127.0.0.1:5432' },
  };
}
