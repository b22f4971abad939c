/** What people do on the host itself, with or without a controller. Each is journaled and later told to the controller. */
import { type Failure, FailureError, fail, failure } from '../common/failure.ts';
import type { Order, Receipt } from '../common/orders.ts';
import { orderIdOf } from '../common/orders.ts';
import { localRun } from './agent-machine.ts';
import type { Executor } from './executor.ts';
import { contextOf, incarnationOf, type Lookout } from './facts.ts';
import type { Instance } from './instance.ts';
import type { Journal } from './journal/journal.ts';

export interface LocalStatus {
  readonly apiVersion: 'drydock/v1';
  readonly host: string;
  readonly linked: boolean;
  readonly instances: readonly {
    readonly instance: string;
    /** null: whoever runs the units does not answer. */
    readonly running: boolean | null;
    readonly release: string | null;
    readonly previous: string | null;
    /** Nobody but this agent starts its unit now. */
    readonly held: boolean;
  }[];
  readonly orders: readonly {
    readonly orderId: string;
    readonly kind: string;
    readonly phase: string;
    readonly parts: readonly string[];
  }[];
  readonly reportsWaiting: number;
}

export interface LocalVerbs {
  status(): Promise<LocalStatus>;
  /** Waits until a begun order is over and returns its receipt. */
  finish(orderId: string, actor: string): Promise<Receipt>;
  /** Takes an instance back to its previous release, as an outage of its own. */
  revert(instance: string, actor: string): Promise<Receipt>;
  /**
   * Gives a begun order up: it ends as interrupted, and the database stays as it is but may be started again by anybody. An outage that
   * has ended and left its unit held lets go of it.
   */
  release(orderId: string, actor: string): Promise<Receipt>;
}

interface LocalParts {
  readonly hostName: string;
  readonly lookout: Lookout;
  readonly instances: readonly Instance[];
  readonly journal: Journal;
  readonly executor: Executor;
  readonly isLinked: () => boolean;
  /** Resolves with the receipt of an order that is in the works; rejects when it was not begun after all. */
  readonly untilOver: (orderId: string) => Promise<Receipt>;
  /** Something waits to be told to the controller. */
  readonly told: () => void;
}

const revertDeadlineMs = 10 * 60_000;

export function createLocalVerbs(parts: LocalParts): LocalVerbs {
  const { journal, executor, untilOver } = parts;
  return {
    status: () => statusOf(parts),
    async finish(orderId, actor) {
      const ended = journal.reportOf(orderId);
      if (ended !== null) return ended.receipt;
      if (!executor.underWay().includes(orderId)) throw unknownOrder(parts, orderId);
      const over = untilOver(orderId);
      await intervene(parts, journal.order(orderId)?.order.target.instance ?? '', 'finish', actor);
      return over;
    },
    async revert(instance, actor) {
      const order = await revertOrder(parts, instance);
      const refusal = executor.receiveLocal(order);
      if (refusal !== null) throw new FailureError(refusal);
      const over = untilOver(order.orderId);
      await intervene(parts, instance, 'revert', actor);
      return over;
    },
    async release(orderId, actor) {
      const receipt = executor.release(orderId, actor) ?? (await receiptOfHolder(parts, orderId));
      if (receipt === null) throw unknownOrder(parts, orderId);
      const order = journal.order(orderId)?.order;
      const unit = unitOf(parts, order);
      if (order?.body.kind === 'outage' && unit !== null) await parts.lookout.host.letGoUnit(unit);
      await intervene(parts, order?.target.instance ?? '', 'release', actor);
      return receipt;
    },
  };
}

/** The receipt of an outage that has ended and left its unit held; null: it did not. */
async function receiptOfHolder(parts: LocalParts, orderId: string): Promise<Receipt | null> {
  const state = parts.journal.order(orderId);
  const unit = unitOf(parts, state?.order);
  const held = await parts.lookout.host.heldUnits();
  return state?.order.body.kind === 'outage' && unit !== null && held.includes(unit) ? state.receipt : null;
}

function unitOf({ instances }: LocalParts, order: Order | undefined): string | null {
  return instances.find(({ settings }) => settings.instance === order?.target.instance)?.settings.unit ?? null;
}

async function statusOf({ hostName, lookout, instances, journal, isLinked }: LocalParts): Promise<LocalStatus> {
  const held = await lookout.host.heldUnits();
  const seen = await Promise.all(
    instances.map(async (instance) => {
      const { current, previous } = await lookout.host.releasesSeen(instance.settings.releasesDir);
      const unit = await lookout.host.unitState(instance.settings.unit).catch(() => null);
      return {
        instance: instance.settings.instance,
        running: unit?.active ?? null,
        release: current,
        previous,
        held: held.includes(instance.settings.unit),
      };
    }),
  );
  const orders = journal.openOrders().map(({ order, phase, parts }) => ({
    orderId: order.orderId,
    kind: order.body.kind,
    phase,
    parts: parts.map(({ part, way, endedMs }) => `${way === 'back' ? 'revert ' : ''}${part}${endedMs === null ? ' …' : ''}`),
  }));
  return {
    apiVersion: 'drydock/v1',
    host: hostName,
    linked: isLinked(),
    instances: seen,
    orders,
    reportsWaiting: journal.pendingReports().length,
  };
}

function instanceNamed({ instances, hostName }: LocalParts, name: string): Instance {
  const found = instances.find(({ settings }) => settings.instance === name);
  if (found !== undefined) return found;
  const names = instances.map(({ settings }) => settings.instance).join(', ');
  throw fail('not-found', 'unknown-instance', `there is no instance ${name} on ${hostName}; there is ${names}`);
}

async function revertOrder(parts: LocalParts, name: string): Promise<Order> {
  const { lookout, journal, hostName } = parts;
  const instance = instanceNamed(parts, name);
  const { cluster, engine, dataDir, releasesDir } = instance.settings;
  const { current, previous } = await lookout.host.releasesSeen(releasesDir);
  if (current === null || previous === null)
    throw fail('refused', 'no-way-back', `${name}: no previous release is kept in ${releasesDir}, so there is nothing to go back to`);
  const { version } = await instance.driver.inspectBundle(
    await contextOf(lookout, instance),
    lookout.host.releasePath(releasesDir, previous),
  );
  if (version === null) throw fail('refused', 'version-unknown', `${name}: release ${previous} does not tell its version`);
  const [step, attempt] = [`revert.${name}`, journal.head() + 1];
  return {
    orderId: orderIdOf(localRun, step, attempt),
    run: localRun,
    step,
    attempt,
    cluster,
    epoch: 0,
    writer: localRun,
    target: { instance: name, host: hostName, engine, dataDir, databaseId: null },
    guards: [],
    deadlineMs: revertDeadlineMs,
    repeat: 'convergent',
    body: {
      kind: 'outage',
      mode: 'downgrade',
      // Not quiesced: a person reverts what may not answer any more.
      parts: ['stop', 'activate', 'start'],
      fromRelease: current,
      toRelease: previous,
      expectVersion: version,
      onFailure: 'revert',
    },
  };
}

async function intervene({ lookout, instances, journal, told }: LocalParts, instance: string, verb: string, actor: string): Promise<void> {
  const found = instances.find(({ settings }) => settings.instance === instance);
  const incarnation = found === undefined ? null : await incarnationOf(lookout.host, found).catch(() => null);
  journal.intervene({ instance, verb, actor, incarnation });
  told();
}

function unknownOrder({ journal }: LocalParts, orderId: string): Error {
  const open = journal.openOrders().map(({ order }) => order.orderId);
  const why: Failure = failure(
    'not-found',
    'unknown-order',
    `order ${orderId} is not under way here; ${open.length === 0 ? 'none is' : `under way: ${open.join(', ')}`}`,
  );
  return new FailureError(why);
}
