/** Defects planted on purpose in what hops of other kinds promise: each must be caught. */
import { describe, expect, it } from 'vitest';
import type { StoredEvent } from '../../../common/events.ts';
import { fail } from '../../../common/failure.ts';
import { type Phase, type Plan, type Step, type Turn, turnsOf } from '../../../common/plan.ts';
import type { MakePlanRequest } from '../../../controller/operations/stored-plans.ts';
import { playGame, pointsOf, strike } from '../game.ts';
import type { KindName } from './kinds.ts';
import { say } from './operator.ts';
import { type QuayDeath, quay } from './play.ts';
import { disturb, halfDayMs, judgeRepairs } from './rest.ts';
import { unit } from './server.ts';
import { halfAnHourMs } from './soak.ts';
import { slowly as pace, restCalmly } from './suites.ts';
import type { QuayDefects } from './world.ts';

const seed = 61;

async function brokenBy(kind: KindName, defects: QuayDefects, deaths: readonly QuayDeath[] = []): Promise<string> {
  return (await playGame(quay, { seed, kind, defects }, deaths)).broken.join('\n');
}

async function pointOf(kind: KindName, program: string, label: RegExp, defects: QuayDefects = {}): Promise<number> {
  const [first] = await pointsOf(quay, { seed, kind, defects }, (point) => point.program === program && label.test(point.label));
  if (first === undefined) throw new Error(`${program} passes no point ${label}`);
  return first.index;
}

const phases = (plan: Plan, change: (phase: Phase) => Phase | null): Plan => ({
  ...plan,
  hops: plan.hops.map((hop) => ({ ...hop, phases: hop.phases.flatMap((phase) => change(phase) ?? []) })),
});
const turns = (phase: Phase, change: (turn: Turn) => Turn): Phase => ({
  ...phase,
  waves: phase.waves.map((wave) => ({ ...wave, turns: wave.turns.map(change) })),
});

const steps = (plan: Plan, change: (step: Step) => Step): Plan =>
  phases(plan, (phase) =>
    turns(phase, (turn) => ({ ...turn, variants: turn.variants.map((each) => ({ ...each, steps: each.steps.map(change) })) })),
  );
/** Each of two turns is undone by what undoes the other. */
function exchanged(plan: Plan, one: string, other: string): Plan {
  const undoOf = (id: string) => [...turnsOf(plan)].find(({ turn }) => turn.id === id)?.turn.variants[0]?.undo ?? [];
  const undo: Readonly<Record<string, readonly Step[]>> = { [one]: undoOf(other), [other]: undoOf(one) };
  return phases(plan, (phase) =>
    turns(phase, (turn) => ({ ...turn, variants: turn.variants.map((each) => ({ ...each, undo: undo[turn.id] ?? each.undo })) })),
  );
}

const refuse = async (): Promise<never> => {
  throw fail('refused', 'illegal-command', 'not now');
};
const restMs = 3_600_000;

describe('a planted defect is caught', () => {
  it.each(['all-stop', 'in-place', 'side-by-side'] as const)('P11 a planner that asks for no consent: %s', async (kind) => {
    const hasty: QuayDefects = { plan: (plan) => phases(plan, (phase) => (phase.name === 'consent' ? null : phase)) };
    expect(await brokenBy(kind, hasty)).toMatch(/P11 \S+ was ordered, and nobody agreed to/);
  });

  it('P10 a soak that is cut short: finalized before the cluster was watched for as long as was asked for', async () => {
    const shorter = (step: Step): Step => (step.body.kind === 'soak' ? ({ ...step, body: { ...step.body, soakMs: 2_000 } } as Step) : step);
    const hasty: QuayDefects = {
      plan: (plan) => steps(plan, shorter),
    };
    expect(await brokenBy('all-stop', hasty)).toMatch(/P10 finalized .* after the cluster was watched for \d+ ms of 20000/);
  });

  it('P10 a finalization that stands before its soak: finalized, and the cluster was never watched', async () => {
    const hasty: QuayDefects = {
      plan: (plan) => ({
        ...plan,
        hops: plan.hops.map((hop) => {
          const isLate = ({ name }: Phase) => name === 'soak';
          const at = hop.phases.findIndex(({ name }) => name === 'cleanup');
          return {
            ...hop,
            phases: [...hop.phases.slice(0, at).filter((each) => !isLate(each)), ...hop.phases.filter(isLate), ...hop.phases.slice(at)],
          };
        }),
      }),
    };
    expect(await brokenBy('all-stop', hasty)).toMatch(/P10 finalized .* after the cluster was watched for 0 ms of 20000/);
  });

  it('P18 a soak without patience: the second probe that fails is a breach already', async () => {
    const impatient = (step: Step): Step =>
      step.body.kind === 'soak' ? ({ ...step, body: { ...step.body, toleranceMs: 0 } } as Step) : step;
    const hasty: QuayDefects = { plan: (plan) => steps(plan, impatient) };
    const play = await quay.begin({ seed, kind: 'all-stop', soakMs: halfAnHourMs, defects: hasty }, ({ world }) => {
      const { host } = world.server('store-1');
      world.later(15 * 60_000, async () => host.crashUnit(unit));
      world.later(15 * 60_000 + 40_000, async () => host.startByHand(unit));
    });
    expect((await quay.end(play, await quay.finish(play))).join()).toMatch(/P18 \S+ is breached by a disturbance of \d+ ms/);
  });

  it('waves a wave that begins before the one before it is over', async () => {
    const merged: QuayDefects = {
      plan: (plan) =>
        phases(plan, (phase) => {
          const [first] = phase.waves;
          if (phase.name !== 'start' || first === undefined) return phase;
          const all = phase.waves.flatMap((wave) => wave.turns);
          return { ...phase, waves: [{ ...first, order: 'together', parallel: all.length, turns: all }] };
        }),
    };
    expect(await brokenBy('all-stop', merged)).toMatch(/waves: router-\d is started by \S+ before store-\d serves/);
  });

  it('waves a rollback that stops a store before the routers', async () => {
    const mixed: QuayDefects = { plan: (plan) => exchanged(plan, 'h1.start.router-2', 'h1.start.store-1') };
    const point = await pointOf('all-stop', 'controller', /^commit after order-ended h1\.start\.router-2\.serves/, mixed);
    const rollsBack: QuayDeath = { point, how: 'nobody', also: (play) => say(play, ['rollback']) };
    expect(await brokenBy('all-stop', mixed, [rollsBack])).toMatch(/waves: store-1 is stopped by \S+ while router-\d still runs/);
  });

  it('waves a log of a rollback whose waves are out of order', async () => {
    const point = await pointOf('all-stop', 'controller', /^commit after order-ended h1\.start\.router-2\.serves/);
    const play = await quay.begin({ seed, kind: 'all-stop' }, (begun) =>
      strike(begun, { point, how: 'nobody', also: (each) => say(each, ['rollback']) }),
    );
    const outcome = await quay.finish(play);
    expect(outcome.status.state).toBe('rolled-back');
    const isBack = ({ body }: StoredEvent) => body.type === 'turn-chosen' && body.way === 'back';
    const chosen = outcome.events.filter(isBack).reverse();
    const mixed = outcome.events.map((event) => (isBack(event) ? (chosen.shift() ?? event) : event));
    expect((await quay.end(play, { ...outcome, events: mixed })).join()).toMatch(/waves: h1\.\S+ was begun back before h1\.\S+ was over/);
  });

  it('P3 a job that is begun again after its agent was killed, while it still runs', async () => {
    let isForgotten = false;
    const forgetful: QuayDefects = {
      host: (host) => {
        const state = host.jobState.bind(host);
        host.jobState = async (id) => {
          const isLie = isForgotten && id.endsWith('-1');
          if (isLie) isForgotten = false;
          return isLie ? { kind: 'none' } : state(id);
        };
        host.endJob = async () => {};
      },
    };
    const point = await pointOf('in-place', 'store-1', /^commit after job-started/);
    const dies: QuayDeath = {
      point,
      downMs: 100,
      also: () => {
        isForgotten = true;
      },
    };
    expect(await brokenBy('in-place', forgetful, [dies])).toMatch(/P3 job \S+ was begun while \S+ runs/);
  });

  it('P22 a hold that offers nothing that helps: whatever it offers is refused', async () => {
    const deaf: QuayDefects = {
      controller: ({ operations: { runs } }) =>
        Object.assign(runs, { retryStep: refuse, rollbackRun: refuse, resolveStep: refuse, abortRun: refuse, excludeNode: refuse }),
    };
    const { broken } = await playGame(quay, { seed, kind: 'all-stop', fate: 'exits-at-start', defects: deaf }, []);
    expect(broken.join('\n')).toMatch(/P22 the run is active, and nothing that it offers led to an end: order-failed/);
  });

  it('P22 a run at rest that keeps its cluster from a restart', async () => {
    const jealous: QuayDefects = {
      controller: ({ operations: { plans } }) => {
        const { makePlan } = plans;
        Object.assign(plans, { makePlan: (asked: MakePlanRequest, actor: string) => (asked.restart ? refuse() : makePlan(asked, actor)) });
      },
    };
    const play = await quay.begin({ seed, kind: 'restore-node', restMs: halfDayMs, pace, defects: jealous }, (begun) =>
      disturb(begun, seed),
    );
    const outcome = await quay.finish(play);
    await judgeRepairs(play);
    expect((await quay.end(play, outcome)).join()).toMatch(
      /P22 a restart that was asked for at \d+.* ms of a resting run came to nothing: not now/,
    );
  });

  it('P21 a driver that asks past its agent: the database is looked at with every beat', async () => {
    const eager: QuayDefects = {
      driver: (real) => ({
        ...real,
        alive: async (context) => {
          await real.observe({ ...context, tool: (_, call) => call(context) }, []);
          return real.alive(context);
        },
      }),
    };
    const broken = await restCalmly({ seed, kind: 'restore-node', restMs, defects: eager });
    expect(broken.join()).toMatch(/P21 store-1 was asked \d+ times by observe in a rest of \d+.* ms, at most 6\d are declared/);
  });

  it('P21 a controller that looks at nodes all the time while their run rests', async () => {
    const curious: QuayDefects = {
      controller: (controller) => {
        const { tick } = controller;
        controller.tick = async () => {
          await Promise.allSettled(controller.fleet.nodes('quay-main').map(({ instance }) => controller.fleet.probe(instance, [], 5_000)));
          await tick();
        };
      },
    };
    const broken = await restCalmly({ seed, kind: 'restore-node', restMs, defects: curious });
    expect(broken.join()).toMatch(/P21 looks at store-1 cost database \d\.\d+ % of a core in a rest of/);
  });
});
