/**
 * PURE. Snapshots of every node before anything is touched, one at a time, the leader's last. From before the first on the leader keeps
 * what the others will need to follow it, should the whole cluster be restored to them. Or one, of the member that leads at the time.
 */
import type { OrderBody, SnapshotVerification } from '../../../common/orders.ts';
import { anyRole, type Executor, type Step, type Turn, type Wave } from '../../../common/plan.ts';
import { type Room, wantedRoom } from '../../../common/room.ts';
import type { PlannedNode } from '../plan-input.ts';

export interface SnapshotsTaken {
  readonly verify: SnapshotVerification;
  readonly nodes: readonly PlannedNode[];
  readonly leaderRole: string;
  /** Of the setting by which the leader keeps what others need until its own snapshot, the last; null: nothing is kept. */
  readonly retainKey: string | null;
}

interface SnapshotInput extends SnapshotsTaken {
  /** Of the hop. */
  readonly id: string;
  /** From its making on: what holds for a run that does not come to its cleanup. */
  readonly keepMs: number;
}

const settingMs = 200;
const settingDeadlineMs = 60_000;
const leastTakenMs = 500;
const copiedBytesPerMs = 100_000;
const deadlineMs = 24 * 3600_000;

/** Room wanted for the snapshot of a node: what was measured, and of the leader what it keeps while the others' are made. */
export function snapshotRoomOf(taken: SnapshotsTaken, node: PlannedNode): Room & { readonly perHourBytes: number } {
  const { bytes, inodes } = node.view.facts?.snapshotNeed ?? { bytes: 0, inodes: 0 };
  const { leader, rest } = inOrder(taken);
  const perS = node === leader && taken.retainKey !== null && rest.length > 0 ? (node.view.facts?.snapshotNeed?.keptBytesPerS ?? 0) : 0;
  const restS = perS === 0 ? 0 : rest.reduce((sum, other) => sum + takenMs(snapshotRoomOf(taken, other)), 0) / 1000;
  const copies = copiesOf(taken.verify);
  return {
    ...wantedRoom({ bytes: bytes + perS * restS, inodes }, copies),
    perHourBytes: wantedRoom({ bytes: perS * 3600, inodes: 0 }, copies).bytes,
  };
}

const copiesOf = (verify: SnapshotVerification): 1 | 2 => (verify === 'restore-compare' ? 2 : 1);
const takenMs = ({ bytes }: Room): number => leastTakenMs + Math.ceil(bytes / copiedBytesPerMs);

function inOrder({ nodes, leaderRole }: SnapshotsTaken) {
  const leader = nodes.find((node) => node.role === leaderRole) ?? null;
  return { leader, rest: nodes.filter((node) => node !== leader) };
}

export function snapshotWaves(input: SnapshotInput): readonly Wave[] {
  const { leader, rest } = inOrder(input);
  const key = rest.length > 0 ? input.retainKey : null;
  const [retained, letGo] = leader === null || key === null ? [[], []] : settingTurns(input, leader, key);
  return [
    wave(input, 'retain', retained),
    wave(
      input,
      'take',
      [...rest, ...(leader === null ? [] : [leader])].map((node) => snapshotTurn(input, node)),
    ),
    wave(input, 'let-go', letGo),
  ].filter((each) => each.turns.length > 0);
}

/** The role may move until then: the node that has it when the order is sent makes the snapshot, one for each hop. */
export function leaderSnapshotWave(input: SnapshotInput & { readonly cluster: string }): Wave {
  const { id, cluster, leaderRole } = input;
  const { leader } = inOrder(input);
  const { body, ...draft } = snapshotDraft(input, leader);
  const place = { id: `${id}.snapshot.${cluster}`, instance: null, role: null, executor: { kind: 'role', role: leaderRole } } as const;
  const turn = turnOf(place, { ...draft, title: `snapshot of the ${leaderRole}`, body: { ...body, hop: id } });
  return wave(input, 'take', [{ ...turn, need: needOf(input, leader) }]);
}

const wave = (input: SnapshotInput, name: string, turns: readonly Turn[]): Wave => ({
  id: `${input.id}.snapshot.${name}`,
  parallel: 1,
  turns,
});

type SnapshotBody = Extract<OrderBody, { kind: 'snapshot' }>;

function snapshotTurn(input: SnapshotInput, node: PlannedNode): Turn {
  const draft = snapshotDraft(input, node);
  return { ...turnOf(placeOf(input, node, 'snapshot'), draft), need: needOf(input, node) };
}

/** Of a node that stands still: only its step, for a turn of a wave. */
export function stoppedSnapshotStep(input: SnapshotInput, node: PlannedNode, id: string): Step {
  const { instance } = node.view;
  return stepOf({ id, instance, role: node.role, executor: { kind: 'instance', instance } }, snapshotDraft(input, node));
}

/** @param node whose need is counted with; null: unknown yet, the host measures */
function snapshotDraft(input: SnapshotInput, node: PlannedNode | null): StepDraft & { readonly body: SnapshotBody } {
  const need = node === null ? { bytes: 0, inodes: 0 } : snapshotRoomOf(input, node);
  const body: SnapshotBody = {
    kind: 'snapshot',
    verify: input.verify,
    needBytes: need.bytes,
    needInodes: need.inodes,
    keepMs: input.keepMs,
  };
  return { verb: 'snapshot', title: 'snapshot', body, deadlineMs, expectedMs: takenMs(need) };
}

function needOf(input: SnapshotInput, node: PlannedNode | null): Turn['need'] {
  const space = node?.view.facts?.space;
  const { bytes, perHourBytes } = node === null ? { bytes: 0, perHourBytes: 0 } : snapshotRoomOf(input, node);
  const freeBytes = space?.snapshots?.freeBytes ?? space?.data.freeBytes ?? 0;
  return { bytes, freeBytes, ...(perHourBytes === 0 ? {} : { perHourBytes }) };
}

/** The first one can roll back itself what it sets: a run that ends in between never comes to the second (P19). */
function settingTurns(input: SnapshotInput, leader: PlannedNode, key: string): readonly [readonly Turn[], readonly Turn[]] {
  const change = { deadlineMs: settingDeadlineMs, expectedMs: settingMs };
  const keep: StepDraft = {
    ...change,
    verb: 'set',
    title: 'keep the WAL that the others need',
    body: { kind: 'set', scope: 'node', key, value: 'drydock_snapshots' },
  };
  const letGo = letGoOf(key);
  const place = placeOf(input, leader, 'snapshot-retain');
  return [
    [{ ...turnOf(place, keep, [stepOf(place, letGo)]), need: null }],
    [{ ...turnOf(placeOf(input, leader, 'snapshot-let-go'), letGo), need: null }],
  ];
}

/** Of what the run knows to be kept; without that nothing is done. */
export function letGoOf(key: string): StepDraft {
  const body: OrderBody = { kind: 'unset', scope: 'node', key, effect: null };
  return { verb: 'unset', title: 'release it', body, deadlineMs: settingDeadlineMs, expectedMs: settingMs };
}

export interface StepDraft {
  readonly verb: string;
  readonly title: string;
  readonly body: OrderBody;
  readonly deadlineMs: number;
  readonly expectedMs: number;
}

interface TurnPlace {
  readonly id: string;
  readonly instance: string | null;
  readonly role: string | null;
  readonly executor: Executor;
}

function placeOf(input: SnapshotInput, { view: { instance }, role }: PlannedNode, name: string): TurnPlace {
  return { id: `${input.id}.${name}.${instance}`, instance, role, executor: { kind: 'instance', instance } };
}

function turnOf(place: TurnPlace, draft: StepDraft, undo: readonly Step[] = []): Omit<Turn, 'need'> {
  const { id, instance, role } = place;
  return {
    id,
    instance,
    expectedRole: role,
    disruptive: false,
    rollback: 'lossless',
    variants: [{ role: anyRole, steps: [stepOf(place, draft)], undo, downtimeMs: 0 }],
  };
}

function stepOf({ id, executor }: TurnPlace, { verb, ...draft }: StepDraft): Step {
  return { id: `${id}.${verb}`, executor, guards: [], repeat: 'convergent', healthCheck: null, ...draft };
}
