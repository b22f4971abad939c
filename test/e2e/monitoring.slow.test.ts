/** /metrics of a real controller over a real run, and what a real Prometheus makes of it and of docs/monitoring. Without one that half is skipped. */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { parse, stringify } from 'yaml';
import type { PlanShownDocument } from '../../common/documents/plans.ts';
import { HttpSource } from '../../controller/external/http-source.ts';
import { counters, gauges, histograms } from '../../controller/server/metric-catalog.ts';
import { approve } from '../../demo/base-fleet.ts';
import { type DemoFleet, startFleet } from '../../demo/fleet.ts';
import { freePorts } from '../../demo/ports.ts';
import { waitFor } from '../../demo/wait.ts';
import { alerts, alertTests, asked, monitoringDir, panels } from '../docs/monitoring.ts';
import { familiesIn, samplesIn } from '../server/exposition.ts';
import { type FoundPrometheus, getPrometheus, type Prometheus } from './get-prometheus.ts';
import { type PrometheusServer, startPrometheus } from './prometheus-server.ts';

const never = new AbortController().signal;
const patienceMs = 90_000;
let found: FoundPrometheus;
let fleet: DemoFleet;
let metricsAddress: string;
let prometheus: PrometheusServer | null = null;

beforeAll(async () => {
  found = getPrometheus();
  console.log('missing' in found ? `13.8: SKIPPED in part: ${found.missing}` : `13.8: with ${found.version}`);
  fleet = await startFleet();
  const [port] = await freePorts(1);
  metricsAddress = `127.0.0.1:${port}`;
  const settings = join(fleet.controllerHost.dir, 'controller.yaml');
  writeFileSync(settings, stringify({ ...parse(readFileSync(settings, 'utf8')), metrics: metricsAddress }));
  await fleet.killController();
  await fleet.startController();
  if (!('missing' in found)) prometheus = await startPrometheus(found, metricsAddress);
  await fleet.adopt();
  await fleet.addRelease('16.14');
  // Every scrape before the run saw 0.
  if (prometheus !== null) await until('drydock_runs_ended_total{result="done"} == 0', 2);
  const shown = (await fleet.cliJson([
    'plan',
    fleet.cluster,
    '--to',
    '16.14',
    '--primary',
    'switchover',
    '--settle',
    '1s',
  ])) as PlanShownDocument;
  const { planId } = await approve(fleet, shown);
  const { exitCode, stderr } = await fleet.cli(['run', planId]);
  expect(exitCode, stderr).toBe(0);
}, 300_000);

afterAll(async () => {
  await prometheus?.[Symbol.asyncDispose]();
  await fleet?.stop();
});

const scrape = async () => (await fetch(`http://${metricsAddress}/metrics`)).text();

function tools(context: TestContext): Prometheus {
  if ('missing' in found) context.skip(found.missing);
  return found as Prometheus;
}

function running(context: TestContext): PrometheusServer {
  tools(context);
  if (prometheus === null) throw new Error('Prometheus was not started');
  return prometheus;
}

/** Until the expression has so many series. */
async function until(expression: string, series = 1): Promise<void> {
  await waitFor(expression, patienceMs, never, async () => {
    const has = (await prometheus?.ask(expression))?.length ?? 0;
    return has >= series ? { seen: true } : { notYet: `${has} series` };
  });
}

function promtool(context: TestContext, args: readonly string[], input = ''): { readonly status: number | null; readonly says: string } {
  const { status, stdout, stderr } = spawnSync(tools(context).promtool, args, { encoding: 'utf8', input, cwd: monitoringDir });
  return { status, says: `${stdout}${stderr}` };
}

describe('13.8: /metrics of a real controller after a real run', () => {
  it('13.8: counts the run, its turns and its orders, and measures downtimes and the write pause', async () => {
    const samples = samplesIn(await scrape());
    const sum = (start: string) => [...samples].reduce((total, [key, value]) => (key.startsWith(start) ? total + value : total), 0);
    expect(samples.get('drydock_runs_ended_total{engine="postgresql",result="done"}')).toBe(1);
    expect(samples.get('drydock_turns_ended_total{engine="postgresql",phase="canary",result="done"}')).toBe(1);
    expect(samples.get('drydock_turns_ended_total{engine="postgresql",phase="roll",result="done"}')).toBe(2);
    expect(samples.get('drydock_orders_ended_total{kind="act",result="done"}')).toBe(2);
    expect(sum('drydock_downtime_seconds_count')).toBe(3);
    expect(sum('drydock_write_pause_seconds_count')).toBe(1);
    expect(sum('drydock_write_pause_seconds_sum')).toBeGreaterThan(0);
    expect(sum('drydock_write_pause_seconds_sum')).toBeLessThan(sum('drydock_downtime_seconds_sum'));
    expect(samples.get('drydock_nodes{engine="postgresql",version="16.14"}')).toBe(3);
    expect(samples.get('drydock_cluster_nodes{cluster="pg-main",state="in-service"}')).toBe(3);
    const own = familiesIn(await scrape()).filter(({ name }) => name.startsWith('drydock_'));
    expect(own.map(({ name }) => name)).toEqual([...Object.keys(gauges), ...Object.keys(counters), ...Object.keys(histograms)]);
  });

  it('13.8: promtool has nothing to say against what is served', async (context) => {
    expect(promtool(context, ['check', 'metrics'], await scrape())).toEqual({ status: 0, says: '' });
  });

  it('13.8: promtool takes rules and configuration, and each alert fires where it should and nowhere else', (context) => {
    expect(promtool(context, ['check', 'rules', 'alerts.yml'])).toMatchObject({ status: 0 });
    expect(promtool(context, ['check', 'config', 'prometheus.yml'])).toMatchObject({ status: 0 });
    const tried = promtool(context, ['test', 'rules', alertTests]);
    expect(tried.says).toContain('SUCCESS');
    expect(tried.status, tried.says).toBe(0);
  });

  it('13.8: a real Prometheus scrapes it, judges every rule, and no alert fires after a run that ended well', async (context) => {
    const server = running(context);
    await until('drydock_runs_ended_total{result="done"} == 1');
    expect(await server.ask('up{job="drydock"}')).toMatchObject([{ value: 1 }]);
    expect((await server.ask('increase(drydock_runs_ended_total{result="done",engine="postgresql"}[10m])'))[0]?.value).toBeGreaterThan(0.9);
    const rules = await server.rules();
    expect(rules.map(({ name }) => name)).toEqual(alerts().map(({ alert }) => alert));
    expect(rules.filter(({ health, lastError }) => health !== 'ok' || (lastError ?? '') !== '')).toEqual([]);
    expect(rules.filter(({ state }) => state === 'firing')).toEqual([]);
  });

  it('14.3: answers the external checks of plans: a value within its bound, above it, none, several, and what is no query', async (context) => {
    const { url } = running(context);
    await until('drydock_runs_ended_total{result="done"} == 1');
    const source = new HttpSource(new Map());
    const says = (query: string, atMost = 1) =>
      source.ask({
        kind: 'external',
        name: 'x',
        question: { by: 'prometheus', url, query, atMost },
        ...{ forMs: 0, everyMs: 1_000, timeoutMs: 10_000, toleranceMs: 0 },
      });
    expect(await says('up{job="drydock"}')).toBe(null);
    expect(await says('scalar(up{job="drydock"})')).toBe(null);
    expect(await says('up{job="drydock"} + 1')).toBe('x is 2, expected at most 1');
    expect(await says('up{job="nobody"}')).toBe('x is unknown: the query returned no value');
    expect(await says('drydock_hosts')).toBe('x is unknown: the query returned 2 values, expected one');
    expect(await says('0 * up{job="drydock"} / 0')).toBe('x is unknown: the query returned NaN');
    expect(await says('up{job="drydock"}[1m]')).toMatch(/^x is unknown: the query returned a matrix, not a number$/);
    expect(await says('up{')).toMatch(/^x is unknown: Prometheus answered invalid parameter "query"/);
  });

  it('13.8: every panel of the board has an answer, and a series unless it shows what is wrong', async (context) => {
    const server = running(context);
    const silent: string[] = [];
    for (const { title, expressions } of panels())
      for (const expression of expressions) if ((await server.ask(asked(expression, '10m'))).length === 0) silent.push(title);
    expect(silent).toEqual([
      'Progress of active runs',
      'Holds',
      'Active runs',
      'Orders that did not end well',
      'Holds that were raised',
      'Disconnected hosts',
    ]);
  });

  it('13.8: a host whose agent is gone shows as disconnected with the time it was last seen, and a controller that starts again loses no count', async (context) => {
    const server = running(context);
    await fleet.host('pg-3').stop('drydock-agent');
    await until('drydock_host_connected{host="pg-3"} == 0');
    const [seen] = await server.ask('drydock_host_last_seen_timestamp_seconds{host="pg-3"}');
    expect(Math.abs((seen?.value ?? 0) - Date.now() / 1000)).toBeLessThan(120);
    await until('ALERTS{alertname="DrydockHostDisconnected",host="pg-3",alertstate="pending"}');
    await fleet.killController();
    await until('up{job="drydock"} == 0');
    await fleet.startController();
    await until('drydock_runs_ended_total{result="done"} == 0', 2);
    await until('drydock_host_connected{host="pg-3"} == 0');
    expect((await server.ask('increase(drydock_runs_ended_total{result="done",engine="postgresql"}[10m])'))[0]?.value).toBeGreaterThan(0.9);
  });
});
