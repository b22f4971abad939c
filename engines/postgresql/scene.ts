/** A cluster as the prechecks look at it. PURE. */
import type { ClusterView } from '../../common/cluster-view.ts';
import { type Member, membersOf, primariesOf } from './topology.ts';

export interface Scene {
  readonly view: ClusterView;
  readonly members: readonly Member[];
  /** Those whose service is expected now: not in a turn. */
  readonly expected: readonly Member[];
  readonly primaries: readonly Member[];
  /** The first of them. */
  readonly primary: Member | null;
  /** Instances whose turn is open. */
  readonly outOfTurn: readonly string[];
  /** True while the primary itself may be in its turn, so that nobody can stream. */
  readonly primaryIsOut: boolean;
}

export function sceneOf(view: ClusterView, outOfTurn: readonly string[]): Scene {
  const members = membersOf(view);
  const expected = members.filter((member) => !outOfTurn.includes(member.node.instance));
  const primaries = primariesOf(members);
  const primary = primaries[0] ?? null;
  return {
    view,
    members,
    expected,
    primaries,
    primary,
    outOfTurn,
    primaryIsOut: outOfTurn.length > 0 && (primary === null || outOfTurn.includes(primary.node.instance)),
  };
}
