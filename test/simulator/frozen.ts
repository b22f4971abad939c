/**
 * A world that is stopped in the middle of a run, with every program killed: what lies on the disks of controller and agents, file by file, and
 * how the machines and databases are. Another release of the programs is started on it later.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { begin, finish, type Play } from './play.ts';
import { type ServerDisk, unit } from './postgres.ts';
import type { Timeline, Wal } from './wal.ts';
import { names, newRelease, World, type WorldOptions } from './world.ts';

export const sceneNames = ['in-a-downtime', 'in-a-switchover', 'in-a-rollback', 'held-for-a-person'] as const;
export type SceneName = (typeof sceneNames)[number];

/** Files by name: of the store, of the journals, and `world.json`. */
export type Frozen = ReadonlyMap<string, Buffer>;

interface FrozenWal {
  /** Index among all timelines: servers share them. */
  readonly timeline: number;
  readonly end: number;
}

interface FrozenWorld {
  readonly runId: string;
  readonly primary: 'restart' | 'switchover';
  readonly nowMs: number;
  readonly timelines: readonly { readonly number: number; readonly from: FrozenWal | null }[];
  readonly acknowledged: FrozenWal | null;
  readonly servers: readonly {
    readonly name: string;
    readonly disk: Omit<ServerDisk, 'wal'> & { readonly wal: FrozenWal };
    readonly inRecovery: boolean;
    readonly unit: { readonly active: boolean; readonly invocationId: string | null; readonly release: string | null };
    readonly endedInOrder: boolean;
    readonly folder: {
      readonly complete: readonly (readonly [string, string])[];
      readonly unpacked: readonly string[];
      readonly current: string | null;
      readonly previous: string | null;
    };
    readonly isHeld: boolean;
    readonly texts: readonly (readonly [string, string])[];
  }[];
}

interface Scene {
  readonly options: WorldOptions;
  /** Of all calls of the programs with this label, the one before which everything is killed; null: when only a person can release the run. */
  readonly killedAt: { readonly label: string; readonly nth: number } | null;
  /** What happens on the way. */
  readonly on?: (play: Play) => Promise<void>;
}

const releasesDir = '/opt/postgresql';
const longestMs = 3_600_000;

const untilNew = ({ world }: Play, nodes: number): Promise<boolean> =>
  world.run(() => world.postgres.servers.filter(({ host }) => host.serves(unit) === newRelease).length === nodes, longestMs);

const scenes: Readonly<Record<SceneName, Scene>> = {
  'in-a-downtime': { options: { seed: 7 }, killedAt: { label: 'host before startUnit', nth: 2 } },
  'in-a-switchover': { options: { seed: 8, primary: 'switchover' }, killedAt: { label: 'driver before standby.signal', nth: 1 } },
  'in-a-rollback': {
    options: { seed: 9 },
    killedAt: { label: 'host before startUnit', nth: 3 },
    on: async (play) => {
      await untilNew(play, 2);
      await play.world.through(play.world.controller.controller.operations.runs.rollbackRun(play.runId, 'not today', 'ann'));
    },
  },
  'held-for-a-person': {
    options: { seed: 10 },
    killedAt: null,
    on: async (play) => {
      await untilNew(play, 1);
      for (const { host } of play.world.postgres.servers) host.fates.set(newRelease, 'exits-at-start');
    },
  },
};

/** Plays up to the moment, kills every program, and lets the machines come to rest. The same seed is played twice: once to find the moment. */
export async function freezeScene(name: SceneName): Promise<Frozen> {
  const { options, killedAt, on } = scenes[name];
  const point = killedAt === null ? null : await pointOf(name);
  const play = await begin(options);
  const { world } = play;
  let isKilled = false;
  if (point !== null)
    world.points.killAt(point, () => {
      for (const program of [...world.agents, ...world.controllers]) program.kill();
      isKilled = true;
    });
  await on?.(play);
  if (point === null) await finish(play);
  else if (!(await world.run(() => isKilled, longestMs))) throw new Error(`it never came to ${name}`);
  for (const program of [...world.agents, ...world.controllers]) await program.bury(false);
  await world.run(() => false, 5_000);
  const files = new Map([['world.json', Buffer.from(JSON.stringify(frozenWorld(play), null, 1))]]);
  for (const program of ['controller', ...names]) files.set(`${program}.db`, readFileSync(join(world.dir, `${program}.db`)));
  await world.close();
  return files;
}

async function pointOf(name: SceneName): Promise<number> {
  const { options, killedAt, on } = scenes[name];
  const play = await begin(options);
  await on?.(play);
  await finish(play);
  const { passed } = play.world.points;
  await play.world.close();
  const at = passed.flatMap(({ label }, index) => (label === killedAt?.label ? [index] : []))[(killedAt?.nth ?? 1) - 1];
  if (at === undefined) throw new Error(`${name}: there is no ${killedAt?.nth}. "${killedAt?.label}" among ${passed.length} calls`);
  return at;
}

function frozenWorld({ world, runId }: Play): FrozenWorld {
  const { postgres, kernel, options } = world;
  const timelines: Timeline[] = [];
  const indexOf = (timeline: Timeline): number => {
    if (!timelines.includes(timeline)) {
      if (timeline.from !== null) indexOf(timeline.from.timeline);
      timelines.push(timeline);
    }
    return timelines.indexOf(timeline);
  };
  const walOf = ({ timeline, end }: Wal): FrozenWal => ({ timeline: indexOf(timeline), end });
  const servers = postgres.servers.map(({ name, host, disk, lifetime }) => {
    const state = host.units.get(unit);
    const folder = host.folders.get(releasesDir);
    if (state === undefined || folder === undefined) throw new Error(`${name} has no unit`);
    const { active, invocationId, release, endedInOrder } = state;
    const { complete, unpacked, current, previous } = folder;
    return {
      name,
      disk: { ...disk, wal: walOf(disk.wal) },
      inRecovery: lifetime.inRecovery,
      unit: { active, invocationId, release },
      endedInOrder,
      folder: { complete: [...complete], unpacked: [...unpacked], current, previous },
      isHeld: host.holds.has(unit),
      texts: [...host.texts],
    };
  });
  const acknowledged = postgres.acknowledged === null ? null : walOf(postgres.acknowledged);
  const frozenTimelines = timelines.map(({ number, from }) => ({ number, from: from === null ? null : walOf(from) }));
  return { runId, primary: options.primary ?? 'restart', nowMs: kernel.nowMs, timelines: frozenTimelines, acknowledged, servers };
}

/** The same disks and machines, at the same moment, with today's programs, which are still to be started. */
export async function thawed(frozen: Frozen): Promise<{ readonly world: World; readonly runId: string }> {
  const { runId, primary, nowMs, timelines, acknowledged, servers } = JSON.parse(fileOf(frozen, 'world.json').toString()) as FrozenWorld;
  const world = new World({ seed: 1, primary });
  for (const program of ['controller', ...names]) writeFileSync(join(world.dir, `${program}.db`), fileOf(frozen, `${program}.db`));
  let isThere = false;
  world.kernel.clock.after(nowMs, () => {
    isThere = true;
  });
  await world.kernel.run(() => isThere, nowMs);
  const known: Timeline[] = [];
  const walOf = ({ timeline: index, end }: FrozenWal): Wal => {
    const timeline = known[index];
    if (timeline === undefined) throw new Error(`there is no timeline ${index}`);
    return { timeline, end };
  };
  for (const { number, from } of timelines) known.push({ number, from: from === null ? null : walOf(from) });
  for (const { name, disk, inRecovery, unit: was, endedInOrder, folder, isHeld, texts } of servers) {
    const server = world.postgres.server(name);
    const { host } = server;
    Object.assign(host.folders.get(releasesDir) ?? {}, {
      complete: new Map(folder.complete),
      unpacked: new Set(folder.unpacked),
      current: folder.current,
      previous: folder.previous,
    });
    // Every life has its own name, also those that are still to come.
    for (let life = 1; life < Number(was.invocationId?.split('-')[1] ?? 1); life++) {
      host.crashUnit(unit);
      host.startByHand(unit);
    }
    Object.assign(host.units.get(unit) ?? {}, { ...was, endedInOrder, readyAtMs: nowMs });
    if (isHeld) host.holds.add(unit);
    for (const [path, text] of texts) host.texts.set(path, text);
    Object.assign(server.disk, { ...disk, wal: walOf(disk.wal) });
    server.lifetime = { invocationId: was.invocationId, inRecovery, promoting: false, asksSinceMs: 0 };
  }
  world.postgres.acknowledged = acknowledged === null ? null : walOf(acknowledged);
  return { world, runId };
}

function fileOf(frozen: Frozen, name: string): Buffer {
  const bytes = frozen.get(name);
  if (bytes === undefined) throw new Error(`nothing was kept of ${name}`);
  return bytes;
}
