import { describe, expect, it } from 'vitest';
import { begin, end, finish } from './play.ts';

describe('an upgrade of three nodes', () => {
  it('goes through, standbys first, nothing broken', async () => {
    const play = await begin({ seed: 1 });
    const outcome = await finish(play);
    expect(outcome.status.holds).toEqual([]);
    expect(outcome.status.state).toBe('done');
    expect(play.world.watch.stops.map(({ node }) => node)).toEqual(['pg-2', 'pg-3', 'pg-1']);
    expect(await end(play, outcome)).toEqual([]);
  });
});
