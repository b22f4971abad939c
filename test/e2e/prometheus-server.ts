/** A Prometheus on loopback with the configuration of docs/monitoring, but for its pace and whom it scrapes. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { freePorts } from '../../demo/ports.ts';
import { waitFor } from '../../demo/wait.ts';
import { monitoringDir } from '../docs/monitoring.ts';
import type { Prometheus } from './get-prometheus.ts';

export interface Series {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Rule {
  readonly name: string;
  readonly health: string;
  readonly lastError?: string | undefined;
  readonly state: string;
}

export interface PrometheusServer extends AsyncDisposable {
  readonly url: string;
  /** Throws with what Prometheus says where it cannot answer. */
  ask(expression: string): Promise<readonly Series[]>;
  rules(): Promise<readonly Rule[]>;
}

const vectorSchema = z.object({
  status: z.literal('success'),
  data: z.object({ result: z.array(z.object({ metric: z.record(z.string(), z.string()), value: z.tuple([z.number(), z.string()]) })) }),
});
const ruleSchema = z.object({ name: z.string(), health: z.string(), lastError: z.string().optional(), state: z.string() });
const rulesSchema = z.object({ data: z.object({ groups: z.array(z.object({ rules: z.array(ruleSchema) })) }) });

const startMs = 30_000;

/** Resolves when it answers. */
export async function startPrometheus({ server }: Prometheus, target: string): Promise<PrometheusServer> {
  const dir = mkdtempSync(join(tmpdir(), 'drydock-prometheus-'));
  const [port = 0] = await freePorts(1);
  const file = join(dir, 'prometheus.yml');
  const asShipped = readFileSync(join(monitoringDir, 'prometheus.yml'), 'utf8');
  const ours = asShipped
    .replaceAll('15s', '1s')
    .replace('127.0.0.1:7421', target)
    .replace('- alerts.yml', `- ${join(monitoringDir, 'alerts.yml')}`);
  writeFileSync(file, ours);
  const argv = ['--config.file', file, '--storage.tsdb.path', join(dir, 'data'), '--web.listen-address', `127.0.0.1:${port}`];
  const child = spawn(server, argv, { stdio: ['ignore', 'ignore', 'pipe'] });
  const said: string[] = [];
  child.stderr.setEncoding('utf8').on('data', (text: string) => said.push(text));
  const get = async (path: string): Promise<unknown> => {
    const response = await fetch(`http://127.0.0.1:${port}/api/v1/${path}`);
    const text = await response.text();
    if (!response.ok) throw new Error(`Prometheus answered ${path} with ${response.status}: ${text}`);
    return JSON.parse(text);
  };
  const stop = async () => {
    await ended(child);
    rmSync(dir, { recursive: true, force: true });
  };
  try {
    await waitFor('Prometheus', startMs, new AbortController().signal, async () => {
      if (child.exitCode !== null) throw new Error(`Prometheus ended at once: ${said.join('').slice(-2000)}`);
      return get('status/buildinfo').then(
        () => ({ seen: true }),
        (error: unknown) => ({ notYet: String(error) }),
      );
    });
  } catch (thrown) {
    await stop();
    throw thrown;
  }
  return {
    url: `http://127.0.0.1:${port}`,
    async ask(expression) {
      const { data } = vectorSchema.parse(await get(`query?query=${encodeURIComponent(expression)}`));
      return data.result.map(({ metric, value: [, value] }) => ({ labels: metric, value: Number(value) }));
    },
    async rules() {
      return rulesSchema.parse(await get('rules')).data.groups.flatMap(({ rules }) => rules);
    },
    [Symbol.asyncDispose]: stop,
  };
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  await exit;
}
