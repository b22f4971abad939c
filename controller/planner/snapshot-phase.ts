/**
 * PURE. Snapshots of every node before anything is touched, one at a time, the leader's last. From before the first on the leader keeps
 * what the others will need to follow it, should the whole cluster be put back to them. Or one, of whoever leads at the time.
 */
import type { OrderBody, SnapshotVerification } from '../../common/orders.ts';
import { anyRole, type Executor, type Step, type Turn, type Wave } from '../../common/plan.ts';
import type { PlannedNode } from './plan-input.ts';

interface SnapshotInput {
  /** Of the hop. */
  readonly id: string;
  readonly verify: SnapshotVerification;
  readonly nodes: readonly PlannedNode[];
  readonly leaderRole: string;
}

const margin = 1.2;
const settingMs = 200;
const settingDeadlineMs = 60_000;
const copiedBytesPerMs = 100_000;
const deadlineMs = 24 * 3600_000;

/** Bytes and inodes wanted free: the measured need and a margin, twice where a restored copy is made of it. */
export function snapshotNeedOf(node: PlannedNode, verify: SnapshotVerification): { readonly bytes: number; readonly inodes: number } {
  const need = node.view.facts?.snapshotNeed ?? { bytes: 0, inodes: 0 };
  const copies = verify === 'restore-compare' ? 2 : 1;
  return { bytes: Math.ceil(need.bytes * margin * copies), inodes: Math.ceil(need.inodes * margin * copies) };
}

/** @param input retainKey: of the setting by which the leader keeps what others need; null: the engine has none */
export function snapshotWaves(input: SnapshotInput & { readonly retainKey: string | null }): readonly Wave[] {
  const leader = input.nodes.find((node) => node.role === input.leaderRole) ?? null;
  const rest = input.nodes.filter((node) => node !== leader);
  const retains = leader !== null && rest.length > 0 && input.retainKey !== null;
  const settings = (name: string, title: string, body: (key: string) => OrderBody): readonly Turn[] =>
    retains ? [settingTurn(input, leader, name, title, body(input.retainKey ?? ''))] : [];
  return [
    wave(
      input,
      'retain',
      settings('retain', 'keep what the others will need', (key) => ({ kind: 'set', key, value: 'drydock_snapshots' })),
    ),
    wave(
      input,
      'take',
      [...rest, ...(leader === null ? [] : [leader])].map((node) => snapshotTurn(input, node)),
    ),
    wave(
      input,
      'let-go',
      settings('let-go', 'keep it no longer', (key) => ({ kind: 'unset', key, effect: null })),
    ),
  ].filter((each) => each.turns.length > 0);
}

/** The role may move until then: who has it when the order goes out makes it, and each hop has its own. */
export function leaderSnapshotWave(input: SnapshotInput & { readonly cluster: string }): Wave {
  const { id, cluster, leaderRole, nodes } = input;
  const leader = nodes.find((node) => node.role === leaderRole) ?? null;
  const { body, ...draft } = snapshotDraft(input, leader);
  const place = { id: `${id}.snapshot.${cluster}`, instance: null, role: null, executor: { kind: 'role', role: leaderRole } } as const;
  const turn = turnOf(place, { ...draft, title: `snapshot of the ${leaderRole}`, body: { ...body, hop: id } });
  return wave(input, 'take', [{ ...turn, need: roomFor(body, leader) }]);
}

const wave = (input: SnapshotInput, name: string, turns: readonly Turn[]): Wave => ({
  id: `${input.id}.snapshot.${name}`,
  parallel: 1,
  turns,
});

type SnapshotBody = Extract<OrderBody, { kind: 'snapshot' }>;

function snapshotTurn(input: SnapshotInput, node: PlannedNode): Turn {
  const draft = snapshotDraft(input, node);
  return { ...turnOf(placeOf(input, node, 'snapshot'), draft), need: roomFor(draft.body, node) };
}

/** @param node whose need is counted with; null: nobody knows it yet, the host measures */
function snapshotDraft({ verify }: SnapshotInput, node: PlannedNode | null): StepDraft & { readonly body: SnapshotBody } {
  const need = node === null ? { bytes: 0, inodes: 0 } : snapshotNeedOf(node, verify);
  const body: SnapshotBody = { kind: 'snapshot', verify, needBytes: need.bytes, needInodes: need.inodes };
  return { verb: 'snapshot', title: 'snapshot', body, deadlineMs, expectedMs: 500 + Math.ceil(need.bytes / copiedBytesPerMs) };
}

function roomFor({ needBytes }: SnapshotBody, node: PlannedNode | null): Turn['need'] {
  const space = node?.view.facts?.space;
  return { bytes: needBytes, freeBytes: space?.snapshots?.freeBytes ?? space?.data.freeBytes ?? 0 };
}

function settingTurn(input: SnapshotInput, node: PlannedNode, name: string, title: string, body: OrderBody): Turn {
  const step = { verb: body.kind, title, body, deadlineMs: settingDeadlineMs, expectedMs: settingMs };
  return { ...turnOf(placeOf(input, node, `snapshot-${name}`), step), need: null };
}

interface StepDraft {
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

function turnOf({ id, instance, role, executor }: TurnPlace, { verb, ...draft }: StepDraft): Omit<Turn, 'need'> {
  const step: Step = { id: `${id}.${verb}`, executor, guards: [], repeat: 'convergent', gate: null, ...draft };
  return {
    id,
    instance,
    expectedRole: role,
    disruptive: false,
    wayBack: 'swap',
    variants: [{ role: anyRole, steps: [step], undo: [], outOfServiceMs: 0 }],
  };
}
