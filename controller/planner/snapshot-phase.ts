/**
 * PURE. Snapshots of every node before anything is touched, one at a time, the leader's last. From before the first on the leader keeps
 * what the others will need to follow it, should the whole cluster be put back to them.
 */
import type { OrderBody, SnapshotVerification } from '../../common/orders.ts';
import { anyRole, type Executor, type Step, type Turn, type Wave } from '../../common/plan.ts';
import type { PlannedNode } from './plan-input.ts';

export interface SnapshotInput {
  /** Of the hop. */
  readonly id: string;
  readonly verify: SnapshotVerification;
  readonly nodes: readonly PlannedNode[];
  readonly leaderRole: string;
  /** Key of the setting by which the leader keeps what others need; null: the engine has none. */
  readonly retainKey: string | null;
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

export function snapshotWaves(input: SnapshotInput): readonly Wave[] {
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

const wave = (input: SnapshotInput, name: string, turns: readonly Turn[]): Wave => ({
  id: `${input.id}.snapshot.${name}`,
  parallel: 1,
  turns,
});

function snapshotTurn(input: SnapshotInput, node: PlannedNode): Turn {
  const need = snapshotNeedOf(node, input.verify);
  const body: OrderBody = { kind: 'snapshot', verify: input.verify, needBytes: need.bytes, needInodes: need.inodes };
  const step = { verb: 'snapshot', title: 'snapshot', body, deadlineMs, expectedMs: 500 + Math.ceil(need.bytes / copiedBytesPerMs) };
  const freeBytes = node.view.facts?.space.snapshots?.freeBytes ?? node.view.facts?.space.data.freeBytes ?? 0;
  return { ...turnOf(input, node, 'snapshot', step), need: { bytes: need.bytes, freeBytes } };
}

function settingTurn(input: SnapshotInput, node: PlannedNode, name: string, title: string, body: OrderBody): Turn {
  const step = { verb: body.kind, title, body, deadlineMs: settingDeadlineMs, expectedMs: settingMs };
  return { ...turnOf(input, node, `snapshot-${name}`, step), need: null };
}

interface StepDraft {
  readonly verb: string;
  readonly title: string;
  readonly body: OrderBody;
  readonly deadlineMs: number;
  readonly expectedMs: number;
}

function turnOf(input: SnapshotInput, node: PlannedNode, name: string, { verb, ...draft }: StepDraft): Omit<Turn, 'need'> {
  const { instance } = node.view;
  const id = `${input.id}.${name}.${instance}`;
  const executor: Executor = { kind: 'instance', instance };
  const step: Step = { id: `${id}.${verb}`, executor, guards: [], repeat: 'convergent', gate: null, ...draft };
  return {
    id,
    instance,
    expectedRole: node.role,
    disruptive: false,
    wayBack: 'swap',
    variants: [{ role: anyRole, steps: [step], undo: [], outOfServiceMs: 0 }],
  };
}
