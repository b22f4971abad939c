/** Hops of quay by seed alone: weather, deaths, and a person who speaks at any moment; the seed tells the kind, too. */
import type { RunEnd } from '../../../common/events.ts';
import { componentOf } from '../../quay/procedure.ts';
import { type Death, die, strike } from '../game.ts';
import { seededRandom } from '../kernel.ts';
import { foulWeather } from '../network.ts';
import type { Played } from '../suites.ts';
import { type KindName, kindNames } from './kinds.ts';
import { say, stepOf } from './operator.ts';
import { type QuayDeath, type QuayPlay, quay } from './play.ts';
import { probesKeepTheirCadence } from './price.ts';
import { disturb, halfDayMs, judgeRepairs, startAgain, stop } from './rest.ts';
import { halfAnHourMs, lostNoMore, type Shaken, shake } from './soak.ts';
import type { QuayOptions } from './world.ts';

const kindOf = (seed: number): KindName => kindNames[seed % kindNames.length] ?? 'rolling';

/** Points that most runs pass. */
const pointsOfARun = 1_200;

async function played(options: QuayOptions, deaths: readonly QuayDeath[], ends: readonly RunEnd[], words?: Words): Promise<Played> {
  const play = await quay.begin(options, (begun) => {
    for (const death of deaths) strike(begun, death);
    if (words !== undefined) interject(begun, words);
  });
  const outcome = await quay.finish(play);
  const broken = await quay.end(play, outcome);
  return { ended: { play, outcome, broken }, deaths, isRight: ends.some((end) => end === outcome.status.state) };
}

function deathsOf(seed: number, count: number): readonly Death[] {
  const random = seededRandom(seed * 7_919);
  const hows = ['kill', 'reboot', 'power-loss'] as const;
  return Array.from({ length: count }, () => ({
    point: Math.floor(random() * pointsOfARun),
    how: hows[Math.floor(random() * hows.length)] ?? 'kill',
  }));
}

interface Words {
  readonly random: () => number;
  readonly count: number;
}

const longestSilenceMs = 20_000;

/** Words at random moments: what the run offers, words about another step or another plan, and what it does not offer at all. */
function interject(play: QuayPlay, { random, count }: Words): void {
  if (count === 0) return;
  play.world.later(random() * longestSilenceMs, async () => {
    interject(play, { random, count: count - 1 });
    const step = stepOf(play, random);
    const drawn = random();
    const verb = verbs.find(([, upTo]) => drawn < upTo)?.[0] ?? 'pause';
    const digest = random() < 0.3 ? `sha256:${'0'.repeat(64)}` : undefined;
    say(play, [verb, play.runId, step], verb === 'confirm' || verb === 'finalize' ? digest : undefined);
  });
}

/** Words that end everything are rare, or nothing would follow them. */
const verbs: readonly (readonly [string, number])[] = [
  ['pause', 0.15],
  ['resume', 0.3],
  ['confirm', 0.5],
  ['finalize', 0.65],
  ['retry', 0.75],
  ['resolve', 0.85],
  ['rollback', 0.95],
  ['abort', 1],
];

const hourMs = 3_600_000;
export const slowly = { tickMs: 10_000, beatMs: 60_000 };

/** Half a day of rest, for the most part longer than the run may rest; ended by either of the words that end it. */
async function rested(seed: number): Promise<Played> {
  const endsRest = seed % 4 < 2 ? 'finalize' : 'rollback';
  const kind = seed % 2 === 0 ? 'all-stop' : 'restore-node';
  const finalizeWithinMs = [4 * hourMs, 9 * hourMs, 20 * hourMs][seed % 3] ?? hourMs;
  const play = await quay.begin({ seed, kind, restMs: halfDayMs, endsRest, finalizeWithinMs, pace: slowly }, (begun) =>
    disturb(begun, seed),
  );
  const outcome = await quay.finish(play);
  await judgeRepairs(play);
  const { state } = outcome.status;
  const isRight = state === (endsRest === 'finalize' ? 'done' : 'rolled-back');
  return { ended: { play, outcome, broken: await quay.end(play, outcome) }, deaths: [], isRight };
}

/** Nothing happens in its rest; returns every promise that was broken. */
export async function restCalmly(options: QuayOptions): Promise<readonly string[]> {
  const play = await quay.begin(options);
  const outcome = await quay.finish(play);
  probesKeepTheirCadence(play, outcome);
  return quay.end(play, outcome);
}

async function soaked(seed: number): Promise<Played> {
  const kind = (['all-stop', 'rolling', 'restore-node'] as const)[seed % 3] ?? 'all-stop';
  let shaken: Shaken = { lossMs: 0 };
  const play = await quay.begin({ seed, kind, soakMs: halfAnHourMs }, (begun) => {
    shaken = shake(begun, seed);
  });
  const outcome = await quay.finish(play);
  lostNoMore(play, outcome, shaken);
  return { ended: { play, outcome, broken: await quay.end(play, outcome) }, deaths: [], isRight: outcome.status.state === 'done' };
}

/**
 * A node is excluded at some moment of a hop that goes node by node; its database dies at others, and somebody starts it again. The members list
 * it all the same.
 */
async function leftOut(seed: number): Promise<Played> {
  const random = seededRandom(seed * 32_452_843);
  const kind = seed % 2 === 0 ? 'rolling' : 'restore-node';
  const play = await quay.begin({ seed, kind, listsMembers: true }, (begun) => excludeAndCrash(begun, random));
  const outcome = await quay.finish(play);
  const broken = await quay.end(play, outcome);
  return { ended: { play, outcome, broken }, deaths: [], isRight: ['done', 'rolled-back', 'aborted'].includes(outcome.status.state) };
}

/** A run without holds is over by then. */
const busyMs = 400;
const longestAwayMs = 60_000;
/** Long enough that what happened meanwhile must be known. */
const agentAwayMs = 12_000;

function excludeAndCrash(play: QuayPlay, random: () => number): void {
  const { world } = play;
  const server = world.servers[Math.floor(random() * world.servers.length)];
  // Of another quorum group: quay guards no stop, so that one which its agent had taken in would be made whatever has happened to its peers since.
  const others = world.servers.filter(
    ({ name }) => server === undefined || componentOf({ instance: name }) !== componentOf({ instance: server.name }),
  );
  const other = others[Math.floor(random() * others.length)];
  if (server === undefined) throw new Error('there is no server');
  if (other !== undefined) world.later(random() * busyMs, async () => die(world, world.agent(other.name), { downMs: agentAwayMs }));
  world.later(random() * busyMs, async () => say(play, ['exclude', play.runId, server.name]));
  for (const awayMs of [random(), random()].map((share) => share * longestAwayMs))
    world.later(random() * busyMs, async () => {
      stop(server);
      startAgain(play, server, awayMs);
    });
}

export const quaySuites = {
  'quay-weather': (seed: number) => played({ seed, kind: kindOf(seed), weather: foulWeather }, [], ['done']),
  'quay-deaths': (seed: number) =>
    played({ seed, kind: kindOf(seed), weather: foulWeather, losesPower: true }, deathsOf(seed, 2), ['done', 'rolled-back', 'aborted']),
  'quay-operator': (seed: number) =>
    played({ seed, kind: kindOf(seed), weather: foulWeather, losesPower: true }, deathsOf(seed, 1), ['done', 'rolled-back', 'aborted'], {
      random: seededRandom(seed * 104_729),
      count: 6,
    }),
  /** The new release does not run on the node that gets it first. */
  'quay-ailing': (seed: number) =>
    played({ seed, kind: kindOf(seed), fate: seed % 2 === 0 ? 'exits-at-start' : 'never-ready', losesPower: true }, deathsOf(seed, 1), [
      'done',
      'rolled-back',
      'aborted',
    ]),
  'quay-rest': rested,
  'quay-soak': soaked,
  'quay-excluded': leftOut,
} satisfies Readonly<Record<string, (seed: number) => Promise<Played>>>;
