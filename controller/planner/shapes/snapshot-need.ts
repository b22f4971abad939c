/** PURE. Which hops make snapshots before their first node, and whether there is room for them. */
import type { NodeView } from '../../../common/cluster-view.ts';
import type { PathHop } from '../../../common/documents/rules.ts';
import type { Failure } from '../../../common/failure.ts';
import type { SnapshotVerification } from '../../../common/orders.ts';
import type { Procedure } from '../../../common/procedure.ts';
import { hopsOf } from '../goals.ts';
import type { PlanInput, PlannedNode } from '../plan-input.ts';
import { refused } from '../refusals.ts';
import { snapshotRoomOf } from './snapshot.ts';

export interface HopSnapshot {
  readonly verify: SnapshotVerification;
  readonly keepMs: number;
  /** Role of the one node that makes a snapshot for each hop; null: each node makes one for the whole run. */
  readonly leaderRole: string | null;
}

export const defaultKeepMs = 7 * 86_400_000;

/** Of each node once, before anything is touched; of the leader before every hop whose rules ask for it, and proven, whether a person asks or not. */
export function snapshotOfHop({ options, procedure }: PlanInput, hop: PathHop, index: number): HopSnapshot | null {
  const { leaderSnapshot, leaderRole } = procedure;
  // A rollback that restores snapshots needs them, whether a person asks or not (P11).
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

/** Whether this node's data are snapshot while everything is stopped, or for its rollback, whether a person asks or not. */
export function isSnapshot({ allStop, inPlace }: Procedure, hop: PathHop, node: NodeView): boolean {
  const stopped = hop.kind === 'all-stop' ? allStop : hop.kind === 'in-place' ? inPlace : undefined;
  return needsSnapshots(hop) || stopped?.snapshots?.(node) === true;
}

/** Room for the snapshots that the plan makes; of the leader's, where it is now. */
export function snapshotProblems(input: PlanInput, nodes: readonly PlannedNode[]): readonly Failure[] {
  const { procedure } = input;
  const hops = hopsOf(input);
  const stopped = nodes.filter(({ view }) => hops.some((hop) => isSnapshot(procedure, hop, view)));
  const whileStopped: HopSnapshot | undefined = stopped.length === 0 ? undefined : { verify: 'list', keepMs: 0, leaderRole: null };
  const [asked] = hops.flatMap((hop, index) => snapshotOfHop(input, hop, index) ?? []);
  const snapshot = asked ?? whileStopped;
  if (snapshot === undefined) return [];
  // A node that is the only one to make a snapshot keeps nothing for others.
  const retainKey = snapshot.leaderRole === null ? (procedure.retainKey ?? null) : null;
  const taken = { verify: snapshot.verify, leaderRole: procedure.leaderRole, retainKey };
  const makers = asked === undefined ? stopped : nodes.filter(({ role }) => asked.leaderRole === null || role === asked.leaderRole);
  const otherwise =
    snapshot.leaderRole === null && stopped.length === 0 ? 'make room, or plan without --snapshot' : 'make room and plan again';
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
