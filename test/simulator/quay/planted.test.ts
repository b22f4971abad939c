/** Defects planted on purpose in what hops of other kinds promise: each must be caught. */
import { describe, expect, it } from 'vitest';
import type { StoredEvent } from '../../../common/events.ts';
import { fail } from '../../../common/failure.ts';
import type { Phase, Plan, Step, Turn } from '../../../common/plan.ts';
import { playGame, pointsOf, strike } from '../game.ts';
import type { KindName } from './kinds.ts';
import { say } from './operator.ts';
import { type QuayDeath, quay } from './play.ts';
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

describe('a planted defect is caught', () => {
  it.each(['all-stop', 'in-place', 'side-by-side'] as const)('P11 a planner that asks for no consent: %s', async (kind) => {
    const hasty: QuayDefects = { plan: (plan) => phases(plan, (phase) => (phase.name === 'consent' ? null : phase)) };
    expect(await brokenBy(kind, hasty)).toMatch(/P11 \S+ was ordered, and nobody agreed to/);
  });

  it('P10 a soak that is cut short: finalized before the cluster was watched for as long as was asked for', async () => {
    const shorter = (step: Step): Step => (step.body.kind === 'soak' ? ({ ...step, body: { ...step.body, soakMs: 2_000 } } as Step) : step);
    const hasty: QuayDefects = {
      plan: (plan) =>
        phases(plan, (phase) =>
          turns(phase, (turn) => ({ ...turn, variants: turn.variants.map((each) => ({ ...each, steps: each.steps.map(shorter) })) })),
        ),
    };
    expect(await brokenBy('all-stop', hasty)).toMatch(/P10 finalized .* after the cluster was watched for \d+ ms of 20000/);
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

  it('waves a rollback whose waves are out of order', async () => {
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
    const refuse = async (): Promise<never> => {
      throw fail('refused', 'illegal-command', 'not now');
    };
    const deaf: QuayDefects = {
      controller: ({ operations: { runs } }) =>
        Object.assign(runs, { retryStep: refuse, rollbackRun: refuse, resolveStep: refuse, abortRun: refuse }),
    };
    const { broken } = await playGame(quay, { seed, kind: 'all-stop', fate: 'exits-at-start', defects: deaf }, []);
    expect(broken.join('\n')).toMatch(/P22 the run is active, and nothing that it offers led to an end: order-failed/);
  });
});
