/** A controller's heart on the real store and a fleet in memory: plan, approve, run, kill, start again. */
import { copyFileSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { RunEvent } from '../../common/events.ts';
import { type Log, silentLog } from '../../common/log.ts';
import type { ExternalPolicy } from '../../controller/operations/planning.ts';
import { createPlanOperations, type PlanOperations } from '../../controller/operations/plans.ts';
import { createRunOperations, type RunOperations } from '../../controller/operations/runs.ts';
import type { MakePlanRequest } from '../../controller/operations/stored-plans.ts';
import type { RulePacks } from '../../controller/rules/pack.ts';
import type { ExternalSource } from '../../controller/sequencer/connections.ts';
import { createSequencer, type Sequencer } from '../../controller/sequencer/sequencer.ts';
import { readEvents } from '../../controller/store/run-appends.ts';
import { openStore } from '../../controller/store/sqlite-store.ts';
import type { Store } from '../../controller/store/store.ts';
import { procedures } from '../../engines/procedures.ts';
import { memoryDir } from '../memory-dir.ts';
import { quayConfigFiles } from '../quay/rules.ts';
import { builtin } from '../rules/builtin.ts';
import { VirtualClock } from '../twins/clock.ts';
import { FleetTwin, releaseOf, twinCluster } from '../twins/fleet.ts';
import { noOtherSystem } from '../twins/other-systems.ts';

export const actor = 'local:admin';

export const planRequest: MakePlanRequest = {
  cluster: twinCluster,
  toVersion: '16.14',
  canary: null,
  settleMs: 1_000,
  soakMs: null,
  downgrade: false,
};

export interface Controller {
  readonly store: Store;
  readonly sequencer: Sequencer;
  readonly plans: PlanOperations;
  readonly runs: RunOperations;
}

export class Stage<F extends FleetTwin = FleetTwin> {
  readonly clock = new VirtualClock();
  readonly fleet: F;
  readonly #dir = mkdtempSync(join(memoryDir(), 'drydock-sequencer-'));
  readonly #stores: Store[] = [];
  #writers = 0;
  #nonces = 0;
  /** In force now; tests put others in. */
  packs: RulePacks = builtin;
  procedures = procedures;
  /** What plans ask of other systems; the array is the controller's own, so tests add to it. */
  readonly external: ExternalPolicy[] = [];
  /** Who answers; tests put others in. */
  answers: ExternalSource = noOtherSystem;
  controller: Controller;

  readonly #log: Log;

  private constructor(fleet: F, of: typeof procedures, log: Log) {
    this.fleet = fleet;
    this.procedures = of;
    this.#log = log;
    this.controller = this.#assemble((store) => store);
  }

  /** An adopted cluster of `size` nodes on 16.4, with 16.14 in the store and a controller that was just started. */
  static async open(size = 3, of = procedures, log: Log = silentLog): Promise<Stage> {
    return Stage.over(new FleetTwin(size), ['16.4', '16.13', '16.14'], of, log);
  }

  /** The same over any fleet twin, with these releases in the store. */
  static async over<F extends FleetTwin>(fleet: F, versions: readonly string[], of = procedures, log: Log = silentLog): Promise<Stage<F>> {
    const stage = new Stage(fleet, of, log);
    const { store, sequencer } = stage.controller;
    const { cluster, engine, databaseId } = fleet;
    const instances = [...fleet.nodesByName.keys()];
    const record = { cluster, engine, databaseId, expectedMembers: instances.length, instances, adoptedAtMs: 0 };
    await store.adoptCluster(record, 'writer-0', actor);
    for (const version of versions) {
      await store.addRelease({
        engine,
        version,
        arch: 'x64',
        release: releaseOf(version),
        artifacts: [
          { role: 'server', digest: `sha256:${version}`, sizeBytes: 40_000_000, unpackedBytes: 80_000_000, unpackedInodes: 2_000 },
        ],
        addedAtMs: 0,
        actor,
        fileNames: [`pg-${version}.tar`],
      });
    }
    await sequencer.start();
    stage.fleet.linkAll();
    return stage;
  }

  #assemble(wrap: (store: Store) => Store): Controller {
    this.#writers += 1;
    const real = openStore({ file: join(this.#dir, 'controller.db'), wallMs: () => this.clock.wallMs() });
    this.#stores.push(real);
    const store = wrap(real);
    const { clock, fleet } = this;
    const writer = `writer-${this.#writers}`;
    const sequencer = createSequencer({
      store,
      fleet,
      clock,
      log: this.#log,
      writer,
      procedures: this.procedures,
      packs: () => this.packs,
      external: { ask: (body) => this.answers.ask(body) },
    });
    const { procedures: here } = this;
    const plans = createPlanOperations({
      configFiles: quayConfigFiles,
      store,
      fleet,
      clock,
      random: () => (++this.#nonces * 0.618) % 1,
      nonce: () => `nonce-${++this.#nonces}`,
      procedures: here,
      packs: () => this.packs,
      runs: sequencer,
      external: this.external,
    });
    return { store, sequencer, plans, runs: createRunOperations({ sequencer, store, fleet, clock, writer, procedures: here }) };
  }

  /** Another process on the same store file; every agent opens a new stream to it. The old one has no say any more. */
  async restart(): Promise<void> {
    await this.restartMortal((store) => store);
  }

  /** A copy of the store's files as they lie there now; returns what puts it back and starts the controller on it. */
  backUp(): () => Promise<void> {
    const backup = mkdtempSync(join(this.#dir, 'backup-'));
    const from = (dir: string, to: string) => {
      for (const name of readdirSync(dir)) if (name.startsWith('controller.db')) copyFileSync(join(dir, name), join(to, name));
    };
    from(this.#dir, backup);
    return async () => {
      await this.#close();
      for (const name of readdirSync(this.#dir)) if (name.startsWith('controller.db')) rmSync(join(this.#dir, name));
      from(backup, this.#dir);
      await this.#open((store) => store);
    };
  }

  /** The same, with a store that may die under the new process. */
  async restartMortal(wrap: (store: Store) => Store): Promise<void> {
    await this.#close();
    await this.#open(wrap);
  }

  async #close(): Promise<void> {
    const old = this.#stores.pop();
    this.fleet.listen({ connected() {}, disconnected() {}, received() {}, observed() {} });
    await old?.close();
  }

  async #open(wrap: (store: Store) => Store): Promise<void> {
    this.controller = this.#assemble(wrap);
    // A process that dies while it starts never comes back from it.
    void this.controller.sequencer.start().then(() => this.fleet.linkAll());
    await this.settle();
  }

  async started(request: Partial<MakePlanRequest> = {}): Promise<string> {
    const { plans, runs } = this.controller;
    const { planId, digest } = await plans.makePlan({ ...planRequest, ...request }, actor);
    await plans.approvePlan(planId, digest, actor);
    return runs.startRun(planId, actor);
  }

  /** Lets time go on, second by second with a probe in each, until the condition holds. Throws after `limit` seconds. */
  async until(holds: () => boolean | Promise<boolean>, limit = 120): Promise<void> {
    for (let second = 0; second <= limit; second++) {
      await this.settle();
      if (await holds()) return;
      await this.clock.advance(1_000);
      void this.controller.sequencer.tick();
    }
    throw new Error(`it did not come to it within ${limit} seconds`);
  }

  /** Lets everything go on that can without time. Lanes of a dead process are not waited for. */
  async settle(): Promise<void> {
    for (let quiet = 0; quiet < 3; quiet++) {
      const idle = this.controller.sequencer.stop();
      const turns = (async () => {
        for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
      })();
      await Promise.race([idle, turns]);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  async state(run: string): Promise<string> {
    return (await this.#stores.at(-1)?.run(run))?.state ?? 'none';
  }

  /** Until the run is over; its end. */
  async end(run: string): Promise<string> {
    await this.until(async () => ['done', 'rolled-back', 'aborted', 'stuck'].includes(await this.state(run)));
    return this.state(run);
  }

  /** Until the run holds with this kind of hold. */
  async holding(run: string, kind: string): Promise<void> {
    await this.until(async () => (await this.controller.runs.getRun(run)).holds.some((hold) => hold.kind === kind));
  }

  async events(run: string): Promise<readonly RunEvent[]> {
    return (await readEvents(this.controller.store, run)).map((event) => event.body);
  }

  versions(): readonly string[] {
    return [...this.fleet.nodesByName.values()].map((node) => node.version);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.settle();
    for (const store of this.#stores) await store.close();
    rmSync(this.#dir, { recursive: true, force: true });
  }
}
