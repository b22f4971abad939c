/** A real gRPC server on a free port over a real store, with use cases for plans and runs that a test gives. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Client, credentials, Metadata, type ServiceError } from '@grpc/grpc-js';
import { expect } from 'vitest';
import { systemClock } from '../../common/clock.ts';
import { type Failure, fail } from '../../common/failure.ts';
import type { ControllerEnd, Peer } from '../../common/link.ts';
import { silentLog } from '../../common/log.ts';
import type { Procedure } from '../../common/procedure.ts';
import { Inventory } from '../../controller/fleet/inventory.ts';
import type { PlanUseCases } from '../../controller/planner/use-cases.ts';
import { loadPacks } from '../../controller/rules/pack.ts';
import type { RunUseCases } from '../../controller/sequencer/use-cases.ts';
import { ActivePacks } from '../../controller/server/active-packs.ts';
import { ArtifactStore } from '../../controller/server/artifact-store.ts';
import { createAuditUseCases } from '../../controller/server/audit.ts';
import { createBackupUseCases } from '../../controller/server/backups.ts';
import { createClusterUseCases } from '../../controller/server/clusters.ts';
import { type GrpcServer, type ServerLimits, startGrpcServer } from '../../controller/server/grpc-server.ts';
import { createHostUseCases } from '../../controller/server/hosts.ts';
import { createReleaseUseCases } from '../../controller/server/releases.ts';
import { createRuleUseCases } from '../../controller/server/rules.ts';
import { createSnapshotUseCases } from '../../controller/server/snapshots.ts';
import { withWholeIds } from '../../controller/server/whole-ids.ts';
import { openStore } from '../../controller/store/sqlite-store.ts';
import type { Store } from '../../controller/store/store.ts';
import { builtinPacks } from '../../engines/builtin-packs.ts';
import { requirementTexts, taskTexts } from '../../engines/rule-ids.ts';
import { schemes } from '../../engines/schemes.ts';
import { clientOptions } from '../../proto/channel.ts';
import { drydockV1 } from '../../proto/loader.ts';
import { fractionalMs } from '../whole-ms.ts';

export interface Door extends AsyncDisposable {
  readonly dir: string;
  readonly artifactsDir: string;
  readonly server: GrpcServer;
  readonly store: Store;
  readonly fleet: Inventory;
  readonly operator: InstanceType<typeof drydockV1.Operator>;
  /** Asks a unary method of Operator; rejects with what the client got. */
  ask(method: string, request: object): Promise<Record<string, unknown>>;
}

export interface DoorOptions {
  readonly listen?: (dir: string) => string;
  readonly runs?: Partial<RunUseCases>;
  readonly plans?: Partial<PlanUseCases>;
  /** Where runs and plans are known, if they are not the door's own. */
  readonly history?: Store;
  readonly procedures?: ReadonlyMap<string, Procedure>;
  readonly accept?: (end: ControllerEnd, peer: Peer) => void;
  readonly limits?: Partial<ServerLimits>;
}

const notAsked = (): never => {
  throw fail('internal', 'not-asked', 'no test asks this here');
};

const noPlans: PlanUseCases = {
  findPath: notAsked,
  makePlan: notAsked,
  listPlans: notAsked,
  getPlan: notAsked,
  diffPlans: notAsked,
  approvePlan: notAsked,
  discardPlan: notAsked,
};

const noRuns: RunUseCases = {
  startRun: notAsked,
  listRuns: notAsked,
  openRuns: notAsked,
  getRun: notAsked,
  watchRun: notAsked,
  pauseRun: notAsked,
  resumeRun: notAsked,
  abortRun: notAsked,
  rollbackRun: notAsked,
  retryStep: notAsked,
  resolveStep: notAsked,
  getReport: notAsked,
};

export async function openDoor(options: DoorOptions = {}): Promise<Door> {
  const dir = mkdtempSync(join(tmpdir(), 'drydock-door-'));
  const artifactsDir = join(dir, 'artifacts');
  const store = openStore({ file: join(dir, 'store.db') });
  const artifacts = new ArtifactStore(artifactsDir);
  await artifacts.prepare();
  let nonces = 0;
  const fleet = new Inventory({
    clock: systemClock,
    nonce: () => `n${++nonces}`,
    adopted: async (name) => (await store.clusters()).find(({ cluster }) => cluster === name) ?? null,
    controllerVersion: 'test',
    writer: 'w1',
    beatMs: 15_000,
    log: silentLog,
  });
  const useCases = {
    adoption: { adoptFleet: notAsked },
    backups: createBackupUseCases({ store, clock: systemClock }),
    clusters: createClusterUseCases({
      store,
      fleet,
      procedures: options.procedures ?? new Map(),
      writer: 'w1',
      clock: systemClock,
      refusal: () => null,
    }),
    hosts: createHostUseCases({ store, fleet, clock: systemClock }),
    releases: createReleaseUseCases({ store, fleet, artifacts, schemes, clock: systemClock }),
    snapshots: createSnapshotUseCases({ store, fleet, writer: 'w1', clock: systemClock, refusal: () => null }),
    plans: { ...noPlans, ...options.plans },
    rules: createRuleUseCases({
      store,
      packs: new ActivePacks(builtinPacks(), loadPacks(builtinPacks(), schemes), schemes),
      known: { requirements: requirementTexts, tasks: taskTexts },
      clock: systemClock,
      reprove: async () => [],
    }),
    runs: { ...noRuns, ...options.runs },
    audit: createAuditUseCases(store),
    version: 'test',
    wholeIds: <Asked extends object>(asked: Asked) => withWholeIds(options.history ?? store, asked),
  };
  const accept = options.accept ?? ((end: ControllerEnd, peer: Peer) => fleet.accept(end, peer));
  const listen = options.listen?.(dir) ?? '127.0.0.1:0';
  const server = await startGrpcServer({ listen, accept, useCases, artifacts, log: silentLog, limits: options.limits ?? {} });
  const operator = new drydockV1.Operator(server.address, credentials.createInsecure(), clientOptions);
  return {
    dir,
    artifactsDir,
    server,
    store,
    fleet,
    operator,
    ask: (method, request) => askUnary(operator, method, request),
    async [Symbol.asyncDispose]() {
      operator.close();
      fleet.goodbye(0);
      await server.stop(0);
      await store.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

function askUnary(client: Client, method: string, request: object): Promise<Record<string, unknown>> {
  const definition = drydockV1.Operator.service[method as keyof typeof drydockV1.Operator.service];
  if (definition === undefined) throw new Error(`Operator has no method ${method}`);
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(
      definition.path,
      definition.requestSerialize as (value: object) => Buffer,
      definition.responseDeserialize as (bytes: Buffer) => object,
      request,
      new Metadata(),
      { deadline: Date.now() + 10_000 },
      (error, answer) => (error === null ? resolve(answer as Record<string, unknown>) : reject(error)),
    );
  });
}

/** The JSON of a Document field; 13.7: its durations are whole milliseconds. */
export function json(document: unknown): unknown {
  const parsed: unknown = JSON.parse((document as { json: Buffer }).json.toString());
  expect(fractionalMs(parsed)).toEqual([]);
  return parsed;
}

/** gRPC status and the Failure that travelled in the trailer. */
export async function refusal(attempt: Promise<unknown>): Promise<{ readonly code: number; readonly failure: Failure | null }> {
  const error = await attempt.then(
    () => {
      throw new Error('nothing was refused');
    },
    (thrown: ServiceError) => thrown,
  );
  if (error.metadata === undefined) throw error;
  const [trailer] = error.metadata.get('drydock-failure-bin');
  return { code: error.code, failure: trailer === undefined ? null : (JSON.parse(trailer.toString()) as Failure) };
}
