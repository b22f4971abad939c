/** Failures that a run did not cause, on a real etcd cluster. What the admin sees of each is printed. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { RunDocument } from '../../common/documents.ts';
import type { RunEvent } from '../../common/events.ts';
import { type EtcdFleet, startEtcdFleet } from '../../demo/etcd/fleet.ts';
import { etcdUnit } from '../../demo/etcd/layout.ts';
import { endOf, expectPromisesKept, giveLeadTo, type Started, shortWatchMs, startRun, underLoad, versionsOf } from './etcd-stage.ts';

const runLimitMs = 120_000;
let fleet: EtcdFleet;
let started: Started | null = null;

beforeAll(async () => {
  fleet = await startEtcdFleet({ version: '3.5.35', flags: ['--enable-v2=false'] });
  await fleet.adopt();
  for (const version of ['3.5.21', '3.5.35', '3.6.16'] as const) await fleet.addRelease(version);
});

afterEach(async () => {
  await started?.log.close();
});

afterAll(async () => {
  await fleet?.stop();
});

/** Goes to and fro within one minor, where nothing has to be finalized: etcd-2 first, then etcd-3, the leader etcd-1 last. */
async function start(to: '3.5.21' | '3.5.35'): Promise<Started> {
  await giveLeadTo(fleet, 'etcd-1');
  started = await startRun(fleet, ['--to', to, ...(to === '3.5.21' ? ['--downgrade'] : [])]);
  return started;
}

const play = (failure: string, body: () => Promise<void>) => underLoad(fleet, failure, body, shortWatchMs);

const outages = (events: readonly RunEvent[]) =>
  events.flatMap((event) => (event.type === 'order-dispatched' && event.step.endsWith('.outage') ? [event.instance] : []));

const orderEnded = ({ log }: Started, step: string) =>
  log.until(`the end of ${step}`, (event): event is RunEvent => event.type === 'order-ended' && event.step === step);

function show(failure: string, { holds }: RunDocument): void {
  for (const { kind, detail, releasedBy, until } of holds)
    console.log(`${failure}: ${kind}: ${detail}; released by ${releasedBy}: ${until}`);
}

describe('failures that a run on a real etcd cluster did not cause', () => {
  it('M43 P1 holds while another member is down, and goes on by itself when it is back', () =>
    play('another member is down', async () => {
      const run = await start('3.5.21');
      await orderEnded(run, 'h1.canary.etcd-2.follower.outage');
      await fleet.host('etcd-3').kill(etcdUnit('etcd-3'));
      show('another member is down', await run.log.held('node-down', 'etcd-3'));
      expect(outages(run.log.events)).toEqual(['etcd-2']);
      await fleet.host('etcd-3').start(etcdUnit('etcd-3'));
      expect((await endOf(run, runLimitMs)).state).toBe('done');
      expect(await versionsOf(fleet)).toEqual(['3.5.21', '3.5.21', '3.5.21']);
      await expectPromisesKept(fleet, run, true);
    }));

  it('M43 P11 holds when a member that it upgraded never comes back, and takes all of them back when it is told to', () =>
    play('an upgraded member never comes back', async () => {
      const run = await start('3.5.35');
      await orderEnded(run, 'h1.roll.etcd-3.follower.outage');
      await fleet.host('etcd-2').kill(etcdUnit('etcd-2'));
      show('an upgraded member never comes back', await run.log.held('node-down', 'etcd-2'));
      await orderEnded(run, 'h1.roll.etcd-3.follower.peer');
      expect((await fleet.cli(['rollback', run.runId, '--reason', 'it stays down'])).exitCode).toBe(0);
      expect((await endOf(run, runLimitMs)).state).toBe('rolled-back');
      expect(await versionsOf(fleet)).toEqual(['3.5.21', '3.5.21', '3.5.21']);
      await expectPromisesKept(fleet, run, false);
    }));
});
