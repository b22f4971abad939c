/** A real Cassandra cluster goes up node by node under clients that write and read at QUORUM without pause: what CI plays of Cassandra. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CassandraFleet, startCassandraFleet } from '../../demo/cassandra/fleet.ts';
import { formatsOf, minutes, patient, underLoad, versionsOf } from './cassandra-stage.ts';
import { endOf, expectPromisesKept, type Started, startRun } from './etcd-stage.ts';

let fleet: CassandraFleet;

beforeAll(async () => {
  fleet = await startCassandraFleet({ version: '4.0.15' });
  await fleet.adopt();
  await fleet.addRelease('4.1.7');
}, 10 * minutes);

afterAll(async () => {
  await fleet.stop();
});

const logOf = (name: string) => readFile(join(fleet.dir, name, 'cassandra.log'), 'utf8');

describe('a minor upgrade', () => {
  it('M11 M13 M15 M16 goes node by node, loses no acknowledged write, and reads version and format back', {
    timeout: 20 * minutes,
  }, async () => {
    let started: Started | null = null;
    await underLoad(fleet, '4.0.15 to 4.1.7', async () => {
      started = await startRun(patient(fleet), ['--to', '4.1.7'], { settle: '2s', soak: '0s' });
      expect((await endOf(started, 17 * minutes)).state).toBe('done');
    });
    if (started === null) throw new Error('nothing was started');
    expect(await versionsOf(fleet)).toEqual(['4.1.7', '4.1.7', '4.1.7']);
    await expectPromisesKept(fleet, started, true);
    for (const name of ['cass-1', 'cass-2', 'cass-3']) {
      expect(await formatsOf(fleet, name), name).toEqual(['nb']);
      // First no client is served any more, then the others see it go, then it writes out what it holds, then it ends.
      const log = await logOf(name);
      const places = ['Stop listening for CQL clients', 'Announcing shutdown', 'DRAINED'].map((words) => log.indexOf(words));
      expect(
        places.every((place) => place > 0),
        `${name}: ${places.join(', ')}`,
      ).toBe(true);
      expect([...places].sort((a, b) => a - b)).toEqual(places);
    }
  });
});
