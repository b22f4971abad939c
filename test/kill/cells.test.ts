import { describe, expect, it } from 'vitest';
import type { RunEvent } from '../../common/events.ts';
import { turnsOf } from '../../common/plan.ts';
import { inputFor, planOf } from '../planner/input.ts';
import { type Cast, cellName, cellNamed, cellsOf, nextTrip, type Point, pointName, pointsOf, stationsOf, stretchOf } from './cells.ts';

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
  it('have the start and every order of the run, and the moments inside an outage', () => {
    const names = points.map(pointName);
    expect(names).toContain('run-started');
    const outage = 'h1.roll.primary.primary.outage';
    expect(names.slice(names.indexOf(outage), names.indexOf(outage) + 6)).toEqual([
      outage,
      `${outage} held`,
      `${outage} stopped`,
      `${outage} activated`,
      `${outage} started`,
      'h1.roll.primary.primary.settle',
    ]);
    expect(new Set(cells.map(cellName)).size).toBe(points.length * 7 * 2);
  });

  it('are found by their names, and no other name is', () => {
    for (const cell of cells) expect(cellNamed(cells, cellName(cell))).toBe(cell);
    expect(() => cellNamed(cells, 'upgrade restart/h9/controller/kill')).toThrow('h9');
  });

  it('are all played by trips whose blows fall into different stretches and can all be reached', () => {
    const queue = [...cells];
    const kinds = new Set<string>();
    let played = 0;
    for (let trip = nextTrip(queue); trip !== null; trip = nextTrip(queue)) {
      const { kind } = trip;
      played += trip.cells.length;
      kinds.add(kind);
      expect(trip.cells.every(({ journeys }) => journeys.includes(kind))).toBe(true);
      expect(new Set(trip.cells.map(({ point }) => stretchOf(point))).size).toBe(trip.cells.length);
      expect(new Set(trip.cells.map(({ victim }) => victim.startsWith('database'))).size).toBe(1);
    }
    expect(played).toBe(cells.length);
    expect([...kinds].sort()).toEqual(['there', 'there-and-back']);
  });
});
