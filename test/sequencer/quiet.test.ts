import { describe, expect, test } from 'vitest';
import { actor, Stage } from './stage.ts';

/** Looks at one node per minute of a run in which nothing happens. */
async function probesIn(stage: Stage, minutes: number): Promise<number> {
  const probe = stage.fleet.probe.bind(stage.fleet);
  let probes = 0;
  stage.fleet.probe = (instance, ...more) => {
    if (instance === 'pg-1') probes += 1;
    return probe(instance, ...more);
  };
  const endMs = stage.clock.monotonicMs() + minutes * 60_000;
  await stage.until(() => stage.clock.monotonicMs() >= endMs, minutes * 60 + 1);
  stage.fleet.probe = probe;
  return probes;
}

describe('a run in which nothing happens (P21)', () => {
  test('looks at its nodes less and less often, down to once in four beats, and goes on at once when a person wants it', {
    timeout: 60_000,
  }, async () => {
    await using stage = await Stage.open();
    const run = await stage.started();
    await stage.controller.runs.pauseRun(run, 'lunch', actor);
    const first = await probesIn(stage, 1);
    expect(first).toBeGreaterThan(8);
    await probesIn(stage, 9);
    expect(await probesIn(stage, 10)).toBeLessThanOrEqual(10);
    await stage.controller.runs.resumeRun(run, actor);
    expect(await stage.end(run)).toBe('done');
  });

  test('hears of a node that died from its agent, and holds as soon as otherwise', { timeout: 60_000 }, async () => {
    await using stage = await Stage.open();
    const run = await stage.started();
    await stage.controller.runs.pauseRun(run, 'lunch', actor);
    await probesIn(stage, 15);
    stage.fleet.stopDatabase('pg-3');
    const diedMs = stage.clock.monotonicMs();
    await stage.holding(run, 'node-down');
    expect(stage.clock.monotonicMs() - diedMs).toBeLessThanOrEqual(5_000);
  });
});
