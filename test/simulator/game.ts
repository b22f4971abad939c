/** One death at one kill point: who dies there, what happens to the host or disk at that moment, and when it lives again. */
import type { AgentProcess } from './agent-process.ts';
import type { ControllerProcess } from './controller-process.ts';
import type { Outcome, Play } from './play.ts';
import type { Point } from './points.ts';
import { worthKilling } from './points.ts';
import type { SimOptions, SimWorld } from './sim-world.ts';

export interface Death<W extends SimWorld = SimWorld> {
  readonly point: number;
  /** In place of the number: the name of a point that a run passes once, so that other deaths before it do not move it. */
  readonly named?: string;
  /** What dies: the program alone, its whole host (a reboot), its host with all that was not synced; or only what `also` says. */
  readonly how?: 'kill' | 'reboot' | 'power-loss' | 'nobody';
  /** How long it stays dead; else for seconds, by seed. */
  readonly downMs?: number;
  /** Stays dead. */
  readonly forGood?: boolean;
  /** What else happens at that moment. */
  also?(play: Play<W>): void;
}

const soonestMs = 50;
const latestMs = 4_000;

/** How a fleet is played, whatever its engine. */
export interface Game<O extends SimOptions, W extends SimWorld> {
  /** Up to the moment at which the run begins; kill points count from there. */
  begin(options: O, arrange?: (play: Play<W>) => void): Promise<Play<W>>;
  /** Lets the run go to its end, or until only a person can release it. */
  finish(play: Play<W>): Promise<Outcome>;
  /** Ends the world and returns every promise that was broken in it. */
  end(play: Play<W>, outcome: Outcome): Promise<readonly string[]>;
}

export interface Ended<W extends SimWorld = SimWorld> {
  readonly play: Play<W>;
  readonly outcome: Outcome;
  /** Every promise that was broken. */
  readonly broken: readonly string[];
}

/** Plays the same seed again, with deaths on the way. */
export async function playGame<O extends SimOptions, W extends SimWorld>(
  game: Game<O, W>,
  options: O,
  deaths: readonly Death<W>[],
): Promise<Ended<W>> {
  const play = await game.begin(options, (begun) => {
    for (const death of deaths) strike(begun, death);
  });
  const outcome = await game.finish(play);
  return { play, outcome, broken: await game.end(play, outcome) };
}

/** A kill point of a run that is worth a run of its own. */
export interface Worth {
  readonly index: number;
  readonly point: Point;
}

/** Points of a run that are worth one run each. `before`: what happens in it anyway. */
export async function pointsOf<O extends SimOptions, W extends SimWorld>(
  game: Game<O, W>,
  options: O,
  wanted: (point: Point) => boolean = () => true,
  before: readonly Death<W>[] = [],
): Promise<readonly Worth[]> {
  return pointsIn(await playGame(game, options, before), wanted);
}

/** The same of a run that was played. */
export function pointsIn<W extends SimWorld>({ play, broken }: Ended<W>, wanted: (point: Point) => boolean): readonly Worth[] {
  if (broken.length > 0) throw new Error(`the run without a death breaks already: ${broken.join('; ')}`);
  const { passed } = play.world.points;
  return worthKilling(passed).flatMap((index) => {
    const point = passed[index];
    return point !== undefined && wanted(point) ? [{ index, point }] : [];
  });
}

export function strike<W extends SimWorld>(play: Play<W>, death: Death<W>): void {
  const { world } = play;
  const onKill = ({ program }: Point): void => {
    const dying = world.controllers.find((each) => each.name === program) ?? world.agent(program);
    die(world, dying, death, () => death.also?.(play));
  };
  if (death.named === undefined) world.points.killAt(death.point, onKill);
  else world.points.killAtNamed(death.named, onKill);
}

/** Dies now, and lives again after a while. `also`: what else happens at that moment. */
export function die(
  world: SimWorld,
  dying: AgentProcess | ControllerProcess,
  { how, downMs, forGood }: Pick<Death, 'how' | 'downMs' | 'forGood'>,
  also: () => void = () => {},
): void {
  if (how !== 'nobody') dying.kill();
  also();
  const hostDies = how === 'reboot' || how === 'power-loss';
  if (hostDies && !world.isController(dying)) world.host(dying.name).reboot();
  if (forGood === true) return;
  world.later(downMs ?? world.kernel.between(soonestMs, latestMs), async () => {
    if (dying.alive) return;
    await dying.bury(how === 'power-loss');
    await dying.start();
  });
}
