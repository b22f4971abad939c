/** The role of the primary goes from one member to another: the orders, one after the other, and who takes part. PURE. */
import assert from 'node:assert/strict';
import { actOf, callOf } from '../../common/closed-list.ts';
import type { Guard, MemberAddress, OrderBody } from '../../common/orders.ts';
import type { Step } from '../../common/plan.ts';
import { awaitSelf, stepOf } from '../kit/pure/steps.ts';
import type { Around } from '../kit/pure/turns.ts';
import { expectedStopMs, ofChange, ofDowntime, ofProbe, ofPromotion } from './limits.ts';
import { loweredTo } from './switchover/sync-names.ts';
import { lowering, waitText } from './switchover/sync-steps.ts';
import { verbs } from './verbs.ts';

export interface Party {
  readonly instance: string;
  readonly member: string;
  readonly address: MemberAddress;
  /** The slot by which it follows the primary of the moment; null: none. */
  readonly slot: string | null;
  readonly syncNames: string;
  /** It replays late on purpose: whom it follows sees it again when its delay has passed. */
  readonly late?: boolean;
}

/** All that take part, by what they were when the plan was made. */
export interface Cast {
  readonly primary: Party;
  readonly standby: Party;
  /** They followed the primary, too. */
  readonly others: readonly Party[];
  /** Of the standby when its own turn is over. */
  readonly standbyRelease: string;
}

/** A member that replays late on purpose is not waited for: the service of the others does not depend on it. */
export const promptOf = (parties: readonly Party[]): readonly Party[] => parties.filter(({ late }) => late !== true);

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
  /** Logical slots of the leaving one that go over to the taking one, which has copies of them. */
  readonly handedSlots: readonly string[];
}

/** The role goes from one to the other. No standby is promoted before the fence is on disk and all that was written is replayed. */
export function exchange({ prefix, of, leaving, taking, others, guards, stop, start, handedSlots }: Exchange): readonly Step[] {
  const named = leaving.instance === of ? '' : ` ${leaving.instance}`;
  // One order: between stop and fence there is nothing to decide, and writes wait.
  const stopAndFence: OrderBody = {
    ...downtime(['quiesce', 'stop', 'act'], stop.version, stop.release),
    act: callOf(verbs, 'fence', { follow: taking.address }),
  };
  const slotsOf = (parties: readonly Party[]) => parties.flatMap((party) => party.slot ?? []);
  const unused = [...slotsOf([taking, ...others]), ...handedSlots];
  const dropped = `drop the slots left${named === '' ? '' : ` on${named}`}`;
  const drop = change(leaving.instance, `${prefix}.slots`, dropped, actOf(verbs, 'dropSlots', { slots: unused }));
  return [
    stepOf(leaving.instance, {
      id: `${prefix}.stop`,
      title: `stop and fence${named}`,
      body: stopAndFence,
      guards,
      deadlineMs: ofDowntime.deadlineMs,
      expectedMs: expectedStopMs + ofChange.expectedMs,
    }),
    stepOf(taking.instance, {
      id: `${prefix}.promote`,
      title: `promote ${taking.instance}`,
      body: actOf(verbs, 'promote', { slots: slotsOf([leaving, ...others]) }),
      tokenFrom: `${prefix}.stop`,
      repeat: 'once',
      ...ofPromotion,
    }),
    ...others.map((other) => repoint(other, `${prefix}.repoint-${other.instance}`, taking.address)),
    stepOf(leaving.instance, { id: `${prefix}.start`, title: `start${named} as standby`, body: start, ...ofDowntime }),
    ...(unused.length === 0 ? [] : [drop]),
  ];
}

/** What the server takes over at once. */
export const change = (instance: string, id: string, title: string, body: OrderBody): Step =>
  stepOf(instance, { id, title, body, ...ofChange });

/** A running standby follows another member from now on. */
export const repoint = ({ instance }: Pick<Party, 'instance'>, id: string, follow: MemberAddress, title = `repoint ${instance}`): Step =>
  change(instance, id, title, actOf(verbs, 'repoint', { follow }));

/** Its own word for what it is, before the role goes back. */
export const proofOfRole = ({ instance }: Party, id: string, role: 'primary' | 'standby', title: string): Step =>
  stepOf(instance, { id, title, body: awaitSelf('role-is', role), ...ofProbe });

type Downtime = Extract<OrderBody, { kind: 'downtime' }>;

/** Where what is stopped and started is not just what the hop changes. */
export function downtime(parts: Downtime['parts'], expectVersion: string, fromRelease: string, toRelease = fromRelease): Downtime {
  return { kind: 'downtime', mode: 'normal', parts, fromRelease, toRelease, expectVersion, onFailure: 'revert' };
}

/** The one that takes over waits for others by its own setting: for those that are left until the former primary follows it. */
export function standIn(prefix: string, taking: Party, leaving: Party, others: readonly Party[]): Around {
  const names = others.map((other) => other.member);
  const value = loweredTo(taking.syncNames, names);
  assert(value !== null, `synchronous_standby_names of ${taking.instance} was parsed before: ${taking.syncNames}`);
  const steps = lowering(prefix, taking.instance, taking.syncNames, value);
  if (steps.before.length === 0) return steps;
  const risk = `from the promotion of ${taking.instance} until ${leaving.instance} follows it, commits wait for ${waitText(value)}`;
  return { ...steps, risks: [risk] };
}
