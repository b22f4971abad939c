/** The text of /metrics: gauges read afresh at each scrape, counters and histograms fed by the commits of runs, and the process itself. */
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Procedure } from '../../common/procedure.ts';
import type { Fleet } from '../fleet/fleet.ts';
import type { RunOperations } from '../operations/runs.ts';
import type { RunCommit } from '../sequencer/run/timeline.ts';
import type { Store } from '../store/store.ts';
import { type FleetSeen, readingsOf } from './fleet-gauges.ts';
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
import { processMetrics } from './process-metrics.ts';
import { samplesOf } from './run-samples.ts';

export interface MetricsParts {
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
