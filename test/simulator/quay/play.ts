/** A hop of quay in a world, of any kind: plan, approve, run, with a person at hand who gives the words that it asks for. */
import type { Plan } from '../../../common/plan.ts';
import type { RunStatus } from '../../../controller/sequencer/run/run-status.ts';
import type { Death as DeathOf, Game } from '../game.ts';
import type { Outcome, Play } from '../play.ts';
import { outcomeOf, reportsAreOver, sayStart, statusOf } from '../play.ts';
import { givenFor } from './config.ts';
import { judge } from './invariants.ts';
import { soakMs } from './kinds.ts';
import { attend } from './operator.ts';
import { type QuayOptions, QuayWorld } from './world.ts';

export type QuayPlay = Play<QuayWorld>;
export type QuayDeath = DeathOf<QuayWorld>;

const longestRunMs = 3_600_000;
/** A person is at hand, so that a hold which is still there after so long is one that the offered commands do not release. */
const patienceMs = 11 * 60_000;

/** So much is still played when something was seen to be broken, to show what comes of it. */
const afterBreachMs = 60_000;

async function begin(options: QuayOptions, arrange: (play: QuayPlay) => void = () => {}): Promise<QuayPlay> {
  const world = new QuayWorld(options);
  await world.boot();
  const { cluster, servers, kind } = world;
  const { operations } = world.controller.controller;
  await world.through(operations.clusters.adoptCluster({ cluster, members: servers.length, reason: '', fewerThanSeen: false }, 'ann'));
  await world.addRelease();
  const soak = { soakMs: options.soakMs ?? (kind.rests ? soakMs : 0), finalizeWithinMs: options.finalizeWithinMs ?? null };
  const config = Object.entries(options.given ?? givenFor(kind)).map(([key, value]) => ({ op: 'set', key, value }) as const);
  const request = { cluster, toVersion: kind.to, canary: null, settleMs: 400, downgrade: false, config, ...soak };
  const { planId } = await world.through(operations.plans.makePlan(request, 'ann'));
  const { digest, json } = await world.through(operations.plans.getPlan(planId));
  const { runId } = await world.through(operations.plans.approvePlan(planId, digest, 'bob'));
  const play = { world, runId, plan: JSON.parse(json) as Plan };
  arrange(play);
  attend(play);
  world.weather = options.weather ?? world.weather;
  world.points.counting = true;
  world.soon(() => sayStart(play, planId));
  return play;
}

async function finish(play: QuayPlay): Promise<Outcome> {
  const { world, runId } = play;
  const { restMs = 0, soakMs: watchedMs = 0 } = world.options;
  let changedMs = 0;
  let brokenMs: number | null = null;
  let status: RunStatus | null = null;
  let readAt = -1;
  await world.run(
    async () => {
      const { controller } = world;
      if (!controller.alive || world.agents.some((agent) => !agent.alive)) return false;
      if (controller.commits !== readAt) {
        status = await statusOf(world, runId);
        changedMs = world.kernel.nowMs;
      }
      readAt = controller.commits;
      if (status === null) return false;
      if (world.broken.length > 0) brokenMs ??= world.kernel.nowMs;
      if (brokenMs !== null && world.kernel.nowMs - brokenMs > afterBreachMs) return true;
      if (!['draft', 'approved', 'active', 'unfinalized'].includes(status.state)) return reportsAreOver(world);
      return world.kernel.nowMs - changedMs > patienceMs + (status.state === 'unfinalized' ? restMs : 0);
    },
    longestRunMs + restMs + watchedMs,
  );
  return outcomeOf(play);
}

async function end(play: QuayPlay, outcome: Outcome): Promise<readonly string[]> {
  judge(play, outcome);
  await play.world.close();
  return play.world.broken;
}

export const quay: Game<QuayOptions, QuayWorld> = { begin, finish, end };
