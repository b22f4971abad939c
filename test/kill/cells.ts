/**
 * The kill matrix as a set of cells: at which point of which journey, whom, and how. PURE. Nodes are named by the part that they have when the
 * journey begins, because who is primary changes from trip to trip.
 */
import type { RunEvent } from '../../common/events.ts';
import { type Plan, type Step, turnsOf } from '../../common/plan.ts';

export const primaryTurns = ['restart', 'switchover'] as const;
export type PrimaryTurn = (typeof primaryTurns)[number];

export const ways = ['upgrade', 'rollback', 'restore'] as const;
export type Way = (typeof ways)[number];

/**
 * `there-and-back`: rolled back after the last node's turn; `cut-short`: rolled back while the primary is being stopped; `there`: to its end;
 * `kept`: with snapshots, rolled back in the canary's turn; `put-back`: one standby is restored to the snapshot of such a run.
 */
export const journeys = ['there-and-back', 'cut-short', 'there', 'kept', 'restored'] as const;
export type JourneyKind = (typeof journeys)[number];

/** Snapshots know nothing of how the primary's turn will go. */
export function journeysOf(primary: PrimaryTurn): readonly JourneyKind[] {
  return primary === 'restart' ? journeys : ['there-and-back', 'cut-short', 'there'];
}

export const parts = ['primary', 'standby-1', 'standby-2'] as const;
export type Part = (typeof parts)[number];

export type Victim = 'controller' | `${'agent' | 'database' | 'host'} of ${Part}`;
/** `reboot`: everything on the host is killed, and what starts by itself does: agent and database (P16). */
export type Blow = 'kill' | 'freeze' | 'reboot';

const processes: readonly Victim[] = ['controller', ...parts.flatMap((part) => [`agent of ${part}`, `database of ${part}`] as const)];
export const blows: readonly { readonly victim: Victim; readonly blow: Blow }[] = [
  ...processes.flatMap((victim) => (['kill', 'freeze'] as const).map((blow) => ({ victim, blow }))),
  ...parts.map((part) => ({ victim: `host of ${part}`, blow: 'reboot' }) as const),
];

/** Something that a run does, in the words of its log; `moment` is a moment inside of the order, seen on its host. */
export interface Point {
  readonly way: Way;
  /** `run-started`, `rollback-started`, or a step's id with parts for nodes. */
  readonly what: string;
  readonly moment: Moment | null;
}

export type Moment = 'held' | 'stopped' | 'exchanged' | 'activated' | 'started' | 'fenced' | 'promoted' | 'copying' | 'proving';

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

/** `h1.roll.pg-3.standby.downtime` as `h1.roll.standby-2.standby.downtime`. */
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
  let way = wayOf(plan);
  for (const event of events) {
    if (event.type === 'rollback-started') way = 'rollback';
    if (event.type === 'run-started' || event.type === 'rollback-started') points.push(...pointsAt(way, event.type, undefined));
    if (event.type !== 'order-dispatched') continue;
    const what = castName(event.step, cast);
    const step = steps.get(event.step);
    if (step === undefined) throw new Error(`${event.step} is not in the plan`);
    points.push(...pointsAt(way, what, step));
  }
  return points;
}

/** On which way a run of this plan begins. */
export const wayOf = ({ goal }: Plan): Way => (goal.restore === undefined ? 'upgrade' : 'restore');

/** What happens in the words of the log, and the moments inside of it if it is a step. */
export function pointsAt(way: Way, what: string, step: Step | undefined): readonly Point[] {
  return [null, ...(step === undefined ? [] : momentsOf(step))].map((moment) => ({ way, what, moment }));
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
  if (body.kind === 'act') return body.verb === 'promote' ? ['promoted'] : [];
  if (body.kind === 'snapshot') return body.verify === 'restore-compare' ? ['copying', 'proving'] : ['copying'];
  if (body.kind !== 'downtime') return [];
  const moments: Moment[] = [];
  if (body.parts.includes('stop')) moments.push('held', 'stopped');
  if (body.parts.includes('restore')) moments.push('exchanged');
  if (body.parts.includes('activate') && body.fromRelease !== body.toRelease) moments.push('activated');
  if (body.parts.includes('start')) moments.push('started');
  if (body.act?.verb === 'fence') moments.push('fenced');
  return moments;
}

/** With a switchover only what is about the primary: every other step is the same in both plans, and struck where it is restarted. */
export function cellsOf(primary: PrimaryTurn, stations: readonly Station[]): readonly Cell[] {
  const own = primary === 'restart' ? stations : stations.filter(({ point }) => isAboutPrimary(point));
  return own.flatMap((station) => blows.map((each) => ({ ...station, primary, ...each })));
}

function isAboutPrimary({ what }: Point): boolean {
  return what === 'rollback-started' || turnOfPrimary.test(what);
}

const turnOfPrimary = /^h\d+\.roll\.primary\./;

/** Of databases none is asked to go on by itself (P18), nor to be up after every downtime (P20), when they are killed themselves. */
export function strikesDatabase({ victim }: Pick<Cell, 'victim'>): boolean {
  return victim.startsWith('database') || victim.startsWith('host');
}

/** What one journey is to meet. */
export interface Route {
  readonly kind: JourneyKind;
  /** Struck whatever else happens, or missed. */
  readonly cells: readonly Cell[];
  /** Struck where the journey comes by them while nothing else is away; those that it does not meet stay for other routes. */
  readonly chances: readonly Cell[];
}

/** The next route: the queue's first cell, and as chances what it may meet of the rest. null: nothing is left. */
export function nextRoute(queue: readonly Cell[]): Route | null {
  const [first, ...rest] = queue;
  const kind = journeys.find((each) => first?.journeys.includes(each));
  if (first === undefined || kind === undefined) return null;
  const chances = rest.filter((cell) => cell.journeys.includes(kind) && strikesDatabase(cell) === strikesDatabase(first));
  return { kind, cells: [first], chances };
}
