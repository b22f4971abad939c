/** A cluster of Ozone as its processes tell of it: three managers, a storage container manager, three datanodes, Recon and the S3 gateway on three hosts, and HttpFS where it is wanted. */
import type { ClusterView, NodeFacts, NodeView } from '../../common/facts.ts';
import { askedIds } from '../../engines/kit/pure/checks.ts';
import { checks } from '../../engines/ozone/checks.ts';
import { type Component, preparedKey, type ServerFacts, serverFactsOf } from '../../engines/ozone/facts.ts';
import { omAdmin, scmAdmin } from '../../engines/ozone/hop-steps.ts';
import { readBy } from '../../engines/ozone/layouts.ts';
import { verbs } from '../../engines/ozone/verbs.ts';

const uuid = (at: number): string => `00000000-0000-4000-8000-00000000000${at}`;

const processes: readonly (readonly [instance: string, component: Component, host: string, member: string])[] = [
  ['om1', 'om', 'oz-1', 'om1'],
  ['om2', 'om', 'oz-2', 'om2'],
  ['om3', 'om', 'oz-3', 'om3'],
  ['scm1', 'scm', 'oz-1', 'scm1'],
  ['dn1', 'datanode', 'oz-1', uuid(1)],
  ['dn2', 'datanode', 'oz-2', uuid(2)],
  ['dn3', 'datanode', 'oz-3', uuid(3)],
  ['recon1', 'recon', 'oz-1', 'recon1'],
  ['s3g1', 's3g', 'oz-1', 's3g1'],
  ['httpfs1', 'httpfs', 'oz-3', 'httpfs1'],
];

export interface Wanted {
  readonly version?: string;
  readonly omHa?: boolean;
  readonly httpfs?: boolean;
  /** Layouts of the metadata, where they are older than the software's. */
  readonly metadata?: { readonly om: number; readonly hdds: number };
}

export function ozoneCluster({ version = '2.1.1', omHa = true, httpfs = false, metadata }: Wanted = {}): ClusterView {
  const there = processes.filter(
    ([instance, component]) => (httpfs || component !== 'httpfs') && (omHa || component !== 'om' || instance === 'om1'),
  );
  const nodes = there.map(([instance, component, host, member]): NodeView => {
    const kind = component === 'om' ? 'om' : 'hdds';
    const software = readBy(version, kind) ?? 0;
    const server: ServerFacts = {
      state: 'reachable',
      component,
      version,
      layout: ['om', 'scm', 'datanode'].includes(component) ? { metadata: metadata?.[kind] ?? software, software } : null,
      prepared: component === 'om' ? false : null,
      declared: component === 'om' ? (omHa ? ['om1', 'om2', 'om3'] : []) : component === 'scm' ? ['scm1'] : [],
      omHa,
      unreachable: [],
      roles:
        component === 'om' && omHa
          ? ['om1', 'om2', 'om3'].map((om) => ({ member: om, role: om === 'om2' ? 'LEADER' : 'FOLLOWER', ready: om === 'om2' }))
          : [],
      safeMode: null,
      datanodes:
        component === 'scm'
          ? [1, 2, 3].map((at) => ({ member: uuid(at), host: `oz-${at}`, operational: 'IN_SERVICE', health: 'HEALTHY' }))
          : [],
      datanodeCounts: component === 'scm' ? [{ operational: 'IN_SERVICE', health: 'HEALTHY', count: 3 }] : [],
    };
    return nodeOf(
      { instance, host, member },
      server,
      there.filter(([other, , at]) => at === host && other !== instance).map(([other]) => other),
    );
  });
  return { cluster: 'lake', engine: 'ozone', databaseId: 'CID-1', expectedMembers: nodes.length, nodes };
}

function nodeOf(
  place: { readonly instance: string; readonly host: string; readonly member: string },
  server: ServerFacts,
  sharedWith: readonly string[],
): NodeView {
  const { instance, host, member } = place;
  const space = { freeBytes: 400e9, freeInodes: 1e7 };
  const release = `${server.version}-aaaaaaaaaaaa`;
  const facts: NodeFacts = {
    instance,
    nonce: null,
    observedAtMs: 0,
    incarnation: { bootId: 'boot-1', invocationId: `life-of-${instance}` },
    databaseId: 'CID-1',
    memberId: member,
    version: { running: server.version, onDisk: server.version, format: server.layout === null ? null : String(server.layout.metadata) },
    role: server.component,
    inService: true,
    peers: [],
    release: { current: release, previous: null, installed: [release], ...(sharedWith.length === 0 ? {} : { sharedWith }) },
    space: { releases: space, data: space },
    snapshotNeed: { bytes: 40_000_000, inodes: 100, method: 'reflink' },
    findings: [],
    detail: server,
  };
  return {
    instance,
    host,
    arch: 'x64',
    os: 'debian 12',
    dataDir: `/data/${instance}`,
    connected: true,
    facts,
    factsAgeMs: 0,
    capabilities: server.component === 'om' ? [omAdmin] : server.component === 'scm' ? [scmAdmin] : [],
    checks: askedIds(checks),
    verbs: Object.keys(verbs),
    keys: [preparedKey],
    jobs: [],
    profileDigest: 'sha256:0',
  };
}

/** With other facts of one process. */
export function withServer(view: ClusterView, instance: string, change: Partial<ServerFacts>): ClusterView {
  return withNode(view, instance, (node) => {
    const server = serverFactsOf(node.facts);
    if (server === null || node.facts === null) throw new RangeError(`no facts of ${instance}`);
    return { ...node, facts: { ...node.facts, detail: { ...server, ...change } } };
  });
}

/** Nothing runs there. */
export function withoutProcess(view: ClusterView, instance: string): ClusterView {
  return withNode(view, instance, (node) => {
    if (node.facts === null) throw new RangeError(`no facts of ${instance}`);
    const detail = { state: 'unreachable', reason: 'nothing listens', component: node.facts.detail.component ?? '' };
    const version = { ...node.facts.version, running: null };
    return { ...node, facts: { ...node.facts, incarnation: null, role: null, inService: false, version, detail } };
  });
}

function withNode(view: ClusterView, instance: string, change: (node: NodeView) => NodeView): ClusterView {
  return { ...view, nodes: view.nodes.map((node) => (node.instance === instance ? change(node) : node)) };
}
