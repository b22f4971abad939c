/** A real gRPC server on a free port over a real store, with use cases for plans and runs that a test gives. */
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Client, Metadata, type ServiceError } from '@grpc/grpc-js';
import { expect } from 'vitest';
import { type Clock, systemClock } from '../../common/clock.ts';
import { type Failure, fail } from '../../common/failure.ts';
import { agentCertificateMs, humanCertificateMs } from '../../common/identity/certificates.ts';
import type { Selector } from '../../common/labels.ts';
import type { ControllerEnd, Peer } from '../../common/link.ts';
import { silentLog } from '../../common/log.ts';
import type { Procedure } from '../../common/procedure.ts';
import { Inventory } from '../../controller/fleet/inventory.ts';
import { createBackupOperations, createIdentityOperations } from '../../controller/operations/administration.ts';
import { ArtifactStore } from '../../controller/operations/artifact-store.ts';
import { createAuditOperations } from '../../controller/operations/audit.ts';
import { createCheckpoints } from '../../controller/operations/checkpoints.ts';
import { createClusterOperations } from '../../controller/operations/clusters.ts';
import { createHostOperations } from '../../controller/operations/hosts.ts';
import { withWholeIds } from '../../controller/operations/known-run.ts';
import type { PlanOperations } from '../../controller/operations/plans.ts';
import { createReleaseOperations } from '../../controller/operations/releases.ts';
import { ActivePacks, createRuleOperations } from '../../controller/operations/rules.ts';
import type { RunOperations } from '../../controller/operations/runs.ts';
import { createSnapshotOperations } from '../../controller/operations/snapshots.ts';
import { loadPacks } from '../../controller/rules/pack.ts';
import { type GrpcServer, type ServerLimits, startGrpcServer } from '../../controller/server/grpc-server.ts';
import { openStore } from '../../controller/store/sqlite-store.ts';
import type { Store } from '../../controller/store/store.ts';
import { openAuthority } from '../../controller/trust/authority.ts';
import { createTrust, type Trust } from '../../controller/trust/trust.ts';
import { builtinPacks } from '../../engines/builtin-packs.ts';
import { requirementTexts, taskTexts } from '../../engines/rule-ids.ts';
import { schemes } from '../../engines/schemes.ts';
import { drydockV1 } from '../../proto/loader.ts';
import { dialledAs, testAuthority, tester } from '../identities.ts';
import { memoryDir } from '../memory-dir.ts';
import { fractionalMs } from '../whole-ms.ts';

export interface Door extends AsyncDisposable {
  readonly dir: string;
  readonly artifactsDir: string;
  readonly server: GrpcServer;
  readonly store: Store;
  readonly trust: Trust;
  readonly fleet: Inventory;
  /** Of the tester, an admin. */
  readonly operator: InstanceType<typeof drydockV1.Operator>;
  /** Asks a unary method of Operator; rejects with what the client got. */
  ask(method: string, request: object): Promise<Record<string, unknown>>;
}

export interface DoorOptions {
  readonly listen?: (dir: string) => string;
  readonly runs?: Partial<RunOperations>;
  readonly plans?: Partial<PlanOperations>;
  /** Where runs and plans are known, if they are not the door's own. */
  readonly history?: Store;
  readonly procedures?: ReadonlyMap<string, Procedure>;
  readonly accept?: (end: ControllerEnd, peer: Peer) => void;
  readonly limits?: Partial<ServerLimits>;
  /** What certificates are judged by. */
  readonly clock?: Clock;
  readonly fourEyes?: Selector;
}

/** With the authority of test/identities.ts. */
async function openTrust(store: Store, clock: Clock): Promise<Trust> {
  await store.trust.bind({ identity: tester, role: 'admin', selector: '' }, 1, 'local:test');
  const authority = await openAuthority((await testAuthority()).folder);
  return createTrust({ authority, store: store.trust, clock, lifetimes: { agentMs: agentCertificateMs, humanMs: humanCertificateMs } });
}

const notAsked = (): never => {
  throw fail('internal', 'not-asked', 'no test asks this here');
};

const noPlans: PlanOperations = {
  findPath: notAsked,
  makePlan: notAsked,
  listPlans: notAsked,
  getPlan: notAsked,
  diffPlans: notAsked,
  approvePlan: notAsked,
  discardPlan: notAsked,
};

const noRuns: RunOperations = {
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
  confirmStep: notAsked,
  finalizeRun: notAsked,
  excludeNode: notAsked,
  getReport: notAsked,
};

export async function openDoor(options: DoorOptions = {}): Promise<Door> {
  const dir = mkdtempSync(join(memoryDir(), 'drydock-door-'));
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
  const clock = options.clock ?? systemClock;
  const trust = await openTrust(store, clock);
  const operations = {
    adoption: { adoptFleet: notAsked },
    backups: createBackupOperations({ store, clock: systemClock }),
    clusters: createClusterOperations({
      store,
      fleet,
      procedures: options.procedures ?? new Map(),
      writer: 'w1',
      clock: systemClock,
      refusal: () => null,
      rest: () => null,
    }),
    hosts: createHostOperations({ store, fleet, clock: systemClock }),
    identities: createIdentityOperations(trust),
    releases: createReleaseOperations({ store, fleet, artifacts, schemes, clock: systemClock }),
    snapshots: createSnapshotOperations({ store, fleet, writer: 'w1', clock: systemClock, refusal: () => null }),
    plans: { ...noPlans, ...options.plans },
    rules: createRuleOperations({
      store,
      packs: new ActivePacks(builtinPacks(), loadPacks(builtinPacks(), schemes), schemes),
      known: { requirements: requirementTexts, tasks: taskTexts, configFiles: new Map() },
      clock: systemClock,
      reprove: async () => [],
    }),
    runs: { ...noRuns, ...options.runs },
    audit: createAuditOperations(store, createCheckpoints({ store, fleet, clock: systemClock, log: silentLog, key: null })),
    version: 'test',
    wholeIds: <Asked extends object>(asked: Asked) => withWholeIds(options.history ?? store, asked),
  };
  const accept = options.accept ?? ((end: ControllerEnd, peer: Peer) => fleet.accept(end, peer));
  const listen = options.listen?.(dir) ?? '127.0.0.1:0';
  const security = { trust, store: options.history ?? store, fourEyes: options.fourEyes ?? null, wallMs: () => clock.wallMs() };
  const server = await startGrpcServer({ listen, accept, operations, artifacts, log: silentLog, limits: options.limits ?? {}, security });
  const by = await dialledAs(tester);
  const operator = new drydockV1.Operator(server.address, by.credentials, by.options);
  return {
    dir,
    artifactsDir,
    server,
    store,
    trust,
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

export function askUnary(client: Client, method: string, request: object): Promise<Record<string, unknown>> {
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
