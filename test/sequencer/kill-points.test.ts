import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Store } from '../../controller/store/store.ts';
import { Stage } from './stage.ts';

/** What a life may still do: so many commits, then it dies, before or after the next one is durable. */
interface Life {
  readonly commits: number;
  readonly dies: 'before' | 'after';
}

/** A store as a killed process leaves it: from its death on no call comes back, and nothing more is written. */
function mortal(store: Store, incarnation: Life, death: () => void): Store {
  let left = incarnation.commits;
  let dead = false;
  const never = () => new Promise<never>(() => {});
  const die = () => {
    dead = true;
    death();
    return never();
  };
  return new Proxy(store, {
    get(target, name: keyof Store) {
      if (name === 'close') return () => target.close();
      return async (...given: unknown[]) => {
        if (dead) return never();
        const call = (target[name] as (...given: unknown[]) => Promise<unknown>).bind(target);
        if (name !== 'append') return call(...given);
        left -= 1;
        if (left < 0 && incarnation.dies === 'before') return die();
        const stored = await call(...given);
        return left < 0 ? die() : stored;
      };
    },
  });
}

/** Carries a started run to its end through one life after the other. Returns how many lives it took. */
async function throughLives(stage: Stage, run: string, lifeOf: (index: number) => Life): Promise<number> {
  const over = async () => ['done', 'rolled-back', 'aborted', 'stuck'].includes(await stage.state(run));
  for (let index = 0; index < 200; index++) {
    let dead = false;
    await stage.restartMortal((store) => mortal(store, lifeOf(index), () => (dead = true)));
    await stage.until(async () => dead || (await over()));
    if (await over()) return index + 1;
  }
  throw new Error('it took more than 200 lives');
}

function expectEachOrderOnce(stage: Stage): void {
  const ids = stage.fleet.begun.map((order) => order.orderId);
  expect(new Set(ids).size).toBe(ids.length);
}

describe('a controller that is killed', () => {
  test.each(['before', 'after'] as const)('%s every single commit goes on with no human and ends the same (P18, P3)', async (dies) => {
    await using stage = await Stage.open();
    const run = await stage.started();
    // The first commit of a life says that it claimed its epoch; one more, and it dies.
    const incarnations = await throughLives(stage, run, () => ({ commits: dies === 'after' ? 1 : 2, dies }));
    expect(incarnations).toBeGreaterThan(12);
    expect(await stage.state(run)).toBe('done');
    expect(stage.versions()).toEqual(['16.14', '16.14', '16.14']);
    expect(stage.fleet.downtimes).toEqual(['pg-2', 'pg-3', 'pg-1']);
    expectEachOrderOnce(stage);
  });

  test('at random points takes a failed canary back all the same (P18, P3)', async () => {
    const incarnation = fc.record({ commits: fc.integer({ min: 1, max: 6 }), dies: fc.constantFrom('before' as const, 'after' as const) });
    await fc.assert(
      fc.asyncProperty(fc.array(incarnation, { minLength: 1, maxLength: 8 }), async (incarnations) => {
        await using stage = await Stage.open();
        stage.fleet.mishap = (order) => (order.step === 'h1.canary.pg-2.standby.settle' ? 'times-out' : null);
        const run = await stage.started();
        await throughLives(stage, run, (index) => incarnations[index] ?? { commits: 1_000, dies: 'after' });
        expect(await stage.state(run)).toBe('rolled-back');
        expect(stage.versions()).toEqual(['16.4', '16.4', '16.4']);
        expect(stage.fleet.downtimes).toEqual(['pg-2', 'pg-2']);
        expectEachOrderOnce(stage);
      }),
      { numRuns: 6 },
    );
  });

  test('while a downtime is under way finds it ended without it (P20)', async () => {
    await using stage = await Stage.open();
    stage.fleet.held = (order) => order.body.kind === 'downtime' && order.target.instance === 'pg-2';
    const run = await stage.started();
    await stage.until(() => stage.fleet.heldOrders().length > 0);
    stage.fleet.unlink('pg-2');
    stage.fleet.held = () => false;
    stage.fleet.node('pg-2').running = true;
    stage.fleet.release(stage.fleet.heldOrders()[0] ?? '');
    await stage.restart();
    expect(await stage.end(run)).toBe('done');
    expectEachOrderOnce(stage);
  });

  test('does not obey a store of which another controller took over (P5)', async () => {
    await using stage = await Stage.open();
    stage.fleet.held = (order) => order.body.kind === 'stage';
    const run = await stage.started();
    await stage.until(() => stage.fleet.heldOrders().length === 3);
    await stage.controller.store.claimEpoch('pg-main', 'another-controller', 0);
    stage.fleet.held = () => false;
    for (const orderId of stage.fleet.heldOrders()) stage.fleet.release(orderId);
    for (let second = 0; second < 5; second++) await stage.controller.sequencer.tick();
    await stage.settle();
    expect(stage.fleet.downtimes).toEqual([]);
    expect(await stage.state(run)).toBe('active');
  });
});
