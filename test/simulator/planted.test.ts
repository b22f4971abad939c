/** Defects planted on purpose: each must be caught by the invariant of the promise that it breaks, or the suite could not fail. */
import { describe, expect, it } from 'vitest';
import type { Journal } from '../../agent/journal/journal.ts';
import type { DriverVerbs } from '../../common/driver.ts';
import type { Plan } from '../../common/plan.ts';
import type { Procedure } from '../../common/procedure.ts';
import { damageBytes, forgetReceipts, hasty, optimistic, removePrevious, staleFacts, stopLater, withoutHealthChecks } from './faulty.ts';
import { type Death, killPoints, playWithDeaths } from './kill.ts';
import { say } from './operator.ts';
import { begin, end, finish, outcomeOf } from './play.ts';
import { slowProbes } from './suites.ts';
import type { Defects, WorldOptions } from './world.ts';

const seed = 61;

async function brokenBy(defects: Defects, deaths: readonly Death[] = [], more: Partial<WorldOptions> = {}): Promise<string> {
  const { broken } = await playWithDeaths({ seed, ...more, defects }, deaths);
  return broken.join('\n');
}

interface Broken {
  readonly reported: string;
  /** What other promises say of it: nothing, where only the invariants of this one can see the defect. */
  readonly others: readonly string[];
}

function byPromise(promise: string, broken: string): Broken {
  return { reported: broken, others: broken.split('\n').filter((line) => !line.startsWith(`${promise} `)) };
}

async function onlyBrokenBy(promise: string, defects: Defects, deaths: readonly Death[] = []): Promise<Broken> {
  return byPromise(promise, await brokenBy(defects, deaths));
}

/** A run that goes on for ever is judged after so much time. */
async function brokenAfter(timeMs: number, defects: Defects): Promise<string> {
  const play = await begin({ seed, defects });
  await play.world.run(() => false, timeMs);
  return (await end(play, await outcomeOf(play))).join('\n');
}

/** The first point with this label in a run without defects. */
async function pointOf(program: string, label: RegExp, more: Partial<WorldOptions> = {}): Promise<number> {
  const points = await killPoints({ seed, ...more }, (point) => point.program === program && label.test(point.label));
  const [first] = points;
  if (first === undefined) throw new Error(`${program} passes no point ${label}`);
  return first.index;
}

describe('a planted defect is caught', () => {
  it('P1 stale facts passed off as fresh: a second node is taken out while another is dead', async () => {
    // By then it was seen well in its new life.
    const point = await pointOf('controller', /^commit before turn-chosen .*order-dispatched h1\.roll\.pg-3\.standby\.downtime/);
    const dies: Death = { point, downMs: 20_000, also: ({ world }) => world.crash('pg-2', 90_000) };
    const blind = (real: Procedure): Procedure => ({ ...real, assess: () => [] });
    expect(await brokenBy({ controller: staleFacts(), procedure: blind }, [dies])).toMatch(
      /P1 pg-3 is stopped .* while pg-2 has been down/,
    );
  });

  it('P2 a procedure without proofs: the next downtime comes with none', async () => {
    expect(await brokenBy({ procedure: withoutHealthChecks })).toMatch(
      /P2 the downtime of pg-3 was ordered .* without its own proof of pg-2/,
    );
  });

  it('P3 a journal that makes its receipts up anew: one order has two of them', async () => {
    const point = await pointOf('controller', /^commit before order-ended h1\.canary\.pg-2\.standby\.downtime/);
    expect(await brokenBy({ journal: forgetReceipts }, [{ point }])).toMatch(/P3 order .* has two receipts/);
  });

  it('P4 a journal that is not synced: what it acknowledged is lost with the power', async () => {
    const point = await pointOf('pg-2', /^commit after .*ended of .*downtime/);
    const lazy: Defects = { database: (database) => void database.pragma('synchronous = NORMAL') };
    expect(await brokenBy(lazy, [{ point, how: 'power-loss' }], { losesPower: true })).toMatch(/P4 pg-2: journal entry .* is lost/);
  });

  it('P5 an agent that forgets whom it obeyed: a superseded controller is obeyed again', async () => {
    const forgets = (real: Journal): Journal => ({ ...real, fences: () => [], raiseFence: () => {} });
    expect(await brokenBy({ journal: forgets })).toMatch(/P5 pg-\d took order/);
  });

  it('P6 a host that takes any bytes for those of the digest: what is unpacked was never verified', async () => {
    const { others, reported } = await onlyBrokenBy('P6', { host: damageBytes });
    expect(reported).toMatch(/P6 16\.14-b+ was unpacked from sha256:\w+ in place of sha256:/);
    expect(others).toEqual([]);
  });

  it('P7 a host that cleans up too early: the previous release is gone while others still run it', async () => {
    const { others, reported } = await onlyBrokenBy('P7', { host: removePrevious });
    expect(reported).toMatch(/P7 16\.4-a+ was removed from pg-2 while pg-1 runs it/);
    expect(others).toEqual([]);
  });

  it('P7 a stop that is taken for its own end: the release is switched under a running server', async () => {
    const trusting: Defects['driver'] = (real) => ({ ...real, stopped: async () => ({ check: 'stopped', ok: true, detail: 'surely' }) });
    const { others, reported } = await onlyBrokenBy('P7', { host: stopLater, driver: trusting });
    expect(reported).toMatch(/P7 16\.14-b+ was activated while postgresql was running/);
    expect(others).toEqual([]);
  });

  it('P9 a quiesce that is not waited for: the server is stopped before it came to its end', async () => {
    const { others, reported } = await onlyBrokenBy('P9', { driver: (real) => ({ ...real, quiesce: async () => {} }) });
    expect(reported).toMatch(/P9 pg-2 is stopped by .*downtime\/1, and its quiesce has not come to its end/);
    expect(others).toEqual([]);
  });

  it.each([
    { why: 'dropped', reported: /P9 .*settle\/1 is done, and pg-2 has been down since/ },
    { why: 'kept', reported: /P9 .*settle\/1 was done \(health-check-timeout\) and passes for a success/ },
  ] as const)('P9 a proof whose time ran out and that is told as done, the reason $why', async ({ why, reported }) => {
    const point = await pointOf('controller', /^commit after order-ended h1\.canary\.pg-2\.standby\.downtime/);
    const dies: Death = { point, how: 'nobody', also: ({ world }) => world.crash('pg-2', 30_000) };
    const seen = await onlyBrokenBy('P9', { journal: optimistic(why), procedure: hasty }, [dies]);
    expect(seen.reported).toMatch(reported);
    expect(seen.others).toEqual([]);
  });

  it('P10 a plan that leaves the path', async () => {
    const play = await begin({ seed });
    const outcome = await finish(play);
    const strayed: Plan = { ...play.plan, hops: play.plan.hops.map((hop) => ({ ...hop, to: '17.2' })) };
    expect((await end({ ...play, plan: strayed }, outcome)).join()).toMatch(/P10 the plan goes/);
  });

  it('P11 a canary whose rollback is not lossless, rolled back by itself', async () => {
    const lossless = await begin({ seed, fate: 'exits-at-start' });
    const outcome = await finish(lossless);
    const plan = JSON.parse(JSON.stringify(lossless.plan).replaceAll('"rollback":"lossless"', '"rollback":"restore-node"')) as Plan;
    expect((await end({ ...lossless, plan }, outcome)).join()).toMatch(/P11 went back by itself where something is lost/);
  });

  it('P11 a rollback that goes by the wrong list: the primary is started beside the promoted one', async () => {
    const forgetful = (real: Procedure): Procedure => ({
      ...real,
      turn: (input) => {
        const draft = real.turn(input);
        const undo = draft.undo.filter(({ id }) => !id.endsWith('.unpromoted'));
        return draft.handover === undefined ? draft : { ...draft, undo, handover: { ...draft.handover, undo } };
      },
    });
    const point = await pointOf('controller', /^commit after order-ended .*handover\.promote/, { primary: 'switchover' });
    const rollsBack: Death = { point, how: 'nobody', also: (play) => say(play, ['rollback']) };
    expect(await brokenBy({ procedure: forgetful }, [rollsBack], { primary: 'switchover' })).toMatch(/two primaries: pg-1 and pg-2/);
  });

  it('P11 a fence that is not on the disk: the former primary is started beside the promoted one', async () => {
    const paper: Defects = {
      driver: ({ verbs, ...real }) => {
        const act: DriverVerbs['act'] = async (context, call) => {
          const answer = await verbs.act(context, call);
          if (call.verb === 'fence') await verbs.act(context, { verb: 'unfence', args: {}, token: null });
          return answer;
        };
        return { ...real, verbs: { schemas: verbs.schemas, act, acted: (context, call) => verbs.acted(context, call) } };
      },
    };
    expect(await brokenBy(paper, [], { primary: 'switchover' })).toMatch(/two primaries: pg-1 and pg-2/);
  });

  it('P21 a driver that asks past its agent: the same is asked twice at once, and what hangs is never ended', async () => {
    const reckless: Defects['driver'] = (real) => ({
      ...real,
      observe: (context, checks) => real.observe({ ...context, tool: (_, call) => call(context) }, checks),
    });
    expect(await brokenBy({ driver: reckless }, [slowProbes])).toMatch(/P21 pg-\d is asked observe .* while it is asked the same/);
  });

  it('P19 a setting that is said to be restored and is not', async () => {
    const lazy: Defects = {
      driver: (real) => ({ ...real, settings: { ...real.settings, unset: async (_, { key }) => ({ check: key, ok: true, detail: '' }) } }),
    };
    expect(await brokenBy(lazy, [], { syncNames: 'ANY 2 (*)' })).toMatch(/P19 the run is done, and pg-1 is left with/);
  });

  it('P15 a procedure that verifies nothing: done, and no version was read back', async () => {
    const verifiesNothing = (real: Procedure): Procedure => ({ ...real, verify: () => [] });
    expect(await brokenBy({ procedure: verifiesNothing })).toMatch(/P15 done, and the version of pg-\d was never read back/);
  });

  it('P17 a gate that does not say what it waits for: the run stands, and nobody knows how it goes on', async () => {
    const hold = { kind: 'health-check-failed', subject: '', detail: '', releasedBy: 'person', until: '', commands: [] } as const;
    const mute = (real: Procedure): Procedure => ({ ...real, judge: () => ({ ok: false, hold }) });
    const { others, reported } = byPromise('P17', await brokenAfter(5_000, { procedure: mute }));
    expect(reported).toMatch(/P17 hold health-check-failed .* does not say how it goes on/);
    expect(others).toEqual([]);
  });

  it('P17 an agent that keeps its receipts to itself: the run stands in silence', async () => {
    const silent = (real: Journal): Journal => ({ ...real, pendingReports: () => [] });
    const { others, reported } = byPromise('P17', await brokenAfter(5_000, { journal: silent }));
    expect(reported).toMatch(/P17 the run is active and nothing holds it/);
    expect(others).toEqual([]);
  });
});
