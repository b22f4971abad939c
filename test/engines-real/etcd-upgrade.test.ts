/** A real etcd cluster goes up two minors in one plan and down one by the downgrade procedure, under clients that never rest. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { EtcdClients, EtcdClientsReport } from '../../demo/etcd/clients/clients.ts';
import { type EtcdFleet, startEtcdFleet } from '../../demo/etcd/fleet.ts';
import type { EtcdVersion } from '../../demo/etcd/releases.ts';
import { clientPauseMs, endOf, hashesOf, type Started, startRun, versionsOf } from './etcd-stage.ts';

const minutes = 60_000;
let fleet: EtcdFleet;
let clients: EtcdClients | null = null;
let started: Started | null = null;

beforeAll(async () => {
  fleet = await startEtcdFleet({ version: '3.5.35' });
  await fleet.adopt();
  for (const version of ['3.6.16', '3.7.3'] as const) await fleet.addRelease(version);
});

afterEach(async () => {
  await started?.log.close();
  await clients?.kill();
});

afterAll(async () => {
  await fleet?.stop();
});

/** To the version under load; returns what the clients saw. */
async function travel(to: EtcdVersion, ...asked: readonly string[]): Promise<EtcdClientsReport> {
  clients = await fleet.startClients(clientPauseMs);
  started = await startRun(fleet, ['--to', to, ...asked]);
  const end = await endOf(started, 5 * minutes);
  expect(end.state, end.endReason ?? '').toBe('done');
  const report = await clients.end();
  console.log(
    `to ${to}: ${report.acknowledged} increments; longest gap of writes ${report.longestWriteGapMs} ms, of reads ${report.longestReadGapMs} ms, of the watch ${report.longestWatchGapMs} ms`,
  );
  return report;
}

function expectNothingLost(report: EtcdClientsReport): void {
  expect(report).toMatchObject({ lost: 0, miscounted: 0, stale: 0, missed: 0 });
  expect(report.acknowledged).toBeGreaterThan(0);
  expect(report.watched).toBeGreaterThan(0);
}

async function expectOneData(version: EtcdVersion): Promise<void> {
  expect(await versionsOf(fleet)).toEqual([version, version, version]);
  expect(new Set(await hashesOf(fleet, version)).size).toBe(1);
}

describe('a real etcd cluster', () => {
  it('M43 P10 goes from 3.5 over 3.6 to 3.7 in one plan, each hop finalized before the next, and loses no update', {
    timeout: 6 * minutes,
  }, async () => {
    expectNothingLost(await travel('3.7.3'));
    const hops = started?.plan.plan.hops.map(({ from, to }) => `${from} ${to}`);
    expect(hops).toEqual(['3.5.35 3.6.16', '3.6.16 3.7.3']);
    await expectOneData('3.7.3');
  });

  it('M43 P19 goes back to 3.6 by the downgrade procedure, and leaves no downgrade open', { timeout: 6 * minutes }, async () => {
    expectNothingLost(await travel('3.6.16', '--downgrade'));
    await expectOneData('3.6.16');
  });
});
