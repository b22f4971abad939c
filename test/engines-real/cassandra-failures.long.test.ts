/** Failures that a run did not cause, on a real Cassandra cluster. What `drydock status` says of each is the table of docs/engines/cassandra.md. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { HoldDocument } from '../../common/documents/runs.ts';
import { type CassandraFleet, startCassandraFleet } from '../../demo/cassandra/fleet.ts';
import { waitFor } from '../../demo/wait.ts';
import { openCql } from '../../engines/cassandra/host/cql.ts';
import { compareWithTable } from '../e2e/failures-seen.ts';
import { firstNodeDone, minutes, patient, told, underLoad, versionsOf } from './cassandra-stage.ts';
import { downtimesIn, endOf, expectPromisesKept, holding, type Started, startRun } from './etcd-stage.ts';

const before = ['4.1.6', '4.1.6', '4.1.6'];
const after = ['4.1.7', '4.1.7', '4.1.7'];
/** The canary's soak: time to strike before the next node goes. */
const pace = { settle: '2s', soak: '20s' };
const unitOf = (name: string) => `cassandra-${name}`;
let fleet: CassandraFleet;
let started: Started | null = null;

beforeAll(async () => {
  fleet = await startCassandraFleet({ version: '4.1.6' });
  await fleet.adopt();
  for (const version of ['4.1.6', '4.1.7'] as const) await fleet.addRelease(version);
  await fleet.addBrokenRelease('4.1.7', '4.1.8');
}, 10 * minutes);

afterEach(async () => {
  await started?.log.close();
});

afterAll(async () => {
  await fleet?.stop();
});

async function start(...asked: readonly string[]): Promise<Started> {
  started = await startRun(patient(fleet), asked, pace);
  return started;
}

const isDown =
  (instance: string) =>
  ({ kind, subject }: HoldDocument): boolean =>
    kind === 'node-down' && subject === instance;

/** At the node that is first in its turn. */
async function cql(statement: string): Promise<void> {
  const [first] = fleet.layout.clientsAddress.nodes;
  if (first === undefined) throw new RangeError('a cluster has at least one node');
  const session = await openCql(first, AbortSignal.timeout(minutes));
  try {
    await session.query(statement);
  } finally {
    session.close();
  }
}

describe('failures that a run on a real Cassandra cluster did not cause', () => {
  it(
    'M13 P11 rolls back a canary whose release does not start, and shows what Cassandra wrote in that start',
    { timeout: 15 * minutes },
    () =>
      underLoad(fleet, 'a release that does not start', async () => {
        const end = await endOf(await start('--to', '4.1.8'), 12 * minutes);
        expect(end.state).toBe('rolled-back');
        compareWithTable('cassandra', 'the new release does not start on the canary', end);
        expect(await versionsOf(fleet)).toEqual(before);
      }),
  );

  it(
    'M16 P1 holds while another node is down and takes nothing down, and rolls back when that one had its turn and stays down',
    {
      timeout: 25 * minutes,
    },
    () =>
      underLoad(fleet, 'nodes that die', async () => {
        const run = await start('--to', '4.1.7');
        await firstNodeDone(run, 10 * minutes);
        const [canary = ''] = downtimesIn(run.log.events);
        const other = canary === 'cass-3' ? 'cass-2' : 'cass-3';
        await fleet.host(other).kill(unitOf(other));
        compareWithTable('cassandra', 'another node dies in the middle', await holding(run, 'a hold', isDown(other)));
        await fleet.host(other).start(unitOf(other));
        await fleet.waitHealthy(5 * minutes);
        expect(downtimesIn(run.log.events)).toEqual([canary]);

        await fleet.host(canary).kill(unitOf(canary));
        compareWithTable('cassandra', 'a node that had its turn dies and stays down', await holding(run, 'a hold', isDown(canary)));
        await told(fleet, ['rollback', run.runId, '--reason', 'it stays down']);
        expect((await endOf(run, 15 * minutes)).state).toBe('rolled-back');
        expect(await versionsOf(fleet)).toEqual(before);
        await expectPromisesKept(fleet, run, false);
      }),
  );

  it(
    'M16 P18 holds while the schema is not the one of the plan, goes on when the change is undone, and when a dead agent is back',
    {
      timeout: 25 * minutes,
    },
    () =>
      underLoad(fleet, 'a schema change', async () => {
        const run = await start('--to', '4.1.7', '--again');
        await firstNodeDone(run, 10 * minutes);
        const [canary = ''] = downtimesIn(run.log.events);
        await cql("CREATE KEYSPACE hasty WITH replication = {'class': 'NetworkTopologyStrategy', 'dc1': 3}");
        const changed = ({ detail }: HoldDocument) => detail.includes('schema');
        compareWithTable(
          'cassandra',
          'somebody changes the schema while versions are mixed',
          await holding(run, 'a hold', changed),
          changed,
        );
        expect(downtimesIn(run.log.events)).toEqual([canary]);
        await cql('DROP KEYSPACE hasty');

        const next = await nextDown(run, canary);
        await fleet.killAgent(next);
        compareWithTable(
          'cassandra',
          'the agent of a node is killed in its downtime',
          await holding(run, 'a hold', ({ subject }) => subject.includes(next)),
        );
        await fleet.startAgent(next);
        expect((await endOf(run, 20 * minutes)).state).toBe('done');
        expect(await versionsOf(fleet)).toEqual(after);
        await expectPromisesKept(fleet, run, true);
      }),
  );
});

/** The node whose downtime begins after that of the canary. */
async function nextDown(run: Started, canary: string): Promise<string> {
  const { instance } = await waitFor('the next downtime', 10 * minutes, new AbortController().signal, async () => {
    const found = run.log.events.find(
      (event) => event.type === 'order-dispatched' && event.step.endsWith('.downtime') && event.instance !== canary,
    );
    return found?.type === 'order-dispatched' ? { seen: found } : { notYet: JSON.stringify(run.log.events.at(-1)) };
  });
  return instance;
}
