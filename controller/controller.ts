/** The whole controller without a wire: ports in, use cases and a door for agents out. Programs and the simulator put it together the same way. */
import type { Clock } from '../common/clock.ts';
import { toFailure } from '../common/failure.ts';
import type { ControllerEnd, Peer } from '../common/link.ts';
import type { Log } from '../common/log.ts';
import type { Procedure } from '../common/procedure.ts';
import type { VersionScheme } from '../common/version-scheme.ts';
import { Inventory } from './fleet/inventory.ts';
import { createPlanUseCases } from './planner/use-cases.ts';
import type { KnownIds } from './rules/lint.ts';
import { createSequencer, type Sequencer } from './sequencer/sequencer.ts';
import { createRunUseCases } from './sequencer/use-cases.ts';
import type { ActivePacks } from './server/active-packs.ts';
import { ArtifactStore } from './server/artifact-store.ts';
import { createAuditUseCases } from './server/audit.ts';
import { createBackupUseCases } from './server/backups.ts';
import { createClusterUseCases } from './server/clusters.ts';
import { createHostUseCases } from './server/hosts.ts';
import { createReleaseUseCases } from './server/releases.ts';
import { createRuleUseCases } from './server/rules.ts';
import { createSnapshotUseCases } from './server/snapshots.ts';
import type { UseCases } from './server/use-cases.ts';
import { withWholeIds } from './server/whole-ids.ts';
import type { Store } from './store/store.ts';

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
}

export interface Controller {
  readonly useCases: UseCases;
  readonly fleet: Inventory;
  readonly artifacts: ArtifactStore;
  /** Called with every commit of every run from now on. */
  readonly onCommit: Sequencer['onCommit'];
  /** Takes a stream that an agent opened. */
  accept(end: ControllerEnd, peer: Peer): void;
  /** Claims the next epochs and takes up what was under way; before agents are let in. */
  start(): Promise<void>;
  /** One look at everything; called by the ticker. */
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
    adopted: async (cluster) => (await store.clusters()).find((record) => record.cluster === cluster) ?? null,
    controllerVersion: parts.version,
    beatMs: parts.beatMs,
  });
  const sequencer = createSequencer({ store, fleet, clock, log, writer, procedures, packs: () => packs.current() });
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
    useCases: {
      adoption: sequencer,
      backups: createBackupUseCases({ store, clock }),
      clusters: createClusterUseCases({ store, fleet, procedures, writer, clock, refusal: (cluster) => sequencer.refusal(cluster) }),
      hosts: createHostUseCases({ store, fleet, clock }),
      releases: createReleaseUseCases({ store, fleet, artifacts, schemes: parts.schemes, clock }),
      snapshots: createSnapshotUseCases({ store, fleet, writer, clock, refusal: (cluster) => sequencer.refusal(cluster) }),
      plans: createPlanUseCases({
        store,
        fleet,
        clock,
        random: parts.random,
        nonce: parts.nonce,
        procedures,
        packs: () => packs.current(),
        runs: sequencer,
      }),
      rules: createRuleUseCases({ store, packs, known: parts.known, clock, reprove: (engine) => sequencer.reprove(engine) }),
      runs: createRunUseCases({ sequencer, store, fleet, clock, writer, procedures }),
      audit: createAuditUseCases(store),
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
      await Promise.all([sequencer.tick(), rememberHosts()]);
    },
    async stop() {
      fleet.goodbye(comeBackMs);
      await sequencer.stop();
      await rememberHosts();
    },
  };
}
