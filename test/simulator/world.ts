/** The simulated cluster of three PostgreSQL servers. */
import type { Driver } from '../../common/driver.ts';
import type { Fate } from '../twins/host.ts';
import { builtinRules } from './controller-process.ts';
import { PostgresTwin, type Server, type ServerDisk, unit } from './postgres.ts';
import { type ActingDriver, actingDriver, PostgresDriverTwin } from './postgres-driver.ts';
import { Probes } from './probes.ts';
import { type Effect, SimHost } from './sim-host.ts';
import { archiveOf, type Defects as CommonDefects, type SimOptions, SimWorld } from './sim-world.ts';
import { emptyWal } from './wal.ts';
import { Watch } from './watch.ts';

export const cluster = 'main';
export const fromVersion = '16.4';
export const toVersion = '16.14';
export const oldRelease = `${fromVersion}-aaaaaaaaaaaa`;
export const newRelease = `${toVersion}-bbbbbbbbbbbb`;
export const names = ['pg-1', 'pg-2', 'pg-3'] as const;
const addressOf = (index: number) => `10.0.0.${index + 1}`;
export const releasesDir = '/opt/postgresql';
const archive = archiveOf('what the new release is made of');

export interface Defects extends CommonDefects {
  readonly driver?: (real: ActingDriver) => Driver;
}

export interface WorldOptions extends SimOptions {
  /** What becomes of a server that is started with the new release. */
  readonly fate?: Fate;
  /** synchronous_standby_names of every server; left out: commits wait for no standby. */
  readonly syncNames?: string;
  /** How the primary's turn is planned. */
  readonly primary?: 'switchover' | 'restart';
  readonly defects?: Defects;
}

export class World extends SimWorld {
  readonly cluster = cluster;
  readonly postgres: PostgresTwin;
  readonly watch: Watch;
  readonly options: WorldOptions;

  constructor(options: WorldOptions) {
    super(options, builtinRules);
    this.options = options;
    const servers = names.map((name, index) => this.#makeServer(name, index));
    this.postgres = new PostgresTwin(this.kernel, servers, options.syncNames ?? '');
    for (const server of servers) this.#makeAgent(server);
    this.watch = new Watch(this);
    this.addController('controller');
  }

  host(name: string): SimHost {
    return this.postgres.server(name).host as SimHost;
  }

  protected archives() {
    return [archive];
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

  override async boot(): Promise<void> {
    this.postgres.startWriting();
    await super.boot();
  }

  async addRelease(): Promise<void> {
    await this.controller.store.addRelease({
      engine: 'postgresql',
      version: toVersion,
      arch: 'x64',
      release: newRelease,
      artifacts: [archive.artifact],
      addedAtMs: this.kernel.clock.wallMs(),
      actor: 'ann',
      fileNames: ['server.tar.gz'],
    });
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

  #makeAgent(server: Server): void {
    const { name } = server;
    this.addAgent({
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
    });
  }

  #makeDriver(name: string): Driver {
    const twin = new PostgresDriverTwin(
      this.postgres,
      ({ name: call, when }) => {
        this.agent(name).passed(`driver ${when} ${call}`);
        if (call === 'quiesce' && when === 'after') this.watch.quiesced(name);
      },
      new Probes(
        () => this.probeTakesMs(),
        (what) => this.broke(what),
      ),
    );
    return this.options.defects?.driver?.(actingDriver(twin)) ?? twin;
  }
}
