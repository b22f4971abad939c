/** The Cassandra fleet's clients: two write rows at QUORUM, one reads at QUORUM what was acknowledged; each knows all nodes and passes over those that do not answer. */
import { pause, systemClock } from '../../../common/clock.ts';
import type { Consistency, CqlRow } from '../../../engines/cassandra/cql-frames.ts';
import { type CqlSession, openCql } from '../../../engines/cassandra/host/cql.ts';
import { countLost, openLedger } from '../../clients/ledger.ts';
import { type ClientsAtWork, serveClients } from '../../clients/serve.ts';
import { type CassandraAddress, type CassandraClientsReport, cassandraAddressSchema } from './clients.ts';

const clock = systemClock;
const writers = 2;
const redialMs = 10;
/** A cluster that takes no write for so long is not one that the demo can speak about. */
const patienceMs = 60_000;
/** Each writer numbers its rows in a range of its own. */
const rangeOfWriter = 1_000_000_000;
const table = 'demo.rows';

/** One client: keeps a connection to one node, and goes to the next one when that fails. */
class Caller {
  readonly #nodes: CassandraAddress['nodes'];
  #at: number;
  #session: CqlSession | null = null;

  constructor({ nodes }: CassandraAddress, startAt: number) {
    this.#nodes = nodes;
    this.#at = startAt;
  }

  /** One try at one node. */
  async query(cql: string, consistency: Consistency): Promise<readonly CqlRow[]> {
    try {
      this.#session ??= await openCql(this.#node(), new AbortController().signal);
      return await this.#session.query(cql, consistency);
    } catch (thrown) {
      this.close();
      this.#at += 1;
      throw thrown;
    }
  }

  /** Tries on until some node answers. */
  async insist(cql: string, consistency: Consistency): Promise<readonly CqlRow[]> {
    for (const limitMs = clock.monotonicMs() + patienceMs; ; ) {
      try {
        return await this.query(cql, consistency);
      } catch (thrown) {
        if (clock.monotonicMs() > limitMs) throw thrown;
        await pause(clock, 100);
      }
    }
  }

  close(): void {
    this.#session?.close();
    this.#session = null;
  }

  #node() {
    const node = this.#nodes[this.#at % this.#nodes.length];
    if (node === undefined) throw new RangeError('a cluster has at least one node');
    return node;
  }
}

/** In every data centre as many as it has nodes, three at most. */
function replicas({ nodes }: CassandraAddress): string {
  const counts = new Map<string, number>();
  for (const { dataCenter } of nodes) counts.set(dataCenter, (counts.get(dataCenter) ?? 0) + 1);
  return [...counts].map(([dataCenter, count]) => `'${dataCenter}': ${Math.min(3, count)}`).join(', ');
}

async function begin(address: unknown, pauseMs: number): Promise<ClientsAtWork> {
  const cluster = cassandraAddressSchema.parse(address);
  const ledger = openLedger();
  const stop = new AbortController();
  const known = { newest: 0, stale: 0 };
  const asker = new Caller(cluster, 0);
  const replication = `{'class': 'NetworkTopologyStrategy', ${replicas(cluster)}}`;
  await asker.insist(`CREATE KEYSPACE IF NOT EXISTS demo WITH replication = ${replication}`, 'ONE');
  await asker.insist(`CREATE TABLE IF NOT EXISTS ${table} (id bigint PRIMARY KEY, body text)`, 'ONE');
  const idsNow = async () => (await asker.insist(`SELECT id FROM ${table}`, 'QUORUM')).map(({ id }) => Number(id));
  const first = Math.floor(Math.max(0, ...(await idsNow())) / rangeOfWriter) + 1;

  const writeOn = async (writer: number) => {
    const caller = new Caller(cluster, writer);
    for (let number = 1; !stop.signal.aborted; number += 1) {
      const id = writer * rangeOfWriter + number;
      for (let attempts = 1; !stop.signal.aborted; attempts += 1) {
        try {
          await caller.query(`INSERT INTO ${table} (id, body) VALUES (${id}, 'row ${id}')`, 'QUORUM');
          ledger.writeAcknowledged(id, attempts, clock.monotonicMs());
          known.newest = id;
          break;
        } catch {
          ledger.writeFailed();
          await pause(clock, redialMs);
        }
      }
      if (pauseMs > 0) await pause(clock, pauseMs, stop.signal);
    }
    caller.close();
  };
  const readOn = async () => {
    const caller = new Caller(cluster, 0);
    while (!stop.signal.aborted) {
      const wanted = known.newest;
      try {
        const rows = await caller.query(`SELECT id FROM ${table} WHERE id = ${wanted}`, 'QUORUM');
        if (wanted > 0 && rows.length === 0) known.stale += 1;
        ledger.readAcknowledged(clock.monotonicMs());
      } catch {
        await pause(clock, redialMs);
      }
      if (pauseMs > 0) await pause(clock, pauseMs, stop.signal);
    }
    caller.close();
  };

  const running = Promise.all([...Array.from({ length: writers }, (_, at) => writeOn(first + at)), readOn()]);
  const limitMs = clock.monotonicMs() + patienceMs;
  while (ledger.acknowledgedIds().size === 0) {
    if (clock.monotonicMs() > limitMs) throw new Error(`no write was acknowledged within ${patienceMs / 1000} s`);
    await pause(clock, redialMs);
  }
  return {
    async report(): Promise<CassandraClientsReport> {
      const askedMs = clock.monotonicMs();
      const promised = new Set(ledger.acknowledgedIds());
      const lost = await countLost(promised, paged(await idsNow()));
      return { ...ledger.report(lost, askedMs), stale: known.stale };
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

serveClients(begin);
