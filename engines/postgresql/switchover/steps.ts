/**
 * The primary's turn when a standby takes writes over: stop it, fence it on its disk, promote the other one, and start it again as a standby.
 * Between the fence and the end only the promoted one can take writes, whatever is rebooted or started by hand. PURE.
 * Source: chapters Log-Shipping Standby Servers (Planning, Failover), Upgrading a PostgreSQL Cluster.
 */
import assert from 'node:assert/strict';
import type { NodeView } from '../../../common/facts.ts';
import type { Guard } from '../../../common/orders.ts';
import type { TurnDraft, TurnInput } from '../../../common/shape-forms.ts';
import { guard, memberOf } from '../../kit/pure/steps.ts';
import { type Cast, downtime, exchange, type Party, standIn } from '../exchange.ts';
import { isDelayed, ownLogicalSlots, receiverRows, serverFactsOf } from '../facts.ts';
import { handedOverChecks, lateRisks } from '../health-steps.ts';
import { expectedStopMs, ofPromotion } from '../limits.ts';
import { followersOf } from '../topology.ts';
import { undoAfter, undoBefore } from './switch-back.ts';

/** Of a primary whose successor was chosen. `guards`: those of its downtime. */
export function switchover(input: TurnInput, successor: NodeView, guards: readonly Guard[]): TurnDraft {
  const cast = castOf(input, successor);
  const { primary, standby, others } = cast;
  const { idPrefix: prefix, hop, fromRelease, toRelease, config } = input;
  const sync = standIn(`${prefix}.handover`, standby, primary, others);
  const { late } = followersOf(input);
  const mode = fromRelease === toRelease ? 'normal' : hop.direction;
  const steps = [
    ...sync.before,
    ...exchange({
      prefix: `${prefix}.handover`,
      of: primary.instance,
      leaving: primary,
      taking: standby,
      others,
      // Who replays late must have received all of it before it follows another one, which keeps WAL only from its promotion on.
      guards: [...guards, guard('can-follow'), guard('logical-slots-kept'), ...late.map((member) => guard('member-receives', member))],
      stop: { release: fromRelease, version: hop.from },
      // With a stop: tried again, it may find the member running what it was rolled back to.
      start: {
        ...downtime(mode, ['stop', 'activate', 'start'], fromRelease, toRelease, hop.to),
        ...(config === null ? {} : { config }),
      },
      handedSlots: handedSlotsOf(input.node),
    }),
    ...handedOverChecks(
      input,
      prefix,
      standby,
      others.map((other) => other.member).filter((member) => !late.includes(member)),
    ),
    ...sync.after,
  ];
  return {
    steps,
    undo: undoBefore(input, cast, sync),
    downtimeMs: expectedStopMs + ofPromotion.expectedMs,
    handover: { step: `${prefix}.handover.promote`, undo: undoAfter(input, cast, sync) },
    beside: [standby, ...others].map((party) => party.instance).sort(),
    risks: [...sync.risks, ...weakerCommits(cast), ...lateRisks(input), ...receiverRisks(input, standby.instance)],
  };
}

function handedSlotsOf({ facts }: NodeView): readonly string[] {
  const server = serverFactsOf(facts);
  return server === null ? [] : ownLogicalSlots(server).map(({ name }) => name);
}

function castOf(input: TurnInput, successor: NodeView): Cast {
  const { prompt, late } = followersOf(input);
  const members = [...prompt, ...late];
  const others = input.peers.filter((peer) => peer.instance !== successor.instance && members.includes(memberOf(peer)));
  const { running } = successor.facts?.version ?? { running: null };
  const present = successor.facts?.release.current ?? null;
  return {
    primary: partyOf(input.node),
    standby: partyOf(successor),
    others: others.map((other) => ({ ...partyOf(other), late: isDelayed(serverFactsOf(other.facts)) })),
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

/** An archiver stays with the server that it is connected to, which is a standby then. */
function receiverRisks({ node }: TurnInput, successor: string): readonly string[] {
  const server = serverFactsOf(node.facts);
  const names = server === null ? [] : [...new Set(receiverRows(server).map((row) => row.applicationName))].sort();
  return names.map((name) => `${name} receives WAL from ${node.instance} and is cut off by the switchover: reconnect it to ${successor}`);
}

/** Each server waits for standbys by its own setting; the one that is primary counts. */
function weakerCommits({ primary, standby }: Cast): readonly string[] {
  if (primary.syncNames === '' || standby.syncNames !== '') return [];
  const [was, is] = [primary, standby].map((party) => `'${party.syncNames}' on ${party.instance}`);
  return [`after the switchover commits wait for no standby: synchronous_standby_names is ${was} and ${is}`];
}
