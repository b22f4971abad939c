/**
 * PURE. Every metric of the controller's own: what it means and which labels it has. A label's values are a closed list, or as many as the
 * fleet has clusters or versions, or a hundred disconnected hosts: never a run, a step or a person. docs/monitoring/README.md prints this.
 */
import { runStates } from '../../common/documents/runs.ts';
import { runEnds } from '../../common/events.ts';
import { holdKinds } from '../../common/holds.ts';
import { type OrderBody, outcomes } from '../../common/orders.ts';
import { phaseNames } from '../../common/plan.ts';

export interface Described {
  readonly help: string;
  readonly labels: readonly string[];
}

export interface Histogram extends Described {
  /** Upper bounds, in seconds. */
  readonly buckets: readonly number[];
}

/** Of a step that is no order there is nothing to count. */
export type OrderKind = OrderBody['kind'];

const allOrderKinds: Readonly<Record<OrderKind, true>> = {
  observe: true,
  await: true,
  stage: true,
  downtime: true,
  snapshot: true,
  set: true,
  unset: true,
  act: true,
  job: true,
  instance: true,
  configure: true,
  cleanup: true,
};
const orderKinds = Object.keys(allOrderKinds) as readonly OrderKind[];

/** `unhealthy`: carried out, and the health check of its step did not pass. */
const orderResults = [...outcomes, 'unhealthy', 'unknown'] as const;
export type OrderResult = (typeof orderResults)[number];

const turnResults = ['done', 'failed', 'rolled-back'] as const;
export type TurnResult = (typeof turnResults)[number];

export const openStatesOfRuns = runStates.slice(0, 4);
export const nodeStates = ['in-service', 'down', 'disconnected'] as const;

/** Read afresh at each scrape. */
export const gauges = {
  drydock_build_info: { help: 'Always 1; the version of the controller.', labels: ['version'] },
  drydock_hosts: { help: 'Known hosts, by whether their agents are connected.', labels: ['state'] },
  drydock_agents: { help: 'Known hosts by the version of their agent.', labels: ['version'] },
  drydock_host_connected: {
    help: 'Always 0; a host whose agent is disconnected, at most 100 of them. A connected host has no sample.',
    labels: ['host'],
  },
  drydock_host_last_seen_timestamp_seconds: {
    help: 'Time of the last message from the agent of a disconnected host, at most 100 of them.',
    labels: ['host'],
  },
  drydock_clusters: { help: 'Adopted clusters.', labels: ['engine'] },
  drydock_cluster_nodes: {
    help: 'Nodes of a cluster, by what their agents saw last: in-service, down (connected, the database is not in service) or disconnected.',
    labels: ['cluster', 'state'],
  },
  drydock_nodes: { help: 'Nodes of the fleet by the version that they run.', labels: ['engine', 'version'] },
  drydock_cluster_holds: {
    help: 'Holds of the open runs of a cluster, by kind; released_by is automatic or person. No hold, no sample.',
    labels: ['cluster', 'kind', 'released_by'],
  },
  drydock_cluster_hold_since_timestamp_seconds: {
    help: 'When the oldest hold of the kind was raised. No hold, no sample.',
    labels: ['cluster', 'kind', 'released_by'],
  },
  drydock_open_runs: { help: 'Runs that have not ended, by state.', labels: ['state'] },
  drydock_run_started_timestamp_seconds: { help: 'When the active run of a cluster was started.', labels: ['cluster'] },
  drydock_run_progress_ratio: { help: 'Progress of the active run of a cluster by expected time, 0 to 1.', labels: ['cluster'] },
  drydock_rest_until_timestamp_seconds: {
    help: 'Deadline by which the unfinalized run of a cluster must be finalized or rolled back. No deadline, no sample.',
    labels: ['cluster'],
  },
  drydock_store_writable: { help: '1: the store takes writes; 0: it does not, and every active run holds.', labels: [] },
  drydock_store_size_bytes: { help: 'Size of the files of the store: the database and its write-ahead log.', labels: [] },
  drydock_store_free_bytes: { help: 'Bytes that are free for the controller on the file system of the store.', labels: [] },
} as const satisfies Readonly<Record<string, Described>>;

/** From 0 at each start of the controller, counted when an event of a run was committed. */
export const counters = {
  drydock_runs_started_total: { help: 'Runs that were started.', labels: ['engine'] },
  drydock_runs_ended_total: { help: 'Runs that ended, by result: done, rolled-back, aborted or stuck.', labels: ['engine', 'result'] },
  drydock_turns_ended_total: {
    help: 'Turns that ended, by phase and result: done, rolled-back, or failed (also where a retry ends the turn well later).',
    labels: ['engine', 'phase', 'result'],
  },
  drydock_orders_ended_total: {
    help: 'Orders that ended, by kind and result: done, failed, refused, interrupted, unhealthy (carried out, its health check did not pass) or unknown (whether it took effect).',
    labels: ['kind', 'result'],
  },
  drydock_holds_raised_total: { help: 'Holds of runs that were raised, by kind.', labels: ['kind'] },
} as const satisfies Readonly<Record<string, Described>>;

const fineBuckets = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900];
const coarseBuckets = [1, 5, 15, 60, 300, 900, 3600, 14_400, 86_400, 604_800];

export const histograms = {
  drydock_run_duration_seconds: {
    help: 'Time from the start of a run to its end.',
    labels: ['engine', 'result'],
    buckets: coarseBuckets,
  },
  drydock_turn_duration_seconds: {
    help: 'Time from the choice of a turn to its end, done or rolled-back.',
    labels: ['engine', 'phase'],
    buckets: coarseBuckets,
  },
  drydock_order_duration_seconds: {
    help: 'Time that an agent took for an order, by kind.',
    labels: ['engine', 'kind'],
    buckets: fineBuckets,
  },
  drydock_downtime_seconds: {
    help: 'Time that a run kept a node down, by its role: from the start of its stop until it served again, or the order failed.',
    labels: ['engine', 'role'],
    buckets: fineBuckets,
  },
  drydock_write_pause_seconds: {
    help: 'Time that writes paused for a switchover: from the start of the stop of the leader to the promotion of its successor.',
    labels: ['engine'],
    buckets: fineBuckets,
  },
} as const satisfies Readonly<Record<string, Histogram>>;

export type GaugeName = keyof typeof gauges;
export type CounterName = keyof typeof counters;
export type HistogramName = keyof typeof histograms;
export type LabelValues = Readonly<Record<string, string>>;

/** Series that are there before anything happened: increase() sees a first event only where there was a 0 before it. */
export function seriesFromStart(engines: readonly { readonly engine: string; readonly roles: readonly string[] }[]): {
  readonly counters: readonly { readonly name: CounterName; readonly labels: LabelValues }[];
  readonly histograms: readonly { readonly name: HistogramName; readonly labels: LabelValues }[];
} {
  const perEngine = engines.flatMap(({ engine }) => [
    { name: 'drydock_runs_started_total' as const, labels: { engine } },
    ...runEnds.map((result) => ({ name: 'drydock_runs_ended_total' as const, labels: { engine, result } })),
    ...phaseNames.flatMap((phase) =>
      turnResults.map((result) => ({ name: 'drydock_turns_ended_total' as const, labels: { engine, phase, result } })),
    ),
  ]);
  const perKind = orderKinds.flatMap((kind) =>
    orderResults.map((result) => ({ name: 'drydock_orders_ended_total' as const, labels: { kind, result } })),
  );
  const perHold = holdKinds.map((kind) => ({ name: 'drydock_holds_raised_total' as const, labels: { kind } }));
  return {
    counters: [...perEngine, ...perKind, ...perHold],
    histograms: engines.flatMap(({ engine, roles }) => [
      { name: 'drydock_write_pause_seconds' as const, labels: { engine } },
      ...roles.map((role) => ({ name: 'drydock_downtime_seconds' as const, labels: { engine, role } })),
    ]),
  };
}
