/** PURE. What metrics take from committed events, and what gauges show of the fleet. */
import assert from 'node:assert/strict';
import { isControllerBody } from '../../common/controller-body.ts';
import type { RunDocument, RunListDocument } from '../../common/documents/runs.ts';
import type { EventOf, RunEvent, StoredEvent } from '../../common/events.ts';
import type { NodeView } from '../../common/facts.ts';
import { holdKey } from '../../common/holds.ts';
import type { Plan, Step } from '../../common/plan.ts';
import type { HostView } from '../fleet/fleet.ts';
import { downtimesByNode, writePausesOf } from '../sequencer/run/downtime.ts';
import { isOfRoll, type Place, planIndex, runIndex } from '../sequencer/run/run-index.ts';
import { nextStatus } from '../sequencer/run/run-machine.ts';
import type { RunStatus } from '../sequencer/run/run-status.ts';
import { nextTimeline, type RunCommit, type Timeline } from '../sequencer/run/timeline.ts';
import type { ClusterRecord, StoreRoom } from '../store/store.ts';
import { turnState } from '../views/run-document.ts';
import {
  type CounterName,
  type GaugeName,
  type HistogramName,
  type LabelValues,
  nodeStates,
  type OrderKind,
  type OrderResult,
  openStatesOfRuns,
  type TurnResult,
} from './metric-catalog.ts';

type Sample =
  | { readonly counter: CounterName; readonly labels: LabelValues }
  | { readonly histogram: HistogramName; readonly labels: LabelValues; readonly seconds: number };

interface Moment {
  readonly status: RunStatus;
  readonly timeline: Timeline;
}

/** One event with the run before and after it. */
interface Change {
  readonly plan: Plan;
  readonly atMs: number;
  readonly before: Moment;
  readonly after: Moment;
}

export function samplesOf({ record, before: first, events }: RunCommit): readonly Sample[] {
  const samples: Sample[] = [];
  let before: Moment = first;
  for (const event of events) {
    const after = next(before, event);
    samples.push(...samplesOfEvent({ plan: record.plan, atMs: event.atMs, before, after }, event.body));
    before = after;
  }
  return samples;
}

const next = ({ status, timeline }: Moment, event: StoredEvent): Moment => ({
  status: nextStatus(status, event.body),
  timeline: nextTimeline(timeline, event),
});

function samplesOfEvent(change: Change, event: RunEvent): readonly Sample[] {
  const { engine } = change.plan;
  switch (event.type) {
    case 'run-started':
      return [{ counter: 'drydock_runs_started_total', labels: { engine } }];
    case 'run-ended':
      return [
        { counter: 'drydock_runs_ended_total', labels: { engine, result: event.state } },
        ...observed('drydock_run_duration_seconds', { engine, result: event.state }, since(change, change.after.timeline.startedAtMs)),
      ];
    case 'hold-raised': {
      const isUp = change.before.status.holds.some((hold) => holdKey(hold) === holdKey(event.hold));
      return isUp ? [] : [{ counter: 'drydock_holds_raised_total', labels: { kind: event.hold.kind } }];
    }
    case 'order-ended':
      return [...ofOrder(change, event), ...ofTurn(change, event.turn)];
    case 'order-unknown':
      return [...orderCounted(change.plan, event.step, 'unknown'), ...ofTurn(change, event.turn)];
    case 'step-resolved':
    case 'turn-chosen':
      return ofTurn(change, event.turn);
    default:
      return [];
  }
}

function ofOrder(change: Change, { turn: turnId, step, receipt, verdict }: EventOf<'order-ended'>): readonly Sample[] {
  const { plan, before, after } = change;
  const { engine } = plan;
  const place = planIndex(plan).step(step);
  const [was, is] = [runIndex(plan, before.status).chosen(turnId), runIndex(plan, after.status).chosen(turnId)];
  if (place === null || was === null || is === null) return [];
  const { over } = downtimesByNode(plan, after.status, after.timeline)(is.steps[step]?.instance ?? '');
  const downtimeMs = over.find((each) => each.step === step)?.ms ?? null;
  const sum = (pauses: readonly number[]) => pauses.reduce((total, ms) => total + ms, 0);
  const [pausesBefore, pausesAfter] = [writePausesOf(place.turn, was, before.timeline), writePausesOf(place.turn, is, after.timeline)];
  const pauseMs = pausesAfter.length > pausesBefore.length ? sum(pausesAfter) - sum(pausesBefore) : null;
  return [
    ...orderCounted(plan, step, receipt.outcome === 'done' && !verdict.ok ? 'unhealthy' : receipt.outcome),
    ...observed('drydock_order_duration_seconds', { engine, kind: kindOf(place.step.body) }, receipt.elapsedMs),
    ...observed('drydock_downtime_seconds', { engine, role: is.backRole ?? is.role }, downtimeMs),
    ...observed('drydock_write_pause_seconds', { engine }, pauseMs),
  ];
}

function orderCounted(plan: Plan, step: string, result: OrderResult): readonly Sample[] {
  const place = planIndex(plan).step(step);
  return place === null ? [] : [{ counter: 'drydock_orders_ended_total', labels: { kind: kindOf(place.step.body), result } }];
}

function kindOf(body: Step['body']): OrderKind {
  assert(!isControllerBody(body), `an order was sent for ${body.kind}, which is unknown`);
  return body.kind;
}

/** A turn has no event of its own that ends it: it is over when what is left of it says so. */
function ofTurn(change: Change, turnId: string): readonly Sample[] {
  const { plan, before, after } = change;
  const place = planIndex(plan).place(turnId);
  if (place === null) return [];
  const stateIn = ({ status }: Moment) => turnState(status, place.turn, runIndex(plan, status).chosen(turnId));
  const [was, state] = [stateIn(before), stateIn(after)];
  if (was === state || !isResult(state)) return [];
  const labels = { engine: plan.engine, phase: phaseOf(plan, after.status, place) };
  const chosenAtMs = after.timeline.turns.findLast(({ turn }) => turn === turnId)?.sinceMs ?? null;
  return [
    { counter: 'drydock_turns_ended_total', labels: { ...labels, result: state } },
    ...observed('drydock_turn_duration_seconds', labels, state === 'failed' ? null : since(change, chosenAtMs)),
  ];
}

const isResult = (state: string): state is TurnResult => state === 'done' || state === 'failed' || state === 'rolled-back';

/** Which nodes are the canary is decided by what happens: the first of a hop. */
function phaseOf(plan: Plan, status: RunStatus, { hop, phase, wave, turn }: Place): string {
  if (!isOfRoll({ wave, turn })) return phase.name;
  const chosen = runIndex(plan, status).everDisruptive.filter((each) => each.hop.id === hop.id && isOfRoll(each));
  return chosen.findIndex((each) => each.turn.id === turn.id) < plan.canaryCount ? 'canary' : 'roll';
}

const since = ({ atMs }: Change, ms: number | null): number | null => (ms === null ? null : Math.max(0, atMs - ms));

const observed = (histogram: HistogramName, labels: LabelValues, ms: number | null): readonly Sample[] =>
  ms === null ? [] : [{ histogram, labels, seconds: ms / 1000 }];

// What the gauges of the fleet show, of what was read for one scrape.

export interface FleetSeen {
  readonly version: string;
  readonly hosts: readonly HostView[];
  readonly adopted: readonly ClusterRecord[];
  readonly clusters: readonly { readonly cluster: string; readonly nodes: readonly NodeView[] }[];
  /** Rows of all that have not ended. */
  readonly open: RunListDocument['runs'];
  /** Those of them that can be read. */
  readonly runs: readonly RunDocument[];
  readonly room: StoreRoom;
  readonly storeWritable: boolean;
}

interface Reading {
  readonly gauge: GaugeName;
  readonly labels: LabelValues;
  readonly value: number;
}

/** Everything that has a value; a gauge that is not in it has no sample. */
export function readingsOf(seen: FleetSeen): readonly Reading[] {
  const { version, room, storeWritable } = seen;
  return [
    reading('drydock_build_info', { version }, 1),
    ...ofHosts(seen.hosts),
    ...ofClusters(seen),
    ...openStatesOfRuns.map((state) => reading('drydock_open_runs', { state }, seen.open.filter((run) => run.state === state).length)),
    ...ofRuns(seen.runs),
    reading('drydock_store_writable', {}, storeWritable ? 1 : 0),
    ...(room.sizeBytes === null ? [] : [reading('drydock_store_size_bytes', {}, room.sizeBytes)]),
    ...(room.freeBytes === null ? [] : [reading('drydock_store_free_bytes', {}, room.freeBytes)]),
  ];
}

const reading = (gauge: GaugeName, labels: LabelValues, value: number): Reading => ({ gauge, labels, value });

/** Disconnected hosts that have series of their own; all are counted by state. */
const mostNamed = 100;

function ofHosts(hosts: readonly HostView[]): readonly Reading[] {
  const connected = hosts.filter((host) => host.connected).length;
  return [
    reading('drydock_hosts', { state: 'connected' }, connected),
    reading('drydock_hosts', { state: 'disconnected' }, hosts.length - connected),
    ...counted('drydock_agents', hosts, ({ agentVersion: version }) => ({ version })),
    ...hosts
      .filter((host) => !host.connected)
      .slice(0, mostNamed)
      .flatMap(({ host, lastSeenAtMs }) => [
        reading('drydock_host_connected', { host }, 0),
        reading('drydock_host_last_seen_timestamp_seconds', { host }, lastSeenAtMs / 1000),
      ]),
  ];
}

function ofClusters({ hosts, adopted, clusters }: FleetSeen): readonly Reading[] {
  const engines = new Map(hosts.flatMap((host) => host.instances.map(({ instance, engine }) => [instance, engine] as const)));
  const versions = clusters.flatMap(({ nodes }) =>
    nodes.map(({ instance, facts }) => ({ engine: engines.get(instance) ?? 'unknown', version: facts?.version.running ?? 'unknown' })),
  );
  return [
    ...counted('drydock_clusters', adopted, ({ engine }) => ({ engine })),
    ...clusters.flatMap(({ cluster, nodes }) =>
      nodeStates.map((state) =>
        reading('drydock_cluster_nodes', { cluster, state }, nodes.filter((node) => stateOf(node) === state).length),
      ),
    ),
    ...counted('drydock_nodes', versions, (labels) => labels),
  ];
}

function stateOf({ connected, facts }: NodeView): (typeof nodeStates)[number] {
  if (!connected) return 'disconnected';
  return facts?.inService === true ? 'in-service' : 'down';
}

function ofRuns(runs: readonly RunDocument[]): readonly Reading[] {
  const holds = runs.flatMap(({ cluster, holds: here }) =>
    here.map(({ kind, releasedBy, since }) => ({ labels: { cluster, kind, released_by: releasedBy }, sinceMs: Date.parse(since) })),
  );
  return [
    ...counted('drydock_cluster_holds', holds, ({ labels }) => labels),
    // Of several holds with the same labels the oldest stays.
    ...[...holds]
      .sort((one, other) => other.sinceMs - one.sinceMs)
      .map(({ labels, sinceMs }) => reading('drydock_cluster_hold_since_timestamp_seconds', labels, sinceMs / 1000)),
    ...runs.flatMap(({ cluster, rest }) =>
      rest === null || rest.until === null
        ? []
        : [reading('drydock_rest_until_timestamp_seconds', { cluster }, Date.parse(rest.until) / 1000)],
    ),
    ...runs.flatMap(({ state, cluster, startedAt, fraction }) =>
      state !== 'active' || startedAt === null
        ? []
        : [
            reading('drydock_run_started_timestamp_seconds', { cluster }, Date.parse(startedAt) / 1000),
            reading('drydock_run_progress_ratio', { cluster }, fraction),
          ],
    ),
  ];
}

/** How many there are with the same labels. */
function counted<T>(gauge: GaugeName, all: readonly T[], labelsOf: (each: T) => LabelValues): readonly Reading[] {
  const readings = new Map<string, Reading>();
  for (const each of all) {
    const labels = labelsOf(each);
    const key = JSON.stringify(labels);
    readings.set(key, reading(gauge, labels, (readings.get(key)?.value ?? 0) + 1));
  }
  return [...readings.values()];
}
