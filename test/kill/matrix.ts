/**
 * A share of the matrix, or all of it, trip by trip on one fleet; a fresh fleet only after trouble. A share strikes at what its journeys come
 * by, as the seed says; for all of it, what there is to strike at is found out first, by a journey of each kind that nothing disturbs.
 */
import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { sha256Of } from '../../common/canonical-json.ts';
import { systemClock } from '../../common/clock.ts';
import { seededRandom } from '../simulator/kernel.ts';
import {
  type Cell,
  cellName,
  cellNamed,
  cellsOf,
  type JourneyKind,
  journeysOf,
  nextRoute,
  type Point,
  type PrimaryTurn,
  pointName,
  type Station,
  stationsOf,
  strikesDatabase,
} from './cells.ts';
import { logsOf, openStage, type Stage } from './stage.ts';
import { type ChanceAt, playTrip, type Trip, type TripEnded } from './trip.ts';

export interface Wishes {
  readonly seed: number;
  /** No trip is begun later than this after the first; Infinity: all of the matrix. */
  readonly budgetMs: number;
  /** Names of cells that are to be played together, once; empty: as the seed says. */
  readonly cells: readonly string[];
  /** Only cells with this text in their names. */
  readonly only: string;
}

export interface Share {
  readonly played: number;
  /** Cells that were asked for; 0: all of them are of the other suite; null: of a share, they were not counted. */
  readonly of: number | null;
  readonly trips: number;
  /** One text per trip that broke a promise. */
  readonly failures: readonly string[];
}

const minute = 60_000;
/** Both suites of the matrix side by side stay below 15 minutes with this. */
const shareMinutes = 11;

/** From the environment, as main.ts sets it. */
export function wishesFrom(env: NodeJS.ProcessEnv): Wishes {
  const { DRYDOCK_KILL_SEED, DRYDOCK_KILL_ALL, DRYDOCK_KILL_CELLS, DRYDOCK_KILL_MINUTES, DRYDOCK_KILL_ONLY = '' } = env;
  return {
    seed: DRYDOCK_KILL_SEED === undefined ? randomInt(2 ** 31) : Number(DRYDOCK_KILL_SEED),
    budgetMs: DRYDOCK_KILL_ALL === undefined ? Number(DRYDOCK_KILL_MINUTES ?? shareMinutes) * minute : Number.POSITIVE_INFINITY,
    cells: DRYDOCK_KILL_CELLS === undefined ? [] : DRYDOCK_KILL_CELLS.split('\n'),
    only: DRYDOCK_KILL_ONLY,
  };
}

/** How many cells must have been struck for the share to count: a machine on which fewer are is too slow to tell anything. */
export function leastOf({ of }: Share, { budgetMs, cells }: Wishes): number {
  const minutes = Number.isFinite(budgetMs) ? budgetMs / minute : 0;
  return Math.min(of ?? Number.POSITIVE_INFINITY, cells.length > 0 ? 1 : Math.max(1, Math.floor(minutes / 2)));
}

const belongsTo = (primary: PrimaryTurn, cell: string): boolean => cell.split('/')[0]?.endsWith(` ${primary}`) === true;

export async function playMatrix(primary: PrimaryTurn, wishes: Wishes): Promise<Share> {
  const matrix = new Matrix(primary, wishes);
  try {
    return await matrix.play();
  } finally {
    await matrix.close();
  }
}

/** How often a cell may miss its point, because what was struck before it turned the run round. */
const mostMisses = 2;

/** Of the points that a journey of a share comes by while nothing is away, so many are struck. */
const shareOfPoints = 0.6;

type Journey = Pick<Trip, 'cells' | 'chanceAt'> & { readonly kind: JourneyKind };

const never: ChanceAt = () => null;

/** The first of these at the points. */
const among =
  (chances: readonly Cell[]): ChanceAt =>
  (points) =>
    chances.find(({ point }) => points.some((each) => each.what === point.what)) ?? null;

/** 0 to 1, the same for the same text. */
const fractionOf = (text: string): number => Number.parseInt(sha256Of(text).slice(-8), 16) / 2 ** 32;

class Matrix {
  readonly #primary: PrimaryTurn;
  readonly #wishes: Wishes;
  readonly #begunMs = systemClock.monotonicMs();
  readonly #failures: string[] = [];
  #stage: Stage | null = null;
  #trips = 0;
  #played = 0;

  constructor(primary: PrimaryTurn, wishes: Wishes) {
    this.#primary = primary;
    this.#wishes = wishes;
  }

  async play(): Promise<Share> {
    const named = this.#wishes.cells.filter((name) => belongsTo(this.#primary, name));
    if (this.#wishes.cells.length > 0 && named.length === 0) return { played: 0, of: 0, trips: 0, failures: [] };
    if (named.length === 0 && this.#wishes.only === '' && Number.isFinite(this.#wishes.budgetMs)) return this.#playShare();
    const all = cellsOf(this.#primary, await this.#discover());
    const wanted = all.filter((cell) => cellName(cell).includes(this.#wishes.only));
    if (named.length > 0) await this.#playNamed(named.map((name) => cellNamed(all, name)));
    else await this.#playQueue(shuffled(sorted(wanted), seededRandom(this.#wishes.seed)));
    return { played: this.#played, of: wanted.length, trips: this.#trips, failures: this.#failures };
  }

  async close(): Promise<void> {
    await this.#stage?.close();
    this.#stage = null;
  }

  /** Journey after journey in an order of the seed, blow after blow at what each comes by: no time goes into looking for it first. */
  async #playShare(): Promise<Share> {
    const { seed, budgetMs } = this.#wishes;
    const kinds = shuffled(journeysOf(this.#primary), seededRandom(seed));
    const met = new Set<string>();
    for (let turn = 0; systemClock.monotonicMs() - this.#begunMs < budgetMs; turn += 1) {
      const kind = kinds[turn % kinds.length] as JourneyKind;
      const onDatabases = fractionOf(`${seed} ${turn}`) < 0.5;
      const chanceAt: ChanceAt = (points) => {
        const cells = cellsOf(
          this.#primary,
          points.map((point) => ({ point, journeys: [kind] })),
        ).filter((cell) => strikesDatabase(cell) === onDatabases && !met.has(cellName(cell)));
        const drawn = fractionOf(`${seed} ${turn} ${points.map(pointName)}`);
        const cell = cells[Math.floor((drawn / shareOfPoints) * cells.length)] ?? null;
        if (cell !== null) met.add(cellName(cell));
        return cell;
      };
      await this.#go({ kind, cells: [], chanceAt });
    }
    return { played: this.#played, of: null, trips: this.#trips, failures: this.#failures };
  }

  async #discover(): Promise<readonly Station[]> {
    const seen = new Map<JourneyKind, readonly Point[]>();
    for (const kind of journeysOf(this.#primary)) seen.set(kind, (await this.#go({ kind, cells: [], chanceAt: never })).points);
    const stations = stationsOf(seen);
    for (const setting of ['sync', 'unsync'])
      assert(
        stations.some(({ point }) => new RegExp(`\\.${setting}\\b`).test(pointName(point))),
        `no journey has a step ${setting}: P19 would hold of nothing`,
      );
    return stations;
  }

  async #playNamed(cells: readonly Cell[]): Promise<void> {
    const kind = journeysOf(this.#primary).find((each) => cells.every((cell) => cell.journeys.includes(each)));
    assert(kind !== undefined, 'no journey comes to all of these cells: name them in commands of their own');
    await this.#go({ kind, cells, chanceAt: never });
  }

  async #playQueue(shuffledCells: readonly Cell[]): Promise<void> {
    let queue = shuffledCells;
    const misses = new Map<Cell, number>();
    while (systemClock.monotonicMs() - this.#begunMs < this.#wishes.budgetMs) {
      const route = nextRoute(queue);
      if (route === null) return;
      const { delivered } = await this.#go({ ...route, chanceAt: among(route.chances) });
      const missed = route.cells.filter((each) => !delivered.includes(each));
      for (const cell of missed) {
        misses.set(cell, (misses.get(cell) ?? 0) + 1);
        if (misses.get(cell) === mostMisses) this.#failures.push(`${cellName(cell)} was never reached`);
      }
      const rest = queue.filter((cell) => !delivered.includes(cell) && !missed.includes(cell));
      queue = [...rest, ...missed.filter((cell) => (misses.get(cell) ?? 0) < mostMisses)];
    }
  }

  async #go(route: Journey): Promise<TripEnded> {
    // What is restored is a snapshot of just now: of an old one the primary may have no WAL any more.
    if (route.kind === 'restored') {
      const kept = await this.#travel({ kind: 'kept', cells: [], chanceAt: never }, '');
      return kept.state === 'rolled-back' ? this.#count(await this.#travel(route, kept.runId)) : kept;
    }
    const ended = this.#count(await this.#travel(route, ''));
    if (ended.state === 'done') await this.#travel({ kind: 'home', cells: [], chanceAt: never }, '');
    return ended;
  }

  #count(ended: TripEnded): TripEnded {
    this.#played += ended.delivered.length;
    return ended;
  }

  async #travel(route: Pick<Trip, 'kind' | 'cells' | 'chanceAt'>, snapshotsOf: string): Promise<TripEnded> {
    this.#stage ??= await openStage();
    const stage = this.#stage;
    this.#trips += 1;
    const { seed } = this.#wishes;
    const awayOf = (cell: Cell) => fractionOf(`${seed} ${cellName(cell)}`);
    const begunMs = systemClock.monotonicMs();
    const ended = await playTrip(stage, { ...route, primary: this.#primary, snapshotsOf, awayOf }).catch(
      (thrown: unknown): TripEnded => ({
        runId: '',
        state: 'unknown',
        points: [],
        delivered: [],
        deeds: [],
        breaches: [`the trip broke off: ${thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)}`],
        log: [],
      }),
    );
    const tookS = ((systemClock.monotonicMs() - begunMs) / 1000).toFixed(0);
    console.log(
      `trip ${this.#trips}, ${route.kind} ${this.#primary}: ${ended.state} in ${tookS} s; ${ended.delivered.map(cellName).join('; ') || 'no blows'}` +
        `${ended.deeds.map(({ hold, command }) => `\n  ${hold} → ${command}`).join('')}`,
    );
    const unexpected = expectedStates(route.kind, ended.delivered).includes(ended.state) ? [] : [`the run is ${ended.state}`];
    const breaches = [...unexpected, ...ended.breaches];
    if (breaches.length === 0) return ended;
    this.#failures.push(await failureText(stage, this.#wishes.seed, ended, breaches));
    console.error(this.#failures.at(-1));
    await this.close();
    return { ...ended, state: 'unknown' };
  }
}

/** A canary whose database was killed in its own start is rolled back by itself, where something leads back; all else ends as it was told to. */
function expectedStates(kind: Trip['kind'], struck: readonly Cell[]): readonly string[] {
  if (kind === 'restored') return ['done'];
  if (kind === 'there-and-back' || kind === 'cut-short' || kind === 'kept') return ['rolled-back'];
  return struck.some(strikesDatabase) ? ['done', 'rolled-back'] : ['done'];
}

async function failureText(stage: Stage, seed: number, { log, state, delivered }: TripEnded, breaches: readonly string[]): Promise<string> {
  const again = delivered.map((cell) => `--cell '${cellName(cell)}'`).join(' ');
  return [
    `seed ${seed}: ${state}`,
    ...delivered.map((cell) => `  ${cellName(cell)}`),
    ...breaches.map((breach) => `  BROKEN: ${breach}`),
    `repeat: npm run test:kill -- --seed ${seed} ${again}`,
    ...log.map((line) => `    ${line}`),
    await logsOf(stage.fleet).catch(() => 'no logs'),
  ].join('\n');
}

/** Orders that go out together are met in any order: the same seed must not mean another share for that. */
function sorted(cells: readonly Cell[]): readonly Cell[] {
  return [...cells].sort((one, other) => (cellName(one) < cellName(other) ? -1 : 1));
}

/** Fisher and Yates. */
function shuffled<T>(among: readonly T[], random: () => number): T[] {
  const list = [...among];
  for (let at = list.length - 1; at > 0; at--) {
    const other = Math.floor(random() * (at + 1));
    [list[at], list[other]] = [list[other] as T, list[at] as T];
  }
  return list;
}
