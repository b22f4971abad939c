/**
 * A hop of quay that rests for half a day: programs and hosts die meanwhile, databases are restarted and replaced by hand, another run restarts
 * the cluster, and people say what is of no use. Then a person finalizes it, or rolls it back.
 */
import type { RunEvent } from '../../../common/events.ts';
import { FailureError } from '../../../common/failure.ts';
import type { Plan } from '../../../common/plan.ts';
import { die } from '../game.ts';
import { seededRandom } from '../kernel.ts';
import { type Outcome, statusOf } from '../play.ts';
import { attend, person, say, stepOf } from './operator.ts';
import type { QuayPlay } from './play.ts';
import { type QuayServer, releasesDir, unit } from './server.ts';

const minuteMs = 60_000;
export const halfDayMs = 720 * minuteMs;
const pollEveryMs = 3_000;
/** Nothing is begun in the last hour, so that all of it is over when the rest ends. */
const lastIncidentMs = halfDayMs - 60 * minuteMs;
const longestAwayMs = 10 * minuteMs;
const incidentsOfARest = 8;

type Incident = (play: QuayPlay, random: () => number) => void;

/** From the moment at which the run rests: incidents by seed, among them always a node replaced by hand and a restart by another run. */
export function disturb(play: QuayPlay, seed: number): void {
  const random = seededRandom(seed * 15_485_863);
  whenResting(play, () => {
    const drawn = Array.from({ length: incidentsOfARest }, () => oneOf(incidents, random));
    for (const incident of [...drawn, replacedByHand, restartedByRun])
      play.world.later(random() * lastIncidentMs, async () => incident(play, random));
    if (play.world.options.endsRest === 'rollback') play.world.later(halfDayMs + 2 * minuteMs, async () => bringBackReleases(play));
  });
}

/** What a replaced node lacks for the rollback a person puts there once it is missed. */
function bringBackReleases({ world }: QuayPlay): void {
  for (const { host } of world.servers) host.install(releasesDir, world.formerRelease);
}

function whenResting(play: QuayPlay, then: () => void): void {
  const { world, runId } = play;
  world.later(pollEveryMs, async () => {
    const status = world.controller.alive ? await statusOf(world, runId) : null;
    if (status?.state === 'unfinalized') then();
    else whenResting(play, then);
  });
}

function oneOf<T>(all: readonly T[], random: () => number): T {
  const [first] = all;
  if (first === undefined) throw new Error('there is nothing to choose from');
  return all[Math.floor(random() * all.length)] ?? first;
}

const controllerDies: Incident = ({ world }, random) => {
  if (world.controller.alive) die(world, world.controller, { how: 'kill', downMs: random() * longestAwayMs });
};

const agentDies: Incident = ({ world }, random) => {
  const agent = oneOf(world.agents, random);
  const how = oneOf(['kill', 'reboot'] as const, random);
  if (agent.alive) die(world, agent, { how, downMs: random() * longestAwayMs });
};

const restartedByHand: Incident = (play, random) => {
  const server = oneOf(play.world.servers, random);
  stop(server);
  startAgain(play, server, random() * longestAwayMs);
};

/** Its data are those of the others, and of what ran before nothing is left; where the run goes back, its snapshot is put beside it again. */
const replacedByHand: Incident = (play, random) => {
  const server = oneOf(play.world.servers, random);
  stop(server);
  server.replaced({ keepsSnapshots: play.world.options.endsRest === 'rollback' });
  startAgain(play, server, random() * longestAwayMs);
};

export function stop({ host }: QuayServer): void {
  if (!host.holds.has(unit)) host.crashUnit(unit);
}

/** A unit that is held is somebody's who starts it. */
export function startAgain({ world }: QuayPlay, { host }: QuayServer, awayMs: number): void {
  world.later(awayMs, async () => {
    if (!host.holds.has(unit)) host.startByHand(unit);
  });
}

const uselessWord: Incident = (play, random) => {
  const verb = oneOf(['pause', 'resume', 'confirm', 'retry', 'resolve', 'abort', 'finalize'] as const, random);
  say(play, [verb, play.runId, stepOf(play, random)], verb === 'finalize' ? `sha256:${'0'.repeat(64)}` : undefined);
};

const incidents: readonly Incident[] = [controllerDies, agentDies, restartedByHand, uselessWord];

/** A restart of every node that is asked for until it is taken. */
const restartedByRun: Incident = (play) => {
  const { world } = play;
  const repair: Repair = { askedMs: world.kernel.nowMs, refusals: [], runs: [], isTaken: false };
  world.repairs.push(repair);
  const ask = (): void => {
    if (repair.isTaken) return;
    world.later(minuteMs, async () => ask());
    if (world.controller.alive) restartAll(play, repair).catch((thrown: unknown) => refused(play, repair, thrown));
  };
  ask();
};

/** A repair that was asked for while the run rested. */
export interface Repair {
  readonly askedMs: number;
  readonly refusals: string[];
  /** Whose orders are its own. */
  readonly runs: string[];
  isTaken: boolean;
}

async function restartAll({ world }: QuayPlay, repair: Repair): Promise<void> {
  const { plans, runs } = world.controller.controller.operations;
  const request = { cluster: world.cluster, toVersion: null, restart: true, canary: null, settleMs: 400, soakMs: null, downgrade: false };
  const { planId, digest, json } = await plans.makePlan(request, person);
  const { runId } = await plans.approvePlan(planId, digest, person);
  repair.runs.push(runId);
  await runs.startRun(planId, person);
  repair.isTaken = true;
  attend({ world, runId, plan: JSON.parse(json) as Plan });
}

function refused({ world }: QuayPlay, repair: Repair, thrown: unknown): void {
  if (thrown instanceof FailureError) repair.refusals.push(thrown.message);
  else world.broke(`a restart of ${world.cluster} ended in ${String(thrown)}`);
}

/** P22: what was asked for while the run rested was taken, and is over. */
export async function judgeRepairs({ world }: QuayPlay): Promise<void> {
  for (const { askedMs, refusals, runs } of world.repairs) {
    const states = await Promise.all(runs.map(async (run) => (await statusOf(world, run))?.state ?? 'unknown'));
    if (states.some((state) => ['done', 'rolled-back', 'aborted'].includes(state))) continue;
    const [why = 'nothing was answered'] = refusals.slice(-1);
    world.broke(`P22 a restart that was asked for at ${askedMs} ms of a resting run came to ${states.join() || `nothing: ${why}`}`);
  }
}

/** P18: only a person's word ends a rest; each reminder comes once, and the deadline is told of when it has passed. */
export function restsUntilAWord({ world, plan }: QuayPlay, { events }: Outcome): void {
  const deadlineMs = plan.hops[0]?.finalize.deadlineMs ?? Number.POSITIVE_INFINITY;
  for (const [at, { body, atMs }] of events.entries()) {
    if (body.type !== 'rested') continue;
    const after = events.slice(at + 1);
    const end = after.findIndex((event) => !isTold(event.body));
    const [told, word] = [end === -1 ? after : after.slice(0, end), end === -1 ? undefined : after[end]];
    if (word !== undefined && !isWord(word.body)) world.broke(`P18 a rest was ended by ${word.body.type}, and by nobody's word`);
    const left = told.flatMap((event) => (event.body.type === 'reminded' ? [event.body.leftMs] : []));
    if (left.some((leftMs, index) => index > 0 && leftMs >= (left[index - 1] ?? 0)))
      world.broke(`P18 reminded of ${left.join()} ms in one rest`);
    const restedMs = (word?.atMs ?? world.kernel.clock.wallMs()) - atMs;
    const isOverdue = told.some((event) => event.body.type === 'hold-raised');
    if (isOverdue !== restedMs >= deadlineMs && Math.abs(restedMs - deadlineMs) > longestAwayMs + minuteMs)
      world.broke(`P18 a rest of ${restedMs} ms that may last ${deadlineMs} ms is ${isOverdue ? '' : 'not '}told to be overdue`);
  }
}

const isTold = (event: RunEvent): boolean =>
  event.type === 'reminded' || (event.type === 'hold-raised' && event.hold.kind === 'finalize-overdue');

const isWord = (event: RunEvent): boolean =>
  (event.type === 'step-confirmed' && event.actor !== '') || (event.type === 'rollback-started' && event.actor !== null);
