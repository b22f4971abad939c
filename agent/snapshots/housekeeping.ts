/**
 * Keeps the snapshots folders tidy: at start and every ten minutes it ends what a killed proof left running, removes what is half made and
 * wanted by no order, and snapshots that have expired. What an open order names is that order's affair.
 */
import { type Failure, fail, failure, toFailure } from '../../common/failure.ts';
import type { AgentMessage, ControllerMessage, Fence } from '../../common/link.ts';
import type { Log } from '../../common/log.ts';
import type { Order } from '../../common/orders.ts';
import { contextOf, type Vantage } from '../facts/facts.ts';
import type { Instance } from '../instance.ts';
import type { Journal } from '../journal/journal.ts';
import { AgentStopped } from '../lifetime.ts';
import { orderName, snapshotIdOf } from './manifest.ts';

interface HousekeepingParts extends Vantage {
  readonly log: Log;
  readonly instances: readonly Instance[];
  readonly journal: Journal;
}

const everyMs = 600_000;
/** A database that does not answer now may still have something to be rolled back. */
const againMs = 60_000;

interface Housekeeping {
  start(): Promise<void>;
  /** Lets a snapshot expire now, and removes it as any other that has; done when there is none. FailureError(refused, `snapshot-in-use`). */
  expire(instance: Instance, id: string): Promise<void>;
}

export function createHousekeeping(parts: HousekeepingParts): Housekeeping {
  /** Two removals of one folder would be in each other's way. */
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const done = last.then(work);
    last = done.catch(() => undefined);
    return done;
  };
  const tick = async (): Promise<void> => {
    if (parts.signal.aborted) return;
    let clean = true;
    for (const instance of parts.instances) clean = (await inTurn(() => tidyWell(parts, instance))) && clean;
    if (!parts.signal.aborted) parts.clock.after(clean ? everyMs : againMs, () => void tick());
  };
  return { start: tick, expire: (instance, id) => inTurn(() => expireNow(parts, instance, id)) };
}

async function expireNow(parts: HousekeepingParts, instance: Instance, id: string): Promise<void> {
  const { snapshotsDir, instance: name } = instance.settings;
  if (isNamed(parts, instance, id))
    throw fail(
      'refused',
      'snapshot-in-use',
      `snapshot ${id} of ${name} was not removed: an order in progress needs it; try again afterwards`,
    );
  const seen = await parts.host.snapshotsSeen(snapshotsDir);
  // Of another instance that keeps its snapshots in the same folder it is not.
  if (seen.some((manifest) => manifest.id === id && manifest.instance === name))
    await parts.host.keepSnapshot(snapshotsDir, id, parts.clock.wallMs());
  await removeExpired(parts, instance);
}

async function tidyWell(parts: HousekeepingParts, instance: Instance): Promise<boolean> {
  try {
    if (instance.driver.snapshots !== undefined) await tidy(parts, instance);
    return true;
  } catch (thrown) {
    if (!(thrown instanceof AgentStopped)) parts.log.warn({ instance: instance.settings.instance }, toFailure(thrown).message);
    return false;
  }
}

async function tidy(parts: HousekeepingParts, instance: Instance): Promise<void> {
  const { host } = parts;
  const { snapshotsDir, dataDir, instance: name } = instance.settings;
  for (const { id, kind, path } of await host.snapshotRemains(snapshotsDir)) {
    if (!id.endsWith(`.${name}`) || isNamed(parts, instance, id)) continue;
    if (kind === 'scratch') await instance.driver.snapshots?.tidy(await contextOf(parts, instance), path);
    await host.dropRemains(snapshotsDir, id, kind);
    parts.log.info({ instance: name }, `removed the remains of creating or verifying snapshot ${id}`);
  }
  for (const restore of await host.restoresSeen(snapshotsDir, dataDir)) {
    const stage = await host.restoreStage(snapshotsDir, restore);
    if ((stage !== 'copying' && stage !== 'beside') || isOpen(parts, instance, restore)) continue;
    await host.forgetRestore(snapshotsDir, restore);
  }
  await removeExpired(parts, instance);
}

async function removeExpired(parts: HousekeepingParts, instance: Instance): Promise<void> {
  const { host } = parts;
  const { snapshotsDir, instance: name } = instance.settings;
  for (const { id, instance: owner, expiresAtMs } of await host.snapshotsSeen(snapshotsDir)) {
    if (owner !== name || expiresAtMs > parts.clock.wallMs() || isNamed(parts, instance, id)) continue;
    await host.removeSnapshot(snapshotsDir, id);
    parts.log.info({ instance: name }, `removed snapshot ${id}: expired`);
  }
}

function openOrders({ journal }: HousekeepingParts, { settings }: Instance): readonly Order[] {
  return journal.openOrders().flatMap(({ order }) => (order.target.instance === settings.instance ? [order] : []));
}

function isNamed(parts: HousekeepingParts, instance: Instance, id: string): boolean {
  return openOrders(parts, instance).some(({ run, body }) =>
    body.kind === 'snapshot'
      ? snapshotIdOf(run, instance.settings.instance, body.hop) === id
      : body.kind === 'downtime' && body.restore === id,
  );
}

function isOpen(parts: HousekeepingParts, instance: Instance, restore: string): boolean {
  return openOrders(parts, instance).some(({ orderId }) => orderName(orderId) === restore);
}

// A snapshot that a person wants removed before it expires: fenced like an order (P5), removed like one that has expired, asked as often as wanted.

export type RemoveSnapshot = Extract<ControllerMessage, { type: 'remove-snapshot' }>;

interface SnapshotRemovalParts {
  readonly instances: readonly Instance[];
  readonly housekeeping: Pick<Housekeeping, 'expire'>;
  /** null: this claim is obeyed from now on. */
  readonly obeyClaim: (what: string, claim: Fence) => Failure | null;
  readonly tell: (message: AgentMessage) => void;
  readonly log: Log;
}

/** Answers each message once; an answer that is lost is asked for again. */
export function createSnapshotRemoval(parts: SnapshotRemovalParts): (asked: RemoveSnapshot) => void {
  const answer = ({ nonce, instance }: RemoveSnapshot, why: Failure | null): void => {
    if (why !== null) parts.log.warn({ instance, code: why.code }, why.message);
    parts.tell({ type: 'snapshot-removed', nonce, ...(why === null ? {} : { failure: why }) });
  };
  return (asked) => {
    const { claim, snapshot } = asked;
    const instance = parts.instances.find(({ settings }) => settings.instance === asked.instance);
    const what = `the removal of snapshot ${snapshot}`;
    if (instance?.settings.cluster !== claim.cluster)
      return answer(asked, failure('refused', 'wrong-target', `${what}: this host has no instance ${asked.instance} of ${claim.cluster}`));
    const refusal = parts.obeyClaim(what, claim);
    if (refusal !== null) return answer(asked, refusal);
    parts.housekeeping.expire(instance, snapshot).then(
      () => answer(asked, null),
      (thrown: unknown) => {
        if (!(thrown instanceof AgentStopped)) answer(asked, toFailure(thrown));
      },
    );
  };
}
