/**
 * The primary's turn when a standby takes writes over: stop it, fence it on its disk, promote the other one, and start it again as a standby.
 * Between the fence and the end nobody but the promoted one can take writes, whatever is rebooted or started by hand. PURE.
 * Source: chapters Log-Shipping Standby Servers (Planning, Failover), Upgrading a PostgreSQL Cluster.
 */
import assert from 'node:assert/strict';
import type { NodeView, TurnDraft, TurnInput } from '../../common/engine.ts';
import type { ConfigRevision, Guard, MemberAddress, OrderBody } from '../../common/orders.ts';
import type { Step } from '../../common/plan.ts';
import { serverFactsOf } from './facts.ts';
import { downstream, handedOverProofs, memberOf, proofSteps, streams } from './proofs.ts';
import {
  awaitSelf,
  expectedChangeMs,
  expectedGateMs,
  expectedOutageMs,
  expectedStopMs,
  guard,
  lookDeadlineMs,
  outageDeadlineMs,
  stepOf,
} from './steps.ts';
import { loweredTo } from './sync-names.ts';
import { lowering, type SyncSteps, waitText } from './sync-steps.ts';

/** The end of recovery, and the wait until everything is replayed. */
const promoteDeadlineMs = 5 * 60_000;
const expectedPromoteMs = 300;

interface Party {
  readonly instance: string;
  readonly member: string;
  readonly address: MemberAddress;
  /** The slot by which it follows whoever is primary; null: none. */
  readonly slot: string | null;
  readonly syncNames: string;
}

/** All that take part, by what they were when the plan was made. */
interface Cast {
  readonly primary: Party;
  readonly standby: Party;
  /** They followed the primary, too. */
  readonly others: readonly Party[];
  /** Of the standby when its own turn is over. */
  readonly standbyRelease: string;
}

/** Of a primary whose successor was chosen. `guards`: those of its outage. */
export function switchover(input: TurnInput, successor: NodeView, guards: readonly Guard[]): TurnDraft {
  const cast = castOf(input, successor);
  const { primary, standby, others } = cast;
  const { idPrefix: prefix, hop, fromRelease, toRelease, config } = input;
  const sync = standIn(`${prefix}.handover`, standby, primary, others);
  const mode = fromRelease === toRelease ? 'normal' : hop.direction;
  const steps = [
    ...sync.before,
    ...exchange({
      prefix: `${prefix}.handover`,
      of: primary.instance,
      leaving: primary,
      taking: standby,
      others,
      guards,
      stop: { release: fromRelease, version: hop.from },
      start: outage(mode, ['activate', 'start'], fromRelease, toRelease, hop.to, config),
    }),
    ...handedOverProofs(
      input,
      prefix,
      standby,
      others.map((other) => other.member),
    ),
    ...sync.after,
  ];
  return {
    steps,
    undo: undoBefore(input, cast, sync),
    outOfServiceMs: expectedStopMs + expectedPromoteMs,
    handover: { step: `${prefix}.handover.promote`, undo: undoAfter(input, cast, sync) },
    beside: [standby, ...others].map((party) => party.instance).sort(),
    risks: [...sync.risks, ...weakerCommits(cast)],
  };
}

function castOf(input: TurnInput, successor: NodeView): Cast {
  const members = downstream(input);
  const others = input.peers.filter((peer) => peer.instance !== successor.instance && members.includes(memberOf(peer)));
  const { running } = successor.facts?.version ?? { running: null };
  const present = successor.facts?.release.current ?? null;
  return {
    primary: partyOf(input.node),
    standby: partyOf(successor),
    others: others.map(partyOf),
    // One that ran the target before has no turn. All are of one architecture, so the others get the same release.
    standbyRelease: running === input.hop.to && present !== null ? present : input.toRelease,
  };
}

/** What successor() has seen to be there. */
function partyOf(node: NodeView): Party {
  const server = serverFactsOf(node.facts);
  assert(server?.advertised != null, `${node.instance} was planned into a switchover and does not say where its peers reach it`);
  const member = memberOf(node);
  return {
    instance: node.instance,
    member,
    address: { member, ...server.advertised },
    slot: server.primarySlot,
    syncNames: server.synchronousStandbyNames,
  };
}

interface Exchange {
  readonly prefix: string;
  /** Whose turn it is: titles name only others. */
  readonly of: string;
  readonly leaving: Party;
  readonly taking: Party;
  readonly others: readonly Party[];
  readonly guards: readonly Guard[];
  /** What the leaving one runs when it is stopped. */
  readonly stop: { readonly release: string; readonly version: string };
  readonly start: OrderBody;
}

/** The role goes from one to the other. Nobody is promoted before the fence is on disk and all that was written is replayed. */
function exchange({ prefix, of, leaving, taking, others, guards, stop, start }: Exchange): readonly Step[] {
  const named = leaving.instance === of ? '' : ` ${leaving.instance}`;
  const change = { deadlineMs: lookDeadlineMs, expectedMs: expectedChangeMs, gate: null };
  const { release, version } = stop;
  const slotsOf = (parties: readonly Party[]) => parties.flatMap((party) => party.slot ?? []);
  const unused = slotsOf([taking, ...others]);
  return [
    stepOf(leaving.instance, {
      id: `${prefix}.stop`,
      title: `stop${named}`,
      body: outage('normal', ['quiesce', 'stop'], release, release, version, null),
      guards,
      deadlineMs: outageDeadlineMs,
      expectedMs: expectedStopMs,
      gate: null,
    }),
    stepOf(leaving.instance, {
      id: `${prefix}.fence`,
      title: `fence${named}`,
      body: { kind: 'act', verb: 'fence', follow: taking.address },
      ...change,
    }),
    stepOf(taking.instance, {
      id: `${prefix}.promote`,
      title: `promote ${taking.instance}`,
      body: { kind: 'act', verb: 'promote', token: null, slots: slotsOf([leaving, ...others]) },
      tokenFrom: `${prefix}.fence`,
      repeat: 'once',
      deadlineMs: promoteDeadlineMs,
      expectedMs: expectedPromoteMs,
      gate: null,
    }),
    ...others.map((other) =>
      stepOf(other.instance, {
        id: `${prefix}.repoint-${other.instance}`,
        title: `repoint ${other.instance}`,
        body: { kind: 'act', verb: 'repoint', follow: taking.address },
        ...change,
      }),
    ),
    stepOf(leaving.instance, {
      id: `${prefix}.start`,
      title: `start${named} as standby`,
      body: start,
      deadlineMs: outageDeadlineMs,
      expectedMs: expectedOutageMs,
      gate: null,
    }),
    ...(unused.length === 0
      ? []
      : [
          stepOf(leaving.instance, {
            id: `${prefix}.slots`,
            title: `drop the slots left${named === '' ? '' : ` on${named}`}`,
            body: { kind: 'act', verb: 'dropSlots', slots: unused },
            ...change,
          }),
        ]),
  ];
}

type Outage = Extract<OrderBody, { kind: 'outage' }>;

function outage(
  mode: Outage['mode'],
  parts: Outage['parts'],
  fromRelease: string,
  toRelease: string,
  expectVersion: string,
  config: ConfigRevision | null,
): Outage {
  return {
    kind: 'outage',
    mode,
    parts,
    fromRelease,
    toRelease,
    expectVersion,
    onFailure: 'revert',
    ...(config === null ? {} : { config }),
  };
}

/** The one that takes over waits for others by its own setting: for those that are left until the former primary follows it. */
function standIn(prefix: string, taking: Party, leaving: Party, others: readonly Party[]): SyncSteps {
  const names = others.map((other) => other.member);
  const value = loweredTo(taking.syncNames, names);
  assert(value !== null, `synchronous_standby_names of ${taking.instance} was read before: ${taking.syncNames}`);
  const steps = lowering(prefix, taking.instance, taking.syncNames, value);
  if (steps.before.length === 0) return steps;
  const risk = `from the promotion of ${taking.instance} until ${leaving.instance} follows it, commits wait for ${waitText(value)}`;
  return { ...steps, risks: [risk] };
}

/** Each server waits for standbys by its own setting; the one that is primary counts. */
function weakerCommits({ primary, standby }: Cast): readonly string[] {
  if (primary.syncNames === '' || standby.syncNames !== '') return [];
  const [was, is] = [primary, standby].map((party) => `'${party.syncNames}' on ${party.instance}`);
  return [`after the switchover commits wait for no standby: synchronous_standby_names is ${was} and ${is}`];
}

/**
 * The promotion was never ordered: the primary becomes one again, behind the proof that nobody else is. It was only stopped, so the release
 * that it ran is still in place.
 */
function undoBefore(input: TurnInput, { standby }: Cast, sync: SyncSteps): readonly Step[] {
  const { node, hop, fromRelease } = input;
  const prefix = `${input.idPrefix}.undo`;
  return [
    stepOf(standby.instance, {
      id: `${prefix}.unpromoted`,
      title: `${standby.instance} is a standby still`,
      body: awaitSelf('role-is', 'standby'),
      deadlineMs: lookDeadlineMs,
      expectedMs: expectedGateMs,
      gate: null,
    }),
    stepOf(node.instance, {
      id: `${prefix}.unfence`,
      title: 'take the fence back',
      body: { kind: 'act', verb: 'unfence' },
      deadlineMs: lookDeadlineMs,
      expectedMs: expectedChangeMs,
      gate: null,
    }),
    stepOf(node.instance, {
      id: `${prefix}.start`,
      title: 'start as primary',
      body: outage('normal', ['activate', 'start'], fromRelease, fromRelease, hop.from, null),
      deadlineMs: outageDeadlineMs,
      expectedMs: expectedOutageMs,
      gate: null,
    }),
    ...proofSteps(input, prefix, hop.from),
    ...renamed(sync.after, prefix, 'unsync'),
  ];
}

/**
 * The promotion was ordered: the role goes back the same way. First the former primary runs its old release as a standby, wherever it stood:
 * stopped and fenced, on the new release, or taken back already because the new one did not start. So it is primary again with one pause of
 * writes. That a minor reads the WAL of a newer one is likely and not sure (chapter Log-Shipping Standby Servers, Planning): it must be seen
 * to follow before the other one is stopped. A configuration is taken back last, by another pause: limits that it lowers must not be lower
 * on a standby than on its primary.
 */
function undoAfter(input: TurnInput, cast: Cast, sync: SyncSteps): readonly Step[] {
  const { hop, config } = input;
  const { primary, standby, others, standbyRelease } = cast;
  const prefix = `${input.idPrefix}.undo.handover`;
  const back = standIn(prefix, primary, standby, others);
  return [
    stepOf(standby.instance, {
      id: `${prefix}.promoted`,
      title: `${standby.instance} takes writes`,
      body: awaitSelf('role-is', 'primary'),
      deadlineMs: lookDeadlineMs,
      expectedMs: expectedGateMs,
      gate: null,
    }),
    ...gather(input, cast, prefix),
    ...back.before,
    ...exchange({
      prefix,
      of: primary.instance,
      leaving: standby,
      taking: primary,
      others,
      guards: [guard('role-is', 'primary'), ...[primary, ...others].map((party) => guard('member-in-service', party.member))],
      stop: { release: standbyRelease, version: hop.to },
      start: outage('normal', ['activate', 'start'], standbyRelease, standbyRelease, hop.to, null),
    }),
    ...(config === null ? [] : [oldConfig(input, prefix, config)]),
    ...proofSteps(input, prefix, hop.from),
    ...back.after,
    ...renamed(sync.after, prefix, 'unsync-successor'),
  ];
}

/** Whoever was not reached on the way there would be lost on the way back. */
function gather(input: TurnInput, { primary, standby, others }: Cast, prefix: string): readonly Step[] {
  const { hop, fromRelease, toRelease } = input;
  // Standing on the right release it is only started, if it does not run.
  const start =
    fromRelease === toRelease
      ? outage('normal', ['activate', 'start'], fromRelease, fromRelease, hop.from, null)
      : outage('downgrade', ['stop', 'activate', 'start'], toRelease, fromRelease, hop.from, null);
  return [
    ...others.map((other) =>
      stepOf(other.instance, {
        id: `${prefix}.gather-${other.instance}`,
        title: `repoint ${other.instance}`,
        body: { kind: 'act', verb: 'repoint', follow: standby.address },
        deadlineMs: lookDeadlineMs,
        expectedMs: expectedChangeMs,
        gate: null,
      }),
    ),
    stepOf(primary.instance, {
      id: `${prefix}.outage`,
      title: fromRelease === toRelease ? 'start as standby' : `outage back to ${hop.from} as standby`,
      body: start,
      deadlineMs: outageDeadlineMs,
      expectedMs: expectedOutageMs,
      gate: null,
    }),
    ...[primary, ...others].map((party, at) =>
      streams(standby.instance, `${prefix}.gathered-${at + 1}`, party.member, `${party.member} streams from ${standby.member}`),
    ),
  ];
}

function oldConfig({ node, hop, fromRelease }: TurnInput, prefix: string, config: ConfigRevision): Step {
  return stepOf(node.instance, {
    id: `${prefix}.config`,
    title: 'outage back to its configuration',
    body: outage('normal', ['quiesce', 'stop', 'activate', 'start'], fromRelease, fromRelease, hop.from, turnedRound(config)),
    deadlineMs: outageDeadlineMs,
    expectedMs: expectedOutageMs,
    gate: null,
  });
}

/** The same change the other way. Both texts are known by their digests. */
export function turnedRound({ fromDigest, toDigest }: ConfigRevision): ConfigRevision {
  return { changes: [], fromDigest: toDigest, toDigest: fromDigest };
}

function renamed(steps: readonly Step[], prefix: string, name: string): readonly Step[] {
  return steps.map((step) => ({ ...step, id: `${prefix}.${name}` }));
}
