/** Nodes that are excluded from a run: what still must hold about them, and defects planted in that. */
import { describe, expect, it } from 'vitest';
import type { StoredEvent } from '../../common/events.ts';
import type { Procedure } from '../../common/procedure.ts';
import { die, playGame, pointsOf } from './game.ts';
import { exclude } from './operator.ts';
import { begin, end, finish, type Outcome, outcomeOf, type Play, statusOf } from './play.ts';
import { say } from './quay/operator.ts';
import { type QuayDeath, quay } from './quay/play.ts';
import { unit as quayUnit } from './quay/server.ts';
import type { QuayDefects } from './quay/world.ts';
import { seedOr } from './seed.ts';
import type { WorldOptions } from './world.ts';

const limitMs = 600_000;
const awayMs = 300_000;

async function comesTo({ world }: Play, holds: () => Promise<boolean>): Promise<void> {
  expect(await world.run(holds, limitMs)).toBe(true);
}

const holdsWith = (play: Play, kind: string) => async () =>
  (await statusOf(play.world, play.runId))?.holds.some((hold) => hold.kind === kind) === true;

/** The host of pg-3 is gone, for good or for minutes, once this step was begun. */
async function withoutHost(step: string, options: Partial<WorldOptions> = {}, forGood = false): Promise<Play> {
  const play = await begin({ seed: seedOr(41), ...options });
  const { world, runId } = play;
  await comesTo(play, async () => (await statusOf(world, runId))?.turns.some(({ steps }) => step in steps) === true);
  die(world, world.agent('pg-3'), { forGood, downMs: awayMs });
  world.crash('pg-3', awayMs);
  await comesTo(play, holdsWith(play, 'agent-lost'));
  return play;
}

const canarySettles = 'h1.canary.pg-2.standby.settle';

async function excluded(
  step = canarySettles,
  options: Partial<WorldOptions> = {},
): Promise<{ readonly play: Play; readonly outcome: Outcome }> {
  const play = await withoutHost(step, options);
  await play.world.through(exclude(play, 'pg-3'));
  const outcome = await finish(play);
  expect(outcome.status.state).toBe('done');
  return { play, outcome };
}

/** Commits of pg-1 wait for both others, so that this is lowered for the turn of pg-3, which does not come back from it. */
const lowered = () => excluded('h1.roll.pg-3.standby.settle', { syncNames: 'ANY 2 (*)' });

it('P22 the host of an excluded node is forgotten while its run goes on, and that of no other one', async () => {
  const play = await withoutHost(canarySettles, {}, true);
  const { world, runId, plan } = play;
  const { hosts } = world.controller.controller.operations;
  const hostOf = (instance: string) => plan.nodes.find((node) => node.instance === instance)?.host ?? '';
  const forget = (instance: string) => world.through(hosts.forgetHost(hostOf(instance), 'its disk died', 'ann'));
  await expect(forget('pg-3')).rejects.toThrow(
    `host ${hostOf('pg-3')} is part of run ${runId}, which is active: wait for it, or, if pg-3 is lost: drydock exclude ${runId} pg-3 --reason "…"`,
  );
  await world.through(exclude(play, 'pg-3'));
  await forget('pg-3');
  expect(() => hosts.getHost(hostOf('pg-3'))).toThrow(`host ${hostOf('pg-3')} not found`);
  expect(hosts.getHost(hostOf('pg-2')).host).toBe(hostOf('pg-2'));
  await comesTo(play, async () => (await statusOf(world, runId))?.state === 'done');
  const outcome = await outcomeOf(play);
  expect(outcome.status.endReason).toContain('pg-3 was excluded by ann (it is repaired later) and is disconnected, left at 16.4');
  expect(await end(play, outcome)).toEqual([]);
});

it('P19 what was lowered for the turn of an excluded node is named where it cannot be restored', async () => {
  const { play, outcome } = await lowered();
  expect(outcome.status.leftEffects).toMatchObject([{ instance: 'pg-1', leftFor: 'pg-3' }]);
  expect(await end(play, outcome)).toEqual([]);
});

describe('a planted defect is caught', () => {
  const broken = async ({ play, outcome }: Awaited<ReturnType<typeof excluded>>, change: (outcome: Outcome) => Outcome) =>
    (await end(play, change(outcome))).join('\n');

  it('P22 a log in which a node has its turn although it was excluded', async () => {
    const play = await begin({ seed: seedOr(41) });
    const outcome = await finish(play);
    const [first] = outcome.events as readonly [StoredEvent];
    const said: StoredEvent = {
      ...first,
      body: { type: 'excluded', instance: 'pg-3', member: 'pg-3', actor: 'ann', reason: 'its disk died' },
    };
    const reported = await broken({ play, outcome }, (seen) => ({ ...seen, events: [first, said, ...seen.events.slice(1)] }));
    expect(reported).toMatch(/P22 h1\.roll\.pg-3 was begun \(event \d+\) after its node was excluded/);
    expect(reported).toMatch(/P22 pg-3 was ordered h1\.roll\.pg-3\.standby\.downtime \(event \d+\) after it was excluded/);
  });

  it('P19 a log in which what was lowered is given up for nobody', async () => {
    const isClosed = ({ body }: StoredEvent) => body.type === 'effect-closed' && body.leftFor !== undefined;
    expect(await broken(await lowered(), (seen) => ({ ...seen, events: seen.events.filter((event) => !isClosed(event)) }))).toMatch(
      /P19 the run is done, and synchronous-standby-names of pg-1 is neither restored nor named/,
    );
  });

  it('P19 an answer that does not name what is left', async () => {
    const silent = (seen: Outcome): Outcome => ({
      ...seen,
      printed:
        seen.printed === null ? null : { ...seen.printed, excluded: seen.printed.excluded.map((each) => ({ ...each, effectsLeft: [] })) },
    });
    expect(await broken(await lowered(), silent)).toMatch(/P19 synchronous-standby-names of pg-1 is left for pg-3, and nobody is told/);
  });

  it('P15 an end that says another version of an excluded node than is active on its host', async () => {
    const other = (seen: Outcome): Outcome => ({
      ...seen,
      status: { ...seen.status, endReason: seen.status.endReason?.replace(/(pg-3 .*)16\.4$/, '$116.14') ?? null },
    });
    expect(await broken(await excluded(), other)).toMatch(/P15 the end says that pg-3 .* left at 16\.14, and 16\.4 is active there/);
  });

  describe('P1 an excluded node that the members list and that is down', () => {
    const options = { seed: seedOr(61), kind: 'rolling', listsMembers: true } as const;

    /** store-2 is excluded and dies; as soon as the agent of router-2 is back it is the turn of store-1. */
    async function played(defects: QuayDefects): Promise<string> {
      const [at] = await pointsOf(
        quay,
        options,
        ({ program, label }) => program === 'controller' && /order-dispatched h1\.roll\.router-2\.member\.serves/.test(label),
      );
      const dies: QuayDeath = {
        point: at?.index ?? -1,
        how: 'nobody',
        also: (play) => {
          const { world, runId } = play;
          say(play, ['exclude', runId, 'store-2']);
          die(world, world.agent('router-2'), { downMs: 12_000 });
          world.later(1_000, async () => world.host('store-2').crashUnit(quayUnit));
          world.later(90_000, async () => world.host('store-2').startByHand(quayUnit));
        },
      };
      const { broken: seen, outcome } = await playGame(quay, { ...options, defects }, [dies]);
      expect(outcome.status.excluded).toMatchObject([{ instance: 'store-2' }]);
      return seen.join('\n');
    }

    it('keeps the others of its group up', async () => {
      expect(await played({})).toBe('');
    });

    it('does not where a procedure counts only who answers', async () => {
      const forgetful = (real: Procedure): Procedure => ({
        ...real,
        membersSeen: (view) => real.membersSeen(view).filter((name) => view.nodes.some((node) => node.instance === name)),
      });
      expect(await played({ procedure: forgetful })).toMatch(/P1 store-1 is stopped by \S+ while store-2 has been down since/);
    });
  });
});
