import { describe, expect, it } from 'vitest';
import type { RunEvent } from '../../common/events.ts';
import { counters, gauges, histograms } from '../../controller/server/metric-catalog.ts';
import { createMetrics, type Metrics } from '../../controller/server/metrics.ts';
import { procedures } from '../../engines/procedures.ts';
import { actor, Stage } from '../sequencer/stage.ts';
import { familiesIn, samplesIn } from './exposition.ts';

/** As a program has them from its start on. */
function measured(stage: Stage): Metrics {
  const { runs, store, sequencer } = stage.controller;
  const metrics = createMetrics({ version: '0.1.0', fleet: stage.fleet, runs, store, procedures });
  sequencer.onCommit((commit) => metrics.committed(commit));
  return metrics;
}

const scraped = async (metrics: Metrics) => samplesIn(await metrics.text());

/** Series of one metric that are not 0. */
async function nonzero(metrics: Metrics, name: string): Promise<Record<string, number>> {
  const series = [...(await scraped(metrics))].filter(([key, value]) => key.split('{')[0] === name && value !== 0);
  return Object.fromEntries(series.map(([key, value]) => [key.slice(name.length), value]));
}

const endings = (events: readonly RunEvent[]) => events.filter(({ type }) => type === 'order-ended' || type === 'order-unknown').length;
const sum = (values: Record<string, number>) => Object.values(values).reduce((total, value) => total + value, 0);

describe('13.8: /metrics', () => {
  it('13.8: counts runs, turns and orders by result, each event once, and measures how long they took', async () => {
    await using stage = await Stage.open();
    const metrics = measured(stage);
    const run = await stage.started();
    expect(await stage.end(run)).toBe('done');
    expect(await nonzero(metrics, 'drydock_runs_started_total')).toEqual({ '{engine="postgresql"}': 1 });
    expect(await nonzero(metrics, 'drydock_runs_ended_total')).toEqual({ '{engine="postgresql",result="done"}': 1 });
    const turns = await nonzero(metrics, 'drydock_turns_ended_total');
    expect(turns).toMatchObject({
      '{engine="postgresql",phase="canary",result="done"}': 1,
      '{engine="postgresql",phase="roll",result="done"}': 2,
    });
    expect(sum(turns)).toBe((await stage.events(run)).filter(({ type }) => type === 'turn-chosen').length);
    const orders = await nonzero(metrics, 'drydock_orders_ended_total');
    expect(orders).toMatchObject({ '{kind="downtime",result="done"}': 3, '{kind="stage",result="done"}': 3 });
    expect(sum(orders)).toBe(endings(await stage.events(run)));
    const samples = await scraped(metrics);
    expect(samples.get('drydock_run_duration_seconds_count{engine="postgresql",result="done"}')).toBe(1);
    expect(sum(await nonzero(metrics, 'drydock_turn_duration_seconds_count'))).toBe(sum(turns));
    expect(sum(await nonzero(metrics, 'drydock_order_duration_seconds_count'))).toBe(sum(orders));
    const { nodes } = await stage.controller.runs.getReport(run);
    const downtimeMs = nodes.reduce((total, node) => total + (node.downtimeMs ?? 0), 0);
    expect(sum(await nonzero(metrics, 'drydock_downtime_seconds_count'))).toBe(3);
    expect(sum(await nonzero(metrics, 'drydock_downtime_seconds_sum'))).toBeCloseTo(downtimeMs / 1000, 6);
  });

  it('13.8: a switchover is one downtime of the former leader and one write pause, there and on the rollback', async () => {
    await using stage = await Stage.open();
    const metrics = measured(stage);
    stage.fleet.mishap = (order) => (order.step.endsWith('pg-1.primary.write') ? 'times-out' : null);
    const run = await stage.started({ primary: 'switchover' });
    await stage.holding(run, 'health-check-failed');
    expect(await nonzero(metrics, 'drydock_write_pause_seconds_count')).toEqual({ '{engine="postgresql"}': 1 });
    stage.fleet.mishap = () => null;
    await stage.controller.runs.rollbackRun(run, 'slow', actor);
    expect(await stage.end(run)).toBe('rolled-back');
    expect(await nonzero(metrics, 'drydock_write_pause_seconds_count')).toEqual({ '{engine="postgresql"}': 2 });
    const { nodes, writesPausedMs } = await stage.controller.runs.getReport(run);
    expect(sum(await nonzero(metrics, 'drydock_write_pause_seconds_sum'))).toBeCloseTo((writesPausedMs ?? 0) / 1000, 6);
    const downtimeMs = nodes.reduce((total, node) => total + (node.downtimeMs ?? 0), 0);
    expect(sum(await nonzero(metrics, 'drydock_downtime_seconds_sum'))).toBeCloseTo(downtimeMs / 1000, 6);
    expect(await nonzero(metrics, 'drydock_runs_ended_total')).toEqual({ '{engine="postgresql",result="rolled-back"}': 1 });
    expect(await nonzero(metrics, 'drydock_turns_ended_total')).toMatchObject({
      '{engine="postgresql",phase="canary",result="rolled-back"}': 1,
      '{engine="postgresql",phase="roll",result="failed"}': 1,
      '{engine="postgresql",phase="roll",result="rolled-back"}': 2,
    });
    expect(await nonzero(metrics, 'drydock_orders_ended_total')).toMatchObject({ '{kind="await",result="failed"}': 1 });
  });

  it('13.8: a failed order counts once however often its receipt comes, and its retry counts as another one', async () => {
    await using stage = await Stage.open();
    const metrics = measured(stage);
    stage.fleet.mishap = (order) => (order.body.kind === 'stage' && order.target.instance === 'pg-2' ? 'fails' : null);
    const run = await stage.started();
    await stage.holding(run, 'order-failed');
    for (const instance of stage.fleet.nodesByName.keys()) stage.fleet.unlink(instance);
    stage.fleet.linkAll();
    await stage.settle();
    expect(await nonzero(metrics, 'drydock_holds_raised_total')).toMatchObject({ '{kind="order-failed"}': 1 });
    expect(sum(await nonzero(metrics, 'drydock_orders_ended_total'))).toBe(endings(await stage.events(run)));
    stage.fleet.mishap = () => null;
    const step = stage.fleet.begun.findLast((order) => order.body.kind === 'stage' && order.target.instance === 'pg-2')?.step ?? '';
    await stage.controller.runs.retryStep(run, step, actor);
    expect(await stage.end(run)).toBe('done');
    expect(await nonzero(metrics, 'drydock_orders_ended_total')).toMatchObject({
      '{kind="stage",result="failed"}': 1,
      '{kind="stage",result="done"}': 3,
    });
    expect(sum(await nonzero(metrics, 'drydock_orders_ended_total'))).toBe(endings(await stage.events(run)));
  });

  it('13.8: a controller that starts again counts from 0 and nothing that was counted before', async () => {
    await using stage = await Stage.open();
    stage.fleet.held = (order) => order.body.kind === 'downtime';
    const run = await stage.started();
    await stage.until(() => stage.fleet.heldOrders().length > 0);
    const before = endings(await stage.events(run));
    await stage.restart();
    const metrics = measured(stage);
    for (const orderId of stage.fleet.heldOrders()) stage.fleet.release(orderId);
    stage.fleet.held = () => false;
    expect(await stage.end(run)).toBe('done');
    expect(await nonzero(metrics, 'drydock_runs_started_total')).toEqual({});
    expect(await nonzero(metrics, 'drydock_runs_ended_total')).toEqual({ '{engine="postgresql",result="done"}': 1 });
    expect(sum(await nonzero(metrics, 'drydock_orders_ended_total'))).toBe(endings(await stage.events(run)) - before);
  });

  it('13.8: shows hosts, clusters, runs, holds and the store as they are now, with times as timestamps', async () => {
    await using stage = await Stage.open();
    const metrics = measured(stage);
    stage.fleet.held = (order) => order.body.kind === 'downtime';
    const run = await stage.started();
    await stage.until(() => stage.fleet.heldOrders().length > 0);
    stage.fleet.unlink('pg-3');
    await stage.holding(run, 'agent-lost');
    const samples = await scraped(metrics);
    const { startedAt, fraction, holds } = await stage.controller.runs.getRun(run);
    const hold = holds.find(({ kind }) => kind === 'agent-lost');
    const labels = `{cluster="pg-main",kind="agent-lost",released_by="${hold?.releasedBy}"}`;
    expect(Object.fromEntries(samples)).toMatchObject({
      'drydock_build_info{version="0.1.0"}': 1,
      'drydock_hosts{state="connected"}': 2,
      'drydock_hosts{state="disconnected"}': 1,
      'drydock_host_connected{host="host-of-pg-3"}': 0,
      'drydock_agents{version="twin"}': 3,
      'drydock_host_last_seen_timestamp_seconds{host="host-of-pg-3"}': 0,
      'drydock_clusters{engine="postgresql"}': 1,
      'drydock_cluster_nodes{cluster="pg-main",state="disconnected"}': 1,
      'drydock_open_runs{state="active"}': 1,
      [`drydock_cluster_holds${labels}`]: 1,
      [`drydock_cluster_hold_since_timestamp_seconds${labels}`]: Date.parse(hold?.since ?? '') / 1000,
      'drydock_run_started_timestamp_seconds{cluster="pg-main"}': Date.parse(startedAt ?? '') / 1000,
      'drydock_run_progress_ratio{cluster="pg-main"}': fraction,
      drydock_store_writable: 1,
    });
    expect(samples.get('drydock_store_size_bytes')).toBeGreaterThan(4096);
    expect(samples.get('drydock_store_free_bytes')).toBeGreaterThan(0);
    stage.fleet.linkAll();
    stage.fleet.held = () => false;
    for (const orderId of stage.fleet.heldOrders()) stage.fleet.release(orderId);
    expect(await stage.end(run)).toBe('done');
    const after = [...(await scraped(metrics)).keys()];
    expect(after.filter((key) => /^drydock_(cluster_hold|run_started|run_progress)/.test(key) && !key.includes('_total'))).toEqual([]);
  });

  it('13.8: names and labels follow the conventions, and no label names a run, a step or a person', async () => {
    await using stage = await Stage.open();
    const metrics = measured(stage);
    const atStart = [...(await scraped(metrics)).keys()].filter((key) => /^drydock_.*_total\{/.test(key));
    const run = await stage.started();
    expect(await stage.end(run)).toBe('done');
    const text = await metrics.text();
    // Series of counters are there before anything happened: none is born by an event.
    expect([...samplesIn(text).keys()].filter((key) => /^drydock_.*_total\{/.test(key))).toEqual(atStart);
    expect(text).not.toContain(run);
    const families = familiesIn(text);
    const own = { gauge: gauges, counter: counters, histogram: histograms };
    for (const [type, all] of Object.entries(own))
      expect(families.filter(({ name }) => name.startsWith('drydock_')).filter((each) => each.type === type)).toEqual(
        Object.entries(all).map(([name, { help }]) => ({ name, type, help })),
      );
    for (const { name, type, help } of families) {
      expect(help, name).not.toBe('');
      expect(name.endsWith('_total'), name).toBe(type === 'counter');
      expect(name, 'a base unit comes last').not.toMatch(/_(ms|millis\w*|kb|mb|minutes|hours|age)(_|$)/);
    }
    const labels = new Set(
      [...Object.values(gauges), ...Object.values(counters), ...Object.values(histograms)].flatMap((each) => each.labels),
    );
    expect([...labels].sort()).toEqual(
      ['cluster', 'engine', 'host', 'kind', 'phase', 'released_by', 'result', 'role', 'state', 'version'].sort(),
    );
  });

  it('13.8: two scrapes at a time both see everything', async () => {
    await using stage = await Stage.open();
    const metrics = measured(stage);
    const texts = await Promise.all([metrics.text(), metrics.text(), metrics.text()]);
    for (const text of texts) expect(samplesIn(text).get('drydock_hosts{state="connected"}')).toBe(3);
  });
});
