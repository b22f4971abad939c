/** The driver half of quay in the simulator: it looks at the twin, and what it does lies on the twin's disk. */
import { z } from 'zod';
import { pause } from '../../../common/clock.ts';
import type {
  BundleInspection,
  Driver,
  DriverConfig,
  DriverContext,
  DriverInstances,
  DriverJobs,
  DriverSettings,
  DriverSnapshots,
  DriverVerbs,
  EngineObservation,
  ToolCall,
} from '../../../common/driver.ts';
import type { Finding } from '../../../common/facts.ts';
import { FailureError, fail } from '../../../common/failure.ts';
import type { Guard } from '../../../common/orders.ts';
import { quayJobs, quayVerbs } from '../../quay/fleet.ts';
import { holdBackKey } from '../../quay/procedure.ts';
import type { CallHook } from '../../twins/host.ts';
import { type Probes, probeTools } from '../probes.ts';
import { quayConfig } from './config.ts';
import { type QuayServer, stepsOfJob, unit, versionIn } from './server.ts';

export const databaseId = 'quay-1';
const silence = 'nothing listens there';
const nothing = z.strictObject({});
const listOf = (words: readonly string[]) => Object.fromEntries(words.map((word) => [word, nothing]));

export type QuayDriver = Driver & Required<Pick<Driver, 'verbs' | 'jobs' | 'instances' | 'snapshots' | 'settings'>>;

/** A setting of the whole cluster, with what stood there before an order changed it. */
export interface HoldBack {
  value: string | null;
  note: { readonly prior: string | null; readonly set: string } | null;
}

/** Besides the probes of every simulated driver one that takes a second, and one that hangs until it is ended. */
export const quayTools: readonly ToolCall[] = [
  ...probeTools,
  { id: 'census', costMs: { tool: 2, database: 2 }, idleEveryMs: 60_000, turnEveryMs: 0, timeoutMs: 5_000 },
  { id: 'echo', costMs: { tool: 1, database: 1 }, idleEveryMs: 300_000, turnEveryMs: 0, timeoutMs: 2_000 },
];
const slowMs = 1_000;
const foreverMs = 86_400_000;

export interface QuayDriverParts {
  readonly holdBack: HoldBack;
  readonly server: QuayServer;
  readonly onCall: CallHook;
  readonly probes: Probes;
  /** A tool is called. */
  readonly asked: (tool: string) => void;
  /** A probe of all of it waits for the slow ones, too. */
  readonly hasSlowTools: boolean;
}

export function quayDriver({ holdBack, server, onCall, probes, asked, hasSlowTools }: QuayDriverParts): QuayDriver {
  const call = async <T>(name: string, act: () => T | Promise<T>): Promise<T> => {
    // An answer takes a moment, and so does a death.
    await Promise.resolve();
    onCall({ name, when: 'before', detail: '' });
    const result = await act();
    onCall({ name, when: 'after', detail: '' });
    return result;
  };
  const ask = <T>(name: 'observe' | 'check', of: string, context: DriverContext, act: () => T): Promise<T> =>
    context.tool(
      name,
      (during) => {
        asked(name);
        return probes.taking(`${name} ${of}`, during, () => call(name, act));
      },
      { of },
    );

  const takes = (context: DriverContext, tool: 'census' | 'echo', takesMs: number): Promise<void> =>
    context.tool(tool, async ({ clock, signal }) => {
      asked(tool);
      await pause(clock, takesMs, signal);
      if (signal.aborted) throw fail('failed', 'ended', `${tool} was ended`);
    });
  /** What hangs is unknown, and keeps nothing else from being told. */
  const slowProbes = (context: DriverContext): Promise<unknown> =>
    Promise.all([takes(context, 'census', slowMs), takes(context, 'echo', foreverMs).catch(unreachable(() => undefined))]);

  const answer = ({ check }: Guard): Finding => {
    const { version } = server;
    return { check, ok: version !== null, detail: version === null ? silence : `it serves ${version}` };
  };

  const seen = (context: DriverContext, checks: readonly string[], version: string | null): EngineObservation => ({
    databaseId: version === null ? null : databaseId,
    memberId: server.member,
    runningVersion: version,
    onDiskVersion: server.clone?.state === 'switched' ? server.clone.version : versionIn(context.currentRelease ?? '') || null,
    format: server.data.format,
    role: version === null ? null : 'member',
    inService: version !== null,
    peers: [],
    findings: checks.map((check) => answer({ check })),
    detail: {},
  });

  const observed = (context: DriverContext, checks: readonly string[]): Promise<EngineObservation> => {
    const all = () => ask('observe', checks.join(), context, () => seen(context, checks, server.version));
    return hasSlowTools ? slowProbes(context).then(all) : all();
  };

  const unreachable =
    <T>(told: (reason: string) => T) =>
    (thrown: unknown): T => {
      if (!(thrown instanceof FailureError)) throw thrown;
      return told(thrown.message);
    };

  const verbs: DriverVerbs = {
    schemas: listOf(quayVerbs),
    act: (_context, { verb }) =>
      call(verb, () => {
        actOn(server, verb);
        return { token: null };
      }),
    acted: (_context, { verb }) => call('acted', () => ({ check: verb, ok: null, detail: 'it cannot be seen' })),
  };

  const jobs: DriverJobs = {
    schemas: listOf(quayJobs),
    command: (context, { name, cursor }) =>
      call('jobs.command', () => ({ argv: [name, cursor ?? '0', versionIn(context.currentRelease ?? '')] as const })),
    progress(_call, output) {
      const at = output.trim().split('\n').at(-1)?.split(' ')[1];
      return at === undefined ? null : { fraction: Number(at) / stepsOfJob, note: `${at} of ${stepsOfJob}`, cursor: at };
    },
    finished: (context, { name }) =>
      call('jobs.finished', () => {
        const wanted = versionIn(context.currentRelease ?? '');
        const isDone = {
          migrate: server.data.format === wanted && server.data.migrated === 0,
          copy: server.clone !== null && server.clone.state !== 'created',
        }[name];
        return { check: name, ok: isDone ?? true, detail: isDone === false ? 'something of it is missing' : 'it is there' };
      }),
  };

  const instances: DriverInstances = {
    create: (context) =>
      call('create', async () => {
        const folder = server.host.folders.get(context.settings.releasesDir);
        const newest =
          [...(folder?.complete.keys() ?? [])]
            .map(versionIn)
            .sort((a, b) => Number(a) - Number(b))
            .at(-1) ?? '';
        server.clone ??= { version: newest, state: 'created' };
        return `${databaseId}-clone`;
      }),
    retire: () =>
      call('retire', () => {
        if (server.clone?.state !== 'switched') throw fail('refused', 'not-switched', `clients of ${server.name} still use it`);
        server.retired = true;
      }),
  };

  const snapshots: DriverSnapshots = {
    need: (context, measure) => call('snapshots.need', () => measure(context.settings.dataDir)),
    take: (context, folder) =>
      call('snapshots.take', async () => {
        await folder.copy(context.settings.dataDir, 'data');
        const { format } = server.data;
        const places = [{ folder: 'data', path: context.settings.dataDir }];
        return { version: versionIn(context.currentRelease ?? ''), role: 'member', position: '0', places, notes: { format } };
      }),
    verify: () => call('snapshots.verify', () => ({ check: 'snapshot-verification', ok: true, detail: 'it is whole' })),
    tidy: () => call('snapshots.tidy', () => {}),
    prepareRestored: () => call('snapshots.prepareRestored', () => []),
  };

  const settings: DriverSettings = {
    keys: [holdBackKey],
    set: (_context, key, value) =>
      call('settings.set', () => {
        if (server.version === null) throw fail('unreachable', 'no-answer', `${server.name}: ${silence}`, { remedy: 'retry' });
        const prior = holdBack.note?.set === value && holdBack.value === value ? holdBack.note.prior : holdBack.value;
        Object.assign(holdBack, { value, note: { prior, set: value } });
        return { key, prior, set: value };
      }),
    unset: (_context, { prior, set }) =>
      call('settings.unset', () => {
        if (server.version === null) throw fail('unreachable', 'no-answer', `${server.name}: ${silence}`, { remedy: 'retry' });
        const isOurs = holdBack.value === set;
        if (isOurs) holdBack.value = prior;
        holdBack.note = null;
        return { check: holdBackKey, ok: true, detail: isOurs ? 'it is what it was' : 'what somebody else set stays' };
      }),
  };

  const config: DriverConfig = {
    preview: (context, changes, requires) => call('config.preview', () => quayConfig.preview(context, changes, requires)),
    stage: (context, revision) => call('config.stage', () => quayConfig.stage(context, revision)),
    place: (context, revision, way) => call('config.place', () => quayConfig.place(context, revision, way)),
    placed: (context, revision) => call('config.placed', () => quayConfig.placed(context, revision)),
    reload: (context, revision) => call('config.reload', () => quayConfig.reload(context, revision)),
    active: (context, revision) => call('config.active', () => quayConfig.active(context, revision)),
    forget: (context) => call('config.forget', () => quayConfig.forget(context)),
  };

  return {
    engine: 'quay',
    checks: ['in-service'],
    tools: quayTools,
    verbs,
    jobs,
    instances,
    snapshots,
    settings,
    config,
    parseSettings: () => {},
    capabilities: () => call('capabilities', () => ['sql-admin']),
    alive: ({ tool }) =>
      tool('alive', async () => {
        asked('alive');
        return server.version ?? silence;
      }),
    observe: (context, checks) =>
      observed(context, checks).catch(
        unreachable((reason) => ({
          ...seen(context, [], null),
          findings: checks.map((check) => ({ check, ok: null, detail: reason })),
        })),
      ),
    check: (context, guard) =>
      ask('check', guard.check, context, () => answer(guard)).catch(
        unreachable((detail): Finding => ({ check: guard.check, ok: null, detail })),
      ),
    inspectBundle: (_context, releaseDir): Promise<BundleInspection> =>
      call('inspectBundle', () => ({ version: versionIn(releaseDir), findings: [] })),
    quiesce: () => call('quiesce', () => {}),
    stopped: () =>
      call('stopped', () => ({ check: 'stopped', ok: !server.isUp, detail: server.isUp ? 'it still runs' : 'nothing of it runs' })),
    shutDown: () =>
      call('shutDown', () => {
        const ok = server.host.units.get(unit)?.endedInOrder === true;
        return { check: 'shut-down', ok, detail: ok ? 'it ended in order' : 'it was killed' };
      }),
    ready: (_context, expectVersion) =>
      call('ready', () => {
        const { version } = server;
        return { check: 'ready', ok: version === expectVersion, detail: version === null ? silence : `it serves ${version}` };
      }),
  };
}

/** Each is repeatable. */
function actOn(server: QuayServer, verb: string): void {
  const { name, clone } = server;
  const served = (): string => {
    if (server.version === null) throw fail('refused', 'not-serving', `${name} does not serve`);
    return server.version;
  };
  switch (verb) {
    case 'prepare':
      served();
      server.prepared = true;
      break;
    case 'cancelPrepare':
      server.prepared = false;
      break;
    case 'finalize':
      server.data.format = served();
      break;
    case 'compare':
      if (clone === null || clone.state === 'created') throw fail('failed', 'differs', `the clone of ${name} lacks rows`);
      break;
    case 'switch':
      if (clone === null || clone.state === 'created') throw fail('refused', 'no-clone', `the clone of ${name} is not filled`);
      clone.state = 'switched';
      break;
    case 'switchBack':
      if (server.retired) throw fail('refused', 'retired', `${name} was retired`);
      if (clone?.state === 'switched') clone.state = 'copied';
      break;
    case 'discard':
      server.clone = null;
      break;
    default:
      throw fail('refused', 'unknown-word', `${name} knows no ${verb}`);
  }
}
