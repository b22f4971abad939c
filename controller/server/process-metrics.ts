/** What the process itself measures: CPU, memory, the event loop. There is one process, whatever runs in it: its observers are made once. */
import { collectDefaultMetrics, Registry } from 'prom-client';

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
