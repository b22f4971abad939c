/**
 * What every simulated fleet consists of, whatever its engine: time and chance, agents and controllers as processes, the wires between them, and
 * what was seen to be broken. The engine's part, hosts and databases, is in the worlds that extend it.
 */
import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type Database from 'better-sqlite3';
import type { Journal } from '../../agent/journal/journal.ts';
import { canonicalJson, sha256Of } from '../../common/canonical-json.ts';
import type { Driver, InstanceSettings } from '../../common/driver.ts';
import { fail } from '../../common/failure.ts';
import type { AgentEnd, GivenOrder } from '../../common/link.ts';
import { type Log, silentLog } from '../../common/log.ts';
import type { Artifact, Order, Receipt } from '../../common/orders.ts';
import type { Plan } from '../../common/plan.ts';
import type { Procedure } from '../../common/procedure.ts';
import type { Controller } from '../../controller/controller.ts';
import type { Store } from '../../controller/store/store.ts';
import { memoryDir } from '../memory-dir.ts';
import { AgentProcess } from './agent-process.ts';
import { ControllerProcess, orderKey, type Pace, type Rules } from './controller-process.ts';
import { Kernel } from './kernel.ts';
import { connectWire, fairWeather, type Weather, type Wire } from './network.ts';
import { Points } from './points.ts';
import type { Effect, SimHost } from './sim-host.ts';

/** Defects planted on purpose, to see that the invariants bite. */
export interface Defects {
  readonly procedure?: (real: Procedure) => Procedure;
  /** Of a planner that forgets or mixes something up: what is stored, shown and approved in place of what was made. */
  readonly plan?: (real: Plan) => Plan;
  readonly controller?: (controller: Controller) => void;
  readonly store?: (real: Store) => Store;
  /** On an agent's end of a fresh connection. */
  readonly link?: (end: AgentEnd, agent: AgentProcess) => AgentEnd;
  readonly journal?: (real: Journal) => Journal;
  readonly host?: (host: SimHost) => void;
  /** On the connection that an agent has just opened. */
  readonly database?: (database: Database.Database) => void;
}

export interface SimOptions {
  readonly seed: number;
  readonly weather?: Weather;
  readonly defects?: Defects;
  /** Disks keep what was synced, so that the power can be lost. */
  readonly losesPower?: boolean;
  /** Left out: as the programs go by default. Stories of hours go by fewer ticks and beats. */
  readonly pace?: Pace;
  /** How long orders that are over stay in the journals; left out: for ever. */
  readonly keepOrdersMs?: number;
}

/** What new releases are made of: the bytes of each artifact. */
export interface Archive {
  readonly artifact: Artifact;
  readonly bytes: Buffer;
}

export function archiveOf(text: string): Archive {
  const bytes = Buffer.from(text);
  return {
    bytes,
    artifact: { role: 'server', digest: sha256Of(bytes), sizeBytes: bytes.length, unpackedBytes: 1_000_000, unpackedInodes: 1_000 },
  };
}

/** What is looked at from outside of all programs. */
export interface Observer {
  readonly effects: readonly Effect[];
  /** Downtimes that really began, in order. */
  readonly stops: readonly { readonly node: string; readonly order: string; readonly atMs: number }[];
  /** After every event of the kernel. */
  probe(): void;
  taken(name: string, order: Order): void;
  orderEnds(name: string, order: Order, receipt: Receipt): void;
  /** Listens to what an agent says. */
  heardFrom(end: AgentEnd): AgentEnd;
}

export interface AgentParts {
  readonly host: SimHost;
  readonly settings: InstanceSettings;
  readonly driver: Driver;
}

const usualPace: Pace = { tickMs: 1_000, beatMs: 15_000 };

/** Folders of worlds that were not closed, because what was played in them threw. */
const openDirs = new Set<string>();
process.once('exit', () => {
  for (const dir of openDirs) rmSync(dir, { recursive: true, force: true });
});

function replanned(store: Store, of: Defects['plan']): Store {
  if (of === undefined) return store;
  const addPlan: Store['addPlan'] = async (record) => {
    const plan = of(record.plan);
    const json = canonicalJson(plan);
    await store.addPlan({ ...record, plan, json, digest: sha256Of(json) });
  };
  return new Proxy(store, {
    get(target, key) {
      if (key === 'addPlan') return addPlan;
      const member: unknown = Reflect.get(target, key, target);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}

export abstract class SimWorld {
  readonly kernel: Kernel;
  readonly points = new Points();
  /** What a power loss takes is decided by the disk twin and not by this folder. */
  readonly dir = mkdtempSync(join(memoryDir(), 'drydock-simulator-'));
  readonly broken: string[] = [];
  readonly agents: AgentProcess[] = [];
  readonly controllers: ControllerProcess[] = [];
  abstract readonly watch: Observer;
  /** Nodes that a person excluded from the run, or is about to. */
  readonly excluded = new Set<string>();
  abstract readonly options: SimOptions;
  abstract readonly cluster: string;
  weather: Weather = fairWeather;
  /** Of the looks at databases one in ten takes a second, and one in fifty hangs until it is ended. */
  slowProbes = false;
  /** Which controller an agent reaches; null: none. */
  route: (agent: string) => ControllerProcess | null = () => this.controllers.find((each) => each.alive) ?? null;
  readonly #rules: Rules;
  readonly #defects: Defects;
  readonly #losesPower: boolean;
  readonly #pace: Pace;
  readonly #keepOrdersMs: number;
  readonly #wires = new Map<string, Wire>();
  readonly #jobs: (() => Promise<void>)[] = [];
  readonly #logs: Log;
  /** Plan of each run. */
  readonly #runs = new Map<string, string>();
  /** Run of each epoch and writer. */
  readonly #epochs = new Map<string, string>();

  constructor({ seed, defects, losesPower, pace, keepOrdersMs }: SimOptions, rules: Rules) {
    openDirs.add(this.dir);
    this.kernel = new Kernel(seed);
    this.#rules = rules;
    this.#defects = defects ?? {};
    this.#losesPower = losesPower ?? false;
    this.#pace = pace ?? usualPace;
    this.#keepOrdersMs = keepOrdersMs ?? Number.POSITIVE_INFINITY;
    this.#logs = { ...silentLog, error: (fields, message) => this.#heardError(String(fields.code ?? ''), String(fields.stack ?? message)) };
  }

  abstract host(name: string): SimHost;

  /** What artifacts are made of. */
  protected abstract archives(): readonly Archive[];

  agent(name: string): AgentProcess {
    const found = this.agents.find((agent) => agent.name === name);
    if (found === undefined) throw new Error(`there is no agent ${name}`);
    return found;
  }

  get controller(): ControllerProcess {
    const found = this.controllers.find((each) => each.alive) ?? this.controllers[0];
    if (found === undefined) throw new Error('there is no controller');
    return found;
  }

  addController(name: string): ControllerProcess {
    const { procedure } = this.#defects;
    const { procedures } = this.#rules;
    const process = new ControllerProcess({
      kernel: this.kernel,
      points: this.points,
      name,
      dir: this.dir,
      losesPower: this.#losesPower,
      pace: this.#pace,
      log: this.#logs,
      rules:
        procedure === undefined
          ? this.#rules
          : { ...this.#rules, procedures: new Map([...procedures].map(([key, real]) => [key, procedure(real)])) },
      broken: (what) => this.broke(what),
      sabotage: this.#defects.controller ?? (() => {}),
      wrapStore: (store) => replanned(this.#defects.store?.(store) ?? store, this.#defects.plan),
      onRun: (runId, planId) => this.#opened(runId, planId),
    });
    this.controllers.push(process);
    return process;
  }

  isController(program: AgentProcess | ControllerProcess): program is ControllerProcess {
    return this.controllers.some((each) => each === program);
  }

  /** Another controller on a copy of the files as they lie there now: what a backup, or a disk that moved, gives. */
  copyOf(process: ControllerProcess, name: string): ControllerProcess {
    const copy = this.addController(name);
    for (const suffix of ['', '-wal'])
      if (existsSync(`${process.file}${suffix}`)) copyFileSync(`${process.file}${suffix}`, `${copy.file}${suffix}`);
    return copy;
  }

  /** Written down with the moment; the run goes on, so that what follows is seen too. */
  broke(what: string): void {
    const line = `${what} (at ${this.kernel.nowMs} ms)`;
    if (this.broken.length < 20) this.broken.push(line);
  }

  /** Done between two moments, while time stands still. */
  soon(job: () => Promise<void>): void {
    this.#jobs.push(job);
  }

  later(delayMs: number, job: () => Promise<void>): void {
    this.kernel.clock.after(delayMs, () => this.soon(job));
  }

  /** Lets the world go on until `done`, or until so much time has passed. Returns whether it was done. */
  async run(done: () => boolean | Promise<boolean>, limitMs: number): Promise<boolean> {
    return this.kernel.run(done, this.kernel.nowMs + limitMs, async () => {
      for (let job = this.#jobs.shift(); job !== undefined; job = this.#jobs.shift()) {
        await job();
        await this.kernel.settle();
      }
      this.watch.probe();
    });
  }

  /** Lets the world go on until the promise has its end. */
  async through<T>(promise: Promise<T>, limitMs = 60_000): Promise<T> {
    let over = false;
    const seen = promise.finally(() => {
      over = true;
    });
    seen.catch(() => {});
    if (!(await this.run(() => over, limitMs))) throw new Error(`nothing came of it within ${limitMs} ms`);
    return seen;
  }

  cutLink(agent: string): void {
    this.#wires.get(agent)?.cut();
  }

  /** Starts everything, and waits until the controller knows of every node. */
  async boot(): Promise<void> {
    await this.controller.start();
    for (const agent of this.agents) await agent.start();
    const known = () => this.controller.controller.fleet.nodes(this.cluster).filter((node) => node.facts?.inService === true).length;
    if (!(await this.run(() => known() === this.agents.length, 60_000))) throw new Error('the agents did not link');
  }

  async close(): Promise<void> {
    for (const agent of this.agents) await agent.bury(false);
    for (const controller of this.controllers) await controller.bury(false);
    rmSync(this.dir, { recursive: true, force: true });
    openDirs.delete(this.dir);
  }

  protected addAgent({ host, settings, driver }: AgentParts): void {
    const name = settings.instance;
    this.agents.push(
      new AgentProcess({
        kernel: this.kernel,
        points: this.points,
        dir: this.dir,
        losesPower: this.#losesPower,
        keepOrdersMs: this.#keepOrdersMs,
        host,
        settings,
        driver,
        artifacts: { read: (digest, offset) => this.#read(name, digest, offset) },
        connect: () => this.#connect(name),
        log: this.#logs,
        broken: (what) => this.broke(what),
        onTake: (order, before) => this.#takes(name, order, before),
        onEnd: (order, receipt) => this.watch.orderEnds(name, order, receipt),
        onOpen: this.#defects.database ?? (() => {}),
        wrapJournal: this.#defects.journal ?? ((journal) => journal),
      }),
    );
  }

  /** How long the next probe takes; Infinity: until it is ended. */
  protected probeTakesMs(): number {
    if (!this.slowProbes) return 0;
    const drawn = this.kernel.random();
    return drawn < 0.02 ? Infinity : drawn < 0.1 ? 1_000 : 0;
  }

  async *#read(agent: string, digest: string, offset: number): AsyncGenerator<Uint8Array> {
    if (this.route(agent) === null) throw fail('unreachable', 'fetch-interrupted', 'the controller is away', { remedy: 'retry' });
    const found = this.archives().find(({ artifact }) => artifact.digest === digest);
    if (found === undefined) throw fail('not-found', 'unknown-artifact', `there is no ${digest}`);
    yield found.bytes.subarray(offset);
  }

  #connect(agent: string): AgentEnd {
    const wire = connectWire(this.kernel, () => this.weather);
    this.#wires.set(agent, wire);
    const controller = this.route(agent);
    if (controller === null) this.kernel.clock.after(1, () => wire.cut());
    else controller.accept(wire.controller, `host-${agent}`);
    const end = this.#defects.link?.(wire.agent, this.agent(agent)) ?? wire.agent;
    return this.watch.heardFrom(end);
  }

  /** Every run has an id of its own, whichever store made it: orders are told apart by it. */
  #opened(runId: string, planId: string): void {
    const other = this.#runs.get(runId) ?? planId;
    if (other !== planId) this.broke(`P3 run ${runId} of plan ${planId} has the id of another run, of plan ${other}`);
    this.#runs.set(runId, planId);
  }

  /** P5: who gives an order knows of every order that this agent took before, and gives those of one run only in one epoch. */
  #takes(name: string, order: Order, before: readonly GivenOrder[]): void {
    this.watch.taken(name, order);
    const giver = this.controllers.find(({ writer }) => writer === order.writer);
    for (const { orderId, epoch, writer } of before)
      if (giver?.knows.has(orderKey({ orderId, given: { epoch, writer } })) === false)
        this.broke(`P5 ${name} took ${order.orderId} of ${order.writer}, whose store knows nothing of ${orderId} of ${writer}`);
    const epoch = `${order.epoch} ${order.writer}`;
    const run = this.#epochs.get(epoch) ?? order.run;
    if (run !== order.run) this.broke(`P5 ${name} took ${order.orderId} in epoch ${epoch}, which is that of ${run}`);
    this.#epochs.set(epoch, run);
  }

  /** A bug of ours ends in a log line at worst, and the program goes on: here it counts. */
  #heardError(code: string, text: string): void {
    if (code === 'unexpected' || text.includes('could not be recorded')) this.broke(`a program says: ${text}`);
  }
}
