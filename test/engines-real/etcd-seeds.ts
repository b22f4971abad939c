/** Runs of a real etcd fleet in which controller, one agent and one member are killed at points that a seed chooses. */
import { expect } from 'vitest';
import type { Plan } from '../../common/plan.ts';
import type { EtcdFleet } from '../../demo/etcd/fleet.ts';
import { etcdNames, etcdUnit } from '../../demo/etcd/layout.ts';
import type { EtcdVersion } from '../../demo/etcd/releases.ts';
import { endOf, expectPromisesKept, startRun, versionsOf } from './etcd-stage.ts';
import { type Blow, drawBlows, SeededRun, type Weather } from './seeded-run.ts';

export interface Journey {
  readonly from: EtcdVersion;
  readonly to: EtcdVersion;
}

/** One after the other they go round: a patch up, a minor up, a minor down, a patch down. */
const journeys: readonly Journey[] = [
  { from: '3.5.21', to: '3.5.35' },
  { from: '3.5.35', to: '3.6.16' },
  { from: '3.6.16', to: '3.5.35' },
  { from: '3.5.35', to: '3.5.21' },
];

const weather: Weather = {
  isDowntime: (step) => step.endsWith('.downtime'),
  longestLateMs: 1_500,
  longestAwayMs: 2_000,
  runLimitMs: 300_000,
  backLimitMs: 120_000,
};

/** Seeds count from 1. */
export function journeyOf(seed: number): Journey {
  const journey = journeys[(seed - 1) % journeys.length];
  if (journey === undefined) throw new RangeError(`${seed} is no seed: they count from 1`);
  return journey;
}

function blowsOf(seed: number, plan: Plan): readonly Blow[] {
  return drawBlows(
    seed,
    plan,
    etcdNames.length,
    (below) => {
      const anyName = () => etcdNames[below(etcdNames.length)] ?? etcdNames[0];
      const [ofAgent, member] = [anyName(), anyName()];
      return [
        { kind: 'controller', host: '' },
        { kind: 'agent', host: ofAgent },
        { kind: 'database', host: member, unit: etcdUnit(member) },
      ];
    },
    weather,
  );
}

/** Goes there without blows; nothing is done when it is there. */
export async function bring(fleet: EtcdFleet, to: EtcdVersion): Promise<void> {
  if ((await versionsOf(fleet)).every((version) => version === to)) return;
  const run = await startRun(fleet, ['--to', to, ...downwards({ from: (await versionsOf(fleet))[0] ?? '', to }), '--again'], quick);
  const { state } = await endOf(run, weather.runLimitMs);
  await run.log.close();
  expect(state).toBe('done');
}

const quick = { settle: '200ms', soak: '100ms' };

function downwards({ from, to }: { readonly from: string; readonly to: string }): readonly string[] {
  return from > to ? ['--downgrade'] : [];
}

/** One run with its blows; throws with the seed, the blows and the log when a promise was broken. */
export async function playSeed(fleet: EtcdFleet, seed: number): Promise<void> {
  const journey = journeyOf(seed);
  const run = await startRun(fleet, ['--to', journey.to, ...downwards(journey), '--again'], quick);
  const play = new SeededRun(fleet, run, blowsOf(seed, run.plan.plan), weather);
  await play.judged('etcd', seed, async () => {
    await play.goToItsEnd(() => endOf(run, weather.runLimitMs));
    const { state = 'unknown' } = run.log.statuses.at(-1) ?? {};
    // A canary whose member was killed in its own start is rolled back by itself.
    expect(['done', 'rolled-back']).toContain(state);
    await fleet.waitHealthy(weather.backLimitMs);
    const version = state === 'done' ? journey.to : journey.from;
    expect(await versionsOf(fleet)).toEqual([version, version, version]);
    await expectPromisesKept(fleet, run, false);
    return `${journey.from} to ${journey.to}: ${state}`;
  });
}
