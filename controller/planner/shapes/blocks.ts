/** PURE. Phases and turns that several shapes have, each made of one hop. */
import { durationText } from '../../../common/duration-text.ts';
import type { OrderBody } from '../../../common/orders.ts';
import { anyRole, type Phase, type PhaseName, type Step, type Turn, type TurnVariant, type Wave } from '../../../common/plan.ts';
import type { TurnInput } from '../../../common/shape-forms.ts';
import { oncePerFolder } from '../goals.ts';
import type { HopInput, HopSnapshot, PlannedNode } from '../plan-input.ts';
import { needOf } from '../problems.ts';
import { finalizeOf, finalizeWaves, isCommanded, preparationOf, prepareWave, soakWave } from './cluster-steps.ts';
import { restoredLeader } from './hop-snapshots.ts';
import { leaderSnapshotWave, snapshotWaves } from './snapshot.ts';

/** A probe over a few SQL sessions; a generous estimate. */
const probeMs = 500;
const probeDeadlineMs = 30_000;
/** Fetching, hashing and unpacking together on a slow disk. */
const stagedBytesPerMs = 50_000;
const stageDeadlineMs = 30 * 60_000;
const removalMs = 500;
const removalDeadlineMs = 5 * 60_000;

/** Probes every node, then stages the release on those that have a turn. */
export function openingPhases(input: HopInput): readonly (Phase | null)[] {
  const staged = oncePerFolder(input.order.filter((node) => input.bundle(node) !== null));
  return [
    phase(
      input,
      'preflight',
      preflightSummary(input),
      together(input, 'preflight', input.all, (node) => probe(input, node)),
    ),
    phase(
      input,
      'stage',
      'all nodes',
      together(input, 'stage', staged, (node) => stage(input, node)),
    ),
  ];
}

/** The end of every hop, whatever its kind. */
export function closingPhases(input: HopInput): readonly (Phase | null)[] {
  return [
    phase(input, 'verify', 'running version read back from each node', verifyWave(input)),
    phase(input, 'soak', `the cluster is watched for ${durationText(input.soakMs)}`, soakWave(input)),
    finalizePhase(input),
    cleanupPhase(input),
  ];
}

/** What is done to the cluster before its first node. */
export const preparePhase = (input: HopInput): Phase | null => phase(input, 'prepare', preparedText(input), prepareWave(input));

/** Of many steps the first stands for all. */
const manySteps = 4;

function preparedText(input: HopInput): string {
  const titles = [...new Set(preparationOf(input).steps.map(({ title }) => title))];
  return titles.length > manySteps ? `${titles[0]} · and ${titles.length - 1} more` : titles.join(' · ');
}

function preflightSummary(input: HopInput): string {
  const { view, procedure } = input;
  const counts = `membership ${view.expectedMembers} expected = ${view.nodes.length} enrolled = ${procedure.membersSeen(view).length} seen`;
  const checks = preflightChecksOf(input).length;
  return checks === 0 ? counts : `${counts} · ${checks} ${checks === 1 ? 'check' : 'checks'} on each node`;
}

const preflightChecksOf = ({ procedure: { preflightChecks, planChecks = [] } }: HopInput): readonly string[] => [
  ...preflightChecks,
  ...planChecks,
];

export function phase(input: HopInput, name: PhaseName, summary: string, wave: Wave | null): Phase | null {
  if (wave === null || wave.turns.length === 0) return null;
  const turns = wave.turns.map(expectedOf);
  const expectedMs = wave.parallel > 1 ? Math.max(...turns) : turns.reduce((total, ms) => total + ms, 0);
  return { id: `${input.id}.${name}`, name, summary, expectedMs, waves: [wave] };
}

const dayMs = 86_400_000;

export function finalizePhase(input: HopInput): Phase | null {
  const waves = finalizeWaves(input);
  if (waves.length === 0) return null;
  const expectedMs = waves.flatMap(({ turns }) => turns.map(expectedOf)).reduce((total, ms) => total + ms, 0);
  const { from, to } = input.hop;
  const lost = `afterwards ${from} can no longer run on this data`;
  const summary = !isCommanded(input.hop)
    ? `the cluster finalizes ${to} automatically: from here on, a downgrade needs its own plan`
    : input.finalize === 'auto'
      ? `point of no return, passed by this run without asking again; ${lost}`
      : `point of no return: the run rests until \`drydock finalize\`; ${lost}`;
  return { id: `${input.id}.finalize`, name: 'finalize', summary, expectedMs, waves };
}

export function snapshotPhase(input: HopInput): Phase | null {
  const { snapshot, procedure } = input;
  if (snapshot === null) return null;
  const retainKey = snapshot.leaderRole === null ? (procedure.retainKey ?? null) : null;
  // Not before the run can be over, its rest included, and not while a person may still be looking into why it failed.
  const keepMs = Math.max(snapshot.keepMs, dayMs) + input.soakMs + (finalizeOf(input.hop, input).deadlineMs ?? 0);
  const taken = { id: input.id, keepMs, verify: snapshot.verify, nodes: input.all, leaderRole: procedure.leaderRole, retainKey };
  const waves = snapshot.leaderRole === null ? snapshotWaves(taken) : [leaderSnapshotWave({ ...taken, cluster: input.view.cluster })];
  const expectedMs = waves.flatMap((wave) => wave.turns.map(expectedOf)).reduce((total, ms) => total + ms, 0);
  const proven = { none: 'not verified', list: 'verified by listing', 'restore-compare': 'verified by restoring and comparing' }[
    snapshot.verify
  ];
  const days = Number((snapshot.keepMs / dayMs).toFixed(1));
  return {
    id: `${input.id}.snapshot`,
    name: 'snapshot',
    summary: `${snapshot.leaderRole === null ? 'each node' : `the ${snapshot.leaderRole} only`}, ${proven}, kept ${days} days after the run`,
    expectedMs,
    waves,
  };
}

/** Restores keep what they moved aside until a later run gives it up. */
export function cleanupPhase(input: HopInput): Phase | null {
  const removal = removalWave(input);
  const { snapshot } = input;
  const aging = snapshot === null ? null : together(input, 'cleanup', input.all, (node) => ageSnapshot(input.id, node, snapshot));
  const summary = removal === null ? 'the retention of the snapshots begins' : removedBy(input);
  if (removal === null || aging === null) return phase(input, 'cleanup', summary, removal ?? aging);
  const first = phase(input, 'cleanup', summary, removal);
  if (first === null) return null;
  const ageing: Wave = { ...aging, id: `${input.id}.cleanup.2`, turns: aging.turns.map((turn) => renamed(turn, 'cleanup', 'ageing')) };
  return { ...first, waves: [...first.waves, ageing] };
}

function removalWave(input: HopInput): Wave | null {
  const leader = restoredLeader(input);
  if (leader !== null) return together(input, 'cleanup', [leader.node], () => leader.letGo);
  if (input.keepsReleases || input.all.some((node) => input.restore(node) !== null)) return null;
  const changes = input.order.some((node) => input.fromRelease(node) !== input.toRelease(node) || input.config(node) !== null);
  return changes ? together(input, 'cleanup', oncePerFolder(input.all), (node) => giveUpRollback(input, node)) : null;
}

/** All that is removed, what earlier runs left included. A change of the configuration alone has no previous release. */
function removedBy(input: HopInput): string {
  const { order, fromRelease, toRelease } = input;
  const leader = restoredLeader(input);
  if (leader !== null) return `${leader.node.view.instance} drops the WAL that it kept for the others to follow its snapshot`;
  return order.some((node) => fromRelease(node) !== toRelease(node))
    ? 'the previous release, other unused releases and data moved aside by restores are removed from the hosts'
    : 'the former configuration, unused releases and data moved aside by restores are removed from the hosts';
}

/** The same turn under another phase's name: a node has one turn of each name. */
function renamed(turn: Turn, from: string, to: string): Turn {
  const rename = (id: string) => id.replace(`.${from}.`, `.${to}.`);
  const variants = turn.variants.map((variant) => ({ ...variant, steps: variant.steps.map((step) => ({ ...step, id: rename(step.id) })) }));
  return { ...turn, id: rename(turn.id), variants };
}

/** Of the leader's, the one that made it knows, and no other has one. */
function ageSnapshot(hop: string, node: PlannedNode, { keepMs, leaderRole }: HopSnapshot): Harmless {
  const body: OrderBody = { kind: 'cleanup', part: 'snapshot', keepMs, ...(leaderRole === null ? {} : { hop }) };
  return {
    verb: 'finalize',
    title: `begin the retention of the snapshot of ${node.view.instance}`,
    body,
    expectedMs: removalMs,
    deadlineMs: removalDeadlineMs,
  };
}

export function expectedOf(turn: Turn): number {
  const variant = turn.variants.find((each) => each.role === turn.expectedRole) ?? turn.variants[0];
  return (variant?.steps ?? []).reduce((total, step) => total + step.expectedMs, 0);
}

export const turnId = (input: HopInput, name: PhaseName, node: PlannedNode): string => `${input.id}.${name}.${node.view.instance}`;

interface Harmless {
  readonly verb: string;
  readonly title: string;
  readonly body: OrderBody;
  readonly expectedMs: number;
  readonly deadlineMs: number;
  readonly need?: Turn['need'];
}

/** A wave of one-step turns that take nothing down, all at the same time. */
function together(input: HopInput, name: PhaseName, nodes: readonly PlannedNode[], act: (node: PlannedNode) => Harmless): Wave {
  const turns = nodes.map((node): Turn => {
    const { verb, title, body, expectedMs, deadlineMs, need } = act(node);
    const id = turnId(input, name, node);
    const step: Step = {
      id: `${id}.${verb}`,
      title,
      executor: { kind: 'instance', instance: node.view.instance },
      body,
      guards: [],
      repeat: 'convergent',
      deadlineMs,
      expectedMs,
      healthCheck: null,
    };
    return {
      id,
      instance: node.view.instance,
      expectedRole: node.role,
      disruptive: false,
      rollback: name === 'cleanup' ? 'none' : 'lossless',
      variants: [{ role: anyRole, steps: [step], undo: [], downtimeMs: 0 }],
      need: need ?? null,
    };
  });
  return { id: `${input.id}.${name}.1`, parallel: Math.max(1, turns.length), turns };
}

function probe(input: HopInput, node: PlannedNode): Harmless {
  const body: OrderBody = { kind: 'observe', checks: preflightChecksOf(input), nonce: '' };
  return { verb: 'observe', title: `probe ${node.view.instance}`, body, expectedMs: probeMs, deadlineMs: probeDeadlineMs };
}

function stage(input: HopInput, node: PlannedNode): Harmless {
  const bundle = input.bundle(node);
  if (bundle === null) throw new TypeError(`${node.view.instance}: planned without a bundle`);
  const need = needOf(bundle);
  const config = input.config(node);
  const installed = node.view.facts?.release.installed.includes(bundle.release) === true;
  return {
    verb: 'stage',
    title: `stage ${bundle.release}`,
    body: { kind: 'stage', bundle, needBytes: need.bytes, needInodes: need.inodes, ...(config === null ? {} : { config }) },
    expectedMs: installed ? probeMs : probeMs + Math.ceil(need.bytes / stagedBytesPerMs),
    deadlineMs: stageDeadlineMs,
    need: { bytes: installed ? 0 : need.bytes, freeBytes: node.view.facts?.space.releases.freeBytes ?? 0 },
  };
}

function giveUpRollback(input: HopInput, node: PlannedNode): Harmless {
  const body: OrderBody = { kind: 'cleanup', part: 'previous-release', keepRelease: input.toRelease(node) };
  return { verb: 'finalize', title: 'remove the previous release', body, expectedMs: removalMs, deadlineMs: removalDeadlineMs };
}

export function turnInput(input: HopInput, node: PlannedNode, idPrefix: string, role: string): TurnInput {
  // A hop that stays where it is keeps each node at its own version.
  const [from, to] = input.hop.from === input.hop.to ? [node.version, node.version] : [input.hop.from, input.hop.to];
  return {
    idPrefix: role === anyRole ? idPrefix : `${idPrefix}.${role}`,
    node: node.view,
    peers: input.view.nodes.filter((peer) => peer !== node.view),
    role,
    hop: { from, to, direction: input.direction },
    fromRelease: input.fromRelease(node),
    toRelease: input.toRelease(node),
    settleMs: input.settleMs,
    successor: input.successor !== null && role === input.procedure.leaderRole && node.role === role ? input.successor : null,
    config: input.config(node),
    reloadOnly: input.reloadOnly,
    restore: input.restore(node),
  };
}

export function verifyWave(input: HopInput): Wave {
  const turns = input.all.map((node): Turn => {
    const id = turnId(input, 'verify', node);
    const variants = input.procedure.roles.map((role): TurnVariant => {
      return { role, steps: input.procedure.verify(turnInput(input, node, id, role)), undo: [], downtimeMs: 0 };
    });
    return { id, instance: node.view.instance, expectedRole: node.role, disruptive: false, rollback: 'lossless', variants, need: null };
  });
  return { id: `${input.id}.verify.1`, parallel: Math.max(1, turns.length), turns };
}
