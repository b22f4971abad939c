/** Who streams from whom, as the servers themselves say it. PURE. */
import type { ClusterView, NodeView } from '../../common/cluster-view.ts';
import { type ReplicationRow, type ServerFacts, serverFactsOf, standbyRows } from './facts.ts';

export interface Member {
  readonly node: NodeView;
  /** application_name; null when the node did not tell. */
  readonly memberId: string | null;
  /** null: it does not answer, or its agent is not linked, so that nothing is known. */
  readonly server: ServerFacts | null;
}

export interface Upstream {
  readonly of: Member;
  readonly row: ReplicationRow;
}

/** All nodes with what is known of them; a node without a fresh link counts as unknown. */
export function membersOf(view: ClusterView): readonly Member[] {
  return view.nodes.map((node) => ({
    node,
    memberId: node.facts?.memberId ?? null,
    server: node.connected ? serverFactsOf(node.facts) : null,
  }));
}

export function primariesOf(members: readonly Member[]): readonly Member[] {
  return members.filter((member) => member.server?.inRecovery === false);
}

/** The servers that list this member as a standby of theirs. */
export function upstreamsOf(member: Member, members: readonly Member[]): readonly Upstream[] {
  return members.flatMap((other) => {
    if (other === member || other.server === null) return [];
    return standbyRows(other.server)
      .filter((row) => row.applicationName === member.memberId)
      .map((row) => ({ of: other, row }));
  });
}

/** Member ids that stream from this node directly, sorted. */
export function directStandbys(node: NodeView): readonly string[] {
  const server = serverFactsOf(node.facts);
  if (server === null) return [];
  return [...new Set(standbyRows(server).map((row) => row.applicationName))].sort();
}
