/** docs/monitoring/ as tests read it: alert rules, and the board with all that it asks for. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';

export const monitoringDir = new URL('../../docs/monitoring', import.meta.url).pathname;
/** Tries each alert. */
export const alertTests = new URL('alerts.yml', import.meta.url).pathname;

const ruleSchema = z.strictObject({
  alert: z.string(),
  expr: z.string(),
  for: z.string().optional(),
  labels: z.strictObject({ severity: z.enum(['critical', 'warning']) }),
  annotations: z.strictObject({ summary: z.string(), runbook: z.string() }),
});
const rulesSchema = z.strictObject({ groups: z.array(z.strictObject({ name: z.string(), rules: z.array(ruleSchema) })) });

export type Alert = z.infer<typeof ruleSchema>;

export function alerts(): readonly Alert[] {
  return rulesSchema.parse(parse(readFileSync(join(monitoringDir, 'alerts.yml'), 'utf8'))).groups.flatMap(({ rules }) => rules);
}

const targetSchema = z.object({ expr: z.string() });
const panelSchema = z.object({
  title: z.string(),
  type: z.string(),
  description: z.string().optional(),
  targets: z.array(targetSchema).optional(),
});
const boardSchema = z.object({
  uid: z.literal('drydock'),
  panels: z.array(panelSchema),
  templating: z.object({ list: z.array(z.object({ name: z.string() })) }),
});

export interface Panel {
  readonly title: string;
  readonly description: string;
  readonly expressions: readonly string[];
}

/** Rows are left out. */
export function panels(): readonly Panel[] {
  return board()
    .panels.filter(({ type }) => type !== 'row')
    .map(({ title, description = '', targets = [] }) => ({ title, description, expressions: targets.map(({ expr }) => expr) }));
}

export const boardVariables = (): readonly string[] => board().templating.list.map(({ name }) => name);

const board = () => boardSchema.parse(JSON.parse(readFileSync(join(monitoringDir, 'grafana-dashboard.json'), 'utf8')));

/** As Grafana asks it: for every controller, over so long a time. */
export function asked(expression: string, range: string): string {
  return expression.replaceAll('$__rate_interval', range).replaceAll('$__range', range).replaceAll('$instance', '.*');
}
