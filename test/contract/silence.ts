/** Clauses about a host on which the database does not speak: what is unknown is never good, and every question ends. */
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { systemClock } from '../../common/clock.ts';
import type { BundleInspection, DriverContext, EngineObservation } from '../../common/driver.ts';
import type { Finding } from '../../common/facts.ts';
import { freePorts } from '../../demo/ports.ts';
import { realHost } from './real-host.ts';
import type { Silence, Subject } from './subject.ts';
import { unpriced } from './unpriced.ts';
import { type Watch, watched } from './watch.ts';

export interface SilentSubject extends Subject {
  readonly silence: Silence;
}

export interface SilentClause {
  readonly title: string;
  prove(heard: Heard, subject: SilentSubject): void;
}

/** Where nothing listens, and where somebody does and never says a word. */
export interface Heard {
  readonly nobody: Answers;
  readonly mute: Answers;
}

/** What the driver made of one such host. */
interface Answers {
  readonly checks: readonly Finding[];
  readonly ready: Finding;
  readonly stopped: Finding;
  readonly seen: EngineObservation;
  readonly capabilities: readonly string[];
  readonly bundle: BundleInspection;
  readonly longestMs: number;
  readonly watch: Watch;
  readonly settings: DriverContext['settings'];
}

/** An agent has this much patience for one probe. */
const patienceMs = 10_000;
const unknownCheck = 'moon-is-full';

export const silentClauses: readonly SilentClause[] = [
  {
    title: 'P9 nothing is good where nothing speaks, and a check that nobody knows is unknown',
    prove(heard) {
      for (const { checks, ready, capabilities } of both(heard)) {
        for (const finding of [...checks, ready]) {
          expect(finding.ok, JSON.stringify(finding)).not.toBe(true);
          expect(finding.detail).toMatch(/\S/);
        }
        expect(checks.at(-1)).toMatchObject({ check: unknownCheck, ok: null });
        expect(capabilities).toEqual([]);
      }
    },
  },
  {
    title: 'P15 a member that does not speak is seen as down, with an answer to every check that was asked',
    prove(heard, { driver, factsOf }) {
      for (const { seen } of both(heard)) {
        expect(seen).toMatchObject({
          databaseId: null,
          runningVersion: null,
          onDiskVersion: null,
          inService: false,
          role: null,
          peers: [],
        });
        expect(seen.findings.map(({ check }) => check)).toEqual([...driver.checks]);
        expect(seen.findings.filter(({ ok }) => ok === true)).toEqual([]);
        expect(factsOf({ detail: seen.detail } as Parameters<typeof factsOf>[0])).toBeNull();
      }
    },
  },
  {
    title: 'P9 a stop is proven where nothing listens, and not where somebody says nothing',
    prove({ nobody, mute }) {
      expect(nobody.stopped).toMatchObject({ ok: true });
      expect(mute.stopped.ok).not.toBe(true);
    },
  },
  {
    title: 'a release that is not there has no version, and is refused',
    prove(heard) {
      for (const { bundle } of both(heard)) {
        expect(bundle.version).toBeNull();
        expect(bundle.findings.some(({ ok }) => ok === false)).toBe(true);
      }
    },
  },
  {
    title: 'looking changes nothing, and nothing outside the folders of the instance is read or run',
    prove(heard) {
      for (const { watch, settings } of both(heard)) {
        expect(watch.written()).toEqual([]);
        expect(watch.strangePaths(settings)).toEqual([]);
      }
    },
  },
  {
    title: 'every question ends by itself within the patience of an agent',
    prove(heard) {
      for (const { longestMs } of both(heard)) expect(longestMs).toBeLessThan(patienceMs);
    },
  },
  {
    title:
      'P21 the idle probes that it declares cost together under 0.15 % of a core, half of what an idle agent may, and 0.1 % in the database',
    prove(_, { driver: { tools } }) {
      expect(new Set(tools.map(({ id }) => id)).size).toBe(tools.length);
      const share = (of: 'tool' | 'database') => tools.reduce((sum, tool) => sum + tool.costMs[of] / (tool.idleEveryMs ?? Infinity), 0);
      expect(share('tool')).toBeLessThan(idleProbes);
      expect(share('database')).toBeLessThan(0.001);
    },
  },
];

/** The other half of 0.3 % is the agent's own: its beats, its stream, and the units and releases that it looks at with each beat. */
const idleProbes = 0.0015;

const both = ({ nobody, mute }: Heard) => [nobody, mute];

/** Asks everything that can be asked, all at once. */
export async function hearSilence({ silence, driver }: SilentSubject): Promise<Heard> {
  const dir = await mkdtemp(join(tmpdir(), 'drydock-silent-'));
  const held = new Set<Socket>();
  const server = createServer((socket) => held.add(socket.on('error', () => undefined)));
  try {
    const [free = 0, taken = 0] = await freePorts(2);
    await new Promise<void>((resolve) => server.listen(taken, '127.0.0.1', resolve));
    const on = (port: number) => answersOf({ driver }, silentContext(dir, driver.engine, silence.connection(port)));
    const [nobody, mute] = await Promise.all([on(free), on(taken)]);
    return { nobody, mute };
  } finally {
    for (const socket of held) socket.destroy();
    server.close();
    await rm(dir, { recursive: true, force: true });
  }
}

async function answersOf({ driver }: Pick<Subject, 'driver'>, silent: DriverContext): Promise<Answers> {
  const watch = watched();
  const context = { ...silent, host: watch.way.host(silent.host) };
  let longestMs = 0;
  const timed = async <T>(answer: Promise<T>): Promise<T> => {
    const startMs = systemClock.monotonicMs();
    const value = await answer;
    longestMs = Math.max(longestMs, systemClock.monotonicMs() - startMs);
    return value;
  };
  const [checks, ready, stopped, seen, capabilities, bundle] = await Promise.all([
    Promise.all([...driver.checks, unknownCheck].map((check) => timed(driver.check(context, { check, expect: 'nobody' })))),
    timed(driver.ready(context, 'nobody')),
    timed(driver.stopped(context)),
    timed(driver.observe(context, driver.checks)),
    timed(driver.capabilities(context)),
    timed(driver.inspectBundle(context, join(context.settings.releasesDir, 'missing'))),
  ]);
  return { checks, ready, stopped, seen, capabilities, bundle, longestMs, watch, settings: context.settings };
}

function silentContext(dir: string, engine: string, connection: Readonly<Record<string, unknown>>): DriverContext {
  return unpriced({
    settings: {
      instance: 'silent-1',
      cluster: 'silent',
      engine,
      dataDir: join(dir, 'data'),
      releasesDir: join(dir, 'releases'),
      unit: 'silent.service',
      snapshotsDir: join(dir, 'snapshots'),
      connection,
    },
    // Its unit is said to run: only the database itself does not speak.
    host: realHost(async () => ({ active: true, invocationId: 'life', pid: null })),
    clock: systemClock,
    signal: new AbortController().signal,
    currentRelease: null,
  });
}
