/** What a monitoring system asks for: ages of runs, holds and agents. Collected afresh at each scrape; labels stay few. */
import { Gauge, Registry } from 'prom-client';
import type { Clock } from '../../common/clock.ts';
import type { RunDocument } from '../../common/documents/runs.ts';
import { holdKinds } from '../../common/holds.ts';
import type { Fleet } from '../fleet/fleet.ts';
import type { RunUseCases } from '../sequencer/use-cases.ts';
import type { Store } from '../store/store.ts';

export interface MetricsParts {
  readonly fleet: Fleet;
  readonly runs: RunUseCases;
  readonly store: Pick<Store, 'room'>;
  readonly clock: Clock;
}

/** The text of /metrics. */
export function createMetrics(parts: MetricsParts): () => Promise<string> {
  const registry = new Registry();
  const gauge = <T extends string>(name: string, help: string, labelNames: readonly T[]) =>
    new Gauge({ name, help, labelNames: [...labelNames], registers: [registry] });
  const open = gauge('drydock_open_runs', 'Runs that have not ended, by state.', ['state']);
  const runAge = gauge('drydock_run_age_seconds', 'Time since an active run was started.', ['run', 'cluster']);
  const holdAge = gauge('drydock_hold_age_seconds', 'Age of the oldest hold of a kind; 0: none.', ['kind']);
  const connectedAgents = gauge('drydock_agents_connected', 'Agents with a fresh link.', []);
  const connected = gauge('drydock_agent_connected', '1: the agent of this host is connected; 0: it is not.', ['host']);
  const free = gauge('drydock_store_free_bytes', "Bytes that are free where the controller's store lies.", ['folder']);
  const seen = gauge('drydock_agent_last_seen_seconds', 'Time since the last word of an agent.', ['host']);
  return async () => {
    for (const each of [open, runAge, connected, seen]) each.reset();
    const nowMs = parts.clock.wallMs();
    const { runs, holds } = await openRuns(parts.runs);
    const { folder, freeBytes } = parts.store.room();
    if (freeBytes !== null) free.set({ folder }, freeBytes);
    for (const state of ['draft', 'approved', 'active']) open.set({ state }, runs.filter((run) => run.state === state).length);
    for (const run of runs)
      if (run.startedAt !== null) runAge.set({ run: run.run, cluster: run.cluster }, ageSeconds(nowMs, run.startedAt));
    for (const kind of holdKinds) holdAge.set({ kind }, oldestHold([{ holds }, ...runs], kind, nowMs));
    const hosts = parts.fleet.hosts();
    connectedAgents.set(hosts.filter((host) => host.connected).length);
    for (const { host, connected: isConnected, lastSeenAtMs } of hosts) {
      connected.set({ host }, isConnected ? 1 : 0);
      seen.set({ host }, Math.max(0, nowMs - lastSeenAtMs) / 1000);
    }
    return registry.metrics();
  };
}

/** Open runs, and what keeps all of them whether or not there are any. */
async function openRuns(runs: RunUseCases): Promise<{ readonly runs: readonly RunDocument[] } & Held> {
  const { runs: open, holds } = await runs.openRuns();
  return { runs: await Promise.all(open.map(({ run }) => runs.getRun(run))), holds };
}

type Held = Pick<RunDocument, 'holds'>;

function oldestHold(held: readonly Held[], kind: string, nowMs: number): number {
  const ages = held.flatMap(({ holds }) => holds.filter((hold) => hold.kind === kind).map(({ since }) => ageSeconds(nowMs, since)));
  return Math.max(0, ...ages);
}

function ageSeconds(nowMs: number, since: string): number {
  return Math.max(0, nowMs - Date.parse(since)) / 1000;
}
