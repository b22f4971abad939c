/** A real etcd cluster goes up two minors in one plan and down one by the downgrade procedure, under clients that never rest. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type EtcdFleet, startEtcdFleet } from '../../demo/etcd/fleet.ts';
import type { EtcdVersion } from '../../demo/etcd/releases.ts';
import { endOf, expectPromisesKept, type Started, startRun, underLoad, versionsOf } from './etcd-stage.ts';

const minutes = 60_000;
let fleet: EtcdFleet;
let started: Started | null = null;

beforeAll(async () => {
  fleet = await startEtcdFleet({ version: '3.5.35', flags: ['--snapshot-count=1000'] });
  await fleet.adopt();
  for (const version of ['3.6.16', '3.7.3'] as const) await fleet.addRelease(version);
});

afterEach(async () => {
  await started?.log.close();
});

afterAll(async () => {
  await fleet?.stop();
});

async function travel(to: EtcdVersion, ...asked: readonly string[]): Promise<Started> {
  const run = await startRun(fleet, ['--to', to, ...asked]);
  started = run;
  const end = await endOf(run, 5 * minutes);
  expect(end.state, end.endReason ?? '').toBe('done');
  expect(await versionsOf(fleet)).toEqual([to, to, to]);
  await expectPromisesKept(fleet, run, true);
  return run;
}

describe('a real etcd cluster', () => {
  it(
    'M43 P10 goes from 3.5 over 3.6 to 3.7 in one plan, each hop finalized before the next, and loses no update',
    {
      timeout: 6 * minutes,
    },
    () =>
      underLoad(fleet, '3.5 to 3.7', async () => {
        const { plan, log } = await travel('3.7.3');
        expect(plan.plan.hops.map(({ from, to }) => `${from} ${to}`)).toEqual(['3.5.35 3.6.16', '3.6.16 3.7.3']);
        const finalized = log.events.findIndex((event) => event.type === 'hop-state' && event.hop === 'h1' && event.state === 'finalized');
        const next = log.events.findIndex((event) => event.type === 'order-dispatched' && /^h2\..*\.downtime$/.test(event.step));
        expect(finalized).toBeGreaterThan(-1);
        expect(next).toBeGreaterThan(finalized);
      }),
  );

  it('M43 P19 rolls back to 3.6 by the downgrade procedure, and leaves no downgrade open', { timeout: 6 * minutes }, () =>
    underLoad(fleet, '3.7 to 3.6', async () => {
      const { log } = await travel('3.6.16', '--downgrade');
      const effects = log.events.flatMap((event) => (event.type === 'effect-opened' ? [event.effect.key] : []));
      expect(effects).toEqual(['downgrade-target']);
    }),
  );
});
