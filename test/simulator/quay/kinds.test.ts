import { describe, expect, it } from 'vitest';
import { killEverywhere } from '../every-point.ts';
import { type Ended, playGame, pointsIn } from '../game.ts';
import type { Point } from '../points.ts';
import { seedOr, seeds } from '../seed.ts';
import { playShare } from '../share.ts';
import { type KindName, kindNames } from './kinds.ts';
import { say } from './operator.ts';
import { type QuayDeath, quay } from './play.ts';
import type { QuayDefects, QuayWorld } from './world.ts';

const ofController = ({ program }: Point): boolean => program === 'controller';
const ofAgents = ({ program }: Point): boolean => program !== 'controller';
/** Points and words that are about the way there; at the end nothing is left to be rolled back. */
const isLate = ({ label }: Point): boolean => /verify|cleanup|ageing|finalize|retire|run-ended|hop-state/.test(label);

/** Nothing leads back from a migration of this kind, once it has begun. */
const isPassed = (kind: KindName, { label }: Point): boolean => kind === 'one-way' && /migrate|\.start\.|reindex/.test(label);

const seed = seedOr(2);
const plays = new Map<KindName, Promise<Ended<QuayWorld>>>();

/** A hop of this kind in which nothing happens; all that is killed and said in it comes at one of its points. */
function clean(kind: KindName): Promise<Ended<QuayWorld>> {
  const played = plays.get(kind) ?? playGame(quay, { seed, kind }, []);
  plays.set(kind, played);
  return played;
}

const scenarioOf = async (kind: KindName) => ({ options: { seed, kind }, clean: await clean(kind) });

describe('a hop of each kind, with the words that it asks for', () => {
  it.each(kindNames)('P11 P15 P17 %s comes to its end', async (kind) => {
    const { outcome, broken } = await clean(kind);
    expect({ state: outcome.status.state, holds: outcome.status.holds, broken }).toEqual({ state: 'done', holds: [], broken: [] });
  });

  it.each(['all-stop', 'in-place', 'one-way', 'restore-node'] as const)(
    'P8 %s is not planned without room for its snapshots',
    async (kind) => {
      const large: QuayDefects = {
        host: ({ shelf }) => {
          shelf.treeBytes = 1e13;
        },
      };
      await expect(playGame(quay, { seed: seedOr(1), kind, defects: large }, [])).rejects.toThrow(/a snapshot needs/);
    },
  );

  it.each(kindNames)('P18 %s comes to its end with the controller killed at a share of its appends', async (kind) => {
    await killEverywhere(quay, { ...(await scenarioOf(kind)), wanted: ofController, ends: ['done'], share: 5 });
  });

  it.each(kindNames)('P3 P18 %s comes to its end with agents killed at a share of their commits and calls', async (kind) => {
    await killEverywhere(quay, { ...(await scenarioOf(kind)), wanted: ofAgents, ends: ['done'], share: 18 });
  });

  it.each(kindNames)('P16 P18 %s comes to its end with hosts rebooted at a share of the calls of their agents', async (kind) => {
    const reboots = { wanted: ofAgents, death: { how: 'reboot' }, ends: ['done'], share: 18 } as const;
    await killEverywhere(quay, { ...(await scenarioOf(kind)), ...reboots });
  });

  it.each(kindNames)('P11 P22 %s is rolled back by a word at a share of the appends on its way', async (kind) => {
    const wanted = (point: Point) => ofController(point) && !isLate(point) && !isPassed(kind, point);
    await killEverywhere(quay, {
      ...(await scenarioOf(kind)),
      wanted,
      death: { how: 'nobody', also: (play) => say(play, ['rollback']) },
      ends: ['rolled-back', 'done'],
      share: 4,
    });
  });
});

describe('a rollback of each kind, a program killed at a share of its points', () => {
  it.each([
    ['all-stop', /^commit after step-confirmed .*|^commit after order-ended h1\.start\.store-1\.serves/],
    ['in-place', /^commit after order-ended h1\.migrate\.store-1\.migrate/],
    ['side-by-side', /^commit after order-ended h1\.switch\.store-1\.switch/],
    ['restore-node', /^commit after order-ended h1\.canary\.store-1/],
  ] as const)('P11 P18 %s', async (kind, label) => {
    const { options, clean: played } = await scenarioOf(kind);
    const [said] = pointsIn(played, (point) => ofController(point) && label.test(point.label));
    if (said === undefined) throw new Error(`the controller commits no ${label}`);
    const before: readonly QuayDeath[] = [{ point: said.index, how: 'nobody', also: (play) => say(play, ['rollback']) }];
    // What the controller did not write down before it died was told to no person as done: the word would be given again.
    const since = (point: Point) => ofController(point) && /^commit after rollback-started/.test(point.label);
    await killEverywhere(quay, { options, before, since, ends: ['rolled-back'], share: 24 });
  });
});

describe('hops of every kind in foul weather', () => {
  it('P18 go through with messages cut, late, doubled and out of order', () => playShare('quay-weather', seeds(100, 2, 60)));

  it('P18 come to an end with two deaths on the way', () => playShare('quay-deaths', seeds(200, 2, 60)));

  it('P11 P17 P22 come to an end with a person who says right and wrong words at any moment', () =>
    playShare('quay-operator', seeds(300, 3, 120)));

  it('P1 P15 P19 P22 come to an end when a node is excluded and dies, and the members list it all the same', () =>
    playShare('quay-excluded', seeds(700, 3, 120)));

  it('P11 P22 come to an end when the new release does not run on its first node', () => playShare('quay-ailing', seeds(400, 2, 60)));
});

/** Found by fresh seeds, played again with every change. */
describe('seeds that once broke a promise', () => {
  it('14.9: P17 an abort after all waves are through ends the run', () => playShare('quay-operator', [1_003]));

  it('14.9: P19 a cluster that is prepared to be stopped is not left so by an abort', () => playShare('quay-operator', [1_027]));

  it('14.9: P11 what ran before is not started on data of the new version', () => playShare('quay-ailing', [5]));
});
