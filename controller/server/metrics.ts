/** What Prometheus reads: the series of the controller and of its process, over HTTP on a port of their own. */

import { createServer, type ServerResponse } from 'node:http';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Log } from '../../common/log.ts';
import type { Procedure } from '../../common/procedure.ts';
import type { Fleet } from '../fleet/fleet.ts';
import type { RunOperations } from '../operations/runs.ts';
import type { RunCommit } from '../sequencer/run/timeline.ts';
import type { Store } from '../store/store.ts';
import { listening, parseListenAddress, requireLoopback } from './listener.ts';
import {
  type CounterName,
  counters,
  type Described,
  type GaugeName,
  gauges,
  type HistogramName,
  histograms,
  seriesFromStart,
} from './metric-catalog.ts';
import { type FleetSeen, readingsOf, samplesOf } from './samples.ts';

interface MetricsParts {
  readonly version: string;
  readonly fleet: Pick<Fleet, 'hosts' | 'announcedClusters' | 'nodes'>;
  readonly runs: Pick<RunOperations, 'openRuns' | 'getRun'>;
  readonly store: Pick<Store, 'room' | 'trouble' | 'clusters'>;
  readonly procedures: ReadonlyMap<string, Pick<Procedure, 'engine' | 'roles'>>;
}

export interface Metrics {
  /** Takes every commit of every run, once. */
  committed(commit: RunCommit): void;
  text(): Promise<string>;
}

export function createMetrics(parts: MetricsParts): Metrics {
  const registry = new Registry();
  const made = <Name extends string, Kind extends Described, Made>(
    all: Readonly<Record<Name, Kind>>,
    make: (name: Name, kind: Kind) => Made,
  ) => new Map((Object.entries(all) as [Name, Kind][]).map(([name, kind]) => [name, make(name, kind)]));
  const common = (name: string, { help, labels }: Described) => ({ name, help, labelNames: [...labels], registers: [registry] });
  const gaugeOf = made<GaugeName, Described, Gauge>(gauges, (name, kind) => new Gauge(common(name, kind)));
  const counterOf = made<CounterName, Described, Counter>(counters, (name, kind) => new Counter(common(name, kind)));
  const histogramOf = made<HistogramName, (typeof histograms)[HistogramName], Histogram>(
    histograms,
    (name, kind) => new Histogram({ ...common(name, kind), buckets: [...kind.buckets] }),
  );
  // Its observers measure from now on, not from the first scrape.
  const process = processMetrics();
  const atStart = seriesFromStart([...parts.procedures.values()]);
  for (const { name, labels } of atStart.counters) counterOf.get(name)?.inc(labels, 0);
  for (const { name, labels } of atStart.histograms) histogramOf.get(name)?.zero(labels);
  return {
    committed(commit) {
      for (const sample of samplesOf(commit)) {
        if ('counter' in sample) counterOf.get(sample.counter)?.inc(sample.labels);
        else histogramOf.get(sample.histogram)?.observe(sample.labels, sample.seconds);
      }
    },
    async text() {
      const readings = readingsOf(await readFleet(parts));
      // Nothing is waited for in between: of two scrapes at a time none sees the gauges of the other half set.
      for (const gauge of gaugeOf.values()) gauge.reset();
      for (const { gauge, labels, value } of readings) gaugeOf.get(gauge)?.set(labels, value);
      return [await registry.metrics(), await process.metrics()].join('\n');
    },
  };
}

async function readFleet({ version, fleet, runs, store }: MetricsParts): Promise<FleetSeen> {
  const { runs: open } = await runs.openRuns();
  return {
    version,
    adopted: await store.clusters(),
    open,
    // One that cannot be read takes no other's series away.
    runs: (await Promise.all(open.map(({ run }) => runs.getRun(run).catch(() => null)))).filter((run) => run !== null),
    hosts: fleet.hosts(),
    clusters: fleet.announcedClusters().map((cluster) => ({ cluster, nodes: fleet.nodes(cluster) })),
    room: store.room(),
    storeWritable: store.trouble() === null,
  };
}

// GET /metrics and /healthz, on loopback only.

interface HttpServer {
  readonly address: string;
  stop(): Promise<void>;
}

/** Throws FailureError(usage, `bad-listen`), or (failed, `cannot-listen`). */
export async function startHttpServer(listen: string, metrics: () => Promise<string>, log: Log): Promise<HttpServer> {
  const server = createServer({ requestTimeout: 10_000, headersTimeout: 5_000, keepAliveTimeout: 5_000 }, (request, response) => {
    // Whatever a request carries beyond its first line is of no interest.
    request.resume();
    if (request.method !== 'GET') return answer(response, 405, 'only GET is supported\n');
    if (request.url === '/healthz') return answer(response, 200, 'ok\n');
    if (request.url !== '/metrics') return answer(response, 404, 'not found; available: /metrics and /healthz\n');
    metrics().then(
      (body) => answer(response, 200, body),
      (error: unknown) => {
        log.error({}, `metrics could not be collected: ${error instanceof Error ? error.message : String(error)}`);
        answer(response, 500, 'metrics could not be collected; check the log of the controller\n');
      },
    );
  });
  server.maxConnections = 32;
  const address = await listening(server, requireLoopback(parseListenAddress(listen)));
  return {
    address,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function answer(response: ServerResponse, code: number, body: string): void {
  response.writeHead(code, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }).end(body);
}

// What the process itself measures: CPU, memory, the event loop. There is one process, whatever runs in it: its observers are made once.

let registry: Registry | null = null;

/** Gauges that prom-client gives the suffix of a counter; the same numbers by type are in `nodejs_active_handles` and its like. */
const namedLikeCounters = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total'];

export function processMetrics(): Registry {
  if (registry === null) {
    registry = new Registry();
    collectDefaultMetrics({ register: registry });
    for (const name of namedLikeCounters) registry.removeSingleMetric(name);
  }
  return registry;
}
