/** PURE. Whether a snapshot finds room beside the data that it is to replace; its agent looks once more before the stop. */
import type { RestoreNeed } from '../../common/facts.ts';
import type { Failure } from '../../common/failure.ts';
import type { Turn } from '../../common/plan.ts';
import { wantedRoom } from '../../common/room.ts';
import { movingNodes, snapshotOf } from './goals.ts';
import type { PlanInput, PlannedNode } from './plan-input.ts';
import { refused } from './refusals.ts';

export function restoreRoomProblems(input: PlanInput, nodes: readonly PlannedNode[]): readonly Failure[] {
  if (input.goal.kind !== 'restore') return [];
  return movingNodes(input, nodes).flatMap((node) => (snapshotOf(input, node) === null ? [] : roomProblems(node)));
}

function roomProblems({ view: { instance, host, facts } }: PlannedNode): readonly Failure[] {
  if (facts?.restoreNeeds === undefined) {
    const why = facts?.findings.find(({ check }) => check === 'restore-need')?.detail ?? `see its log on ${host}`;
    return [refused('restore-unknown', `${instance}: its agent did not report what restoring its snapshot would need: ${why}`)];
  }
  return facts.restoreNeeds.flatMap((need) => {
    const { bytes, inodes } = wantedRoom(need);
    const short = (what: string, needed: number, has: number) =>
      refused(
        'space-short',
        `${instance}: its snapshot needs ${needed} ${what} beside ${need.path} on ${host}, free are ${has}; make room and plan again`,
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
