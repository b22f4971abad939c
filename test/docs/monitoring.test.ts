import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { exitCodes } from '../../cli/exit-codes.ts';
import { counters, gauges, histograms } from '../../controller/server/metric-catalog.ts';
import { processMetrics } from '../../controller/server/metrics.ts';
import { metricsPage, withTables } from '../../scripts/metrics-table.ts';
import { bannedIn } from '../../scripts/words.ts';
import { drydock, hurriedClock } from '../cli/captured-io.ts';
import { alerts, alertTests, boardVariables, monitoringDir, panels } from './monitoring.ts';
import { spokenOf } from './promql.ts';

/** Labels by the name that a query can use; null: those of the process, whose labels are its client's. */
function known(): ReadonlyMap<string, readonly string[] | null> {
  const own = Object.entries({ ...gauges, ...counters }).map(([name, { labels }]) => [name, labels] as const);
  const parts = Object.entries(histograms).flatMap(([name, { labels }]) => [
    [`${name}_bucket`, [...labels, 'le']] as const,
    [`${name}_sum`, labels] as const,
    [`${name}_count`, labels] as const,
  ]);
  const process = processMetrics()
    .getMetricsAsArray()
    .map(({ name }) => [name, null] as const);
  return new Map<string, readonly string[] | null>([...own, ...parts, ...process, ['up', null]]);
}

/** Prometheus puts these on whatever it scrapes. */
const ofPrometheus = ['instance', 'job'];

function faultsOf(expression: string): readonly string[] {
  const { metrics, grouped } = spokenOf(expression);
  const labels = new Set([...metrics.flatMap(({ name }) => known().get(name) ?? []), ...ofPrometheus]);
  return [
    ...(metrics.length === 0 ? ['speaks of no metric'] : []),
    ...metrics.flatMap(({ name, labels: selected }) => {
      const has = known().get(name);
      if (has === undefined) return [`there is no metric ${name}`];
      const more = has === null ? [] : selected.filter((label) => !has.includes(label) && !ofPrometheus.includes(label));
      return more.map((label) => `${name} has no label ${label}`);
    }),
    ...grouped.filter((label) => !labels.has(label)).map((label) => `no metric of it has a label ${label}`),
  ];
}

const allExpressions = [
  ...alerts().map(({ alert, expr }) => [alert, expr] as const),
  ...panels().flatMap(({ title, expressions }) => expressions.map((expression) => [`board: ${title}`, expression] as const)),
];

describe('13.8: docs/monitoring', () => {
  it('13.8: README has exactly the metrics that the controller has, with type, labels and meaning', async () => {
    const page = readFileSync(metricsPage, 'utf8');
    expect(page, 'write them with: npm run docs:metrics').toBe(await withTables(page));
    expect(page).toContain(`${alerts().length} alert rules`);
  });

  it.each(allExpressions)('13.8: every metric and label of it is one that the controller has: %s', (_where, expression) => {
    expect(faultsOf(expression)).toEqual([]);
  });

  it('13.8: the check of expressions bites', () => {
    expect(faultsOf('sum by (host) (drydock_host_conected{job="drydock"}) > 0')).toEqual([
      'there is no metric drydock_host_conected',
      'no metric of it has a label host',
    ]);
    expect(faultsOf('drydock_open_runs{stat="active"} unless on (cluster) up')).toEqual([
      'drydock_open_runs has no label stat',
      'no metric of it has a label cluster',
    ]);
    expect(faultsOf('rate(drydock_downtime_seconds[5m]) and vector(1)')).toEqual(['there is no metric drydock_downtime_seconds']);
    expect(faultsOf('vector(1)')).toEqual(['speaks of no metric']);
  });

  it('13.8: every metric of Drydock but a few is on the board or in an alert', () => {
    const used = new Set(allExpressions.flatMap(([, expression]) => spokenOf(expression).metrics.map(({ name }) => name)));
    const unused = [...Object.keys({ ...gauges, ...counters }), ...Object.keys(histograms)].filter(
      (name) => ![name, `${name}_bucket`, `${name}_sum`].some((each) => used.has(each)),
    );
    expect(unused).toEqual(['drydock_runs_started_total', 'drydock_run_duration_seconds']);
  });

  it('13.8: every alert is tried: where it fires, and where it does not', () => {
    const { tests } = parse(readFileSync(alertTests, 'utf8')) as { tests: readonly object[] };
    const texts = tests.map((each) => JSON.stringify(each));
    const [well = '', ...others] = texts;
    expect(well).toContain('count(ALERTS)');
    for (const { alert, expr } of alerts()) {
      expect(
        others.filter((text) => text.includes(alert) || alertsNamed(text).includes(alert)),
        alert,
      ).toHaveLength(1);
      for (const { name } of spokenOf(expr).metrics) expect(well, `${alert} is asked about a fleet that is well`).toContain(related(name));
    }
  });

  it('13.8: an alert says what is wrong in one sentence and what to do in another, in the words of Drydock', () => {
    for (const { alert, annotations } of alerts()) {
      expect(alert).toMatch(/^Drydock[A-Z]\w+$/);
      expect(annotations.summary, alert).toMatch(/\.$/);
      expect(annotations.runbook, alert).toMatch(/\.$/);
    }
    for (const file of ['alerts.yml', 'prometheus.yml']) expect(bannedIn(readFileSync(join(monitoringDir, file), 'utf8'))).toEqual([]);
    for (const { title, description } of panels()) {
      expect(description, title).toMatch(/\.$/);
      expect(bannedIn(`${title}\n${description}`)).toEqual([]);
    }
  });

  it('13.8: every command of a runbook is one that drydock takes', async () => {
    const commands = alerts().flatMap(({ alert, annotations: { runbook } }) =>
      [...runbook.matchAll(/`drydock ([^`]*)`/g)].map(([, command = '']) => [alert, command] as const),
    );
    expect(commands.length).toBeGreaterThan(8);
    for (const [alert, command] of commands) {
      const words = command.replaceAll(/\{\{[^}]*\}\}/g, 'name').split(' ');
      const env = { DRYDOCK_CONTROLLER: 'unix:/no/such/socket' };
      const { exitCode, stderr } = await drydock(words, { env, clock: hurriedClock });
      expect({ alert, command, exitCode, stderr }).toMatchObject({ exitCode: exitCodes.unreachable });
    }
  });

  it('13.8: the board has no variable that it does not declare', () => {
    const text = readFileSync(join(monitoringDir, 'grafana-dashboard.json'), 'utf8');
    const used = [...text.matchAll(/\$\{?(\w+)\}?/g)].map(([, name = '']) => name);
    const declared = [...boardVariables(), '__rate_interval', '__range'];
    expect(used.filter((name) => !declared.includes(name))).toEqual([]);
  });
});

/** `DrydockRun(Stuck|RolledBack)` names two. */
function alertsNamed(text: string): readonly string[] {
  return [...text.matchAll(/(Drydock\w*)\(([\w|]+)\)/g)].flatMap(([, stem = '', ends = '']) =>
    ends.split('|').map((each) => `${stem}${each}`),
  );
}

/** Series that come and go say by their absence that all is well. */
const comeAndGo = ['drydock_cluster_holds', 'drydock_cluster_hold_since_timestamp_seconds', 'drydock_run_started_timestamp_seconds'];
const related = (name: string): string => (comeAndGo.includes(name) ? 'up' : name);
