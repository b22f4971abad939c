/**
 * A soak in which the controller and agents die, a database is restarted by hand, and probes take too long: what was watched counts once, and none of
 * it is lost but what the log had not been told of.
 */
import type { SoakProgress } from '../../../common/events.ts';
import { die } from '../game.ts';
import { stepsOfPlan } from '../invariants.ts';
import { seededRandom } from '../kernel.ts';
import { type Outcome, statusOf } from '../play.ts';
import type { QuayPlay } from './play.ts';
import { unit } from './server.ts';

const minuteMs = 60_000;
export const halfAnHourMs = 30 * minuteMs;
const pollEveryMs = 3_000;
/** What the log is told of at the latest: that much a death of the controller may take. */
const untoldMs = 5 * minuteMs;
/** From one sample to the next: as late as that what one of them showed comes into the log, after a restart. */
const sampleEveryMs = 15_000;
/** Until all are connected again and were looked at. */
const backMs = minuteMs;

/** How much of the soak may be lost by what happens in it, in milliseconds. */
export interface Shaken {
  lossMs: number;
}

export function shake(play: QuayPlay, seed: number): Shaken {
  const { world, runId } = play;
  const random = seededRandom(seed * 32_452_843);
  const shaken: Shaken = { lossMs: 0 };
  const within = (job: () => void) => world.later((0.05 + 0.7 * random()) * halfAnHourMs, async () => job());
  const begins = (): void =>
    world.later(pollEveryMs, async () => {
      const status = world.controller.alive ? await statusOf(world, runId) : null;
      const isSoaking = status?.turns.some(({ steps }) =>
        Object.entries(steps).some(([id, { state }]) => id.endsWith('.soak') && state === 'waiting'),
      );
      if (isSoaking !== true) return begins();
      for (const _ of [0, 1]) within(() => controllerDies(play, random, shaken));
      within(() => agentDies(play, random, shaken));
      within(() => blinks(play, random, shaken));
      within(() => probesHang(play, shaken));
    });
  begins();
  return shaken;
}

function controllerDies({ world }: QuayPlay, random: () => number, shaken: Shaken): void {
  if (!world.controller.alive) return;
  const downMs = random() * 2 * minuteMs;
  shaken.lossMs += downMs + untoldMs + backMs;
  die(world, world.controller, { how: 'kill', downMs });
}

function agentDies({ world }: QuayPlay, random: () => number, shaken: Shaken): void {
  const agent = world.agents[Math.floor(random() * world.agents.length)];
  if (agent?.alive !== true) return;
  const downMs = random() * 20_000;
  shaken.lossMs += downMs + backMs;
  die(world, agent, { how: 'kill', downMs });
}

function blinks({ world }: QuayPlay, random: () => number, shaken: Shaken): void {
  const server = world.servers[Math.floor(random() * world.servers.length)];
  if (server === undefined) return;
  shaken.lossMs += 10_000 + backMs;
  server.host.crashUnit(unit);
  world.later(10_000, async () => server.host.startByHand(unit));
}

function probesHang({ world }: QuayPlay, shaken: Shaken): void {
  shaken.lossMs += 2 * minuteMs + backMs;
  world.slowProbes = true;
  world.later(2 * minuteMs, async () => {
    world.slowProbes = false;
  });
}

interface Observed {
  readonly atMs: number;
  readonly soak: SoakProgress;
}

/** How long the plan watches the cluster. */
function soakMsOf({ plan }: QuayPlay): number {
  for (const { body } of stepsOfPlan({ plan }).values()) if (body.kind === 'soak') return body.soakMs;
  return 0;
}

/** P18: what was watched is neither lost nor counted twice, across restarts of who watches; and only what lasts is a breach. */
export function soaksAddUp(play: QuayPlay, { events }: Outcome): void {
  const { world } = play;
  const toleranceMs = Math.min(minuteMs, soakMsOf(play) / 4);
  const soaks = new Map<string, Observed>();
  for (const { body, atMs } of events) {
    if (body.type === 'step-begun') soaks.set(body.step, { atMs, soak: { state: 'steady', soakedMs: 0, stretchMs: 0, why: null } });
    if (body.type !== 'step-observed') continue;
    const before = soaks.get(body.step);
    soaks.set(body.step, { atMs, soak: body.soak });
    if (before === undefined) continue;
    const [gainedMs, passedMs] = [body.soak.soakedMs - before.soak.soakedMs, atMs - before.atMs];
    if (gainedMs < 0) world.broke(`P18 ${body.step} lost ${-gainedMs} ms of what was watched`);
    if (gainedMs > passedMs + sampleEveryMs) world.broke(`P18 ${body.step} counts ${gainedMs} ms of ${passedMs} ms that passed`);
    if (body.soak.state === 'breached' && before.soak.state === 'disturbed' && passedMs < toleranceMs)
      world.broke(`P18 ${body.step} is breached by a disturbance of ${passedMs} ms`);
  }
}

/** P18: a soak takes no longer than it has to, but for what happened in it. */
export function lostNoMore(play: QuayPlay, { events }: Outcome, { lossMs }: Shaken): void {
  const { world } = play;
  const soakMs = soakMsOf(play);
  const isSoak = ({ body }: (typeof events)[number]) => 'step' in body && body.step.endsWith('.soak');
  const begun = events.find((event) => event.body.type === 'step-begun' && isSoak(event));
  const settled = events.findLast((event) => event.body.type === 'step-settled' && isSoak(event));
  if (begun === undefined || settled === undefined) return;
  const tookMs = settled.atMs - begun.atMs;
  if (tookMs > soakMs + lossMs + backMs)
    world.broke(`P18 a soak of ${soakMs} ms took ${tookMs} ms; at most ${lossMs} ms of it were disturbed`);
}
