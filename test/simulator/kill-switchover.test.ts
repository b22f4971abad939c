import { describe, expect, it } from 'vitest';
import { killAtEveryPoint } from './every-point.ts';
import { type Death, killPoints } from './kill.ts';
import { say } from './operator.ts';
import type { Point } from './points.ts';
import { seedOr } from './seed.ts';
import type { WorldOptions } from './world.ts';

/** Commits wait for both standbys, so that each turn lowers that for its time. */
const switchover: WorldOptions = { seed: seedOr(71), primary: 'switchover', syncNames: 'ANY 2 (*)' };

/** A promotion that was interrupted before it was asked for is for a person to judge: it may be done only once. */
const once = ['order-interrupted'] as const;

/** The moment at which the controller has written this down. */
async function committed(options: WorldOptions, label: RegExp): Promise<number> {
  const points = await killPoints(options, (point) => point.program === 'controller' && label.test(point.label));
  const [first] = points;
  if (first === undefined) throw new Error(`the controller commits no ${label}`);
  return first.index;
}

async function rolledBackAt(label: RegExp): Promise<Death> {
  const point = await committed(switchover, label);
  return { point, how: 'nobody', also: (play) => say(play, ['rollback']) };
}

const isOf =
  (...programs: readonly string[]) =>
  ({ program }: Point) =>
    programs.includes(program);

describe('a switchover, a program killed at a share of its points', () => {
  it('P11 P18 P19 goes on with no human, the controller killed before and after appends', async () => {
    const played = await killAtEveryPoint({ options: switchover, wanted: isOf('controller'), ends: ['done'], share: 2 });
    expect(played).toBeGreaterThan(80);
  });

  it('P11 P18 P19 goes on with no human, the agent of either primary killed at a share of the kinds of commit and call', async () => {
    const wanted = isOf('pg-1', 'pg-2');
    const played = await killAtEveryPoint({ options: switchover, wanted, ends: ['done'], asks: once, share: 2 });
    expect(played).toBeGreaterThan(500);
  });

  it('P11 P16 P18 has never two primaries, the host of either one rebooted in the middle of its orders', async () => {
    const wanted = ({ program, label }: Point) => ['pg-1', 'pg-2'].includes(program) && /handover|fence|standby.signal|promote/.test(label);
    const played = await killAtEveryPoint({ options: switchover, wanted, death: { how: 'reboot' }, ends: ['done'], asks: once, share: 2 });
    expect(played).toBeGreaterThan(30);
  });
});

/** What was said and never written down was never said: the caller was told nothing. */
const ofRollback = (point: Point): boolean =>
  isOf('controller', 'pg-1', 'pg-2')(point) && !point.label.startsWith('commit before rollback-started');

describe('the rollback of a switchover, a program killed at a share of its points', () => {
  it.each([
    ['before anybody was promoted: the primary is unfenced, and started where it was', /^commit after order-ended .*handover\.stop/],
    ['after the promotion: the role goes back the same way', /^commit after order-ended .*primary\.follower-1/],
  ])('P11 P18 P19 %s', async (_when, rolledBack) => {
    const before = [await rolledBackAt(rolledBack)];
    const played = await killAtEveryPoint({ options: switchover, wanted: ofRollback, before, ends: ['rolled-back'], asks: once, share: 4 });
    expect(played).toBeGreaterThan(100);
  });
});
