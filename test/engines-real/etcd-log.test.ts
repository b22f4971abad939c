/** A real etcd cluster on which little is written: what 3.5 wrote into the log of a member, 3.7 cannot read. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type EtcdFleet, startEtcdFleet } from '../../demo/etcd/fleet.ts';
import { waitFor } from '../../demo/wait.ts';
import { downtimesIn, endOf, expectPromisesKept, startRun, underLoad, versionsOf } from './etcd-stage.ts';

const minutes = 60_000;
let fleet: EtcdFleet;

beforeAll(async () => {
  fleet = await startEtcdFleet({ version: '3.5.35', flags: ['--snapshot-count=1000'] });
  await fleet.adopt();
  for (const version of ['3.6.16', '3.7.3'] as const) await fleet.addRelease(version);
});

afterAll(async () => {
  await fleet?.stop();
});

it(
  'M43 waits before the first member goes to 3.7 until each has made a snapshot, says why, and goes on automatically',
  async () => {
    const run = await startRun(fleet, ['--to', '3.7.3']);
    const waiting = await waitFor('a word on what is waited for', 2 * minutes, new AbortController().signal, async () => {
      const found = run.log.statuses.find((status) => status.waiting?.reason.includes('still holds'));
      return found === undefined ? { notYet: JSON.stringify(run.log.events.at(-1)) } : { seen: found };
    });
    expect(waiting.waiting?.reason).toMatch(
      /^WAL of etcd-\d readable by 3\.7: its WAL, from its beginning, still has \d+ entries written by 3\.5, up to \d+, which 3\.7 cannot read/,
    );
    const { stdout } = await fleet.cli(['status', run.runId]);
    expect(stdout).toMatch(/WAITING since .*\n(.*\n)*waits +WAL of etcd-\d readable by 3\.7/);
    expect(downtimesIn(run.log.events)).toHaveLength(3);
    await underLoad(fleet, 'after it was written', async () => {
      expect(await endOf(run, 3 * minutes)).toMatchObject({ state: 'done' });
    });
    expect(await versionsOf(fleet)).toEqual(['3.7.3', '3.7.3', '3.7.3']);
    await expectPromisesKept(fleet, run, true);
    await run.log.close();
  },
  6 * minutes,
);
