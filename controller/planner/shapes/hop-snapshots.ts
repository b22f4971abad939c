/** PURE. Snapshots of a hop: who makes them before the first node, what a rollback restores of them, and whether there is room for either. */

import type { PathHop } from '../../../common/documents/rules.ts';
import type { NodeView, RestoreNeed } from '../../../common/facts.ts';
import type { Failure } from '../../../common/failure.ts';
import { anyRole, ownSnapshot, type Step, type Turn } from '../../../common/plan.ts';
import type { Procedure } from '../../../common/procedure.ts';
import { wantedRoom } from '../../../common/room.ts';
import type { TurnInput } from '../../../common/shape-forms.ts';
import { hopsOf, movingNodes, snapshotOf } from '../goals.ts';
import type { HopInput, HopSnapshot, PlanInput, PlannedNode } from '../plan-input.ts';
import { refused } from '../refusals.ts';
import { consentValidMs, controllerTurn } from './cluster-steps.ts';
import { letGoOf, type StepDraft, snapshotRoomOf } from './snapshot.ts';

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
    snapshot.leaderRole === null && stopped.length === 0 ? 'free some, or plan without --snapshot' : 'free some and plan again';
  return makers.flatMap((node) => {
    const { instance, host, facts } = node.view;
    if (facts?.snapshotNeed === undefined)
      return [
        refused(
          'snapshot-unknown',
          `${instance}: its agent did not report the space that a snapshot needs; check the agent's log on ${host}`,
        ),
      ];
    const need = snapshotRoomOf({ ...taken, nodes }, node);
    const free = facts.space.snapshots ?? facts.space.data;
    const short = (what: string, needed: number, has: number) =>
      refused('space-short', `${instance}: a snapshot needs ${needed} ${what} on ${host}, only ${has} are free; ${otherwise}`);
    if (free.freeBytes < need.bytes) return [short('bytes', need.bytes, free.freeBytes)];
    return free.freeInodes < need.inodes ? [short('inodes', need.inodes, free.freeInodes)] : [];
  });
}

// Rollbacks that restore the snapshots which the run itself made: what they lose is agreed to by a person, once, before the first (P11).

/** Restored from it: the writes since are lost, or come from the peers. */
export const restoresOnRollback = ({ hop }: Pick<HopInput, 'hop'>): boolean =>
  hop.rollback === 'restore-node' || hop.rollback === 'restore-cluster';

/** The consent that the rollback asks for before anything is restored; null: nothing is restored. */
export function rollbackConsent(input: HopInput): Turn | null {
  const { kind, rollback, from } = input.hop;
  // Node by node a whole cluster cannot go back to one moment: that takes a plan of its own, with the snapshots of this run.
  if (!restoresOnRollback(input) || (kind === 'rolling' && rollback === 'restore-cluster')) return null;
  const id = `${input.id}.rollback.${input.view.cluster}`;
  const thing = `roll back to ${from} by the snapshots of this run: ${rollback === 'restore-node' ? 'a restored node gets the writes since its snapshot from its peers' : 'all writes since the snapshots are lost'}`;
  const body = { kind: 'consent', thing, role: 'approver', validMs: consentValidMs } as const;
  const turn = controllerTurn({ id, step: `${id}.consent`, title: thing, body, expectedMs: 0 });
  const undo = turn.variants.flatMap(({ steps }) => steps);
  return { ...turn, variants: [{ role: anyRole, steps: [], undo, downtimeMs: 0 }] };
}

const restoreDeadlineMs = 24 * 3600_000;

/** Of a node that is stopped and stays so; empty: the rules know no restore. */
export function restoringUndo(input: HopInput, { idPrefix, node, hop, toRelease }: TurnInput): readonly Step[] {
  if (!restoresOnRollback(input)) return [];
  const step: Step = {
    id: `${idPrefix}.undo.restore`,
    title: 'restore the snapshot of this run',
    executor: { kind: 'instance', instance: node.instance },
    body: {
      kind: 'downtime',
      mode: 'downgrade',
      parts: ['restore'],
      // It stays at what is in place: another wave puts what ran before into place.
      fromRelease: toRelease,
      toRelease,
      expectVersion: hop.from,
      onFailure: 'leave-stopped',
      restore: ownSnapshot,
    },
    guards: [],
    repeat: 'convergent',
    deadlineMs: restoreDeadlineMs,
    expectedMs: 60_000,
    healthCheck: null,
  };
  return [step];
}

// A leader's snapshot brings along what keeps what the others need to follow it: restored themselves, they begin before it does. Once all of them
// follow, or where the run ends before, it is kept no longer (P19).

/** The leader that is restored, and what is done there at the end; null: none is, or nothing is ever kept. */
export function restoredLeader({ procedure, order, restore }: HopInput): { readonly node: PlannedNode; readonly letGo: StepDraft } | null {
  const node = order.find((each) => each.role === procedure.leaderRole && restore(each) !== null);
  return node === undefined || procedure.retainKey === undefined ? null : { node, letGo: letGoOf(procedure.retainKey) };
}

/** By which a run that ends early rolls back what came with the snapshot: in the turn that puts this node back. */
export function undoOfRestored(input: HopInput, node: PlannedNode, idPrefix: string): readonly Step[] {
  const leader = restoredLeader(input);
  if (leader?.node !== node) return [];
  const { verb, ...draft } = leader.letGo;
  const executor = { kind: 'instance', instance: node.view.instance } as const;
  return [{ id: `${idPrefix}.${verb}`, executor, guards: [], repeat: 'convergent', healthCheck: null, ...draft }];
}

// Whether a snapshot finds room beside the data that it is to replace; its agent probes once more before the stop.

export function restoreRoomProblems(input: PlanInput, nodes: readonly PlannedNode[]): readonly Failure[] {
  if (input.goal.kind !== 'restore') return [];
  return movingNodes(input, nodes).flatMap((node) => (snapshotOf(input, node) === null ? [] : roomProblems(node)));
}

function roomProblems({ view: { instance, host, facts } }: PlannedNode): readonly Failure[] {
  if (facts?.restoreNeeds === undefined) {
    const why = facts?.findings.find(({ check }) => check === 'restore-need')?.detail ?? `check the agent's log on ${host}`;
    return [refused('restore-unknown', `${instance}: its agent did not report the space that restoring its snapshot needs: ${why}`)];
  }
  return facts.restoreNeeds.flatMap((need) => {
    const { bytes, inodes } = wantedRoom(need);
    const short = (what: string, needed: number, has: number) =>
      refused(
        'space-short',
        `${instance}: its snapshot needs ${needed} ${what} beside ${need.path} on ${host}, only ${has} are free; free some and plan again`,
      );
    if (need.room.freeBytes < bytes) return [short('bytes', bytes, need.room.freeBytes)];
    return need.room.freeInodes < inodes ? [short('inodes', inodes, need.room.freeInodes)] : [];
  });
}

/** Where it is tightest stands for all places. */
export function restoreTurnNeed({ view: { facts } }: PlannedNode): Turn['need'] {
  const left = (need: RestoreNeed) => need.room.freeBytes - wantedRoom(need).bytes;
  const [tightest] = [...(facts?.restoreNeeds ?? [])].sort((a, b) => left(a) - left(b));
  return tightest === undefined ? null : { bytes: wantedRoom(tightest).bytes, freeBytes: tightest.room.freeBytes };
}
