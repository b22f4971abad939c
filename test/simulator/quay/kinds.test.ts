import { describe, expect, it } from 'vitest';
import { playGame } from '../game.ts';
import { seedOr } from '../seed.ts';
import { kindNames } from './kinds.ts';
import { quay } from './play.ts';

describe('a hop of each kind, with the words that it asks for', () => {
  it.each(kindNames)('P11 P15 P17 %s comes to its end', async (kind) => {
    const { outcome, broken } = await playGame(quay, { seed: seedOr(1), kind }, []);
    expect({ state: outcome.status.state, holds: outcome.status.holds, broken }).toEqual({ state: 'done', holds: [], broken: [] });
  });
});
