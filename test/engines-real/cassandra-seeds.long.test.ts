/**
 * A real Cassandra fleet of which controller, an agent, a node and sometimes a whole host are killed at points that a seed chooses.
 * `DRYDOCK_CASSANDRA_SEED=7 npm run test:engines -- cassandra-seeds` plays that one alone; `7,9` those two.
 */
import { afterAll, describe, expect, it } from 'vitest';
import type { Plan } from '../../common/plan.ts';
import { type CassandraFleet, startCassandraFleet } from '../../demo/cassandra/fleet.ts';
import type { CassandraVersion } from '../../demo/cassandra/releases.ts';
import { minutes, patient, underLoad, versionsOf } from './cassandra-stage.ts';
import { endOf, expectPromisesKept, startRun } from './etcd-stage.ts';
import { type Blow, drawBlows, SeededRun, type Weather } from './seeded-run.ts';

const { DRYDOCK_CASSANDRA_SEED: only } = process.env;
const seeds = only === undefined ? [1, 2, 3, 4] : only.split(',').map(Number);
const names = ['cass-1', 'cass-2', 'cass-3'] as const;
/** One after the other on one fleet: a minor, then a patch down and one up. */
const journeys: readonly { readonly from: CassandraVersion; readonly to: CassandraVersion }[] = [
  { from: '4.0.15', to: '4.1.7' },
  { from: '4.1.7', to: '4.1.6' },
  { from: '4.1.6', to: '4.1.7' },
];
const weather: Weather = {
  isDowntime: (step) => step.endsWith('.downtime'),
  longestLateMs: 40_000,
  longestAwayMs: 20_000,
  runLimitMs: 25 * minutes,
  backLimitMs: 5 * minutes,
};
let fleet: CassandraFleet | null = null;

afterAll(async () => {
  await fleet?.stop();
});

/** The one that is there, if it runs this; else a fresh one. */
async function fleetAt(version: CassandraVersion): Promise<CassandraFleet> {
  if (fleet !== null && (await versionsOf(fleet)).every((each) => each === version)) return fleet;
  await fleet?.stop();
  fleet = await startCassandraFleet({ version });
  await fleet.adopt();
  for (const added of ['4.0.15', '4.1.6', '4.1.7'] as const) await fleet.addRelease(added);
  return fleet;
}

function blowsOf(seed: number, plan: Plan): readonly Blow[] {
  return drawBlows(
    seed,
    plan,
    names.length,
    (below) => {
      const anyName = () => names[below(names.length)] ?? names[0];
      const node = anyName();
      return [
        { kind: 'controller', host: '' },
        { kind: 'agent', host: anyName() },
        { kind: 'database', host: node, unit: `cassandra-${node}` },
        ...(below(2) === 0 ? [{ kind: 'host' as const, host: anyName() }] : []),
      ];
    },
    weather,
  );
}

async function playSeed(here: CassandraFleet, seed: number, { from, to }: (typeof journeys)[number]): Promise<void> {
  const downwards = from > to ? ['--downgrade'] : [];
  const run = await startRun(patient(here), ['--to', to, ...downwards, '--again'], { settle: '1s', soak: '1s' });
  const play = new SeededRun(here, run, blowsOf(seed, run.plan.plan), weather);
  await play.judged('cassandra', seed, async () => {
    await play.goToItsEnd(() => endOf(run, weather.runLimitMs));
    const { state = 'unknown' } = run.log.statuses.at(-1) ?? {};
    // A canary that was killed in its own start is rolled back automatically where nothing is lost by that.
    expect(['done', 'rolled-back']).toContain(state);
    await here.waitHealthy(weather.backLimitMs);
    const version = state === 'done' ? to : from;
    expect(await versionsOf(here)).toEqual([version, version, version]);
    await expectPromisesKept(here, run, false);
    return `${from} to ${to}: ${state}`;
  });
}

describe('a real Cassandra cluster of whose fleet controller, agent, node and host are killed', () => {
  it.each(seeds)(
    'M9 P1 P2 P3 P4 P15 P16 P17 P18 P19 comes to an end with nothing lost, seed %i',
    { timeout: 40 * minutes },
    async (seed) => {
      const journey = journeys[(seed - 1) % journeys.length];
      if (journey === undefined) throw new RangeError(`${seed} is no seed: they count from 1`);
      const here = await fleetAt(journey.from);
      try {
        await underLoad(here, `seed ${seed}`, () => playSeed(here, seed, journey));
      } catch (thrown) {
        await here.stop();
        fleet = null;
        throw thrown;
      }
    },
  );
});
