/** The real controller as a process on the real store, with a ticker: it is started, killed at any append, and started again. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { Clock } from '../../common/clock.ts';
import type { RunEvent, StoredEvent } from '../../common/events.ts';
import type { ControllerEnd } from '../../common/link.ts';
import type { Log } from '../../common/log.ts';
import { type Order, orderIdOf } from '../../common/orders.ts';
import type { Procedure } from '../../common/procedure.ts';
import type { VersionScheme } from '../../common/version-scheme.ts';
import { type Controller, createController } from '../../controller/controller.ts';
import { ActivePacks } from '../../controller/operations/rules.ts';
import { loadPacks } from '../../controller/rules/pack.ts';
import type { RunCommit } from '../../controller/sequencer/run/timeline.ts';
import { samplesOf } from '../../controller/server/samples.ts';
import { migrations } from '../../controller/store/migrations.ts';
import { openDatabase } from '../../controller/store/open-database.ts';
import { readEvents } from '../../controller/store/run-appends.ts';
import { storeOn } from '../../controller/store/sqlite-store.ts';
import type { Adoption, RunAppend, Store } from '../../controller/store/store.ts';
import { builtinPacks } from '../../engines/builtin-packs.ts';
import { procedures } from '../../engines/procedures.ts';
import { schemes } from '../../engines/schemes.ts';
import { quayConfigFiles } from '../quay/rules.ts';
import { noOtherSystem } from '../twins/other-systems.ts';
import { DiskTwin } from './disk.ts';
import type { Kernel } from './kernel.ts';
import type { Points } from './points.ts';

export const packs = loadPacks(builtinPacks(), schemes);

/** By what it plans. */
export interface Rules {
  readonly procedures: ReadonlyMap<string, Procedure>;
  readonly schemes: ReadonlyMap<string, VersionScheme>;
  readonly packs: () => ActivePacks;
}

export const builtinRules: Rules = { procedures, schemes, packs: () => new ActivePacks(builtinPacks(), packs, schemes) };

/** From one tick to the next, and from one beat of an agent to the next. */
export interface Pace {
  readonly tickMs: number;
  readonly beatMs: number;
}

export interface ControllerProcessParts {
  readonly kernel: Kernel;
  readonly points: Points;
  readonly name: string;
  readonly dir: string;
  readonly losesPower: boolean;
  readonly pace: Pace;
  readonly log: Log;
  readonly rules: Rules;
  readonly broken: (what: string) => void;
  /** Defects planted on purpose: in the controller, and in place of its store. */
  readonly sabotage: (controller: Controller) => void;
  readonly wrapStore: (store: Store) => Store;
  /** A plan was stored, with its run. */
  readonly onRun: (runId: string, planId: string) => void;
}

export class ControllerProcess {
  /** Events whose append was answered: none of them may be lost (P4). */
  readonly acknowledged: StoredEvent[] = [];
  readonly name: string;
  readonly file: string;
  writer = '';
  /** Orders that its store has a record of, each with its giver. */
  readonly knows = new Set<string>();
  /** Counts what may have changed the store. */
  commits = 0;
  readonly #parts: ControllerProcessParts;
  readonly #disk: DiskTwin;
  #store: Store | null = null;
  #controller: Controller | null = null;
  #lifetime = 0;
  #alive = false;
  #onDeath: () => void = () => {};
  readonly #ends: ControllerEnd[] = [];

  constructor(parts: ControllerProcessParts) {
    this.#parts = parts;
    this.name = parts.name;
    this.file = join(parts.dir, `${parts.name}.db`);
    this.#disk = new DiskTwin(this.file, parts.losesPower);
  }

  get alive(): boolean {
    return this.#alive;
  }

  /** Only while it lives. */
  get controller(): Controller {
    if (this.#controller === null || !this.#alive) throw new Error('the controller does not run');
    return this.#controller;
  }

  get store(): Store {
    if (this.#store === null) throw new Error('the store is closed');
    return this.#store;
  }

  async start(): Promise<void> {
    const { kernel, name, log, rules } = this.#parts;
    const database = openDatabase(this.file, migrations);
    const store = storeOn(database, () => kernel.clock.wallMs());
    this.#disk.opened(database);
    this.#store = store;
    await this.#checkNothingLost(store);
    for (const { runId } of await store.runs({ openOnly: false }))
      for (const { step, attempt } of await store.orderPlaces(runId)) {
        const record = await store.order(orderIdOf(runId, step, attempt));
        if (record !== null) this.knows.add(orderKey(record.order));
      }
    this.#alive = true;
    const lifetime = ++this.#lifetime;
    const isThis = () => this.#alive && this.#lifetime === lifetime;
    const clock = kernel.clockOf(isThis);
    this.writer = `${name}-${lifetime}-${kernel.between(0, 2 ** 31)}`;
    let nonces = 0;
    const controller = createController({
      store: this.#watched(this.#parts.wrapStore(store), isThis),
      clock,
      log,
      writer: this.writer,
      random: kernel.random,
      nonce: () => `${this.writer}-${++nonces}`,
      version: '0.0.0',
      beatMs: this.#parts.pace.beatMs,
      artifactsDir: `${this.file}.artifacts`,
      procedures: rules.procedures,
      schemes: rules.schemes,
      packs: rules.packs(),
      known: { requirements: new Map(), tasks: new Map(), configFiles: quayConfigFiles },
      external: { policies: [], source: noOtherSystem },
    });
    this.#controller = controller;
    controller.onCommit(countedOnce());
    this.#parts.sabotage(controller);
    // Killed while it starts, it never comes to the end of its start.
    await Promise.race([controller.start(), this.#untilDead()]);
    if (isThis()) this.#tick(clock, controller);
  }

  #untilDead(): Promise<void> {
    return new Promise((resolve) => {
      this.#onDeath = resolve;
    });
  }

  accept(end: ControllerEnd, host: string): void {
    this.#ends.push(end);
    this.controller.accept(end, { class: 'agent', identity: host, address: `unix:${host}` });
  }

  kill(): void {
    if (!this.#alive) return;
    this.#alive = false;
    this.#onDeath();
    for (const end of this.#ends.splice(0)) end.close('the controller was killed');
  }

  async bury(powerLoss: boolean): Promise<void> {
    this.kill();
    await this.#store?.close();
    this.#store = null;
    if (powerLoss) this.#disk.powerLoss();
  }

  #tick(clock: Clock, controller: Controller): void {
    clock.after(this.#parts.pace.tickMs, () => {
      void controller.tick().then(() => this.#tick(clock, controller));
    });
  }

  async #checkNothingLost(store: Store): Promise<void> {
    for (const chain of new Set(this.acknowledged.map((event) => event.chain))) {
      const stored = await readEvents(store, chain);
      const lost = this.acknowledged.find((event) => event.chain === chain && stored[event.seq - 1]?.hash !== event.hash);
      if (lost !== undefined) this.#parts.broken(`P4 event ${lost.seq} of ${chain} (${lost.body.type}) was acknowledged and is lost`);
    }
    for (const chain of await store.verifyChains()) if (!chain.ok) this.#parts.broken(`P4 chain ${chain.chain}: ${chain.detail}`);
  }

  /** What the store has a record of from now on. */
  #note(method: string, args: readonly unknown[]): void {
    const [written] = args;
    if (method === 'append') for (const order of (written as RunAppend).dispatched ?? []) this.knows.add(orderKey(order));
    if (method === 'adoptHistory') for (const { order } of (written as Adoption).orders) this.knows.add(orderKey(order));
    if (method === 'openRun') this.#parts.onRun((args[1] as RunAppend).runId, written as string);
  }

  /** A dead process hears no answer; each append is a kill point before it, and after it before anything was sent. */
  #watched(store: Store, isThis: () => boolean): Store {
    const never = new Promise<never>(() => {});
    const isDeadAt = (label: string | null): boolean => {
      if (isThis() && label !== null) this.#parts.points.pass(this.#parts.name, label);
      return !isThis();
    };
    return new Proxy(store, {
      get: (target, key) => {
        const member: unknown = Reflect.get(target, key, target);
        if (typeof member !== 'function' || answersAtOnce.includes(String(key))) return member;
        return async (...args: readonly unknown[]): Promise<unknown> => {
          const label = key === 'append' ? labelOf(args[0]) : null;
          if (isDeadAt(label === null ? null : `commit before ${label}`)) return never;
          const answer = await settled(Reflect.apply(member, target, args) as Promise<unknown>);
          if (isChange(String(key))) {
            this.commits += 1;
            this.#disk.committed();
          }
          if ('value' in answer) this.#note(String(key), args);
          if (isDeadAt(label === null ? null : `commit after ${label}`)) return never;
          if ('thrown' in answer) throw answer.thrown;
          if (key === 'append') this.acknowledged.push(...(answer.value as readonly StoredEvent[]));
          return answer.value;
        };
      },
    });
  }
}

/** An order as no other controller can have given it. */
export const orderKey = ({ orderId, given }: Pick<Order, 'orderId' | 'given'>): string => `${orderId} ${given.epoch} ${given.writer}`;

/** Of memory alone, and no caller waits for them. */
const answersAtOnce: readonly string[] = ['room', 'trouble'];

const changes: readonly string[] = [
  'append',
  'addPlan',
  'openRun',
  'discardPlan',
  'nextRunId',
  'addRelease',
  'adoptCluster',
  'claimEpoch',
  'adoptHistory',
  'endAdoptedOrder',
  'recordAdmission',
];
const isChange = (method: string): boolean => changes.includes(method);

async function settled(work: Promise<unknown>): Promise<{ readonly value: unknown } | { readonly thrown: unknown }> {
  try {
    return { value: await work };
  } catch (thrown) {
    return { thrown };
  }
}

function labelOf(append: unknown): string {
  const { events } = append as { readonly events: readonly RunEvent[] };
  return events.map((event) => ('step' in event ? `${event.type} ${event.step}` : event.type)).join(' + ');
}

/** As the metrics of this process hear of commits: an event that came twice would be counted twice. */
function countedOnce(): (commit: RunCommit) => void {
  const last = new Map<string, number>();
  return (commit) => {
    for (const { seq } of commit.events) {
      const { runId } = commit.record;
      assert(seq > (last.get(runId) ?? 0), `event ${seq} of ${runId} was committed and is heard of again`);
      last.set(runId, seq);
    }
    samplesOf(commit);
  };
}
