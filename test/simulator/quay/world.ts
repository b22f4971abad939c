/** A simulated cluster of quay: routers, stores and a lens, each on its own host. */
import type { Driver } from '../../../common/driver.ts';
import type { Procedure } from '../../../common/procedure.ts';
import { ActivePacks } from '../../../controller/operations/rules.ts';
import { quayProcedure } from '../../quay/procedure.ts';
import { quayConfigPacks, quayConfigPackText, quaySchemes } from '../../quay/rules.ts';
import type { Fate } from '../../twins/host.ts';
import type { Rules } from '../controller-process.ts';
import { Probes } from '../probes.ts';
import { type Effect, SimHost } from '../sim-host.ts';
import { archiveOf, type Defects as CommonDefects, type SimOptions, SimWorld } from '../sim-world.ts';
import { configFile, configOf, oldConfig } from './config.ts';
import { type HoldBack, type QuayDriver, quayDriver } from './driver.ts';
import { type Kind, type KindName, kinds } from './kinds.ts';
import type { Repair } from './rest.ts';
import { dataDir, QuayServer, releasesDir, unit, versionIn } from './server.ts';
import { QuayWatch } from './watch.ts';

export interface QuayDefects extends CommonDefects {
  readonly driver?: (real: QuayDriver) => Driver;
}

export interface QuayOptions extends SimOptions {
  readonly kind: KindName;
  /** How the new release behaves on the node that gets it first, until that is mended; on all others it is sound. */
  readonly fate?: Fate;
  /** How long the run rests before a person ends that, and by which word; left out: after seconds, by finalizing it. */
  readonly restMs?: number;
  readonly endsRest?: 'finalize' | 'rollback';
  /** How long the plan lets it rest; left out: as long as the engine bears. */
  readonly finalizeWithinMs?: number;
  /** How long the cluster is watched; left out: `kinds.soakMs` where the run rests. */
  readonly soakMs?: number;
  /** Its driver has tools that take a second, or hang. */
  readonly slowTools?: boolean;
  /** Each member lists all of them, an excluded one too; left out: it knows those that answer. */
  readonly listsMembers?: boolean;
  /** Values for settings that the new version needs; left out: what it needs. */
  readonly given?: Readonly<Record<string, string>>;
  readonly defects?: QuayDefects;
}

const rules: Rules = {
  procedures: new Map([['quay', quayProcedure]]),
  schemes: quaySchemes,
  packs: () => new ActivePacks([{ file: 'quay.yaml', text: quayConfigPackText }], quayConfigPacks, quaySchemes),
};

const listing = (names: readonly string[]): Procedure => ({
  ...quayProcedure,
  membersSeen: ({ nodes }) => (nodes.some(({ facts }) => facts?.inService === true) ? names : []),
});

const archive = archiveOf('what every release of quay is made of');
const releaseOf = (version: string): string => `${version}-${version.replace('.', '').repeat(6)}`;

const mendedMs = 40_000;

export class QuayWorld extends SimWorld {
  readonly cluster = 'quay-main';
  readonly options: QuayOptions;
  readonly kind: Kind;
  readonly servers: readonly QuayServer[];
  readonly watch: QuayWatch;
  /** Of the whole cluster, wherever it is asked for. */
  readonly holdBack: HoldBack = { value: null, note: null };
  /** What people asked of other runs while this one rested. */
  readonly repairs: Repair[] = [];

  constructor(options: QuayOptions) {
    super(
      options,
      options.listsMembers === true ? { ...rules, procedures: new Map([['quay', listing(kinds[options.kind].names)]]) } : rules,
    );
    this.options = options;
    this.kind = kinds[options.kind];
    this.servers = this.kind.names.map((name) => this.#makeServer(name));
    this.watch = new QuayWatch(this);
    for (const server of this.servers) this.#makeAgent(server);
    this.addController('controller');
  }

  /** What ran before the run. */
  get formerRelease(): string {
    return releaseOf(this.kind.from);
  }

  server(name: string): QuayServer {
    const found = this.servers.find((server) => server.name === name);
    if (found === undefined) throw new Error(`there is no server ${name}`);
    return found;
  }

  host(name: string): SimHost {
    return this.server(name).host;
  }

  protected archives() {
    return [archive];
  }

  async addRelease(): Promise<void> {
    const { to } = this.kind;
    await this.controller.store.addRelease({
      engine: 'quay',
      version: to,
      arch: 'x64',
      release: releaseOf(to),
      artifacts: [archive.artifact],
      addedAtMs: this.kernel.clock.wallMs(),
      actor: 'ann',
      fileNames: ['quay.tar.gz'],
    });
  }

  #makeServer(name: string): QuayServer {
    const host = new SimHost({
      clock: this.kernel.clock,
      name,
      stopMs: this.kernel.between(5, 40),
      startMs: this.kernel.between(10, 80),
      order: () => this.agent(name).order,
      note: (effect) => this.#noted(effect),
    });
    host.addUnit(unit, releasesDir, releaseOf(this.kind.from));
    host.texts.set(configFile, oldConfig);
    if (name === this.kind.names[0]) host.fates.set(releaseOf(this.kind.to), this.options.fate ?? 'sound');
    this.kernel.clock.after(mendedMs, () => host.fates.delete(releaseOf(this.kind.to)));
    this.options.defects?.host?.(host);
    host.onCall = ({ name: call, when }) => {
      this.agent(name).passed(`host ${when} ${call}`);
      if (call === 'stopUnit' && when === 'before') this.watch.stopBegins(name);
    };
    return new QuayServer(name, this.kind.from, host, (what) => this.broke(what));
  }

  #noted(effect: Effect): void {
    if (effect.kind === 'start') {
      this.server(effect.node).started(effect.release ?? '', effect.inVain);
      this.#readsItsFile(effect);
    }
    this.watch.effect(effect);
  }

  /** Each version refuses the file of the other. */
  #readsItsFile({ node, release }: Effect): void {
    const version = versionIn(release ?? '');
    if (this.host(node).texts.get(configFile) !== configOf(this.kind, version))
      this.broke(`P7 ${node} was started with ${version} on a configuration that it does not read`);
  }

  #makeAgent(server: QuayServer): void {
    const { name, host } = server;
    const twin = quayDriver({
      holdBack: this.holdBack,
      server,
      onCall: ({ name: call, when }) => {
        this.agent(name).passed(`driver ${when} ${call}`);
      },
      asked: (tool) => this.watch.asked(name, tool),
      hasSlowTools: this.options.slowTools === true,
      probes: new Probes(
        () => this.probeTakesMs(),
        (what) => this.broke(what),
      ),
    });
    this.addAgent({
      host,
      settings: {
        instance: name,
        cluster: this.cluster,
        engine: 'quay',
        dataDir,
        releasesDir,
        unit,
        snapshotsDir: '/var/lib/snapshots',
        configFile,
        connection: {},
      },
      driver: this.options.defects?.driver?.(twin) ?? twin,
    });
  }
}
