/**
 * Keeps the snapshots folders tidy: at start and every ten minutes it ends what a killed proof left running, removes what is half made and
 * wanted by nobody, and snapshots whose time is over. What an open order names is that order's affair.
 */
import { toFailure } from '../../common/failure.ts';
import type { Log } from '../../common/log.ts';
import type { Order } from '../../common/orders.ts';
import { contextOf, type Vantage } from '../facts.ts';
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

export function createHousekeeping(parts: HousekeepingParts): { start(): Promise<void> } {
  const tick = async (): Promise<void> => {
    if (parts.signal.aborted) return;
    let clean = true;
    for (const instance of parts.instances) clean = (await tidyWell(parts, instance)) && clean;
    if (!parts.signal.aborted) parts.clock.after(clean ? everyMs : againMs, () => void tick());
  };
  return { start: tick };
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
    parts.log.info({ instance: name }, `removed what was left of making or proving snapshot ${id}`);
  }
  for (const restore of await host.restoresSeen(snapshotsDir, dataDir)) {
    const stage = await host.restoreStage(snapshotsDir, restore);
    if ((stage !== 'copying' && stage !== 'beside') || isOpen(parts, instance, restore)) continue;
    await host.forgetRestore(snapshotsDir, restore);
  }
  for (const { id, instance: owner, expiresAtMs } of await host.snapshotsSeen(snapshotsDir)) {
    if (owner !== name || expiresAtMs > parts.clock.wallMs() || isNamed(parts, instance, id)) continue;
    await host.removeSnapshot(snapshotsDir, id);
    parts.log.info({ instance: name }, `removed snapshot ${id}: its time is over`);
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
