/** Small, complete records for store tests. */
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { canonicalJson, sha256Of } from '../../common/canonical-json.ts';
import type { RunEvent } from '../../common/events.ts';
import type { Order, Receipt } from '../../common/orders.ts';
import { orderIdOf } from '../../common/orders.ts';
import { type Plan, planVersion } from '../../common/plan.ts';
import type { ClusterRecord, PlanRecord, ReleaseRecord, RunAppend, Store } from '../../controller/store/store.ts';
import { memoryDir } from '../memory-dir.ts';

export interface TempDir extends Disposable {
  readonly path: string;
  file(name: string): string;
}

export function tempDir(): TempDir {
  const path = mkdtempSync(join(memoryDir(), 'drydock-store-'));
  return { path, file: (name) => join(path, name), [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

export const cluster: ClusterRecord = {
  cluster: 'pg-main',
  engine: 'postgresql',
  databaseId: '7300000000000000001',
  expectedMembers: 2,
  instances: ['pg-1', 'pg-2'],
  adoptedAtMs: 1_000,
};

export const release: ReleaseRecord = {
  engine: 'postgresql',
  version: '16.14',
  arch: 'x64',
  release: '16.14-0123456789ab',
  artifacts: [{ role: 'server', digest: sha256Of('server'), sizeBytes: 6, unpackedBytes: 60, unpackedInodes: 3 }],
  addedAtMs: 2_000,
  actor: 'local:test',
  fileNames: ['pg-16.14.tar'],
};

const plan: Plan = {
  apiVersion: 'drydock/v1',
  v: planVersion,
  cluster: cluster.cluster,
  engine: cluster.engine,
  databaseId: cluster.databaseId,
  goal: { release: release.release },
  from: '16.4',
  to: '16.14',
  direction: 'upgrade',
  pack: { name: 'postgresql', version: 1, digest: sha256Of('pack') },
  nodes: [],
  canaryCount: 1,
  settleMs: 60_000,
  hops: [],
  expectedMs: 1,
  writesPauseMs: 1,
  risks: [],
  irreversible: [],
};

export function planRecord(runId: string): PlanRecord {
  const json = canonicalJson(plan);
  return { planId: `p-of-${runId}`, runId: null, plan, json, digest: sha256Of(json), madeAtMs: 3_000, plannedBy: 'local:test' };
}

/** A plan with its run; a cluster has one that is active. */
export async function addRun(store: Store, runId: string, state = 'active'): Promise<void> {
  const record = planRecord(runId);
  await store.addPlan(record);
  await store.openRun(record.planId, { ...planMade(runId), state }, 3_000);
}

export function planMade(runId: string): RunAppend {
  const { planId, digest } = planRecord(runId);
  return append(runId, 0, [{ type: 'plan-made', plan: planId, digest, cluster: cluster.cluster, actor: 'local:test' }]);
}

export function append(runId: string, afterSeq: number, events: readonly RunEvent[], more: Partial<RunAppend> = {}): RunAppend {
  return {
    runId,
    afterSeq,
    atMs: 4_000 + afterSeq,
    events,
    state: 'active',
    holds: 0,
    statusJson: `{"after":${afterSeq}}`,
    foldVersion: 1,
    ...more,
  };
}

export function order(run: string, attempt: number): Order {
  const step = 'h1.roll.pg-1.primary.downtime';
  return {
    orderId: orderIdOf(run, step, attempt),
    run,
    step,
    attempt,
    cluster: cluster.cluster,
    epoch: 1,
    writer: 'w1',
    given: { epoch: 1, writer: 'w1' },
    target: { instance: 'pg-1', host: 'db-1', engine: cluster.engine, dataDir: '/data', databaseId: cluster.databaseId },
    guards: [],
    deadlineMs: 1_000,
    repeat: 'convergent',
    body: { kind: 'observe', checks: [], nonce: 'n' },
  };
}

export function receipt(orderId: string): Receipt {
  return {
    orderId,
    outcome: 'done',
    before: null,
    after: null,
    elapsedMs: 5,
    engineMs: 0,
    parts: [],
    downtimeMs: null,
    reverted: false,
    findings: [],
    facts: null,
    effects: [],
  };
}
