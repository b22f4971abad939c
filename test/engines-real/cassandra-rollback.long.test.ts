/** Rollbacks of a real Cassandra cluster in the middle of a hop: without loss within a series, and by restoring a node where the format changed. */
import { afterEach, describe, expect, it } from 'vitest';
import { type CassandraFleet, startCassandraFleet } from '../../demo/cassandra/fleet.ts';
import type { CassandraVersion } from '../../demo/cassandra/releases.ts';
import { consent, firstNodeDone, minutes, patient, underLoad, versionsOf } from './cassandra-stage.ts';
import { endOf, expectPromisesKept, type Started, startRun } from './etcd-stage.ts';
import { told } from './strikes.ts';

/** The first node has it behind it, and the second one does not begin. */
const longSoak = { settle: '2s', soak: '30m' };
let fleet: CassandraFleet | null = null;

afterEach(async () => {
  await fleet?.stop();
  fleet = null;
});

async function runTo(
  from: CassandraVersion,
  to: CassandraVersion,
): Promise<{ readonly here: CassandraFleet; readonly begin: () => Promise<Started> }> {
  const here = await startCassandraFleet({ version: from });
  fleet = here;
  await here.adopt();
  await here.addRelease(to);
  return { here, begin: () => startRun(patient(here), ['--to', to], longSoak) };
}

describe('a rollback in the middle of a hop', () => {
  it('M9 P11 loses nothing within a series: the node gets the release before, and serves what was written meanwhile', {
    timeout: 30 * minutes,
  }, async () => {
    const { here, begin } = await runTo('4.1.6', '4.1.7');
    await underLoad(here, '4.1.6 to 4.1.7 and back', async () => {
      const started = await begin();
      await firstNodeDone(started, 10 * minutes);
      await told(here, ['rollback', started.runId, '--reason', 'rehearsed']);
      expect((await endOf(started, 15 * minutes)).state).toBe('rolled-back');
      await expectPromisesKept(here, started, false);
    });
    expect(await versionsOf(here)).toEqual(['4.1.6', '4.1.6', '4.1.6']);
  });

  it('M9 P11 restores the node from its own snapshot where the format changed, once a person has consented; its peers bring what was written since', {
    timeout: 30 * minutes,
  }, async () => {
    const { here, begin } = await runTo('4.0.15', '4.1.7');
    await underLoad(here, '4.0.15 to 4.1.7 and back', async () => {
      const started = await begin();
      await firstNodeDone(started, 10 * minutes);
      await told(here, ['rollback', started.runId, '--reason', 'rehearsed']);
      await consent(here, started, 5 * minutes);
      expect((await endOf(started, 15 * minutes)).state).toBe('rolled-back');
      await expectPromisesKept(here, started, false);
    });
    expect(await versionsOf(here)).toEqual(['4.0.15', '4.0.15', '4.0.15']);
  });
});
