/** Clusters made of what real servers said (scripts/record-etcd.ts). `etcd-1` leads, unless a test says otherwise. */
import { readFileSync } from 'node:fs';
import type { ClusterView, NodeFacts, NodeView } from '../../common/facts.ts';
import type { Direction, Step } from '../../common/plan.ts';
import type { TurnInput } from '../../common/shape-forms.ts';
import { checks } from '../../engines/etcd/checks.ts';
import { type MemberFacts, type ServerFacts, serverFactsOf } from '../../engines/etcd/facts.ts';
import { parseEndpointStatus, parseMemberList, parseVersions } from '../../engines/etcd/probe.ts';
import { askedIds } from '../../engines/kit/pure/checks.ts';
import type { VotingPeer } from '../../engines/kit/pure/voters.ts';

export type Recorded = '3.5.21' | '3.5.35' | '3.6.16' | '3.7.3';

/** A recording without its first line, which tells command and version. */
function recording(version: Recorded, name: string): string {
  const text = readFileSync(new URL(`../recorded/etcd/${version}/${name}.txt`, import.meta.url), 'utf8');
  return text.slice(text.indexOf('\n') + 1);
}

/** The recorded members; beyond three, invented ones. */
function memberOf(name: string, version: Recorded): MemberFacts {
  const known = parseMemberList(recording(version, 'member-list'))?.find((member) => member.name === name);
  if (known !== undefined) return { ...known, clientUrls: [...known.clientUrls] };
  return {
    id: (0x9000_0000 + Number(name.slice('etcd-'.length))).toString(16),
    name,
    clientUrls: [`http://${name}:2379`],
    isLearner: false,
  };
}

export function clusterOf(size = 3, version: Recorded = '3.5.35'): ClusterView {
  const members = Array.from({ length: size }, (_, at) => memberOf(`etcd-${at + 1}`, version));
  const [status] = parseEndpointStatus(recording(version, 'endpoint-status')) ?? [];
  const versions = parseVersions(recording(version, 'http-version'));
  if (status === undefined || versions === null) throw new RangeError(`no recording of ${version}`);
  const leaderId = members[0]?.id ?? null;
  const nodes = members.map((self) => {
    const peers = members
      .filter((member) => member !== self)
      .map(({ name }): VotingPeer => ({ member: name, version, leaderId, appliedIndex: status.appliedIndex, isLearner: false }));
    const server: ServerFacts = {
      state: 'reachable',
      ownId: self.id,
      leaderId,
      term: status.term,
      index: status.index,
      appliedIndex: status.appliedIndex,
      revision: status.revision,
      isLearner: false,
      clusterVersion: versions.cluster,
      storageVersion: versions.storage,
      downgradeTarget: null,
      alarms: [],
      dbBytes: status.dbBytes,
      members,
      peers,
    };
    return nodeOf(self.name, version, server, status.clusterId);
  });
  return { cluster: 'etcd-main', engine: 'etcd', databaseId: status.clusterId, expectedMembers: size, nodes };
}

function nodeOf(name: string, version: string, server: ServerFacts, databaseId: string): NodeView {
  const space = { freeBytes: 40e9, freeInodes: 1e6 };
  const facts: NodeFacts = {
    instance: name,
    nonce: null,
    observedAtMs: 0,
    incarnation: { bootId: 'boot-1', invocationId: `life-of-${name}` },
    databaseId,
    memberId: name,
    version: { running: version, onDisk: version, format: server.storageVersion ?? server.clusterVersion },
    role: server.ownId === server.leaderId ? 'leader' : 'follower',
    inService: true,
    peers: [],
    release: { current: releaseOf(version), previous: null, installed: [releaseOf(version)] },
    space: { releases: space, data: space },
    snapshotNeed: { bytes: 250_000_000, inodes: 4, method: 'copy' },
    findings: [],
    detail: { ...server },
  };
  return {
    instance: name,
    host: `host-of-${name}`,
    arch: 'x64',
    os: 'debian:12',
    dataDir: '/srv/etcd',
    connected: true,
    facts,
    factsAgeMs: 10,
    capabilities: ['maintenance'],
    checks: askedIds(checks),
    verbs: [],
    keys: ['downgrade-target'],
    jobs: [],
    profileDigest: 'sha256:00',
  };
}

export const releaseOf = (version: string): string => `${version}-aaaaaaaaaaaa`;

export function factsOf(view: ClusterView, instance: string): NodeFacts {
  const facts = view.nodes.find((node) => node.instance === instance)?.facts;
  if (facts == null) throw new RangeError(`nothing is known of ${instance}`);
  return facts;
}

export function withNode(view: ClusterView, instance: string, change: Partial<NodeView>): ClusterView {
  return { ...view, nodes: view.nodes.map((node) => (node.instance === instance ? { ...node, ...change } : node)) };
}

export function withFacts(view: ClusterView, instance: string, change: Partial<NodeFacts>): ClusterView {
  return withNode(view, instance, { facts: { ...factsOf(view, instance), ...change } });
}

/** What one member says changed; without a name: what all of them say. */
export function withServer(view: ClusterView, change: Partial<ServerFacts>, instance?: string): ClusterView {
  const instances = instance === undefined ? view.nodes.map((node) => node.instance) : [instance];
  return instances.reduce((changed, each) => withFacts(changed, each, { detail: { ...serverOf(changed, each), ...change } }), view);
}

export function serverOf(view: ClusterView, instance: string): ServerFacts {
  const server = serverFactsOf(factsOf(view, instance));
  if (server === null) throw new TypeError(`${instance} did not answer`);
  return server;
}

/** What one member says of another one changed. */
export function withPeer(view: ClusterView, instance: string, member: string, change: Partial<VotingPeer>): ClusterView {
  const peers = serverOf(view, instance).peers.map((peer) => (peer.member === member ? { ...peer, ...change } : peer));
  return withServer(view, { peers }, instance);
}

/** A member that was stopped, as its host and the others see it. */
export function withDown(view: ClusterView, instance: string): ClusterView {
  const facts = factsOf(view, instance);
  const seen = view.nodes
    .filter((node) => node.instance !== instance && serverFactsOf(node.facts) !== null)
    .reduce((changed, node) => withPeer(changed, node.instance, instance, { version: null, leaderId: null, appliedIndex: null }), view);
  return withFacts(seen, instance, {
    incarnation: null,
    version: { ...facts.version, running: null },
    role: null,
    inService: false,
    detail: { state: 'unreachable', reason: 'nothing listens at http://127.0.0.1:2379' },
  });
}

/** A member that runs another version already, as its host and the others see it. */
export function withVersion(view: ClusterView, instance: string, version: string): ClusterView {
  const seen = view.nodes
    .filter((node) => node.instance !== instance)
    .reduce((changed, node) => withPeer(changed, node.instance, instance, { version }), view);
  return withFacts(seen, instance, { version: { running: version, onDisk: version, format: factsOf(view, instance).version.format } });
}

export function hopOf(from: string, to: string, direction: Direction = 'upgrade'): TurnInput['hop'] {
  return { from, to, direction };
}

export function turnInput(view: ClusterView, instance: string, role: string, hop: TurnInput['hop']): TurnInput {
  const node = view.nodes.find((candidate) => candidate.instance === instance);
  if (node === undefined) throw new RangeError(`no ${instance}`);
  return {
    idPrefix: `h1.roll.${instance}.${role}`,
    node,
    peers: view.nodes.filter((other) => other !== node),
    role,
    hop,
    fromRelease: releaseOf(hop.from),
    toRelease: releaseOf(hop.to),
    settleMs: 60_000,
    successor: null,
    config: null,
    reloadOnly: false,
    restore: null,
  };
}

/** A step in one line: who, what, what for and which gate judges it. */
export function linesOf(steps: readonly Step[], prefix: string): readonly string[] {
  return steps.map(({ id, executor, body, healthCheck }) => {
    const who =
      executor.kind === 'instance'
        ? executor.instance
        : executor.kind === 'role'
          ? executor.role
          : executor.kind === 'peer'
            ? `a peer of ${executor.of}`
            : 'the controller';
    const what =
      body.kind === 'await'
        ? `await ${body.condition}${body.member === null ? '' : ` ${body.member}`}${body.steadyMs === 0 ? '' : ` for ${body.steadyMs / 1000} s`}`
        : body.kind === 'set'
          ? `set ${body.key} ${body.value}`
          : body.kind === 'unset'
            ? `unset ${body.key}`
            : body.kind;
    return `${id.slice(prefix.length + 1)}: ${who}: ${what}${healthCheck === null ? '' : ` [${healthCheck}]`}`;
  });
}
