/** A real Cassandra cluster goes up node by node under clients that write and read at QUORUM without pause. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ClusterDocument } from '../../common/documents/fleet.ts';
import { type CassandraFleet, startCassandraFleet } from '../../demo/cassandra/fleet.ts';
import { endOf, expectPromisesKept, type Started, startRun } from './etcd-stage.ts';

const minutes = 60_000;
const clientPauseMs = 30;
let fleet: CassandraFleet;

beforeAll(async () => {
  fleet = await startCassandraFleet({ version: '4.0.15' });
  await fleet.adopt();
  await fleet.addRelease('4.1.7');
}, 10 * minutes);

afterAll(async () => {
  await fleet.stop();
});

/** The database writes and answers slowly while everything of it is on one machine. */
const patient = () => ({ ...fleet, waitHealthy: () => fleet.waitHealthy(5 * minutes) });

/** Does it while clients write and read; afterwards nothing may be lost. */
async function underLoad(what: string, body: () => Promise<void>): Promise<void> {
  const clients = await fleet.startClients(clientPauseMs);
  try {
    await body();
    const report = await clients.end();
    const { acknowledged, failed, longestWriteGapMs, longestReadGapMs } = report;
    console.log(
      `${what}: ${acknowledged} rows acknowledged, ${failed} tries failed; longest gap of writes ${longestWriteGapMs} ms, of reads ${longestReadGapMs} ms`,
    );
    expect(report).toMatchObject({ lost: 0, stale: 0 });
    expect(report.acknowledged).toBeGreaterThan(0);
  } finally {
    await clients.kill();
  }
}

const logOf = (name: string) => readFile(join(fleet.dir, name, 'cassandra.log'), 'utf8');

describe('a minor upgrade', () => {
  it('M11 M13 M15 M16 goes node by node, loses no acknowledged write, and reads version and format back', {
    timeout: 25 * minutes,
  }, async () => {
    let started: Started | null = null;
    await underLoad('4.0.15 to 4.1.7', async () => {
      started = await startRun(patient(), ['--to', '4.1.7'], { settle: '2s', soak: '0s' });
      expect((await endOf(started, 20 * minutes)).state).toBe('done');
    });
    if (started === null) throw new Error('nothing was started');
    const { members } = (await fleet.cliJson(['cluster', 'show', fleet.cluster])) as ClusterDocument;
    expect(members.map(({ version }) => version)).toEqual(['4.1.7', '4.1.7', '4.1.7']);
    await expectPromisesKept(fleet, started, true);
    for (const name of ['cass-1', 'cass-2', 'cass-3']) {
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
