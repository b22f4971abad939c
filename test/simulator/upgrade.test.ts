import { describe, expect, it } from 'vitest';
import { turnsOf } from '../../common/plan.ts';
import { begin, end, finish } from './play.ts';
import { names } from './world.ts';

describe('an upgrade of three nodes', () => {
  it('12.A1: is planned with what the release is, not with who added it when: a store that lost it is given the same one again', async () => {
    const { plan, world } = await begin({ seed: 1 });
    await world.close();
    const bundles = [...turnsOf(plan)].flatMap(({ turn }) =>
      turn.variants.flatMap(({ steps }) => steps.flatMap(({ body }) => (body.kind === 'stage' ? [body.bundle] : []))),
    );
    expect(bundles.map((bundle) => Object.keys(bundle).sort())).toEqual(
      names.map(() => ['arch', 'artifacts', 'engine', 'release', 'version']),
    );
  });

  it('goes through, standbys first, nothing broken', async () => {
    const play = await begin({ seed: 1 });
    const outcome = await finish(play);
    expect(outcome.status.holds).toEqual([]);
    expect(outcome.status.state).toBe('done');
    expect(play.world.watch.stops.map(({ node }) => node)).toEqual(['pg-2', 'pg-3', 'pg-1']);
    expect(await end(play, outcome)).toEqual([]);
  });
});
