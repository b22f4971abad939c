/** Steps in which another system must agree, asked over real HTTP on loopback while the clock of the run is a test's. */
import type { IncomingMessage } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ExternalBody, ExternalQuestion } from '../../common/controller-body.ts';
import type { Step } from '../../common/plan.ts';
import type { Procedure } from '../../common/procedure.ts';
import { HttpSource } from '../../controller/external/http-source.ts';
import type { CheckPlace } from '../../controller/planner/plan-input.ts';
import { loadPack, type RulePacks } from '../../controller/rules/pack.ts';
import type { ExternalSource } from '../../controller/sequencer/connections.ts';
import { builtinPacks } from '../../engines/builtin-packs.ts';
import { postgresqlProcedure } from '../../engines/postgresql/procedure.ts';
import { schemes } from '../../engines/schemes.ts';
import { json, OtherServer, vector } from '../external/other-server.ts';
import { builtin } from '../rules/builtin.ts';
import { actor, Stage } from './stage.ts';

const text = builtinPacks().find((pack) => pack.name === 'postgresql')?.text ?? '';
const manual: RulePacks = new Map([
  ...builtin,
  ['postgresql', loadPack('manual.yaml', text.replace('    kind: rolling\n', '    kind: rolling\n    finalize: manual\n'), schemes)],
]);
const committed: Step = {
  id: 'unset',
  title: 'commit the version',
  executor: { kind: 'instance', instance: 'pg-2' },
  body: { kind: 'await', condition: 'in-service', member: null, steadyMs: 0, viewpoint: 'self' },
  guards: [],
  repeat: 'convergent',
  deadlineMs: 60_000,
  expectedMs: 100,
  healthCheck: null,
};
const finalizing: Procedure = {
  ...postgresqlProcedure,
  finalize: ({ idPrefix }) => [{ ...committed, id: `${idPrefix}.commit` }],
};

/** Waits for what was asked before time goes on: how long a socket takes is no part of a test. */
class Awaited implements ExternalSource {
  readonly #source = new HttpSource(new Map());
  readonly #open = new Set<Promise<unknown>>();

  ask(body: ExternalBody): Promise<string | null> {
    const asked = this.#source.ask(body);
    this.#open.add(asked);
    void asked.then(() => this.#open.delete(asked));
    return asked;
  }

  async answered(): Promise<void> {
    await Promise.all(this.#open);
  }
}

let other: OtherServer;
beforeEach(async () => {
  other = await OtherServer.open();
  other.answer = vector('0');
});
afterEach(() => other.close().catch(() => undefined));

const agrees = () => {
  other.answer = vector('0');
};
const refuses = () => {
  other.answer = vector('7');
};

interface Staged {
  readonly stage: Stage;
  readonly source: Awaited;
}

async function staged(...at: readonly CheckPlace[]): Promise<Staged> {
  const stage = await Stage.open(3, new Map([['postgresql', finalizing]]));
  const source = new Awaited();
  stage.packs = manual;
  stage.answers = source;
  const question = { by: 'prometheus', url: other.url, query: 'errors{cluster="$cluster"}', atMost: 1 } as const;
  stage.external.push({
    clusters: [],
    check: { name: 'errors', at, question, everyMs: 10_000, timeoutMs: 500, toleranceMs: 30_000 },
  });
  return { stage, source };
}

async function goOn({ stage, source }: Staged, ms: number): Promise<void> {
  for (let passedMs = 0; passedMs < ms; passedMs += 1_000) {
    await stage.clock.advance(1_000);
    await stage.controller.sequencer.tick();
    await stage.settle();
    await source.answered();
    await stage.settle();
  }
}

async function comesTo(at: Staged, holds: () => Promise<boolean>, limitMs = 120_000): Promise<void> {
  for (let passedMs = 0; !(await holds()); passedMs += 1_000) {
    if (passedMs > limitMs) throw new Error('it did not come to it');
    await goOn(at, 1_000);
  }
}

const shown = ({ stage }: Staged, run: string) => stage.controller.runs.getRun(run);
const isIn = (at: Staged, run: string, state: string) => async () => (await at.stage.state(run)) === state;
const holdsWith = async (at: Staged, run: string) => (await shown(at, run)).holds.map(({ kind }) => kind);
const finalize = async (at: Staged, run: string) =>
  at.stage.controller.runs.finalizeRun(run, { digest: (await shown(at, run)).digest, reason: 'all is well', actor });
const downtimes = ({ stage }: Staged) => stage.fleet.begun.filter(({ body }) => body.kind === 'downtime').length;
const commits = ({ stage }: Staged) => stage.fleet.begun.filter(({ step }) => step.endsWith('.commit')).length;

describe('14.3: another system before a run', () => {
  test('is asked about this cluster, and once it agrees the run goes on', async () => {
    const at = await staged('before-run');
    await using stage = at.stage;
    const run = await stage.started({ toVersion: '16.14' });
    await comesTo(at, isIn(at, run, 'unfinalized'));
    expect(other.asked.map(({ path }) => decodeURIComponent(path))).toEqual(['/api/v1/query?query=errors{cluster="pg-main"}']);
  });

  test('P9 that refuses keeps every node up, holds once its tolerance is over, and lets go automatically', async () => {
    const at = await staged('before-run');
    await using stage = at.stage;
    refuses();
    const run = await stage.started({ toVersion: '16.14' });
    await goOn(at, 20_000);
    expect(await holdsWith(at, run)).toEqual([]);
    expect((await shown(at, run)).waiting?.reason).toBe('ask errors: errors is 7, expected at most 1');
    await goOn(at, 40_000);
    const [hold] = (await shown(at, run)).holds;
    expect(hold).toMatchObject({
      kind: 'external-refused',
      detail: 'errors is 7, expected at most 1',
      releasedBy: 'automatic',
      until: 'once errors has agreed for 30 s',
      commands: [`rollback ${run}`, `abort ${run}`],
    });
    expect(downtimes(at)).toBe(0);
    agrees();
    await comesTo(at, isIn(at, run, 'unfinalized'));
  });

  test.each([
    ['answers garbage', () => json(200, 'garbage'), /the answer is not from Prometheus/],
    ['gives no value', () => vector(), /the query returned no value/],
    ['does not answer in time', () => () => undefined, /did not answer within 0\.50 s/],
  ] as const)('P9 that %s is unknown, which is no agreement', async (_what, answer, says) => {
    const at = await staged('before-run');
    await using stage = at.stage;
    other.answer = answer();
    const run = await stage.started({ toVersion: '16.14' });
    await goOn(at, 60_000);
    const [hold] = (await shown(at, run)).holds;
    expect(hold?.kind).toBe('external-refused');
    expect(hold?.detail).toMatch(says);
    expect(downtimes(at)).toBe(0);
  });

  test('is asked by the next controller, and its silence meanwhile agrees to nothing', async () => {
    const at = await staged('before-run');
    await using stage = at.stage;
    refuses();
    const run = await stage.started({ toVersion: '16.14' });
    await goOn(at, 60_000);
    await stage.restart();
    await goOn(at, 30_000);
    expect(await holdsWith(at, run)).toEqual(['external-refused']);
    agrees();
    await comesTo(at, isIn(at, run, 'unfinalized'));
  });

  test.each(['abort', 'rollback'] as const)('does not keep a run from its %s', async (verb) => {
    const at = await staged('before-run');
    await using stage = at.stage;
    refuses();
    const run = await stage.started({ toVersion: '16.14' });
    await goOn(at, 60_000);
    const { runs } = stage.controller;
    if (verb === 'abort') await runs.abortRun(run, 'enough', actor);
    else await runs.rollbackRun(run, 'enough', actor);
    const asked = other.asked.length;
    await comesTo(at, isIn(at, run, verb === 'abort' ? 'aborted' : 'rolled-back'));
    await goOn(at, 30_000);
    expect(other.asked.length).toBe(asked);
    expect(downtimes(at)).toBe(0);
  });
});

describe('14.3: another system beside a soak', () => {
  const soaking = async (at: Staged): Promise<string> => {
    const run = await at.stage.started({ toVersion: '16.14', soakMs: 600_000 });
    const begun = async () => (await at.stage.events(run)).some((event) => event.type === 'step-begun' && event.step.endsWith('.external'));
    await comesTo(at, begun);
    return run;
  };

  test('must agree for as long as the cluster is watched', async () => {
    const at = await staged('soak');
    await using stage = at.stage;
    const run = await soaking(at);
    await goOn(at, 500_000);
    expect(await stage.state(run)).toBe('active');
    await goOn(at, 130_000);
    expect(await stage.state(run)).toBe('unfinalized');
    expect(other.asked.length).toBeGreaterThan(55);
    expect(other.asked.length).toBeLessThan(70);
  });

  test('that is lost for a moment costs nothing but the moment; for longer it holds until it is back', async () => {
    const at = await staged('soak');
    await using _stage = at.stage;
    const run = await soaking(at);
    await goOn(at, 300_000);
    other.answer = (request) => request.destroy();
    await goOn(at, 20_000);
    agrees();
    await goOn(at, 30_000);
    expect(await holdsWith(at, run)).toEqual([]);
    other.answer = (request) => request.destroy();
    await goOn(at, 60_000);
    expect(await holdsWith(at, run)).toEqual(['external-refused']);
    agrees();
    await comesTo(at, isIn(at, run, 'unfinalized'), 600_000);
  });

  test('P18 goes on under another controller from what the log was told', async () => {
    const at = await staged('soak');
    await using stage = at.stage;
    const run = await soaking(at);
    await goOn(at, 500_000);
    await stage.restart();
    await goOn(at, 200_000);
    expect(await stage.state(run)).toBe('active');
    await comesTo(at, isIn(at, run, 'unfinalized'), 240_000);
  });

  test('is asked once after the last node where nothing is watched', async () => {
    const at = await staged('soak');
    await using stage = at.stage;
    const run = await stage.started({ toVersion: '16.14' });
    await comesTo(at, isIn(at, run, 'unfinalized'));
    expect(other.asked).toHaveLength(1);
  });
});

describe('14.3: another system before the point of no return', () => {
  test('is asked after the word and not before, and keeps the version from being committed', async () => {
    const at = await staged('finalize');
    await using stage = at.stage;
    const run = await stage.started({ toVersion: '16.14' });
    await comesTo(at, isIn(at, run, 'unfinalized'));
    expect(other.asked).toEqual([]);
    refuses();
    await finalize(at, run);
    await goOn(at, 60_000);
    expect(await holdsWith(at, run)).toEqual(['external-refused']);
    expect(commits(at)).toBe(0);
    agrees();
    await comesTo(at, isIn(at, run, 'done'));
    expect(commits(at)).toBe(1);
  });

  test('P22 that refuses for longer than the word is valid gives the cluster back: the run rests, and both are asked again', async () => {
    const at = await staged('finalize');
    await using stage = at.stage;
    const run = await stage.started({ toVersion: '16.14' });
    await comesTo(at, isIn(at, run, 'unfinalized'));
    refuses();
    await finalize(at, run);
    await goOn(at, 60_000);
    await stage.clock.advance(3_600_000);
    await comesTo(at, isIn(at, run, 'unfinalized'));
    expect(await holdsWith(at, run)).toEqual([]);
    const asked = other.asked.length;
    agrees();
    await goOn(at, 60_000);
    expect([other.asked.length, commits(at)]).toEqual([asked, 0]);
    await finalize(at, run);
    await comesTo(at, isIn(at, run, 'done'));
    expect(commits(at)).toBe(1);
  });

  test('P11 that refuses leaves the rollback open', async () => {
    const at = await staged('finalize');
    await using stage = at.stage;
    const run = await stage.started({ toVersion: '16.14' });
    await comesTo(at, isIn(at, run, 'unfinalized'));
    refuses();
    await finalize(at, run);
    await goOn(at, 60_000);
    await stage.controller.runs.rollbackRun(run, 'clients complain', actor);
    await comesTo(at, isIn(at, run, 'rolled-back'));
    expect(stage.versions()).toEqual(['16.4', '16.4', '16.4']);
  });
});

const get = (url: string): ExternalQuestion => ({ by: 'http', url, status: 200 });
const query = (url: string): ExternalQuestion => ({ by: 'prometheus', url, query: 'errors', atMost: 1 });
const losses = {
  'that ends the connection': (request: IncomingMessage) => request.destroy(),
  'that does not answer': () => undefined,
  'that nothing listens for any more': null,
} as const;

describe.each(['before-run', 'soak', 'finalize'] as const)('14.3: P9 another system that is lost (%s)', (place) => {
  const asked = [
    ['a query', query],
    ['a GET', get],
  ] as const;
  const ways = asked.flatMap(([kind, question]) => Object.entries(losses).map(([how, answer]) => [kind, how, question, answer] as const));

  test.each(ways)('by %s %s has not agreed: the run stays before what was asked for, and says what is unknown', async (...way) => {
    const [, , question, answer] = way;
    const at = await staged(place);
    await using stage = at.stage;
    const [policy] = stage.external.splice(0);
    if (policy === undefined) throw new Error('nothing is asked');
    const { check } = policy;
    // Those that never answer are waited for in real time.
    stage.external.push({ ...policy, check: { ...check, timeoutMs: 100, question: question(other.url) } });
    if (answer === null) await other.close();
    else other.answer = answer;
    const run = await stage.started({ toVersion: '16.14' });
    if (place === 'finalize') {
      await comesTo(at, isIn(at, run, 'unfinalized'));
      await finalize(at, run);
    }
    await comesTo(at, async () => (await holdsWith(at, run)).includes('external-refused'), 600_000);
    await goOn(at, 120_000);
    const { holds, state } = await shown(at, run);
    expect([state, holds.map(({ kind }) => kind)]).toEqual(['active', ['external-refused']]);
    expect(holds[0]?.detail).toMatch(/^errors is unknown: (127\.0\.0\.1:\d+ did not answer within|request to 127\.0\.0\.1:\d+ failed: )/);
    expect(commits(at)).toBe(0);
    if (place === 'before-run') expect(downtimes(at)).toBe(0);
    if (answer === null) return;
    other.answer = vector('0');
    await comesTo(at, isIn(at, run, place === 'finalize' ? 'done' : 'unfinalized'), 600_000);
  });
});
