/** What people do on the host itself, with or without a controller. Each is journaled and later told to the controller. */
import { FailureError, fail } from '../../common/failure.ts';
import type { Receipt } from '../../common/orders.ts';
import { incarnationOf } from '../facts/facts.ts';
import type { Instance } from '../instance.ts';
import { orderEndedMs } from '../journal/agent-machine.ts';
import type { Executor } from '../orders/executor.ts';
import { previewRevert, type RevertPreview, revertOrder } from './revert.ts';
import { holderIn, type LocalStatus, type StatusParts, statusOf } from './status.ts';

/** What became of an order, or of a hold. */
export interface LocalEnd {
  readonly apiVersion: 'drydock/v1';
  readonly verb: 'finish' | 'revert' | 'release';
  readonly instance: string;
  /** null: a hold that no order wanted. */
  readonly orderId: string | null;
  /** The order had ended before this was asked. */
  readonly endedBefore: boolean;
  readonly endedAt: string | null;
  readonly receipt: Receipt | null;
}

export interface LocalVerbs {
  status(): Promise<LocalStatus>;
  /** Waits until a begun order is over; of one that has ended, says so. */
  finish(orderId: string, actor: string): Promise<LocalEnd>;
  /** What `revert` would do; nothing is done. */
  previewRevert(instance: string): Promise<RevertPreview>;
  /** Rolls an instance back to its previous release, as a downtime of its own. */
  revert(instance: string, actor: string): Promise<LocalEnd>;
  /**
   * Gives a begun order up: it ends as interrupted, and the database stays as it is but may be started again by anybody. A downtime that
   * has ended and left its unit held lets go of it. Takes the order, or the instance that is held.
   */
  release(subject: string, actor: string): Promise<LocalEnd>;
  /** An agent that waits before it dials its controller again dials now: this host has just been enrolled. */
  redial(): void;
}

interface LocalParts extends StatusParts {
  readonly executor: Executor;
  /** Resolves with the receipt of an order that is in the works; rejects when it was not begun after all. */
  readonly untilOver: (orderId: string) => Promise<Receipt>;
  /** Something waits to be told to the controller. */
  readonly reported: () => void;
  /** What was in the way of a connection may be gone. */
  readonly retryNow: () => void;
}

export function createLocalVerbs(parts: LocalParts): LocalVerbs {
  const { journal, executor, untilOver } = parts;
  const endOf = (verb: LocalEnd['verb'], receipt: Receipt, endedBefore = false): LocalEnd => {
    const state = journal.order(receipt.orderId);
    const atMs = state === null ? null : orderEndedMs(state);
    return {
      apiVersion: 'drydock/v1',
      verb,
      instance: state?.order.target.instance ?? '',
      orderId: receipt.orderId,
      endedBefore,
      endedAt: atMs === null ? null : new Date(atMs).toISOString(),
      receipt,
    };
  };
  return {
    status: () => statusOf(parts),
    async finish(orderId, actor) {
      const ended = journal.reportOf(orderId);
      if (ended !== null) return endOf('finish', ended.receipt, true);
      if (!executor.underWay().includes(orderId)) throw await unknownOrder(parts, orderId);
      const over = untilOver(orderId);
      await intervene(parts, journal.order(orderId)?.order.target.instance ?? '', 'finish', actor);
      return endOf('finish', await over);
    },
    previewRevert: async (instance) => previewRevert(parts, instanceNamed(parts, instance)),
    async revert(name, actor) {
      const instance = instanceNamed(parts, name);
      const order = revertOrder(parts, instance, await previewRevert(parts, instance));
      const refusal = executor.receiveLocal(order);
      if (refusal !== null) throw new FailureError(refusal);
      const over = untilOver(order.orderId);
      await intervene(parts, name, 'revert', actor);
      return endOf('revert', await over);
    },
    async release(subject, actor) {
      const named = parts.instances.find(({ settings }) => settings.instance === subject);
      if (named !== undefined) return releaseHeld(parts, named, actor, endOf);
      return releaseOrder(parts, subject, actor, endOf);
    },
    redial: () => parts.retryNow(),
  };
}

type EndOf = (verb: LocalEnd['verb'], receipt: Receipt, endedBefore?: boolean) => LocalEnd;

async function releaseOrder(parts: LocalParts, orderId: string, actor: string, endOf: EndOf): Promise<LocalEnd> {
  const { executor, journal, vantage, instances } = parts;
  const givenUp = executor.release(orderId, actor);
  const order = journal.order(orderId)?.order;
  const unit = instances.find(({ settings }) => settings.instance === order?.target.instance)?.settings.unit ?? null;
  const leftHeld = order?.body.kind === 'downtime' && unit !== null && (await vantage.host.lockedUnits()).includes(unit);
  const receipt = givenUp ?? (leftHeld ? (journal.order(orderId)?.receipt ?? null) : null);
  if (receipt === null) throw await unknownOrder(parts, orderId);
  if (order?.body.kind === 'downtime' && unit !== null) await vantage.host.unlockUnit(unit);
  await intervene(parts, order?.target.instance ?? '', 'release', actor);
  return endOf('release', receipt, givenUp === null);
}

/** By the name of the instance: whatever order it is held for. */
async function releaseHeld(parts: LocalParts, { settings }: Instance, actor: string, endOf: EndOf): Promise<LocalEnd> {
  const { instance, unit } = settings;
  const { host } = parts.vantage;
  if (!(await host.lockedUnits()).includes(unit))
    throw fail('not-found', 'not-held', `${instance} has no start lock: its unit ${unit} can be started`);
  const holder = holderIn(parts.journal, instance);
  if (holder !== null) return releaseOrder(parts, holder.order.orderId, actor, endOf);
  await host.unlockUnit(unit);
  await intervene(parts, instance, 'release', actor);
  return { apiVersion: 'drydock/v1', verb: 'release', instance, orderId: null, endedBefore: true, endedAt: null, receipt: null };
}

function instanceNamed({ instances, hostName }: LocalParts, name: string): Instance {
  const found = instances.find(({ settings }) => settings.instance === name);
  if (found !== undefined) return found;
  const names = instances.map(({ settings }) => settings.instance).join(', ');
  throw fail('not-found', 'unknown-instance', `instance ${name} not found on ${hostName}; known: ${names}`);
}

async function intervene(
  { vantage, instances, journal, reported }: LocalParts,
  instance: string,
  verb: string,
  actor: string,
): Promise<void> {
  const found = instances.find(({ settings }) => settings.instance === instance);
  const incarnation = found === undefined ? null : await incarnationOf(vantage.host, found).catch(() => null);
  journal.intervene({ instance, verb, actor, incarnation });
  reported();
}

/** Names what could have been meant: orders that are under way, and those that keep a unit held after their end. */
async function unknownOrder(parts: LocalParts, orderId: string): Promise<Error> {
  const open = parts.journal.openOrders().map(({ order }) => order.orderId);
  const held = (await statusOf(parts)).instances.flatMap(({ instance, heldBy }) =>
    heldBy?.orderId == null || open.includes(heldBy.orderId) ? [] : [`${instance} has a start lock for ${heldBy.orderId}`],
  );
  const ended = parts.journal.order(orderId)?.receipt;
  const what = ended == null ? 'is not under way here' : `is not under way here: it ended (${ended.outcome}) and holds no start lock`;
  const there = [open.length === 0 ? 'none is' : `under way: ${open.join(', ')}`, ...held].join('; ');
  return fail('not-found', 'unknown-order', `order ${orderId} ${what}; ${there}; check drydock-agent status`);
}
