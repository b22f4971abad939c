/** Long work in a hop, with real agents and a real controller: ten minutes of it, and one that never ends. */
import { expect, test } from 'vitest';
import { die } from '../game.ts';
import { seedOr } from '../seed.ts';
import type { KindName } from './kinds.ts';
import { type QuayPlay, quay } from './play.ts';

const name = 'store-1';
const minuteMs = 60_000;

const jobsOf = ({ world }: QuayPlay) => world.server(name).host.jobs;
const startsOf = (play: QuayPlay, job: string) => jobsOf(play).starts.filter((start) => start.startsWith(job));

async function played(kind: KindName, arrange: (play: QuayPlay) => void) {
  const play = await quay.begin({ seed: seedOr(9), kind }, arrange);
  const outcome = await quay.finish(play);
  return { play, outcome, broken: await quay.end(play, outcome) };
}

/** From then on this job behaves otherwise. */
function changed(play: QuayPlay, job: string, more: { readonly stepMs?: number; readonly hangs?: boolean }): void {
  const { programs } = jobsOf(play);
  const program = programs.get(job);
  if (program === undefined) throw new Error(`there is no job ${job}`);
  programs.set(job, { ...program, ...more });
}

/** Called once the first job of this name has been started. */
function once(play: QuayPlay, job: string, then: () => void): void {
  play.world.later(1_000, async () => (startsOf(play, job).length > 0 ? then() : once(play, job, then)));
}

test.each([
  ['one-way', 'migrate'],
  ['side-by-side', 'copy'],
] as const)(
  'P3 P18 a job of ten minutes in %s is started once, its agent killed again and again, the controller in between',
  async (kind, job) => {
    const { play, outcome, broken } = await played(kind, (begun) => {
      const { world } = begun;
      changed(begun, job, { stepMs: 2.4 * minuteMs });
      once(begun, job, () => {
        for (const minutes of [1, 3, 5, 8]) world.later(minutes * minuteMs, async () => die(world, world.agent(name), { downMs: 30_000 }));
        world.later(4 * minuteMs, async () => die(world, world.controller, { downMs: minuteMs }));
        // Beside its last line: what ended while no agent was there is told by the next one.
        world.later(9.5 * minuteMs, async () => die(world, world.agent(name), { downMs: 20_000 }));
      });
    });
    expect({ state: outcome.status.state, broken, starts: startsOf(play, job).length }).toEqual({ state: 'done', broken: [], starts: 1 });
  },
);

test('P9 P22 a job that hangs is ended at its deadline and no success; the run holds, and goes on once a person tries it again', async () => {
  const { play, outcome, broken } = await played('one-way', (begun) => {
    const { world } = begun;
    changed(begun, 'migrate', { hangs: true });
    once(begun, 'migrate', () => {
      world.later(5 * minuteMs, async () => die(world, world.agent(name), { downMs: 30_000 }));
      world.later(9 * minuteMs, async () => changed(begun, 'migrate', { hangs: false }));
    });
  });
  const held = outcome.events.flatMap(({ body }) => (body.type === 'hold-raised' && body.hold.kind === 'order-failed' ? [body.hold] : []));
  expect(held.map(({ detail }) => detail)).toEqual([expect.stringMatching(/store-1: migrate did not end within 600000 ms and was killed/)]);
  expect({ state: outcome.status.state, broken, starts: startsOf(play, 'migrate').length }).toEqual({
    state: 'done',
    broken: [],
    starts: 2,
  });
});
