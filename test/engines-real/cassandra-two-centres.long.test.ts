/** A real Cassandra cluster of two data centres with three nodes each: one centre after the other, its seed first, then rack by rack. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CassandraFleet, startCassandraFleet } from '../../demo/cassandra/fleet.ts';
import { minutes, patient, underLoad, versionsOf } from './cassandra-stage.ts';
import { downtimesIn, endOf, expectPromisesKept, startRun } from './etcd-stage.ts';

/** cass-1 and so on. The first of each centre is its seed; of the others neither names nor racks stand in the order in which they are to go. */
const places = [
  { dataCenter: 'west', rack: 'r2' },
  { dataCenter: 'east', rack: 'r3' },
  { dataCenter: 'west', rack: 'r3' },
  { dataCenter: 'east', rack: 'r2' },
  { dataCenter: 'west', rack: 'r1' },
  { dataCenter: 'east', rack: 'r1' },
];
let fleet: CassandraFleet;

beforeAll(async () => {
  fleet = await startCassandraFleet({ version: '4.0.15', places });
  await fleet.adopt();
  await fleet.addRelease('4.1.7');
}, 20 * minutes);

afterAll(async () => {
  await fleet?.stop();
});

describe('two data centres', () => {
  it(
    'M9 M11 M13 M16 goes through one after the other, in each the seed first and then rack by rack, with no acknowledged write lost',
    { timeout: 40 * minutes },
    () =>
      underLoad(fleet, 'two data centres, 4.0.15 to 4.1.7', async () => {
        const run = await startRun(patient(fleet), ['--to', '4.1.7'], { settle: '2s', soak: '0s' });
        expect((await endOf(run, 35 * minutes)).state).toBe('done');
        expect(downtimesIn(run.log.events)).toEqual(['cass-2', 'cass-6', 'cass-4', 'cass-1', 'cass-5', 'cass-3']);
        expect(await versionsOf(fleet)).toEqual(places.map(() => '4.1.7'));
        await expectPromisesKept(fleet, run, true);
      }),
  );
});
