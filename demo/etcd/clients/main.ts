/** The etcd fleet's clients: two raise one counter by compare-and-swap, one reads it from every member, one watches it. */
import { pause, systemClock } from '../../../common/clock.ts';
import { countLost, gapMeter, openLedger } from '../../clients/ledger.ts';
import { type ClientsAtWork, serveClients } from '../../clients/serve.ts';
import { type EtcdClientsReport, etcdAddressSchema } from './clients.ts';
import { readAll } from './counter.ts';
import { rangeOfWriter, readOn, type Watchfulness, watchOn, writeOn } from './work.ts';

const writers = 2;
const probeMs = 20;
/** A cluster that takes no write for so long is not one that the demo can speak about. */
const patienceMs = 20_000;

const clock = systemClock;

async function begin(address: unknown, pauseMs: number): Promise<ClientsAtWork> {
  const { members, longestWatchMs = null } = etcdAddressSchema.parse(address);
  const ledger = openLedger();
  const known: Watchfulness = { floor: 0, stale: 0, watched: 0, missed: 0, watchGap: gapMeter() };
  const stop = new AbortController();
  const work = { members, ledger, known, clock, pauseMs, signal: stop.signal };
  // Clients of before left their increments: no id may be used twice, or it would count as acknowledged without being written.
  const { ids: earlier } = await patiently(members, readAll);
  const first = Math.floor((earlier.at(-1) ?? 0) / rangeOfWriter) + 1;
  const writing = Array.from({ length: writers }, (_, at) => writeOn(work, first + at));
  const running = Promise.all([...writing, readOn(work), watchOn(work, longestWatchMs)]);
  const limitMs = clock.monotonicMs() + patienceMs;
  while (ledger.acknowledgedIds().size === 0) {
    if (clock.monotonicMs() > limitMs) throw new Error(`no write was acknowledged within ${patienceMs / 1000} s`);
    await pause(clock, probeMs);
  }
  return {
    async report(): Promise<EtcdClientsReport> {
      const askedMs = clock.monotonicMs();
      const promised = new Set(ledger.acknowledgedIds());
      const { counter, ids } = await patiently(members, readAll);
      const lost = await countLost(promised, paged(ids));
      const { stale, watched, missed } = known;
      const longestWatchGapMs = Math.round(known.watchGap.longestMs(askedMs) * 10) / 10;
      return { ...ledger.report(lost, askedMs), miscounted: counter - ids.length, stale, watched, missed, longestWatchGapMs };
    },
    async stop() {
      stop.abort();
      await running;
    },
  };
}

async function* paged<T>(page: readonly T[]): AsyncGenerator<readonly T[]> {
  yield page;
}

/** A leader that is elected just now is worth waiting for. */
async function patiently<T>(members: readonly string[], ask: (member: string) => Promise<T>): Promise<T> {
  const limitMs = clock.monotonicMs() + patienceMs;
  let why = 'it has no members';
  while (clock.monotonicMs() < limitMs) {
    for (const member of members) {
      try {
        return await ask(member);
      } catch (thrown) {
        why = thrown instanceof Error ? thrown.message : String(thrown);
      }
    }
    await pause(clock, probeMs);
  }
  throw new Error(`no member of the cluster answers: ${why}`);
}

serveClients(begin);
