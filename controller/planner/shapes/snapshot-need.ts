/** PURE. Which hops make snapshots before their first node, and whether there is room for them. */
import type { PathHop } from '../../../common/documents/rules.ts';
import type { Failure } from '../../../common/failure.ts';
import type { SnapshotVerification } from '../../../common/orders.ts';
import { hopsOf } from '../goals.ts';
import type { PlanInput, PlannedNode } from '../plan-input.ts';
import { refused } from '../refusals.ts';
import { snapshotRoomOf } from './snapshot.ts';

export interface HopSnapshot {
  readonly verify: SnapshotVerification;
  readonly keepMs: number;
  /** One, of who has this role then, tells of which hop it is; null: one of each node, in the whole run. */
  readonly leaderRole: string | null;
}

export const defaultKeepMs = 7 * 86_400_000;

/** Of each node once, before anything is touched; of the leader before every hop whose rules ask for it, and proven, whether a person asks or not. */
export function snapshotOfHop({ options, procedure }: PlanInput, hop: PathHop, index: number): HopSnapshot | null {
  const { leaderSnapshot, leaderRole } = procedure;
  // What goes back by snapshots of its nodes needs them, whether a person asks or not (P11).
  const asked = needsSnapshots(hop)
    ? (options.snapshot ?? { verify: 'list', keepMs: defaultKeepMs })
    : index === 0
      ? options.snapshot
      : null;
  if (leaderSnapshot === undefined) return asked === null ? null : { ...asked, leaderRole: null };
  if (asked === null && !hop.tasks.includes(leaderSnapshot.task)) return null;
  return { ...(options.snapshot ?? { verify: 'list', keepMs: defaultKeepMs }), leaderRole };
}

const needsSnapshots = ({ kind, rollback }: PathHop): boolean => kind === 'rolling' && rollback === 'restore-node';

/** Room for the snapshots that the plan makes; of the leader's, where it is now. */
export function snapshotProblems(input: PlanInput, nodes: readonly PlannedNode[]): readonly Failure[] {
  const [snapshot] = hopsOf(input).flatMap((hop, index) => snapshotOfHop(input, hop, index) ?? []);
  if (snapshot === undefined) return [];
  const { procedure } = input;
  // Who makes one alone has nothing to keep for others.
  const retainKey = snapshot.leaderRole === null ? (procedure.retainKey ?? null) : null;
  const taken = { verify: snapshot.verify, leaderRole: procedure.leaderRole, retainKey };
  const makers = nodes.filter(({ role }) => snapshot.leaderRole === null || role === snapshot.leaderRole);
  const otherwise = snapshot.leaderRole === null ? 'make room, or plan without --snapshot' : 'make room and plan again';
  return makers.flatMap((node) => {
    const { instance, host, facts } = node.view;
    if (facts?.snapshotNeed === undefined)
      return [refused('snapshot-unknown', `${instance}: its agent did not report what a snapshot would need; see its log on ${host}`)];
    const need = snapshotRoomOf({ ...taken, nodes }, node);
    const free = facts.space.snapshots ?? facts.space.data;
    const short = (what: string, needed: number, has: number) =>
      refused('space-short', `${instance}: a snapshot needs ${needed} ${what} on ${host}, free are ${has}; ${otherwise}`);
    if (free.freeBytes < need.bytes) return [short('bytes', need.bytes, free.freeBytes)];
    return free.freeInodes < need.inodes ? [short('inodes', need.inodes, free.freeInodes)] : [];
  });
}
