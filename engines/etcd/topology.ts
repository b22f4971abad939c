/** Who leads and who follows, as the members themselves say it. PURE. */
import type { ClusterView, NodeView } from '../../common/cluster-view.ts';
import { type ServerFacts, serverFactsOf } from './facts.ts';

export interface Member {
  readonly node: NodeView;
  /** Its name; null when the node did not tell. */
  readonly name: string | null;
  /** null: it does not answer, or its agent is not linked, so that nothing is known. */
  readonly server: ServerFacts | null;
}

/** All nodes with what is known of them; a node without a fresh link counts as unknown. */
export function membersOf(view: ClusterView): readonly Member[] {
  return view.nodes.map((node) => ({
    node,
    name: node.facts?.memberId ?? null,
    server: node.connected ? serverFactsOf(node.facts) : null,
  }));
}

/** The member that all who answer follow; null: they disagree, or there is none, or nobody knows it. */
export function leaderOf(members: readonly Member[]): Member | null {
  const named = new Set(members.flatMap(({ server }) => (server === null ? [] : [server.leaderId])));
  const [leaderId] = named;
  if (named.size !== 1 || leaderId === null || leaderId === undefined) return null;
  return members.find(({ server }) => server?.ownId === leaderId) ?? null;
}
