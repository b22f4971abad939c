/**
 * The demo's clients, in a process of their own so that nothing else in the demo distorts what they measure.
 * Started with a channel to its parent; when the channel breaks, nobody listens any more and it ends.
 */
import { pause, systemClock } from '../../common/clock.ts';
import { type ClusterAddress, dialWritable, hangUp } from './dial.ts';
import { type ClientsReport, countLost, openLedger } from './ledger.ts';
import { askSchema, type Told } from './messages.ts';
import { readOn } from './reader.ts';
import { loadTable, pagesOfIds } from './table.ts';
import { writeOn } from './writer.ts';

const writers = [1, 2, 3];
const readers = 2;
const lookMs = 20;
/** A cluster that takes no write for so long is not one that the demo can speak about. */
const patienceMs = 20_000;

const clock = systemClock;
const ledger = openLedger();
const stop = new AbortController();
let cluster: ClusterAddress | null = null;
let running: Promise<unknown> = Promise.resolve();

async function begin(address: ClusterAddress, pauseMs: number): Promise<void> {
  cluster = address;
  const client = await writableClient();
  try {
    await loadTable(client);
  } finally {
    await hangUp(client);
  }
  running = Promise.all([
    ...writers.map((writer) => writeOn({ cluster: address, ledger, clock, pauseMs, signal: stop.signal }, writer)),
    ...Array.from({ length: readers }, () => readOn({ cluster: address, ledger, clock, pauseMs, signal: stop.signal })),
  ]);
  const limitMs = clock.monotonicMs() + patienceMs;
  while (ledger.acknowledgedIds().size === 0) {
    if (clock.monotonicMs() > limitMs) throw new Error(`no write was acknowledged within ${patienceMs / 1000} s`);
    await pause(clock, lookMs);
  }
  tell({ told: 'writing' });
}

/** Patient: a primary that restarts just now is worth waiting for. */
async function writableClient() {
  if (cluster === null) throw new Error('asked before the cluster was named');
  const limitMs = clock.monotonicMs() + patienceMs;
  while (clock.monotonicMs() < limitMs) {
    const client = await dialWritable(cluster);
    if (client !== null) return client;
    await pause(clock, lookMs);
  }
  throw new Error('no node of the cluster takes writes');
}

async function readBack(): Promise<ClientsReport> {
  const askedMs = clock.monotonicMs();
  const client = await writableClient();
  try {
    return ledger.report(await countLost(ledger.acknowledgedIds(), pagesOfIds(client)), askedMs);
  } finally {
    await hangUp(client);
  }
}

function tell(told: Told): void {
  process.send?.(told);
}

async function obey(message: unknown): Promise<void> {
  const asked = askSchema.parse(message);
  switch (asked.ask) {
    case 'begin':
      return begin(asked.cluster, asked.pauseMs);
    case 'report':
      return tell({ told: 'report', report: await readBack() });
    case 'end':
      stop.abort();
      await running;
      tell({ told: 'report', report: await readBack() });
      return process.disconnect();
    default:
      return asked satisfies never;
  }
}

process.on('message', (message) => {
  obey(message).catch((thrown: unknown) => tell({ told: 'failure', message: thrown instanceof Error ? thrown.message : String(thrown) }));
});
process.on('disconnect', () => process.exit(0));
