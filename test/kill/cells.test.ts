import { describe, expect, it } from 'vitest';
import type { RunEvent } from '../../common/events.ts';
import { type Plan, turnsOf } from '../../common/plan.ts';
import { inputFor, planOf } from '../planner/input.ts';
import {
  blows,
  type Cast,
  type Cell,
  cellName,
  cellNamed,
  cellsOf,
  nextRoute,
  type Point,
  pointName,
  pointsOf,
  stationsOf,
  stepsOf,
  strikesDatabase,
} from './cells.ts';

const cast: Cast = { primary: 'pg-1', 'standby-1': 'pg-2', 'standby-2': 'pg-3' };
const plan = planOf(await inputFor(3));

/** Every step of the forward way, as an undisturbed run orders them. */
const orders = [...turnsOf(plan)].flatMap(({ turn }) => {
  const variant = turn.variants.find(({ role }) => role === turn.expectedRole) ?? turn.variants[0];
  return (variant?.steps ?? []).map((step): RunEvent => {
    const instance = turn.instance ?? '';
    return { type: 'order-dispatched', turn: turn.id, step: step.id, attempt: 1, instance, epoch: 1, writer: 'w' };
  });
});
const events: readonly RunEvent[] = [{ type: 'run-started', actor: 'somebody' }, ...orders];
const points = pointsOf(plan, events, cast);
const [verifying, others] = [points.filter(isVerifying), points.filter((point) => !isVerifying(point))];
const stations = stationsOf(
  new Map([
    ['there-and-back', others],
    ['there', [...others, ...verifying]],
  ]),
);
const cells = cellsOf('restart', stations);

function isVerifying({ what }: Point): boolean {
  return what.startsWith('h1.verify.');
}

describe('the cells of the kill matrix', () => {
  it('have the start and every order of the run, and the moments inside a downtime', () => {
    const names = points.map(pointName);
    expect(names).toContain('run-started');
    const downtime = 'h1.roll.primary.primary.downtime';
    expect(names.slice(names.indexOf(downtime), names.indexOf(downtime) + 6)).toEqual([
      downtime,
      `${downtime} held`,
      `${downtime} stopped`,
      `${downtime} activated`,
      `${downtime} started`,
      'h1.roll.primary.primary.settle',
    ]);
    expect(new Set(cells.map(cellName)).size).toBe(points.length * blows.length);
  });

  it('are found by their names, and no other name is', () => {
    for (const cell of cells) expect(cellNamed(cells, cellName(cell))).toBe(cell);
    expect(() => cellNamed(cells, 'upgrade restart/h9/controller/kill')).toThrow('h9');
  });

  it('are all played by routes that meet one of them for sure and others by chance, databases apart from programs', () => {
    let queue: readonly Cell[] = cells;
    const kinds = new Set<string>();
    for (let route = nextRoute(queue); route !== null; route = nextRoute(queue)) {
      const { kind } = route;
      const met = [...route.cells, ...route.chances];
      kinds.add(kind);
      expect(met.every(({ journeys }) => journeys.includes(kind))).toBe(true);
      expect(new Set(met.map(strikesDatabase)).size).toBe(1);
      queue = queue.filter((cell) => !met.includes(cell));
    }
    expect(queue).toEqual([]);
    expect([...kinds].sort()).toEqual(['there', 'there-and-back']);
  });

  it('of a switchover are those of its own turn alone: every other step is the same where the primary is restarted', async () => {
    const otherSteps = (of: Plan) => [...stepsOf(of).values()].filter(({ id }) => !id.startsWith('h1.roll.pg-1.'));
    const input = await inputFor(3);
    const handedOver = planOf({ ...input, options: { ...input.options, leader: 'switchover' } });
    expect(otherSteps(handedOver)).toEqual(otherSteps(plan));
    const own = cellsOf('switchover', stations);
    expect(new Set(own.map(({ point }) => point.what.split('.').slice(0, 3).join('.')))).toEqual(new Set(['h1.roll.primary']));
  });
});
