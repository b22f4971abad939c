/** Clusters of Cassandra as their nodes tell of them: two data centres of three racks, unless a test says otherwise. */
import type { ClusterView, NodeFacts, NodeView } from '../../common/facts.ts';
import type { TurnInput } from '../../common/shape-forms.ts';
import { checks } from '../../engines/cassandra/checks.ts';
import { type ServerFacts, serverFactsOf } from '../../engines/cassandra/facts.ts';
import { askedIds } from '../../engines/kit/pure/checks.ts';

export interface Place {
  readonly dataCenter: string;
  readonly rack: string;
  readonly isSeed?: true;
}

export const sixNodes: readonly Place[] = [
  { dataCenter: 'dc1', rack: 'r1' },
  { dataCenter: 'dc1', rack: 'r2' },
  { dataCenter: 'dc1', rack: 'r1', isSeed: true },
  { dataCenter: 'dc2', rack: 'r1', isSeed: true },
  { dataCenter: 'dc2', rack: 'r2' },
  { dataCenter: 'dc2', rack: 'r1' },
];

export const threeNodes: readonly Place[] = ['r1', 'r2', 'r3'].map((rack, at) => ({
  dataCenter: 'dc1',
  rack,
  ...(at === 0 ? { isSeed: true } : {}),
}));

const hostId = (at: number): string => `00000000-0000-4000-8000-00000000000${at}`;
const nameOf = (at: number): string => `cass-${at + 1}`;

export function clusterOf(places: readonly Place[] = sixNodes, version = '4.0.15'): ClusterView {
  const schemaVersion = `schema-of-${version}`;
  const nodes = places.map(({ dataCenter, rack, isSeed }, at): NodeView => {
    const server: ServerFacts = {
      state: 'reachable',
      member: hostId(at),
      address: `10.0.0.${at + 1}`,
      clusterName: 'shop',
      dataCenter,
      rack,
      isSeed: isSeed === true,
      version,
      schemaVersion,
      joined: true,
      peers: places.flatMap((place, other) =>
        other === at
          ? []
          : [
              {
                member: hostId(other),
                address: `10.0.0.${other + 1}`,
                dataCenter: place.dataCenter,
                rack: place.rack,
                version,
                schemaVersion,
              },
            ],
      ),
      ring: places.map((_, other) => ({ member: hostId(other), address: `10.0.0.${other + 1}`, up: true, state: 'normal' })),
      formats: ['nb'],
      compatibility: null,
      latestYaml: false,
      schemaDigest: 'feedc0de',
    };
    return nodeOf(nameOf(at), server);
  });
  return { cluster: 'shop', engine: 'cassandra', databaseId: 'shop', expectedMembers: places.length, nodes };
}

function nodeOf(instance: string, server: ServerFacts): NodeView {
  const space = { freeBytes: 40e9, freeInodes: 1e6 };
  const release = `${server.version}-aaaaaaaaaaaa`;
  const facts: NodeFacts = {
    instance,
    nonce: null,
    observedAtMs: 0,
    incarnation: { bootId: 'boot-1', invocationId: `life-of-${instance}` },
    databaseId: server.clusterName,
    memberId: server.member,
    version: { running: server.version, onDisk: server.version, format: 'nb' },
    role: server.isSeed ? 'seed' : 'node',
    inService: true,
    peers: [],
    release: { current: release, previous: null, installed: [release] },
    space: { releases: space, data: space },
    snapshotNeed: { bytes: 800_000, inodes: 200, method: 'reflink' },
    findings: [],
    detail: server,
  };
  return {
    instance,
    host: `host-${instance}`,
    arch: 'x64',
    os: 'debian 12',
    dataDir: '/var/lib/cassandra',
    connected: true,
    facts,
    factsAgeMs: 0,
    capabilities: [],
    checks: askedIds(checks),
    verbs: [],
    keys: [],
    jobs: ['upgradesstables'],
    profileDigest: 'sha256:0',
  };
}

export function serverOf(view: ClusterView, at: number): ServerFacts {
  const server = serverFactsOf(view.nodes[at]?.facts ?? null);
  if (server === null) throw new RangeError(`no facts of node ${at}`);
  return server;
}

/** With other facts of one node. */
export function withServer(view: ClusterView, at: number, change: Partial<ServerFacts>): ClusterView {
  const changed = { ...serverOf(view, at), ...change };
  return withFacts(view, at, { detail: changed, version: { running: changed.version, onDisk: changed.version, format: 'nb' } });
}

export function withFacts(view: ClusterView, at: number, change: Partial<NodeFacts>): ClusterView {
  const nodes = view.nodes.map((node, each) =>
    each !== at || node.facts === null ? node : { ...node, facts: { ...node.facts, ...change } },
  );
  return { ...view, nodes };
}

export function turnInput(view: ClusterView, at: number, hop: TurnInput['hop'], more: Partial<TurnInput> = {}): TurnInput {
  const node = view.nodes[at];
  if (node === undefined) throw new RangeError(`no node ${at}`);
  return {
    idPrefix: `h1.roll.${node.instance}`,
    node,
    peers: view.nodes.filter((other) => other !== node),
    role: node.facts?.role ?? 'node',
    hop,
    fromRelease: `${hop.from}-aaaaaaaaaaaa`,
    toRelease: `${hop.to}-bbbbbbbbbbbb`,
    settleMs: 60_000,
    successor: null,
    config: null,
    reloadOnly: false,
    restore: null,
    ...more,
  };
}
