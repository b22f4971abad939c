/** Failures that a run did not cause, on a real etcd cluster. What `drydock status` says of each is the table of docs/engines/etcd.md. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { HoldDocument } from '../../common/documents/runs.ts';
import { type EtcdFleet, startEtcdFleet } from '../../demo/etcd/fleet.ts';
import { etcdUnit } from '../../demo/etcd/layout.ts';
import { compareWithTable } from '../e2e/failures-seen.ts';
import {
  downtimesIn,
  endOf,
  expectPromisesKept,
  giveLeadTo,
  holding,
  memberIdOf,
  moveLead,
  type Started,
  shortWatchMs,
  startRun,
  stepEnded,
  underLoad,
  versionsOf,
} from './etcd-stage.ts';

const runLimitMs = 180_000;
/** Time to strike before the next member goes. */
const brokenVersion = '3.5.36';
const pace = { settle: '2s', soak: '100ms' };
let fleet: EtcdFleet;
let started: Started | null = null;

beforeAll(async () => {
  fleet = await startEtcdFleet({ version: '3.5.35', flags: ['--enable-v2=false'] });
  await fleet.adopt();
  for (const version of ['3.5.21', '3.6.16'] as const) await fleet.addRelease(version);
});

afterEach(async () => {
  await started?.log.close();
});

afterAll(async () => {
  await fleet?.stop();
});

const play = (failure: string, body: () => Promise<void>) => underLoad(fleet, failure, body, shortWatchMs);

/** etcd-2 goes first, then etcd-3, the leader etcd-1 last. */
async function start(...asked: readonly string[]): Promise<Started> {
  await giveLeadTo(fleet, 'etcd-1');
  started = await startRun(fleet, asked, pace);
  return started;
}

const isDown =
  (instance: string) =>
  ({ kind, subject }: HoldDocument): boolean =>
    kind === 'node-down' && subject === instance;

describe('failures that a run on a real etcd cluster did not cause', () => {
  it('M43 finds a flag that the new minor does not know before the downtime: nothing is touched', () =>
    play('unknown flag', async () => {
      const run = await start('--to', '3.6.16');
      const ofOne = ({ subject }: HoldDocument) => subject === 'h1.stage.etcd-1.stage';
      compareWithTable(
        'etcd',
        'a member starts with a flag that the new minor does not know',
        await holding(run, 'a refusal', ofOne),
        ofOne,
      );
      expect((await fleet.cli(['abort', run.runId, '--reason', 'the flag goes first'])).exitCode).toBe(0);
      expect((await endOf(run, runLimitMs)).state).toBe('aborted');
      expect(downtimesIn(run.log.events)).toEqual([]);
      expect(await versionsOf(fleet)).toEqual(['3.5.35', '3.5.35', '3.5.35']);
    }));

  it('13.3: M43 P11 rolls back a canary whose release does not start, and shows what etcd wrote in that start', () =>
    play('a release that does not start', async () => {
      await fleet.addBrokenRelease(brokenVersion);
      const end = await endOf(await start('--to', brokenVersion), runLimitMs);
      expect(end.state).toBe('rolled-back');
      compareWithTable('etcd', 'the new release does not start on the canary', end);
      expect(await versionsOf(fleet)).toEqual(['3.5.35', '3.5.35', '3.5.35']);
    }));

  it('M43 P1 holds while another member is down, and goes on automatically when it is back', () =>
    play('another member is down', async () => {
      const run = await start('--restart');
      await stepEnded(run, 'h1.canary.etcd-2.follower.downtime');
      await fleet.host('etcd-3').kill(etcdUnit('etcd-3'));
      compareWithTable('etcd', 'another member dies in the middle', await holding(run, 'a hold', isDown('etcd-3')));
      expect(downtimesIn(run.log.events)).toEqual(['etcd-2']);
      await fleet.host('etcd-3').start(etcdUnit('etcd-3'));
      expect((await endOf(run, runLimitMs)).state).toBe('done');
      await expectPromisesKept(fleet, run, true);
    }));

  it('M43 goes on when the leader moves in the middle: whoever leads then goes last', () =>
    play('the leader moves', async () => {
      const heirId = await memberIdOf(fleet, 'etcd-3');
      const run = await start('--restart');
      await stepEnded(run, 'h1.canary.etcd-2.follower.downtime');
      await moveLead(fleet, 'etcd-1', heirId);
      const end = await endOf(run, runLimitMs);
      expect(end.state).toBe('done');
      expect(downtimesIn(run.log.events)).toEqual(['etcd-2', 'etcd-1', 'etcd-3']);
      compareWithTable('etcd', 'the leader moves in the middle', end);
      await expectPromisesKept(fleet, run, true);
    }));

  it('M43 P11 holds when a member that had its turn never comes back, and takes all of them back when it is told to', () =>
    play('a member that had its turn never comes back', async () => {
      const run = await start('--to', '3.5.21', '--downgrade');
      await stepEnded(run, 'h1.roll.etcd-3.follower.downtime');
      await fleet.host('etcd-2').kill(etcdUnit('etcd-2'));
      compareWithTable('etcd', 'a member that had its turn dies and stays down', await holding(run, 'a hold', isDown('etcd-2')));
      await stepEnded(run, 'h1.roll.etcd-3.follower.peer');
      expect((await fleet.cli(['rollback', run.runId, '--reason', 'it stays down'])).exitCode).toBe(0);
      expect((await endOf(run, runLimitMs)).state).toBe('rolled-back');
      expect(await versionsOf(fleet)).toEqual(['3.5.35', '3.5.35', '3.5.35']);
      await expectPromisesKept(fleet, run, false);
    }));
});
