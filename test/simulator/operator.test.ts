import { describe, expect, it } from 'vitest';
import { killAtEveryPoint } from './every-point.ts';
import { say } from './operator.ts';
import { seedOr, seeds } from './seed.ts';
import { playShare } from './share.ts';

const syncNames = 'ANY 2 (*)';

describe('a person who pauses, resumes, aborts, rolls back, retries and resolves at any moment', () => {
  it('P11 P17 P19 P20 gets an end, or a reason for every stand: one primary at any time, and nothing left changed', () =>
    playShare('meddling', seeds(500, 3, 30)));
});

describe.each(['restart', 'switchover'] as const)(
  'a person who speaks at any moment of a run that has troubles of its own, primary by %s',
  (primary) => {
    it('P1 to P20 are kept, and it ends once that person says what the run asks for', () =>
      playShare(`operator-${primary}`, seeds(600, 2, 200)));
  },
);

/** Found by fresh seeds, played again with every change. */
describe('seeds that once broke a promise', () => {
  it('12.A3: P2 a node that is down goes back before another one has proven itself; nobody who serves does', () =>
    playShare('operator-restart', [5_000_862]));

  it('12.A3: P20 an abort during the rollback starts the primary that the way there had stopped', () =>
    playShare('operator-switchover', [5_000_684]));
});

describe.each(['restart', 'switchover'] as const)(
  'a word to go back, said at a share of the controller’s commits, primary by %s',
  (primary) => {
    it('P11 P17 P19 is obeyed: nobody waits for ever for a turn that was broken off', async () => {
      const played = await killAtEveryPoint({
        options: { seed: seedOr(17), primary, syncNames },
        wanted: ({ program, label }) => program === 'controller' && label.startsWith('commit') && !/verify|cleanup|run-ended/.test(label),
        death: { how: 'nobody', also: (play) => say(play, ['rollback']) },
        ends: ['rolled-back'],
        share: 2,
      });
      expect(played).toBeGreaterThan(40);
    });
  },
);
