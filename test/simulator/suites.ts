/** What is played by seed alone: tests play a fixed share of each suite, `npm run test:simulator -- --seeds N --from S` as many as are asked for. */
import type { HoldKind } from '../../common/holds.ts';
import type { Death as DeathOf, Ended as EndedOf } from './game.ts';
import { seededRandom } from './kernel.ts';
import { ailingRelease, type Death, playWithDeaths, strike, twoDeaths } from './kill.ts';
import { playLostStore } from './lost-stores.ts';
import { foulWeather } from './network.ts';
import { interjections, meddle, tend } from './operator.ts';
import { begin, end, finish } from './play.ts';
import { quaySuites } from './quay/suites.ts';
import { playRestored } from './restored.ts';
import { names, type WorldOptions } from './world.ts';

export interface Played {
  readonly ended: EndedOf;
  readonly deaths: readonly DeathOf[];
  /** It ended as this suite asks. Broken promises are never right, and are judged apart from this. */
  readonly isRight: boolean;
}

/** Disks keep images only where the power will be lost: they cost a tenth of the time. */
const foul = (deaths: readonly Death[]) => ({ weather: foulWeather, losesPower: deaths.some(({ how }) => how === 'power-loss') });
const syncNames = 'ANY 2 (*)';
const words = 6;

/** Until somebody has started the dead database again: far longer than anybody may be unaware of it. */
export const backAfterMs = 45_000;

async function playTo(options: WorldOptions, deaths: readonly Death[], state: 'done' | 'rolled-back'): Promise<Played> {
  const ended = await playWithDeaths(options, deaths);
  return { ended, deaths, isRight: ended.outcome.status.state === state };
}

/** Holds that a person has to release after a database died in its own turn (P18 leaves these to them), or when its probes hang again and again. */
const fairToAsk: readonly HoldKind[] = ['order-failed', 'health-check-failed', 'node-down'];

function anyCrash(seed: number): Death {
  const random = seededRandom(seed * 104_729);
  const victim = names[Math.floor(random() * names.length)] ?? 'pg-1';
  const awayMs = random() * 2 * backAfterMs;
  return { point: Math.floor(random() * 3_000), how: 'nobody', also: ({ world }) => world.crash(victim, awayMs) };
}

/** A node that dies in its own turn fails its downtime or its proof: the canary goes back automatically, any other asks a person. */
async function crash(seed: number): Promise<Played> {
  const deaths = [...twoDeaths(seed), anyCrash(seed)];
  const ended = await playWithDeaths({ seed, ...foul(deaths) }, deaths);
  const { state } = ended.outcome.status;
  return { ended, deaths, isRight: state === 'done' || state === 'rolled-back' || asksPerson(ended) };
}

async function meddling(seed: number): Promise<Played> {
  const play = await begin({ primary: 'switchover', syncNames, seed }, (begun) => meddle(begun, seededRandom(seed * 31), words));
  const outcome = await finish(play);
  return { ended: { play, outcome, broken: await end(play, outcome) }, deaths: [], isRight: outcome.status.state !== 'stuck' };
}

/** A person who speaks at any moment of a run that has troubles of its own, and says what it asks for in the end. */
async function operated(seed: number, primary: 'restart' | 'switchover'): Promise<Played> {
  const deaths = [...twoDeaths(seed), ...(seed % 4 === 0 ? [] : [ailingRelease(seed)]), ...interjections(seed, words)];
  const sync = seed % 3 === 0 ? { syncNames } : {};
  const play = await begin({ seed, primary, ...sync, ...foul(deaths) }, (begun) => {
    for (const death of deaths) strike(begun, death);
    tend(begun, seededRandom(seed * 31));
  });
  const outcome = await finish(play);
  const isRight = ['done', 'rolled-back', 'aborted'].includes(outcome.status.state);
  return { ended: { play, outcome, broken: await end(play, outcome) }, deaths, isRight };
}

/** From then on: no plan is made from probes that hang. */
export const slowProbes: Death = {
  point: 0,
  how: 'nobody',
  also: ({ world }) => {
    world.slowProbes = true;
  },
};

/** A step whose guards could not be answered time after time asks a person in the end. */
async function slowProbesTo(seed: number): Promise<Played> {
  const { ended, deaths } = await playTo({ seed, weather: foulWeather }, [slowProbes], 'done');
  return { ended, deaths, isRight: ended.outcome.status.state === 'done' || asksPerson(ended) };
}

const asksPerson = ({ outcome }: EndedOf): boolean =>
  outcome.status.holds.some(({ kind, releasedBy }) => releasedBy === 'person' && fairToAsk.includes(kind));

export const suites = {
  weather: (seed: number) => playTo({ seed, weather: foulWeather, ...(seed % 2 === 0 ? { syncNames: 'ANY 1 (*)' } : {}) }, [], 'done'),
  'two-deaths': (seed: number) => playTo({ seed, ...foul(twoDeaths(seed)) }, twoDeaths(seed), 'done'),
  'slow-probes': slowProbesTo,
  'failing-canary': (seed: number) => playTo({ seed, ...foul(twoDeaths(seed)), fate: 'exits-at-start' }, twoDeaths(seed), 'rolled-back'),
  crash,
  meddling,
  'operator-restart': (seed: number) => operated(seed, 'restart'),
  'operator-switchover': (seed: number) => operated(seed, 'switchover'),
  'restored-store': playRestored,
  'lost-store': playLostStore,
  ...quaySuites,
} satisfies Readonly<Record<string, (seed: number) => Promise<Played>>>;

export type SuiteName = keyof typeof suites;
