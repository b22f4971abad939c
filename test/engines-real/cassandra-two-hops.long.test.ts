/** A real Cassandra cluster goes from 4.0 over 4.1 to 5.0 by one plan, and is finalized by the restarts that 5.0 asks for, under clients at QUORUM. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunDocument } from '../../common/documents/runs.ts';
import { type CassandraFleet, startCassandraFleet } from '../../demo/cassandra/fleet.ts';
import { waitFor } from '../../demo/wait.ts';
import { formatsOf, minutes, patient, underLoad, versionsOf } from './cassandra-stage.ts';
import { endOf, expectPromisesKept, type Started, startRun } from './etcd-stage.ts';
import { told } from './strikes.ts';

const names = ['cass-1', 'cass-2', 'cass-3'] as const;
const never = new AbortController().signal;
let fleet: CassandraFleet;

beforeAll(async () => {
  fleet = await startCassandraFleet({ version: '4.0.15' });
  await fleet.adopt();
  for (const version of ['4.1.7', '5.0.4'] as const) await fleet.addRelease(version);
}, 10 * minutes);

afterAll(async () => {
  await fleet.stop();
});

async function resting({ log }: Started): Promise<RunDocument> {
  return waitFor('the rest', 40 * minutes, never, async () => {
    const last = log.statuses.at(-1);
    if (last !== undefined && last.rest !== null) return { seen: last };
    return { notYet: last?.holds.map(({ kind, detail }) => `${kind}: ${detail}`).join('; ') || 'it goes on' };
  });
}

describe('two hops by one plan', () => {
  it('M11 M12 M13 M15 M16 M50 goes over 4.1 to 5.0, rests in its compatible mode, and is finalized, with no acknowledged write lost', {
    timeout: 80 * minutes,
  }, async () => {
    let started: Started | null = null;
    await underLoad(fleet, '4.0.15 over 4.1.7 to 5.0.4, finalized', async () => {
      started = await startRun(patient(fleet), ['--to', '5.0.4', '--via', '4.1.7'], { settle: '2s', soak: '0s' });
      await resting(started);
      expect(await versionsOf(fleet)).toEqual(['5.0.4', '5.0.4', '5.0.4']);
      // Nothing that 4.1 could not read was written yet.
      for (const name of names) expect(await formatsOf(fleet, name), name).toEqual(['nb']);
      await told(fleet, ['finalize', started.runId, '--yes', '--reason', 'it has rested']);
      expect((await endOf(started, 40 * minutes)).state).toBe('done');
    });
    if (started === null) throw new Error('nothing was started');
    for (const name of names) expect(await formatsOf(fleet, name), name).toEqual(['oa']);
    await expectPromisesKept(fleet, started, true);
  });
});
