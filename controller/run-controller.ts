/** Puts the real ports together: settings to a living controller. */
import { randomBytes, randomUUID } from 'node:crypto';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../common/clock.ts';
import { fail } from '../common/failure.ts';
import { systemReason } from '../common/file-obstacle.ts';
import { makeFolder } from '../common/files.ts';
import type { Log } from '../common/log.ts';
import { keptMs } from '../common/retention.ts';
import { builtinPacks } from '../engines/builtin-packs.ts';
import { configFileNames } from '../engines/config-files.ts';
import { procedures } from '../engines/procedures.ts';
import { requirementTexts, taskTexts } from '../engines/rule-ids.ts';
import { schemes } from '../engines/schemes.ts';
import { createController } from './controller.ts';
import { HttpSource } from './external/http-source.ts';
import { tokensOf } from './external/questions.ts';
import { ActivePacks } from './operations/rules.ts';
import { loadPacks } from './rules/pack.ts';
import { startTicker } from './schedule/ticker.ts';
import { type GrpcServer, startGrpcServer } from './server/grpc-server.ts';
import { createMetrics, startHttpServer } from './server/metrics.ts';
import type { ControllerSettings } from './settings.ts';
import { openStore, storeName } from './store/sqlite-store.ts';
import type { Store } from './store/store.ts';
import { openAuditKey } from './trust/audit-key.ts';
import { openAuthority } from './trust/authority.ts';
import { createTrust, type Trust } from './trust/trust.ts';

export interface RunningController {
  /** Where it listens, with the port that was taken. */
  readonly address: string;
  /** Null: not served. */
  readonly metricsAddress: string | null;
  /** Says goodbye to the agents, lets calls under way end, closes the store. */
  stop(): Promise<void>;
}

export const version = process.env.DRYDOCK_VERSION ?? 'from source';

/** How long a call may still take when the controller leaves. */
const leaveMs = 2_000;

/** Resolves once everything is up. Throws FailureError when it cannot start; nothing stays behind then. */
export async function runController(settings: ControllerSettings, log: Log): Promise<RunningController> {
  await prepareFolders(settings);
  const source = new HttpSource(tokensOf(settings.externalChecks));
  const packs = new ActivePacks(builtinPacks(), loadPacks(builtinPacks(), schemes), schemes);
  const store = openStore({ file: join(settings.stateDir, storeName), wallMs: () => systemClock.wallMs() });
  let grpc: GrpcServer | null = null;
  // Closed from the last to the first: agents hear goodbye before their streams end, and the store goes last.
  const opened: (() => Promise<void>)[] = [() => store.close(), async () => source.close(), async () => grpc?.stop(leaveMs)];
  const closeAll = async () => {
    for (const close of opened.reverse()) await close();
  };
  try {
    const trust = await trustOf(settings, store);
    const controller = createController({
      trust,
      auditKey: await openAuditKey(settings.trustDir),
      store,
      clock: systemClock,
      random: Math.random,
      nonce: () => randomUUID(),
      writer: `w-${randomBytes(8).toString('hex')}`,
      log,
      version,
      beatMs: settings.beatMs,
      kept: { receiptsMs: keptMs(settings.retention.receipts), runsMs: keptMs(settings.retention.runs) },
      artifactsDir: settings.artifactsDir,
      procedures,
      schemes,
      packs,
      known: { requirements: requirementTexts, tasks: taskTexts, configFiles: configFileNames },
      external: { policies: settings.externalChecks, source },
    });
    const { operations, artifacts, fleet } = controller;
    const metrics = settings.metrics === undefined ? null : createMetrics({ version, fleet, runs: operations.runs, store, procedures });
    // Before it starts: what it commits then counts too.
    if (metrics !== null) controller.onCommit((commit) => metrics.committed(commit));
    await controller.start();
    opened.push(() => controller.stop());
    const ticker = startTicker(async () => {
      await Promise.all([controller.tick(), trust.tick()]);
    }, log);
    opened.push(() => ticker.stop());
    const security = { trust, store, fourEyes: settings.fourEyes ?? null, wallMs: () => systemClock.wallMs() };
    grpc = await startGrpcServer({ listen: settings.listen, accept: controller.accept, operations, artifacts, log, security });
    const http =
      settings.metrics === undefined || metrics === null ? null : await startHttpServer(settings.metrics, () => metrics.text(), log);
    if (http !== null) opened.push(() => http.stop());
    if (settings.readyFile !== undefined) opened.push(announce(settings.readyFile, grpc.address));
    return { address: grpc.address, metricsAddress: http?.address ?? null, stop: closeAll };
  } catch (error) {
    await closeAll();
    throw error;
  }
}

/** Throws FailureError(refused, `not-initialised`). */
async function trustOf({ trustDir, certificates }: ControllerSettings, store: Store): Promise<Trust> {
  const lifetimes = { agentMs: certificates.agentHours * hourMs, humanMs: certificates.personHours * hourMs };
  const trust = await createTrust({ authority: await openAuthority(trustDir), store: store.trust, clock: systemClock, lifetimes });
  // A controller that was off for long begins with a certificate that is good.
  await trust.tick();
  return trust;
}

const hourMs = 3_600_000;

async function prepareFolders({ stateDir, artifactsDir }: ControllerSettings): Promise<void> {
  for (const dir of [stateDir, artifactsDir]) {
    try {
      await makeFolder(dir, 0o700);
    } catch (error) {
      throw fail('usage', 'bad-settings', `folder ${dir} cannot be created: ${systemReason(error)}; correct stateDir or artifactsDir`);
    }
  }
}

/** Appears whole or not at all, and goes with the controller. */
function announce(file: string, address: string): () => Promise<void> {
  writeFileSync(`${file}.partial`, `${address}\n`);
  renameSync(`${file}.partial`, file);
  return async () => rmSync(file, { force: true });
}
