/** The whole controller without a wire: ports in, use cases and a door for agents out. Programs and the simulator put it together the same way. */
import type { Clock } from '../common/clock.ts';
import { toFailure } from '../common/failure.ts';
import type { ControllerEnd, Peer } from '../common/link.ts';
import type { Log } from '../common/log.ts';
import type { Procedure } from '../common/procedure.ts';
import type { VersionScheme } from '../common/version-scheme.ts';
import { Inventory } from './fleet/inventory.ts';
import { createAdoptionOperations, createBackupOperations, createIdentityOperations } from './operations/administration.ts';
import { ArtifactStore } from './operations/artifact-store.ts';
import { createAuditOperations } from './operations/audit.ts';
import { createCheckpoints } from './operations/checkpoints.ts';
import { createClusterOperations } from './operations/clusters.ts';
import { createHostOperations } from './operations/hosts.ts';
import { withWholeIds } from './operations/known-run.ts';
import type { Operations } from './operations/operations.ts';
import type { ExternalPolicy } from './operations/planning.ts';
import { createPlanOperations } from './operations/plans.ts';
import { createReleaseOperations } from './operations/releases.ts';
import { createRetention, type Kept } from './operations/retention.ts';
import { type ActivePacks, createRuleOperations } from './operations/rules.ts';
import { createRunOperations } from './operations/runs.ts';
import { createSnapshotOperations } from './operations/snapshots.ts';
import type { KnownIds } from './rules/lint.ts';
import type { ExternalSource } from './sequencer/connections.ts';
import { createSequencer, type Sequencer } from './sequencer/sequencer.ts';
import type { Store } from './store/store.ts';
import type { AuditKey } from './trust/audit-key.ts';
import type { Trust } from './trust/trust.ts';

export interface ControllerParts {
  readonly store: Store;
  readonly clock: Clock;
  /** Numbers in [0, 1). */
  readonly random: () => number;
  /** A fresh, unguessable name at every call. */
  readonly nonce: () => string;
  /** Names this process and no other; goes with the epoch on every order (P5). */
  readonly writer: string;
  readonly log: Log;
  readonly version: string;
  readonly beatMs: number;
  readonly artifactsDir: string;
  readonly procedures: ReadonlyMap<string, Procedure>;
  readonly schemes: ReadonlyMap<string, VersionScheme>;
  readonly packs: ActivePacks;
  /** Ids that rule packs may use, for the check of an import. */
  readonly known: KnownIds;
  /** null: the fleet has no identities. */
  readonly trust?: Trust | null;
  /** null: the audit log is not signed. */
  readonly auditKey?: AuditKey | null;
  /** How long what is over is kept; left out: for ever. */
  readonly kept?: Kept;
  /** What plans ask of other systems, and where it is asked. */
  readonly external: { readonly policies: readonly ExternalPolicy[]; readonly source: ExternalSource };
}

export interface Controller {
  readonly operations: Operations;
  readonly fleet: Inventory;
  readonly artifacts: ArtifactStore;
  /** Called with every commit of every run from now on. */
  readonly onCommit: Sequencer['onCommit'];
  /** Takes a stream that an agent opened. */
  accept(end: ControllerEnd, peer: Peer): void;
  /** Claims the next epochs and takes up what was under way; before agents are let in. */
  start(): Promise<void>;
  /** One probe of everything; called by the ticker. */
  tick(): Promise<void>;
  /** Tells the agents to come back, lets what is under way end. The store stays open: it belongs to the caller. */
  stop(): Promise<void>;
}

/** When agents try again after we said goodbye; they spread themselves. */
const comeBackMs = 2_000;

export function createController(parts: ControllerParts): Controller {
  const { store, clock, log, writer, procedures, packs } = parts;
  const artifacts = new ArtifactStore(parts.artifactsDir);
  const fleet = new Inventory({
    clock,
    log,
    writer,
    nonce: parts.nonce,
    adopted: (cluster) => store.cluster(cluster),
    controllerVersion: parts.version,
    beatMs: parts.beatMs,
  });
  const sequencer = createSequencer({
    store,
    fleet,
    clock,
    log,
    writer,
    procedures,
    packs: () => packs.current(),
    external: parts.external.source,
  });
  const checkpoints = createCheckpoints({ store, fleet, clock, log, key: parts.auditKey ?? null });
  const retention = parts.kept === undefined ? null : createRetention({ store, fleet, clock, log, kept: parts.kept });
  sequencer.onCommit(({ events }) => {
    if (events.some(({ body: { type } }) => type === 'run-ended')) checkpoints.hurry();
  });
  /** Lists of hosts are worth no fault of anything else: what the store does not take now is given to it again. */
  const rememberHosts = async () => {
    const hosts = fleet.toRemember();
    if (hosts.length === 0) return;
    try {
      await store.rememberHosts(hosts);
    } catch (thrown) {
      fleet.notRemembered(hosts);
      const { code, message } = toFailure(thrown);
      // The sequencer's tick says it once for everything that writes.
      if (code !== 'store-unwritable') log.warn({ reason: message }, 'the hosts that were seen last could not be stored');
    }
  };
  return {
    operations: {
      adoption: createAdoptionOperations(sequencer, checkpoints),
      backups: createBackupOperations({ store, clock }),
      clusters: createClusterOperations({
        ...{ store, fleet, procedures, writer, clock },
        refusal: (cluster) => sequencer.refusal(cluster),
        rest: (cluster) => sequencer.rest(cluster),
      }),
      hosts: createHostOperations({ store, fleet, clock }),
      identities: createIdentityOperations(parts.trust ?? null),
      releases: createReleaseOperations({ store, fleet, artifacts, schemes: parts.schemes, clock }),
      snapshots: createSnapshotOperations({ store, fleet, writer, clock, refusal: (cluster) => sequencer.refusal(cluster) }),
      plans: createPlanOperations({
        configFiles: parts.known.configFiles,
        store,
        fleet,
        clock,
        random: parts.random,
        nonce: parts.nonce,
        procedures,
        packs: () => packs.current(),
        runs: sequencer,
        external: parts.external.policies,
      }),
      rules: createRuleOperations({ store, packs, known: parts.known, clock, reprove: (engine) => sequencer.reprove(engine) }),
      runs: createRunOperations({ sequencer, store, fleet, clock, writer, procedures }),
      audit: createAuditOperations(store, checkpoints),
      version: parts.version,
      wholeIds: (asked) => withWholeIds(store, asked),
    },
    fleet,
    artifacts,
    onCommit: (listener) => sequencer.onCommit(listener),
    accept: (end, peer) => fleet.accept(end, peer),
    async start() {
      await artifacts.prepare();
      await packs.reload(store);
      fleet.remember(await store.hosts());
      await sequencer.start();
    },
    async tick() {
      await Promise.all([sequencer.tick(), rememberHosts(), checkpoints.tick(), retention?.tick()]);
    },
    async stop() {
      fleet.goodbye(comeBackMs);
      await sequencer.stop();
      await rememberHosts();
    },
  };
}
