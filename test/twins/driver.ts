/** A database without a network: it runs while its unit runs, and says what the release it runs says. */
import { z } from 'zod';
import { pause } from '../../common/clock.ts';
import type {
  BundleInspection,
  Driver,
  DriverContext,
  DriverJobs,
  DriverSettings,
  DriverSnapshots,
  DriverVerbs,
  EngineObservation,
  InstanceSettings,
  ToolCall,
  VerbCall,
} from '../../common/driver.ts';
import type { Finding, PeerSeen } from '../../common/facts.ts';
import { type Failure, FailureError, fail } from '../../common/failure.ts';
import type { Guard } from '../../common/orders.ts';
import { ConfigTwin } from './config.ts';
import type { CallHook, HostTwin } from './host.ts';

export interface DriverTwinOptions {
  readonly host: HostTwin;
  readonly engine?: string;
  readonly checks?: readonly string[];
  /** Version of a release by its name; the default reads `16.14-abc…` as 16.14. */
  readonly versionOf?: (release: string) => string | null;
}

/** What its probes cost. */
const tools = [
  { id: 'life', costMs: { tool: 1, database: 0 }, idleEveryMs: 5_000, turnEveryMs: 0, timeoutMs: 1_000 },
  { id: 'probe', costMs: { tool: 30, database: 20 }, idleEveryMs: 60_000, turnEveryMs: 0, timeoutMs: 5_000 },
  { id: 'check', costMs: { tool: 5, database: 5 }, idleEveryMs: null, turnEveryMs: 0, timeoutMs: 30_000 },
] as const satisfies readonly ToolCall[];
type Tool = (typeof tools)[number]['id'];

/** The closed list of its verbs. */
export const twinVerbs = { recount: z.strictObject({ of: z.array(z.string().max(10)).max(3), times: z.int().min(1) }) };

/** And of its jobs: tables 1 to so many are rewritten, one after the other. */
export const twinJobs = { rewrite: z.strictObject({ tables: z.int().min(1).max(100) }) };

export class DriverTwin implements Driver {
  readonly tools: readonly ToolCall[] = tools;
  readonly engine: string;
  readonly startFlags = ['--upgrade'];
  readonly checks: readonly string[];
  databaseId: string | null = 'db-1';
  role: string | null = 'standby';
  peers: readonly PeerSeen[] = [];
  /** Answers of checks by id; unnamed ones follow the unit: in service while a sound release runs. */
  readonly answers = new Map<string, boolean | null>();
  /** What was seen is told when this resolves. */
  beforeAnswer: (check: string) => Promise<void> = async () => {};
  /** What it waits for while it goes down; null: it does not go down. */
  shutdownWait: string | null = null;
  /** Quiesce does not end. */
  quiesceHangs = false;
  quiesced = 0;
  /** Why a drain comes to nothing just now. */
  drainFails: () => Failure | null = () => null;
  /** The last life that was drained: it answers no more. */
  #drainedLife: string | null = null;
  inspections = 0;
  /** Files that the server itself writes to. */
  ownLogs: readonly string[] = [];
  /** Whether a release fits what the database needs; null: it does not answer. */
  fits: () => boolean | null = () => true;
  /** How long a probe takes. */
  observeMs = 0;
  /** How long calls of a tool take; `forever`: they end when they are aborted; `deaf`: not even then. */
  readonly takes = new Map<Tool, number | 'forever' | 'deaf'>();
  /** Every call of a tool, as it begins. */
  readonly asked: { readonly tool: Tool; readonly atMs: number; aborted: boolean }[] = [];
  /** Called around every port call; may throw, to kill the caller. */
  onCall: CallHook = () => {};
  /** How proving a snapshot ends. */
  proof: Finding = { check: 'snapshot-verification', ok: true, detail: 'it is what it was taken from' };
  /** Paths of scratch folders that were tidied. */
  readonly tidied: string[] = [];
  readonly snapshots: DriverSnapshots = {
    need: (context, measure) => this.#call('snapshots.need', context, () => measure(context.settings.dataDir)),
    take: (context, folder) =>
      this.#call('snapshots.take', context, async () => {
        await folder.copy(context.settings.dataDir, 'data');
        const places = [{ folder: 'data', path: context.settings.dataDir }];
        return { version: this.#answering(context) ?? '', role: this.role ?? '', position: '42', places, notes: {} };
      }),
    verify: (context) => this.#call('snapshots.verify', context, async () => this.proof),
    tidy: (context, scratch) => this.#call('snapshots.tidy', context, async () => void this.tidied.push(scratch)),
    prepareRestored: (context) => this.#call('snapshots.prepareRestored', context, async () => []),
  };
  /** Why a verb comes to nothing just now. */
  verbFails: () => Failure | null = () => null;
  verbToken: string | null = null;
  /** Calls of verbs that took effect. */
  readonly acted: VerbCall[] = [];
  readonly verbs: DriverVerbs = {
    schemas: twinVerbs,
    act: (context, call) =>
      this.#call('act', context, async () => {
        const why = this.verbFails();
        if (why !== null) throw new FailureError(why);
        this.acted.push(call);
        return { token: this.verbToken };
      }),
    acted: (context, { verb }) => this.#call('acted', context, async () => ({ check: verb, ok: null, detail: 'it is not looked at' })),
  };
  readonly jobs: DriverJobs = {
    schemas: twinJobs,
    command: (context, { args, cursor }) =>
      this.#call('jobs.command', context, async () => ({
        argv: ['rewrite', String(Number(cursor ?? 0) + 1), String(args.tables)] as const,
      })),
    progress({ args }, output) {
      const last = output.trim().split('\n').at(-1)?.replace('table ', '') ?? '';
      return last === '' ? null : { fraction: Number(last) / Number(args.tables), note: `${last} of ${args.tables}`, cursor: last };
    },
    finished: (context, { name, args }) =>
      this.#call('jobs.finished', context, async () => {
        const ok = this.#host.jobs.did.includes(`table ${args.tables}`);
        return { check: name, ok, detail: ok ? 'every table is rewritten' : 'a table is not rewritten' };
      }),
  };
  /** Left out until a test gives some. */
  settings?: DriverSettings;
  readonly config: ConfigTwin;
  readonly #host: HostTwin;
  readonly #versionOf: (release: string) => string | null;

  constructor(options: DriverTwinOptions) {
    this.#host = options.host;
    this.config = new ConfigTwin(options.host, (name, context, act) => this.#call(name, context, act));
    this.engine = options.engine ?? 'twin';
    this.checks = options.checks ?? ['in-service', 'member-in-service', 'role-is'];
    this.#versionOf = options.versionOf ?? ((release) => release.split('-')[0] ?? null);
  }

  parseSettings(_settings: InstanceSettings): void {}

  async capabilities(_context: DriverContext): Promise<readonly string[]> {
    return ['sql-admin'];
  }

  async alive(context: DriverContext): Promise<string> {
    return this.#ask('life', context, '', async () => this.#answering(context) ?? 'no answer').catch((thrown: unknown) => {
      if (thrown instanceof FailureError) return thrown.failure.code;
      throw thrown;
    });
  }

  observe(context: DriverContext, checks: readonly string[]): Promise<EngineObservation> {
    return this.#call('observe', context, async () => {
      const seen = await this.#ask('probe', context, '', async (during) => {
        if (this.observeMs > 0) await pause(during.clock, this.observeMs, during.signal);
        return { version: this.#answering(context) };
      }).catch((thrown: unknown) => {
        if (thrown instanceof FailureError) return { version: null };
        throw thrown;
      });
      const { version } = seen;
      const onDisk = context.currentRelease?.split('/').at(-1) ?? null;
      return {
        databaseId: version === null ? null : this.databaseId,
        memberId: context.settings.instance,
        runningVersion: version,
        onDiskVersion: onDisk === null ? null : this.#versionOf(onDisk),
        format: null,
        role: version === null ? null : this.role,
        inService: version !== null,
        peers: version === null ? [] : this.peers,
        findings: checks.map((check) => this.#finding(context, { check })),
        detail: {},
      };
    });
  }

  check(context: DriverContext, guard: Guard): Promise<Finding> {
    return this.#call('check', context, () =>
      this.#ask('check', context, `${guard.check} ${guard.expect ?? ''}`, async () => {
        const finding = this.#finding(context, guard);
        await this.beforeAnswer(guard.check);
        return finding;
      }).catch((thrown: unknown) => {
        if (thrown instanceof FailureError) return { check: guard.check, ok: null, detail: thrown.failure.message };
        throw thrown;
      }),
    );
  }

  async inspectBundle(_context: DriverContext, releaseDir: string): Promise<BundleInspection> {
    this.inspections += 1;
    const ok = this.fits();
    const findings =
      ok === true ? [] : [{ check: 'extensions-present', ok, detail: ok === null ? 'nothing listens' : 'the release lacks tally' }];
    return { version: this.#versionOf(releaseDir.split('/').at(-1) ?? ''), findings };
  }

  quiesce(context: DriverContext): Promise<void> {
    return this.#call('quiesce', context, async () => {
      this.quiesced += 1;
      if (this.quiesceHangs) await new Promise(() => {});
    });
  }

  drain(context: DriverContext): Promise<void> {
    return this.#call('drain', context, async () => {
      this.#drainedLife = this.#host.units.get(context.settings.unit)?.invocationId ?? null;
      const why = this.drainFails();
      if (why !== null) throw new FailureError(why);
    });
  }

  shutdownWaitsFor(context: DriverContext): Promise<string | null> {
    return this.#call('shutdownWaitsFor', context, async () =>
      this.#host.runs(context.settings.unit) === null ? null : this.shutdownWait,
    );
  }

  stopped(context: DriverContext): Promise<Finding> {
    return this.#call('stopped', context, async () => {
      const gone = this.#host.runs(context.settings.unit) === null;
      return { check: 'stopped', ok: gone, detail: gone ? 'no process of it is left' : 'it still runs' };
    });
  }

  shutDown(context: DriverContext): Promise<Finding> {
    return this.#call('shutDown', context, async () => {
      const ok = this.#host.units.get(context.settings.unit)?.endedInOrder === true;
      return { check: 'shut-down', ok, detail: ok ? 'it wrote its last checkpoint' : 'it was killed' };
    });
  }

  logFiles(context: DriverContext): Promise<readonly string[]> {
    return this.#call('logFiles', context, async () => this.ownLogs);
  }

  ready(context: DriverContext, expectVersion: string): Promise<Finding> {
    return this.#call('ready', context, async () => {
      const version = this.#answering(context);
      return { check: 'ready', ok: version === expectVersion, detail: version === null ? 'no answer' : `answers as ${version}` };
    });
  }

  /** Version of what runs and answers; null: nothing does. */
  #answering({ settings }: DriverContext): string | null {
    const release = this.#host.serves(settings.unit);
    if (this.#drainedLife !== null && this.#drainedLife === this.#host.units.get(settings.unit)?.invocationId) return null;
    return release === null || this.config.broken.has(this.config.digest) ? null : this.#versionOf(release);
  }

  #finding(context: DriverContext, { check }: Guard): Finding {
    const set = this.answers.get(check);
    const ok = set === undefined ? this.#answering(context) !== null : set;
    return { check, ok, detail: ok === null ? 'could not be found out' : ok ? 'it is so' : 'it is not so' };
  }

  #ask<T>(tool: Tool, context: DriverContext, of: string, act: (during: DriverContext) => Promise<T>): Promise<T> {
    return context.tool(
      tool,
      async (during) => {
        const call = { tool, atMs: during.clock.monotonicMs(), aborted: false };
        this.asked.push(call);
        during.signal.addEventListener('abort', () => (call.aborted = true), { once: true });
        const takes = this.takes.get(tool) ?? 0;
        if (takes === 'deaf') await new Promise(() => {});
        if (takes !== 0) await pause(during.clock, takes === 'forever' ? 86_400_000 : (takes as number), during.signal);
        if (during.signal.aborted) throw fail('failed', 'aborted', `${tool} was ended`);
        return act(during);
      },
      { of },
    );
  }

  async #call<T>(name: string, context: DriverContext, act: () => Promise<T>): Promise<T> {
    const detail = context.settings.instance;
    this.onCall({ name, when: 'before', detail });
    const answer = await act();
    this.onCall({ name, when: 'after', detail });
    return answer;
  }
}
