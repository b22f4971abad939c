/** A cluster as the prechecks look at it. PURE. */
import type { ClusterView } from '../../common/cluster-view.ts';
import type { ServerFacts } from './facts.ts';
import { type Member, membersOf } from './topology.ts';

export interface Answering extends Member {
  readonly server: ServerFacts;
}

export interface Scene {
  readonly view: ClusterView;
  readonly members: readonly Member[];
  /** Those whose service is expected now: not in a turn. */
  readonly expected: readonly Member[];
  /** Of these, the ones that answer. */
  readonly answering: readonly Answering[];
  /** Names of members whose turn is open. */
  readonly away: readonly string[];
}

export function sceneOf(view: ClusterView, outOfTurn: readonly string[]): Scene {
  const members = membersOf(view);
  const expected = members.filter(({ node }) => !outOfTurn.includes(node.instance));
  return {
    view,
    members,
    expected,
    answering: expected.flatMap((member) => (member.server === null ? [] : [{ ...member, server: member.server }])),
    away: members.flatMap(({ node, name }) => (outOfTurn.includes(node.instance) ? [name ?? node.instance] : [])),
  };
}
