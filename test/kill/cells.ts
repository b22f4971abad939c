/**
 * The kill matrix as a set of cells: at which point of which journey, whom, and how. PURE. Nodes are named by the part that they have when the
 * journey begins, because who is primary changes from trip to trip.
 */
import type { RunEvent } from '../../common/events.ts';
import { type Plan, type Step, turnsOf } from '../../common/plan.ts';

export const primaryTurns = ['restart', 'switchover'] as const;
export type PrimaryTurn = (typeof primaryTurns)[number];

export const ways = ['upgrade', 'rollback'] as const;
export type Way = (typeof ways)[number];

/**
 * `there-and-back`: taken back after the last node's turn; `cut-short`: taken back while the primary is being stopped; `there`: to its end.
 * Cells that more than one comes to are played by the first of these.
 */
export const journeys = ['there-and-back', 'cut-short', 'there'] as const;
export type JourneyKind = (typeof journeys)[number];

export const parts = ['primary', 'standby-1', 'standby-2'] as const;
export type Part = (typeof parts)[number];

export type Victim = 'controller' | `agent of ${Part}` | `database of ${Part}`;
export const victims: readonly Victim[] = [
  'controller',
  ...parts.map((part) => `agent of ${part}` as const),
  ...parts.map((part) => `database of ${part}` as const),
];

export const blows = ['kill', 'freeze'] as const;
export type Blow = (typeof blows)[number];

/** Something that a run does, in the words of its log; `moment` is a moment inside of the order, seen on its host. */
export interface Point {
  readonly way: Way;
  /** `run-started`, `rollback-started`, or a step's id with parts for nodes. */
  readonly what: string;
  readonly moment: Moment | null;
}

export type Moment = 'held' | 'stopped' | 'activated' | 'started' | 'fenced' | 'promoted';

/** A point with the journeys that come to it. */
export interface Station {
  readonly point: Point;
  readonly journeys: readonly JourneyKind[];
}

export interface Cell extends Station {
  readonly primary: PrimaryTurn;
  readonly victim: Victim;
  readonly blow: Blow;
}

/** Instance by part. */
export type Cast = Readonly<Record<Part, string>>;

/** `h1.roll.pg-3.standby.outage` as `h1.roll.standby-2.standby.outage`. */
export function castName(id: string, cast: Cast): string {
  return parts.reduce((name, part) => name.replaceAll(cast[part], part), id);
}

export const pointName = ({ what, moment }: Point): string => (moment === null ? what : `${what} ${moment}`);

/** `upgrade switchover/h1.roll.primary.primary.handover.promote promoted/agent of standby-1/kill`. */
export function cellName({ primary, point, victim, blow }: Cell): string {
  return `${point.way} ${primary}/${pointName(point)}/${victim}/${blow}`;
}

/** The cell of this name among these; throws when there is none. */
export function cellNamed(cells: readonly Cell[], name: string): Cell {
  const found = cells.find((cell) => cellName(cell) === name);
  if (found === undefined) throw new Error(`no cell is named ${name}; the first of ${cells.length}: ${cells.slice(0, 1).map(cellName)}`);
  return found;
}

/** The points of a run that nothing disturbed, in the order in which it came to them: told by its log, never by numbers. */
export function pointsOf(plan: Plan, events: readonly RunEvent[], cast: Cast): readonly Point[] {
  const steps = stepsOf(plan);
  const points: Point[] = [];
  let way: Way = 'upgrade';
  for (const event of events) {
    if (event.type === 'rollback-started') way = 'rollback';
    if (event.type === 'run-started' || event.type === 'rollback-started') points.push({ way, what: event.type, moment: null });
    if (event.type !== 'order-dispatched') continue;
    const what = castName(event.step, cast);
    const step = steps.get(event.step);
    if (step === undefined) throw new Error(`${event.step} is not in the plan`);
    for (const moment of [null, ...momentsOf(step)]) points.push({ way, what, moment });
  }
  return points;
}

/** Each point once, in the order in which the journeys came to it. */
export function stationsOf(seen: ReadonlyMap<JourneyKind, readonly Point[]>): readonly Station[] {
  const stations = new Map<string, Station>();
  for (const [journey, points] of seen)
    for (const point of points) {
      const name = `${point.way} ${pointName(point)}`;
      const known = stations.get(name)?.journeys ?? [];
      if (!known.includes(journey)) stations.set(name, { point, journeys: [...known, journey] });
    }
  return [...stations.values()];
}

export function stepsOf(plan: Plan): ReadonlyMap<string, Step> {
  const variants = [...turnsOf(plan)].flatMap(({ turn }) => turn.variants);
  const steps = variants.flatMap((variant) => [...variant.steps, ...variant.undo, ...(variant.handover?.undo ?? [])]);
  return new Map(steps.map((step) => [step.id, step]));
}

/** Moments inside of an order that can be seen on its host. */
function momentsOf({ body }: Step): readonly Moment[] {
  if (body.kind === 'act') return body.verb === 'fence' ? ['fenced'] : body.verb === 'promote' ? ['promoted'] : [];
  if (body.kind !== 'outage') return [];
  const moments: Moment[] = [];
  if (body.parts.includes('stop')) moments.push('held', 'stopped');
  if (body.parts.includes('activate') && body.fromRelease !== body.toRelease) moments.push('activated');
  if (body.parts.includes('start')) moments.push('started');
  return moments;
}

export function cellsOf(primary: PrimaryTurn, stations: readonly Station[]): readonly Cell[] {
  return stations.flatMap((station) => victims.flatMap((victim) => blows.map((blow) => ({ ...station, primary, victim, blow }))));
}

/** A stretch of a run that is over before the next begins: a turn that takes a node out, else a whole phase. */
export function stretchOf({ way, what }: Point): string {
  const [, phase = what, node = ''] = what.split('.');
  return `${way} ${phase === 'canary' || phase === 'roll' ? `${phase} ${node}` : phase}`;
}

const mostPerTrip = 4;

const isDatabase = ({ victim }: Cell): boolean => victim.startsWith('database');

/**
 * Cells for one trip: the first one, and further ones of its journey that do not disturb it nor each other. Databases by themselves: where none
 * is struck, nobody may be needed (P18), and every outage ends (P20). Takes them out of the queue.
 */
export function nextTrip(queue: Cell[]): { readonly kind: JourneyKind; readonly cells: readonly Cell[] } | null {
  const [first] = queue;
  const kind = journeys.find((each) => first?.journeys.includes(each));
  if (first === undefined || kind === undefined) return null;
  const taken: Cell[] = [];
  for (const cell of [...queue]) {
    if (taken.length === mostPerTrip) break;
    if (isDatabase(cell) !== isDatabase(first) || !cell.journeys.includes(kind)) continue;
    if (taken.some((other) => stretchOf(other.point) === stretchOf(cell.point))) continue;
    taken.push(cell);
    queue.splice(queue.indexOf(cell), 1);
  }
  return { kind, cells: taken };
}
