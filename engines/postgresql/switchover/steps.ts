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
import { type Cast, downtime, exchange, type Party, promptOf, standIn } from '../exchange.ts';
import { isDelayed, ownLogicalSlots, receiverRows, type ServerFacts, serverFactsOf } from '../facts.ts';
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
        ...downtime(['stop', 'activate', 'start'], hop.to, fromRelease, toRelease),
        mode: fromRelease === toRelease ? 'normal' : hop.direction,
        ...(config === null ? {} : { config }),
      },
      handedSlots: ownLogicalSlots(serverOf(input.node)).map(({ name }) => name),
    }),
    ...handedOverChecks(input, prefix, standby, promptOf(others)),
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
function serverOf({ facts, instance }: NodeView): ServerFacts {
  const server = serverFactsOf(facts);
  assert(server !== null, `${instance} was planned into a switchover and does not answer`);
  return server;
}

function partyOf(node: NodeView): Party {
  const { advertised, primarySlot: slot, synchronousStandbyNames: syncNames } = serverOf(node);
  const [instance, member] = [node.instance, memberOf(node)];
  assert(advertised !== null, `${instance} was planned into a switchover and does not report its address for peers`);
  return { instance, member, address: { member, ...advertised }, slot, syncNames };
}

/** An archiver stays with the server that it is connected to, which is a standby then. */
function receiverRisks({ node }: TurnInput, successor: string): readonly string[] {
  const names = [...new Set(receiverRows(serverOf(node)).map((row) => row.applicationName))].sort();
  return names.map((name) => `${name} receives WAL from ${node.instance} and is cut off by the switchover: reconnect it to ${successor}`);
}

/** Each server waits for standbys by its own setting; the one that is primary counts. */
function weakerCommits({ primary, standby }: Cast): readonly string[] {
  if (primary.syncNames === '' || standby.syncNames !== '') return [];
  const [was, is] = [primary, standby].map((party) => `'${party.syncNames}' on ${party.instance}`);
  return [`after the switchover commits wait for no standby: synchronous_standby_names is ${was} and ${is}`];
}
