/** Who can take writes over from the primary, and why just this standby; or why none can, and what to do about it. PURE. */
import type { ClusterView, NodeView } from '../../../common/facts.ts';
import type { Problem, SuccessorChoice } from '../../../common/procedure.ts';
import { membersOf } from '../../kit/pure/scene.ts';
import {
  delayText,
  guardedSettings,
  isDelayed,
  maxLagBytes,
  ownLogicalSlots,
  type ReplicationRow,
  type ServerFacts,
  serverFactsOf,
  standbyNamed,
  unkeptSlots,
} from '../facts.ts';
import { isSatisfiedBy, parseSyncNames } from './sync-names.ts';

const restart = 'or use --primary restart';
/** pg_promote came with 12, a primary_conninfo that a reload changes with 13. Source: their release notes. */
const promoteSince = 120_000;
const repointSince = 130_000;

interface Known {
  readonly node: NodeView;
  readonly name: string;
  readonly server: ServerFacts;
}

/** Standbys that stream from the primary directly and have all that a primary needs: a synchronous one, then the least behind, then by name. */
export function successor(view: ClusterView): SuccessorChoice {
  const { primary, primaries, standbys, lowest } = answering(view);
  if (primary === null)
    return { problems: [`${view.cluster} has ${primaries.length === 0 ? 'no' : 'more than one'} primary that answers; fix that first`] };
  const candidates = standbys.map((standby) => candidateOf(standby, primary, standbys, lowest));
  const problems = clusterProblems(primary, standbys);
  if (problems.length > 0) return { problems };
  const [best, ...after] = candidates.filter(isAble).sort(byMerit);
  if (best === undefined) return { problems: candidates.flatMap(problemsOf) };
  const unable = candidates.filter((candidate) => !isAble(candidate));
  const why = [`${syncWord(best)}, ${lagText(best)}`, ...behind(best, after), ...equals(best, after), ...unable.map(unableText)];
  return { instance: nameOf(best), why: why.join('; ') };
}

/** `primary`: the only one that answers; null: there is none, or another one. */
function answering(view: ClusterView) {
  const known = membersOf(view, serverFactsOf).flatMap(({ node, name, server }): readonly Known[] =>
    server === null ? [] : [{ node, name: name ?? node.instance, server }],
  );
  const primaries = known.filter(({ server }) => !server.inRecovery);
  const standbys = known.filter(({ server }) => server.inRecovery);
  const [primary = null] = primaries.length === 1 ? primaries : [];
  return { primary, primaries, standbys, lowest: lowestSettings(known) };
}

/**
 * Why this standby cannot take over from this primary now, by the same rules as when it was chosen. Whether there is one primary at all, the
 * other prechecks say.
 */
export function takeOver(view: ClusterView, leader: string, chosen: string): readonly Problem[] {
  const { primary, standbys, lowest } = answering(view);
  const standby = standbys.find(({ node }) => node.instance === chosen);
  if (primary?.node.instance !== leader || standby === undefined) return [];
  const problems = [...clusterProblems(primary, standbys), ...problemsOf(candidateOf(standby, primary, standbys, lowest))];
  const refused = { check: 'can-take-over', severity: 'refuse', subject: chosen, clears: 'person' } as const;
  return problems.map((problem) => ({ ...refused, detail: inRun(problem) }));
}

/** A run cannot change its plan. */
const inRun = (problem: string): string =>
  problem.replace('use --primary restart', 'abort this run, and plan again with --primary restart');

const when = <T>(so: boolean, said: T): readonly T[] => (so ? [said] : []);

/** What no choice of a standby would change. */
function clusterProblems(primary: Known, standbys: readonly Known[]): readonly string[] {
  const { node, server } = primary;
  const direct = standbys.filter((standby) => rowOf(primary, standby) !== null);
  const logical = unkeptSlots(server);
  const below = standbys.filter((standby) => !direct.includes(standby) && standbys.some((upper) => rowOf(upper, standby) !== null));
  const old = server.serverVersionNum < (standbys.length > 1 ? repointSince : promoteSince);
  const why = 'that needs 12, and 13 with more than one standby';
  const lost = `logical slots of ${node.instance} would be lost in a switchover (${logical.join(', ')})`;
  const cascaded = `streams from another standby, and a switchover does not support cascaded standbys; attach it to ${node.instance}`;
  return [
    ...when(direct.length === 0, `no standby streams from ${node.instance}; attach one, ${restart}`),
    ...when(old, `version ${server.serverVersion} cannot switch over while it runs: ${why}; use --primary restart`),
    ...when(logical.length > 0, `${lost}; use --primary restart`),
    ...below.map((standby) => `${standby.node.instance} ${cascaded}, ${restart}`),
    ...when(!server.canFollow, `${node.instance} could not follow another member: ${followObstacle(node)}, ${restart}`),
    ...[primary, ...standbys].flatMap(accessProblems),
  ];
}

function followObstacle(node: NodeView): string {
  const finding = node.facts?.findings.find(({ check }) => check === 'can-follow');
  return finding?.detail ?? `its agent on ${node.host} does not report that it can; set connection.replication in its settings`;
}

/** Every member may have to be followed, and be told whom to follow. */
function accessProblems({ node, server }: Known): readonly string[] {
  const { instance, host, capabilities } = node;
  const unknown = `the address of ${instance} for its peers is unknown; set connection.advertise in the settings of its agent on ${host}`;
  const noSuperuser = `the agent on ${host} is not a superuser of ${instance} and cannot repoint it; make it a superuser`;
  const off = `allow_alter_system is off on ${instance}, so it cannot be repointed while it runs; turn it on`;
  return [
    ...when(server.advertised === null, `${unknown}, ${restart}`),
    ...when(!capabilities.includes('sql-admin'), `${noSuperuser}, ${restart}`),
    ...when(!server.altersSystem, `${off}, ${restart}`),
  ];
}

interface Candidate {
  readonly standby: Known;
  readonly row: ReplicationRow | null;
  readonly obstacles: readonly Obstacle[];
}

/** Why it cannot take over, and what to do about that. */
type Obstacle = readonly [what: string, remedy: string];

type Settings = ServerFacts['settings'];

/** Of each guarded setting the lowest value that any member has: who has no more than that asks too much of none. */
function lowestSettings(members: readonly Known[]): Settings {
  const lowestOf = (name: keyof Settings) => members.reduce((least, { server }) => Math.min(least, server.settings[name] ?? 0), Infinity);
  return Object.fromEntries(guardedSettings.map((name) => [name, lowestOf(name)])) as Settings;
}

function candidateOf(standby: Known, primary: Known, standbys: readonly Known[], lowest: Settings): Candidate {
  const row = rowOf(primary, standby);
  const obstacle = notReady(standby, primary, row);
  const obstacles = obstacle === null ? lacking(standby, [primary, ...standbys.filter((other) => other !== standby)], lowest) : [obstacle];
  return { standby, row, obstacles };
}

const isAble = ({ obstacles }: Candidate): boolean => obstacles.length === 0;

const nameOf = ({ standby }: Candidate): string => standby.node.instance;

const problemsOf = (candidate: Candidate): readonly string[] =>
  candidate.obstacles.map(([what, remedy]) => `${nameOf(candidate)} cannot take over: ${what}; ${remedy}`);

/** Why it could not be promoted now; the first thing found says enough. */
function notReady(standby: Known, primary: Known, row: ReplicationRow | null): Obstacle | null {
  const { node, server } = standby;
  if (row?.state !== 'streaming' || server.walReceiver?.status !== 'streaming')
    return [`it does not stream from ${primary.node.instance}`, 'check its log'];
  if (node.facts?.inService !== true) return ['it is not in service', 'check its log'];
  const delay = `${delayText(server.applyDelayMs)} (recovery_min_apply_delay)`;
  if (isDelayed(server)) return [`its replay is delayed by ${delay}`, `let another member take over, ${restart}`];
  if (server.replayPaused) return ['its replay is paused', 'run SELECT pg_wal_replay_resume()'];
  if (row.lagBytes === null || row.lagBytes > maxLagBytes)
    return [`it is ${row.lagBytes ?? 'an unknown number of'} bytes behind, at most ${maxLagBytes} are allowed`, 'let it catch up'];
  if (node.facts.version.format !== primary.node.facts?.version.format)
    return ['its data is of another major version', 'bring the members to one major version first'];
  if (node.arch !== primary.node.arch) return [`its architecture is ${node.arch}, that of the primary is ${primary.node.arch}`, restart];
  const missing = ownLogicalSlots(primary.server).filter(
    ({ name, failover }) => failover && !server.slots.some((copy) => copy.name === name && copy.synced),
  );
  if (missing.length === 0) return null;
  const names = missing.map(({ name }) => name).join(', ');
  return [`it has no synchronized copy of ${names}, a logical slot of ${primary.node.instance} that is to fail over`, 'check its log'];
}

/** What it lacks as the primary of the others, and as who is stopped and fenced where the role goes back. */
function lacking(standby: Known, others: readonly Known[], lowest: Settings): readonly Obstacle[] {
  const { node, server } = standby;
  const own = server.synchronousStandbyNames;
  const rule = parseSyncNames(own);
  const senders = server.settings.max_wal_senders ?? 0;
  const higher = guardedSettings.filter((name) => (lowest[name] ?? 0) < (server.settings[name] ?? 0));
  const lower = (higher.length === 0 ? [] : others).flatMap(({ node: { instance }, server: { settings } }) => {
    const below = higher.filter((name) => (settings[name] ?? 0) < (server.settings[name] ?? 0));
    const values = below.map((name) => `${name} is ${server.settings[name]} there and ${settings[name]} on ${instance}`);
    return values.map((value): Obstacle => [`${value}, which could not follow it`, 'make them equal']);
  });
  const names = others.map(({ name }) => name);
  const waits = `its own synchronous_standby_names = '${own}' could not be met by the others, and commits would hang`;
  return [
    ...when<Obstacle>(!server.canFollow, [`it could not be made a standby again: ${followObstacle(node)}`, restart]),
    ...lower,
    ...slotObstacles(server, others),
    ...when<Obstacle>(senders < others.length, [`its max_wal_senders is ${senders}, ${others.length} members would follow it`, 'raise it']),
    ...when<Obstacle>(rule === null || !isSatisfiedBy(rule, names), [waits, 'change it for its time as primary']),
  ];
}

/** Each member that follows by a slot has one made there before the promotion, when the former primary is stopped. */
function slotObstacles(server: ServerFacts, others: readonly Known[]): readonly Obstacle[] {
  const wanted = others.flatMap((other) => other.server.primarySlot ?? []);
  const clash = server.slots.find(({ name, type }) => type === 'logical' && wanted.includes(name));
  if (clash !== undefined) return [[`its logical slot ${clash.name} has the name of a member's slot`, 'rename one of them']];
  const missing = wanted.filter((name) => !server.slots.some((slot) => slot.name === name));
  if (server.freeSlots === null || missing.length <= server.freeSlots) return [];
  const room = `its max_replication_slots leaves room for ${server.freeSlots} more`;
  return [[`${room}, ${missing.length} members would follow it with a slot`, 'raise it']];
}

const rowOf = (upstream: Known, standby: Known): ReplicationRow | null => standbyNamed(upstream.server, standby.name) ?? null;

/** By pg_stat_replication's word for a standby: how it is said, and how it ranks. */
const syncStates: Readonly<Record<string, readonly [word: string, rank: number]>> = {
  sync: ['synchronous', 0],
  quorum: ['one of the quorum', 0],
  potential: ['next to be synchronous', 1],
};

const syncOf = ({ row }: Candidate) => syncStates[row?.syncState ?? ''] ?? (['asynchronous', 2] as const);
const syncWord = (candidate: Candidate): string => syncOf(candidate)[0];
const rankOf = (candidate: Candidate): number => syncOf(candidate)[1];
const lagText = ({ row }: Candidate): string => `${row?.lagBytes ?? 0} bytes behind`;

const compareMerit = (a: Candidate, b: Candidate): number =>
  rankOf(a) - rankOf(b) || (a.row?.lagBytes ?? Number.POSITIVE_INFINITY) - (b.row?.lagBytes ?? Number.POSITIVE_INFINITY);
const byMerit = (a: Candidate, b: Candidate): number => compareMerit(a, b) || (nameOf(a) < nameOf(b) ? -1 : 1);

/** Of runners-up, the first thing in which each is less than the best one. */
function behind(best: Candidate, after: readonly Candidate[]): readonly string[] {
  return after
    .filter((other) => compareMerit(best, other) !== 0)
    .map((other) => `${nameOf(other)} is ${rankOf(other) === rankOf(best) ? lagText(other) : syncWord(other)}`);
}

function equals(best: Candidate, after: readonly Candidate[]): readonly string[] {
  const names = after.filter((other) => compareMerit(best, other) === 0).map(nameOf);
  return names.length === 0 ? [] : [`${names.join(' and ')} ${names.length === 1 ? 'is' : 'are'} equal, so the first by name takes over`];
}

/** One obstacle is enough for a line. */
const unableText = (candidate: Candidate): string => `${nameOf(candidate)} cannot take over: ${candidate.obstacles[0]?.[0]}`;
