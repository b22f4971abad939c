/** `DRYDOCK_ETCD_SEED=7 npm run test:engines -- etcd-seeds` plays that one alone; `7,9` those two. */
import { afterAll, describe, it } from 'vitest';
import { type EtcdFleet, startEtcdFleet } from '../../demo/etcd/fleet.ts';
import { bring, journeyOf, playSeed } from './etcd-seeds.ts';
import { shortWatchMs, underLoad } from './etcd-stage.ts';

const { DRYDOCK_ETCD_SEED: only } = process.env;
const seeds = only === undefined ? Array.from({ length: 20 }, (_, at) => at + 1) : only.split(',').map(Number);
let fleet: EtcdFleet | null = null;

afterAll(async () => {
  await fleet?.stop();
});

/** A fresh one first, and after trouble. */
async function fleetFor(seed: number): Promise<EtcdFleet> {
  const { from } = journeyOf(seed);
  if (fleet === null) {
    fleet = await startEtcdFleet({ version: from });
    await fleet.adopt();
    for (const version of ['3.5.21', '3.5.35', '3.6.16'] as const) await fleet.addRelease(version);
  }
  await bring(fleet, from);
  return fleet;
}

describe('a real etcd cluster of whose fleet controller, agent and member are killed', () => {
  it.each(seeds)('M43 P1 P2 P3 P4 P15 P16 P17 P19 comes to an end with nothing lost, seed %i', async (seed) => {
    const on = await fleetFor(seed);
    try {
      await underLoad(on, `seed ${seed}`, () => playSeed(on, seed), shortWatchMs);
    } catch (thrown) {
      await on.stop();
      fleet = null;
      throw thrown;
    }
  });
});
