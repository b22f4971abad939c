/** Who streams from whom, as the servers themselves say it. PURE. */
import type { NodeView } from '../../common/facts.ts';
import type { TurnInput } from '../../common/shape-forms.ts';
import { type Answering, type Member, onceOf } from '../kit/pure/scene.ts';
import { memberOf } from '../kit/pure/steps.ts';
import { isDelayed, type ReplicationRow, type ServerFacts, serverFactsOf, standbyRows } from './facts.ts';

export interface Upstream {
  readonly of: Member<ServerFacts>;
  readonly row: ReplicationRow;
}

export const primariesOf = (members: readonly Member<ServerFacts>[]): readonly Answering<ServerFacts>[] =>
  members.flatMap(({ server, ...member }) => (server?.inRecovery === false ? [{ ...member, server }] : []));

export const primaryAmong = (nodes: readonly NodeView[]): NodeView | undefined =>
  nodes.find(({ facts }) => serverFactsOf(facts)?.inRecovery === false);

/** The servers that list this member as a standby of theirs. */
export function upstreamsOf(member: Member<ServerFacts>, members: readonly Member<ServerFacts>[]): readonly Upstream[] {
  const listing = member.name === null ? [] : (upstreamsByStandby(members).get(member.name) ?? []);
  return listing.filter(({ of }) => of.node !== member.node);
}

/** Sorted out once for all members, because each of them asks. */
const upstreamsByStandby = onceOf((members: readonly Member<ServerFacts>[]) => {
  const found = new Map<string, readonly Upstream[]>();
  for (const of of members)
    for (const row of of.server === null ? [] : standbyRows(of.server))
      found.set(row.applicationName, [...(found.get(row.applicationName) ?? []), { of, row }]);
  return found;
});

/** Whether this server lists the member as a standby. */
export const feeds = ({ server, node }: Member<ServerFacts>, member: Member<ServerFacts>): boolean =>
  server !== null && member.name !== null && node !== member.node && standbysOf(server).named.has(member.name);

/** Whether it lists any. */
export const feedsAny = ({ server }: Member<ServerFacts>): boolean => server !== null && standbysOf(server).named.size > 0;

/** Sorted out once, because every member asks every other one. */
const standbysOf = onceOf((server: ServerFacts) => {
  const named = new Set(standbyRows(server).map(({ applicationName }) => applicationName));
  return { named, sorted: [...named].sort() };
});

const standbysAt = ({ facts }: NodeView) => {
  const server = serverFactsOf(facts);
  return server === null ? null : standbysOf(server);
};

/** Member ids that stream from this node directly, sorted. */
export const directStandbys = (node: NodeView): readonly string[] => standbysAt(node)?.sorted ?? [];

/** Whether this member streams from the node directly. */
export const streamsFrom = (node: NodeView, member: string): boolean => standbysAt(node)?.named.has(member) === true;

/**
 * Members that streamed from this node when the plan was made, known only for the role that it had then. `prompt`: they stream again at once; `late`: they
 * replay late on purpose, and connect again when what they received is replayed; of a primary also those that are connected nowhere now: they come back to it.
 */
export function followersOf({ node, peers, role }: TurnInput): { readonly prompt: readonly string[]; readonly late: readonly string[] } {
  const members = node.facts?.role === role ? directStandbys(node) : [];
  // Most nodes of a large cluster feed none.
  if (members.length === 0 && role !== 'primary') return { prompt: [], late: [] };
  const delayed = new Set(peers.filter((peer) => isDelayed(serverFactsOf(peer.facts))).map(memberOf));
  const all = [node, ...peers];
  const apart = role === 'primary' ? [...delayed].filter((member) => !all.some((each) => streamsFrom(each, member))) : [];
  return {
    prompt: members.filter((member) => !delayed.has(member)),
    late: [...members.filter((member) => delayed.has(member)), ...apart],
  };
}
