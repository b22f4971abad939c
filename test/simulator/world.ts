/**
 * The whole fleet in one process on a seeded kernel: three hosts with a PostgreSQL server and the real agent each, and the real controller.
 * Only machine, database, network, disk and time are twins. What programs do is watched by the invariants all the time.
 */
import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type Database from 'better-sqlite3';
import type { Journal } from '../../agent/journal/journal.ts';
import { sha256Of } from '../../common/canonical-json.ts';
import type { Driver } from '../../common/driver.ts';
import { fail } from '../../common/failure.ts';
import type { AgentEnd, GivenOrder } from '../../common/link.ts';
import type { Log } from '../../common/log.ts';
import { silentLog } from '../../common/log.ts';
import type { Artifact, Order } from '../../common/orders.ts';
import type { Procedure } from '../../common/procedure.ts';
import type { Controller } from '../../controller/controller.ts';
import type { Store } from '../../controller/store/store.ts';
import { procedures } from '../../engines/procedures.ts';
import type { Fate } from '../twins/host.ts';
import { AgentProcess } from './agent-process.ts';
import { ControllerProcess, orderKey } from './controller-process.ts';
import { Kernel } from './kernel.ts';
import { connectWire, fairWeather, type Weather, type Wire } from './network.ts';
import { Points } from './points.ts';
import { PostgresTwin, type Server, type ServerDisk, unit } from './postgres.ts';
import { type ActingDriver, actingDriver, PostgresDriverTwin } from './postgres-driver.ts';
import { type Effect, SimHost } from './sim-host.ts';
import { emptyWal } from './wal.ts';
import { Watch } from './watch.ts';

export const cluster = 'main';
export const fromVersion = '16.4';
export const toVersion = '16.14';
export const oldRelease = `${fromVersion}-aaaaaaaaaaaa`;
export const newRelease = `${toVersion}-bbbbbbbbbbbb`;
export const names = ['pg-1', 'pg-2', 'pg-3'] as const;
const addressOf = (index: number) => `10.0.0.${index + 1}`;
const releasesDir = '/opt/postgresql';
const archive = Buffer.from('what the new release is made of');
const artifact: Artifact = {
  role: 'server',
  digest: sha256Of(archive),
  sizeBytes: archive.length,
  unpackedBytes: 1_000_000,
  unpackedInodes: 1_000,
};

/** Defects planted on purpose, to see that the invariants bite. */
export interface Defects {
  readonly procedure?: (real: Procedure) => Procedure;
  readonly controller?: (controller: Controller) => void;
  readonly store?: (real: Store) => Store;
  /** On an agent's end of a fresh connection. */
  readonly link?: (end: AgentEnd, agent: AgentProcess) => AgentEnd;
  readonly journal?: (real: Journal) => Journal;
  readonly driver?: (real: ActingDriver) => Driver;
  readonly host?: (host: SimHost) => void;
  /** On the connection that an agent has just opened. */
  readonly database?: (database: Database.Database) => void;
}

export interface WorldOptions {
  readonly seed: number;
  readonly weather?: Weather;
  /** What becomes of a server that is started with the new release. */
  readonly fate?: Fate;
  /** synchronous_standby_names of every server; left out: commits wait for nobody. */
  readonly syncNames?: string;
  /** How the primary's turn is planned. */
  readonly primary?: 'switchover' | 'restart';
  readonly defects?: Defects;
  /** Disks keep what was synced, so that the power can be lost. */
  readonly losesPower?: boolean;
}

/** Memory if the machine has it: what power loss takes is decided by the disk twin and not by this folder. */
const tempBase = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

/** Folders of worlds that were not closed, because what was played in them threw. */
const openDirs = new Set<string>();
process.once('exit', () => {
  for (const dir of openDirs) rmSync(dir, { recursive: true, force: true });
});

export class World {
  readonly kernel: Kernel;
  readonly points = new Points();
  readonly dir = mkdtempSync(join(tempBase, 'drydock-simulator-'));
  readonly broken: string[] = [];
  readonly postgres: PostgresTwin;
  readonly agents: readonly AgentProcess[];
  readonly controllers: ControllerProcess[] = [];
  readonly watch: Watch;
  readonly options: WorldOptions;
  weather: Weather;
  /** Of the looks at databases one in ten takes a second, and one in fifty hangs until it is ended. */
  slowLooks = false;
  /** Which controller an agent reaches; null: none. */
  route: (agent: string) => ControllerProcess | null = () => this.controllers.find((each) => each.alive) ?? null;
  readonly #wires = new Map<string, Wire>();
  readonly #jobs: (() => Promise<void>)[] = [];
  readonly #logs: Log;
  /** Plan of each run. */
  readonly #runs = new Map<string, string>();
  /** Run of each epoch and writer. */
  readonly #epochs = new Map<string, string>();

  constructor(options: WorldOptions) {
    this.options = options;
    openDirs.add(this.dir);
    this.kernel = new Kernel(options.seed);
    this.weather = fairWeather;
    this.#logs = { ...silentLog, error: (fields, message) => this.#heardError(String(fields.code ?? ''), String(fields.stack ?? message)) };
    const servers = names.map((name, index) => this.#makeServer(name, index));
    this.postgres = new PostgresTwin(this.kernel, servers, options.syncNames ?? '');
    this.agents = servers.map((server) => this.#makeAgent(server));
    this.watch = new Watch(this);
    this.addController('controller');
  }

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
    const { defects } = this.options;
    const process = new ControllerProcess({
      kernel: this.kernel,
      points: this.points,
      name,
      dir: this.dir,
      losesPower: this.options.losesPower ?? false,
      log: this.#logs,
      procedures:
        defects?.procedure === undefined
          ? procedures
          : new Map([...procedures].map(([key, real]) => [key, defects.procedure?.(real) ?? real])),
      broken: (what) => this.broke(what),
      sabotage: defects?.controller ?? (() => {}),
      wrapStore: defects?.store ?? ((store) => store),
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

  /** A database dies for reasons of its own; somebody starts it again after a while, and tries again as long as its unit is held. */
  crash(name: string, backAfterMs: number): void {
    const { host } = this.postgres.server(name);
    host.crashUnit(unit);
    const bringBack = async () => {
      if (host.holds.has(unit)) this.later(backAfterMs, bringBack);
      else host.startByHand(unit);
    };
    this.later(backAfterMs, bringBack);
  }

  cutLink(agent: string): void {
    this.#wires.get(agent)?.cut();
  }

  /** Makes the disks, starts everything, and waits until the controller knows of every node. */
  async boot(): Promise<void> {
    this.postgres.startWriting();
    await this.controller.start();
    for (const agent of this.agents) await agent.start();
    const known = () => this.controller.controller.fleet.nodes(cluster).filter((node) => node.facts?.inService === true).length;
    if (!(await this.run(() => known() === names.length, 60_000))) throw new Error('the agents did not link');
  }

  async addRelease(): Promise<void> {
    await this.controller.store.addRelease({
      engine: 'postgresql',
      version: toVersion,
      arch: 'x64',
      release: newRelease,
      artifacts: [artifact],
      addedAtMs: this.kernel.clock.wallMs(),
      actor: 'ann',
      fileNames: ['server.tar.gz'],
    });
  }

  async close(): Promise<void> {
    for (const agent of this.agents) await agent.bury(false);
    for (const controller of this.controllers) await controller.bury(false);
    rmSync(this.dir, { recursive: true, force: true });
    openDirs.delete(this.dir);
  }

  #makeServer(name: string, index: number): Server {
    const host = new SimHost({
      clock: this.kernel.clock,
      name,
      stopMs: this.kernel.between(5, 40),
      startMs: this.kernel.between(10, 80),
      order: () => this.agent(name).order,
      note: (effect) => this.#noted(effect),
    });
    host.addUnit(unit, releasesDir, oldRelease);
    host.fates.set(newRelease, this.options.fate ?? 'sound');
    this.options.defects?.host?.(host);
    host.onCall = ({ name: call, when }) => {
      this.agent(name).passed(`host ${when} ${call}`);
      if (call === 'stopUnit' && when === 'before') this.watch.stopBegins(name);
    };
    const disk: ServerDisk = {
      wal: emptyWal,
      shutDown: false,
      signal: index > 0,
      follows: index > 0 ? addressOf(0) : '',
      ownSyncNames: null,
      fence: null,
      effects: {},
    };
    return {
      name,
      address: addressOf(index),
      host,
      disk,
      lifetime: { invocationId: null, inRecovery: index > 0, promoting: false, asksSinceMs: 0 },
    };
  }

  #noted(effect: Effect): void {
    if (effect.kind === 'start') this.postgres.started(effect.node, effect.inVain);
    if (effect.kind === 'stop') this.postgres.stopped(effect.node);
    this.watch.effect(effect);
  }

  #makeAgent(server: Server): AgentProcess {
    const { name } = server;
    const { defects } = this.options;
    return new AgentProcess({
      kernel: this.kernel,
      points: this.points,
      dir: this.dir,
      losesPower: this.options.losesPower ?? false,
      host: server.host as SimHost,
      settings: {
        instance: name,
        cluster,
        engine: 'postgresql',
        dataDir: '/var/lib/postgresql',
        releasesDir,
        unit,
        snapshotsDir: '/var/lib/snapshots',
        connection: {},
      },
      driver: this.#makeDriver(name),
      artifacts: { read: (digest, offset) => this.#read(name, digest, offset) },
      connect: () => this.#connect(name),
      log: this.#logs,
      broken: (what) => this.broke(what),
      onTake: (order, before) => this.#takes(name, order, before),
      onEnd: (order, receipt) => this.watch.orderEnds(name, order, receipt),
      onOpen: defects?.database ?? (() => {}),
      wrapJournal: defects?.journal ?? ((journal) => journal),
    });
  }

  #makeDriver(name: string): Driver {
    const twin = new PostgresDriverTwin(
      this.postgres,
      ({ name: call, when }) => {
        this.agent(name).passed(`driver ${when} ${call}`);
        if (call === 'quiesce' && when === 'after') this.watch.quiesced(name);
      },
      { takesMs: () => this.#lookTakesMs(), broke: (what) => this.broke(what) },
    );
    return this.options.defects?.driver?.(actingDriver(twin)) ?? twin;
  }

  #lookTakesMs(): number {
    if (!this.slowLooks) return 0;
    const drawn = this.kernel.random();
    return drawn < 0.02 ? Infinity : drawn < 0.1 ? 1_000 : 0;
  }

  async *#read(agent: string, digest: string, offset: number): AsyncGenerator<Uint8Array> {
    if (this.route(agent) === null) throw fail('unreachable', 'fetch-interrupted', 'the controller is away', { remedy: 'retry' });
    if (digest !== artifact.digest) throw fail('not-found', 'unknown-artifact', `there is no ${digest}`);
    yield archive.subarray(offset);
  }

  #connect(agent: string): AgentEnd {
    const wire = connectWire(this.kernel, () => this.weather);
    this.#wires.set(agent, wire);
    const controller = this.route(agent);
    if (controller === null) this.kernel.clock.after(1, () => wire.cut());
    else controller.accept(wire.controller, `host-${agent}`);
    const end = this.options.defects?.link?.(wire.agent, this.agent(agent)) ?? wire.agent;
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
    if (code === 'unexpected' || text.includes('was not taken in')) this.broke(`a program says: ${text}`);
  }
}
