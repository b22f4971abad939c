/** The driver of the simulated cluster: it looks at the twin where the real one asks SQL, and answers checks by the real one's rules. */
import { basename } from 'node:path';
import type {
  BundleInspection,
  Driver,
  DriverContext,
  DriverSettings,
  DriverVerbs,
  EngineObservation,
  InstanceSettings,
} from '../../common/driver.ts';
import type { Finding } from '../../common/facts.ts';
import { FailureError } from '../../common/failure.ts';
import type { Guard } from '../../common/orders.ts';
import { askedIds, type Checks } from '../../engines/kit/pure/checks.ts';
import { isHealthy, serving } from '../../engines/postgresql/answers.ts';
import { checks as checkTable, type Sight } from '../../engines/postgresql/checks.ts';
import { roleOf, type ServerFacts, standbyRows } from '../../engines/postgresql/facts.ts';
import type { CallHook } from '../twins/host.ts';
import { databaseId, type PostgresTwin, type Server, unit } from './postgres.ts';
import { ActsTwin, settingsTwin, type Write } from './postgres-acts.ts';
import { type Probes, probeTools } from './probes.ts';

const silence = 'nothing listens there';

/** Checks for which the real driver asks files, programs or a session, with what they find on these hosts. */
const elsewhere: Readonly<Record<string, string>> = {
  'no-ha-manager': 'no HA manager was found',
  'extensions-present': 'no libraries are loaded',
  'settings-not-lower': 'no limit was lowered in its files',
  'no-backup-running': 'no base backup is running',
  'archiver-keeps-up': 'it archives nothing',
  'no-long-transactions': 'no transaction is open for long',
  'receivers-keep-up': 'every receiver has nearly all of its WAL',
  'readable-at-rest': 'its control file and its settings can be read without the server',
};

const table: Checks<Sight, ServerFacts> = checkTable;

export class PostgresDriverTwin implements Driver {
  readonly engine = 'postgresql';
  readonly tools = probeTools;
  readonly checks = askedIds(table);
  readonly verbs: DriverVerbs;
  readonly settings: DriverSettings;
  readonly #cluster: PostgresTwin;
  readonly #onCall: CallHook;
  readonly #probes: Probes;

  constructor(cluster: PostgresTwin, onCall: CallHook, probes: Probes) {
    this.#cluster = cluster;
    this.#onCall = onCall;
    this.#probes = probes;
    const write: Write = async (name, change) => {
      this.#onCall({ name, when: 'before', detail: '' });
      change();
      this.#onCall({ name, when: 'after', detail: '' });
    };
    this.verbs = new ActsTwin(cluster, write);
    this.settings = settingsTwin(cluster, write);
  }

  parseSettings(_settings: InstanceSettings): void {}

  capabilities(context: DriverContext): Promise<readonly string[]> {
    return this.#call('capabilities', context, async () => ['sql', 'sql-admin']);
  }

  alive({ tool, settings }: DriverContext): Promise<string> {
    return tool('alive', async () => this.#cluster.version(this.#cluster.server(settings.instance)) ?? silence);
  }

  observe(context: DriverContext, checks: readonly string[]): Promise<EngineObservation> {
    return this.#ask('observe', checks.join(), context, async (server) => this.#observed(context, server, checks)).catch(
      (thrown: unknown) => {
        if (!(thrown instanceof FailureError)) throw thrown;
        return unreachable(context, checks, thrown.message);
      },
    );
  }

  async #observed(context: DriverContext, server: Server, checks: readonly string[]): Promise<EngineObservation> {
    const facts = this.#cluster.facts(server);
    const findings = await Promise.all(checks.map((check) => this.#answer(context, server, { check })));
    return {
      databaseId: facts === null ? null : databaseId,
      memberId: server.name,
      runningVersion: facts?.serverVersion ?? null,
      onDiskVersion: context.currentRelease === null ? null : versionIn(context.currentRelease),
      format: '16',
      role: facts === null ? null : roleOf(facts),
      inService: facts !== null && serving(facts)[0] === true,
      peers: (facts === null ? [] : standbyRows(facts)).map((row) => ({
        member: row.applicationName,
        healthy: isHealthy(row),
        state: row.state,
        lagBytes: row.lagBytes,
      })),
      findings,
      detail: facts ?? { state: 'unreachable', reason: silence },
    };
  }

  check(context: DriverContext, guard: Guard): Promise<Finding> {
    const { check, expect } = guard;
    return this.#ask('check', `${check} ${expect ?? ''}`, context, (server) => this.#answer(context, server, guard)).catch(
      (thrown: unknown) => {
        if (!(thrown instanceof FailureError)) throw thrown;
        return { check, ok: null, detail: thrown.message };
      },
    );
  }

  inspectBundle(context: DriverContext, releaseDir: string): Promise<BundleInspection> {
    return this.#call('inspectBundle', context, async () => ({ version: versionIn(releaseDir), findings: [] }));
  }

  quiesce(context: DriverContext): Promise<void> {
    return this.#call('quiesce', context, async () => {});
  }

  stopped(context: DriverContext): Promise<Finding> {
    return this.#call('stopped', context, async ({ host }) => {
      const ok = host.runs(unit) === null;
      return { check: 'stopped', ok, detail: ok ? silence : 'it still accepts sessions' };
    });
  }

  shutDown(context: DriverContext): Promise<Finding> {
    return this.#call('shutDown', context, async ({ disk }) => {
      const ok = disk.signal || disk.shutDown;
      return {
        check: 'shut-down',
        ok,
        detail: ok ? 'the state in its control file is "shut down"' : 'its control file says "in production"',
      };
    });
  }

  ready(context: DriverContext, expectVersion: string): Promise<Finding> {
    return this.#call('ready', context, async (server) => {
      const version = this.#cluster.version(server);
      return { check: 'ready', ok: version === expectVersion, detail: version === null ? silence : `it runs ${version}` };
    });
  }

  async #answer(context: DriverContext, server: Server, guard: Guard): Promise<Finding> {
    const { check } = guard;
    const facts = this.#cluster.facts(server);
    if (check === 'needs-no-reseed') return this.#reseed(server);
    if (check === 'can-start') return { check, ok: true, detail: 'its files are as a start needs them' };
    if (facts === null) return { check, ok: null, detail: silence };
    if (check === 'write-works') return this.#write(server);
    const known = elsewhere[check];
    if (known !== undefined) return { check, ok: true, detail: known };
    const seen = {
      systemId: databaseId,
      memberId: server.name,
      version: facts.serverVersion,
      server: facts,
      isSuperuser: true,
      followObstacle: null,
    };
    const ask = table[check]?.answer;
    if (typeof ask !== 'function') return { check, ok: null, detail: `no host of a simulation answers ${check}` };
    const { currentRelease: current } = context;
    const probe = async () => seen;
    const sight: Sight = { probe, probeAnew: probe, isSuperuser: async () => true };
    const release = current === null ? null : basename(current);
    const [ok, detail] = await ask({ seen: sight, expect: guard.expect ?? null, release });
    return { check, ok, detail };
  }

  #write(server: Server): Finding {
    const waits = !server.lifetime.inRecovery && !this.#cluster.commits(server);
    return { check: 'write-works', ok: !waits, detail: waits ? 'the commit waits for a standby' : 'a transaction was committed' };
  }

  #reseed(server: Server): Finding {
    const check = 'needs-no-reseed';
    if (this.#cluster.hasParted(server)) return { check, ok: false, detail: 'its WAL went on where its upstream did not' };
    return this.#cluster.inService(server) ? { check, ok: true, detail: 'it serves' } : { check, ok: null, detail: 'nobody can tell' };
  }

  /** By a tool of that name. */
  #ask<T>(name: 'observe' | 'check', of: string, context: DriverContext, act: (server: Server) => Promise<T>): Promise<T> {
    return context.tool(name, async (during) => this.#probes.taking(`${name} ${of}`, during, () => this.#call(name, during, act)), { of });
  }

  async #call<T>(name: string, { settings }: DriverContext, act: (server: Server) => Promise<T>): Promise<T> {
    // An answer takes a moment, and so does a death: several questions asked at once are all asked.
    await Promise.resolve();
    this.#onCall({ name, when: 'before', detail: '' });
    const result = await act(this.#cluster.server(settings.instance));
    this.#onCall({ name, when: 'after', detail: '' });
    return result;
  }
}

function unreachable({ settings, currentRelease }: DriverContext, checks: readonly string[], reason: string): EngineObservation {
  return {
    databaseId: null,
    memberId: settings.instance,
    runningVersion: null,
    onDiskVersion: currentRelease === null ? null : versionIn(currentRelease),
    format: '16',
    role: null,
    inService: false,
    peers: [],
    findings: checks.map((check) => ({ check, ok: null, detail: reason })),
    detail: { state: 'unreachable', reason },
  };
}

/** A driver that knows verbs and settings. */
export type ActingDriver = Driver & Required<Pick<Driver, 'settings' | 'verbs'>>;

/** Its parts one by one, so that a planted defect can replace one. */
export function actingDriver(twin: PostgresDriverTwin): ActingDriver {
  return {
    engine: twin.engine,
    checks: twin.checks,
    tools: twin.tools,
    verbs: twin.verbs,
    settings: twin.settings,
    parseSettings: (settings) => twin.parseSettings(settings),
    capabilities: (context) => twin.capabilities(context),
    alive: (context) => twin.alive(context),
    observe: (context, checks) => twin.observe(context, checks),
    check: (context, guard) => twin.check(context, guard),
    inspectBundle: (context, releaseDir) => twin.inspectBundle(context, releaseDir),
    quiesce: (context) => twin.quiesce(context),
    stopped: (context) => twin.stopped(context),
    shutDown: (context) => twin.shutDown(context),
    ready: (context, expectVersion) => twin.ready(context, expectVersion),
  };
}

function versionIn(releaseDir: string): string | null {
  return releaseDir.split('/').at(-1)?.split('-')[0] ?? null;
}
