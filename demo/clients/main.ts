/** The PostgreSQL fleet's clients: writers and readers that know the cluster by an address list. */
import type pg from 'pg';
import { pause, systemClock } from '../../common/clock.ts';
import { type ClusterAddress, clusterAddressSchema, dialWritable, hangUp } from './dial.ts';
import { countLost, openLedger } from './ledger.ts';
import { readOn } from './reader.ts';
import { type ClientsAtWork, serveClients } from './serve.ts';
import { loadTable, pagesOfIds } from './table.ts';
import { writeOn } from './writer.ts';

const writers = [1, 2, 3];
const readers = 2;
const probeMs = 20;
/** A cluster that takes no write for so long is not one that the demo can speak about. */
const patienceMs = 20_000;

const clock = systemClock;

async function begin(address: unknown, pauseMs: number): Promise<ClientsAtWork> {
  const cluster = clusterAddressSchema.parse(address);
  const ledger = openLedger();
  const stop = new AbortController();
  await withWritable(cluster, loadTable);
  const work = { cluster, ledger, clock, pauseMs, signal: stop.signal };
  const running = Promise.all([...writers.map((writer) => writeOn(work, writer)), ...Array.from({ length: readers }, () => readOn(work))]);
  const limitMs = clock.monotonicMs() + patienceMs;
  while (ledger.acknowledgedIds().size === 0) {
    if (clock.monotonicMs() > limitMs) throw new Error(`no write was acknowledged within ${patienceMs / 1000} s`);
    await pause(clock, probeMs);
  }
  return {
    async report() {
      const askedMs = clock.monotonicMs();
      const lost = await withWritable(cluster, (client) => countLost(ledger.acknowledgedIds(), pagesOfIds(client)));
      return ledger.report(lost, askedMs);
    },
    async stop() {
      stop.abort();
      await running;
    },
  };
}

/** Patient: a primary that restarts just now is worth waiting for. */
async function withWritable<T>(cluster: ClusterAddress, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const limitMs = clock.monotonicMs() + patienceMs;
  while (clock.monotonicMs() < limitMs) {
    const client = await dialWritable(cluster);
    if (client === null) {
      await pause(clock, probeMs);
      continue;
    }
    try {
      return await use(client);
    } finally {
      await hangUp(client);
    }
  }
  throw new Error('no node of the cluster takes writes');
}

serveClients(begin);
