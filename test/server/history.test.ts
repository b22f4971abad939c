import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { PlanListDocument } from '../../common/documents/plans.ts';
import type { RunListDocument } from '../../common/documents/runs.ts';
import { drydock, type Ran } from '../cli/captured-io.ts';
import { actor, planRequest, Stage } from '../sequencer/stage.ts';
import { type Door, json, openDoor, refusal } from './door.ts';

let stage: Stage;
let door: Door;

beforeEach(async () => {
  stage = await Stage.open();
  door = await openDoor({ runs: stage.controller.runs, plans: stage.controller.plans, history: stage.controller.store });
});

afterEach(async () => {
  await door[Symbol.asyncDispose]();
  await stage[Symbol.asyncDispose]();
});

const cli = (...argv: readonly string[]): Promise<Ran> => drydock(argv, { env: { DRYDOCK_CONTROLLER: door.server.address } });

async function listed(...argv: readonly string[]): Promise<RunListDocument['runs'] & PlanListDocument['plans']> {
  const ran = await cli(...argv, '-o', 'json');
  expect(ran.stderr).toBe('');
  const document = JSON.parse(ran.stdout) as RunListDocument & PlanListDocument;
  return (document.runs ?? document.plans) as RunListDocument['runs'] & PlanListDocument['plans'];
}

/** One run that is done, an hour later one that was aborted before its start, and a draft. */
async function past(): Promise<{ readonly done: string; readonly aborted: string; readonly draft: string }> {
  const { plans, runs } = stage.controller;
  const done = await stage.started({ toVersion: '16.13' });
  expect(await stage.end(done)).toBe('done');
  await stage.clock.advance(3_600_000);
  const { planId, digest } = await plans.makePlan({ ...planRequest, toVersion: null, restart: true }, actor);
  const { runId: aborted } = await plans.approvePlan(planId, digest, actor);
  await runs.abortRun(aborted, 'wrong cluster', actor);
  await stage.clock.advance(60_000);
  const { planId: draft } = await plans.makePlan(planRequest, actor);
  return { done, aborted, draft };
}

describe('13.5: run list', () => {
  test('13.5: shows runs that have ended too, newest first, with what each was for, how long it took, by whom and why it ended', async () => {
    const { done, aborted } = await past();
    const runs = await listed('run', 'list', '--state', 'done');
    expect(runs).toMatchObject([
      {
        run: done,
        engine: 'postgresql',
        what: 'upgrade',
        from: '16.4',
        to: '16.13',
        plannedBy: actor,
        endReason: 'every node runs 16.13 and is in service',
      },
    ]);
    expect(Date.parse(runs[0]?.endedAt ?? '')).toBeGreaterThanOrEqual(Date.parse(runs[0]?.startedAt ?? ''));
    const { stdout } = await cli('run', 'list');
    const [head, ...rows] = stdout.trimEnd().split('\n');
    expect(head).toMatch(/^RUN +CLUSTER +WHAT +STATE +STARTED +TOOK +BY +WHY$/);
    expect(rows.map((row) => row.split(/ {2,}/)[0]).filter((run) => run === done || run === aborted)).toEqual([aborted, done]);
    expect(stdout).toMatch(new RegExp(`${aborted} +pg-main +restart +aborted +– +– +${actor} +wrong cluster; it was never started`));
    expect(stdout).toMatch(new RegExp(`${done} +pg-main +16.4 → 16.13 +done +2026-01-01T00:\\S+ +[\\d.]+ \\w+ +local:admin`));
  });

  test('13.5: filters by cluster, state, engine and time, and asks for nothing more', async () => {
    const { done, aborted } = await past();
    const names = async (...argv: readonly string[]) => (await listed('run', 'list', ...argv)).map(({ run }) => run);
    expect(await names('--cluster', 'pg-other')).toEqual([]);
    expect(await names('--cluster', 'pg-main', '--state', 'done')).toEqual([done]);
    expect(await names('--engine', 'etcd')).toEqual([]);
    expect(await names('--engine', 'postgresql', '--state', 'aborted')).toEqual([aborted]);
    expect(await names('--since', '2026-01-01T00:50Z')).not.toContain(done);
    expect(await names('--since', '2026-01-01')).toContain(done);
    const wrong = await cli('run', 'list', '--state', 'finished');
    expect(wrong).toMatchObject({ exitCode: 2, stdout: '' });
    expect(wrong.stderr).toContain('unknown state finished; expected one of draft, approved, active, unfinalized, done');
    expect(await cli('run', 'list', '--since', 'yesterday')).toMatchObject({ exitCode: 2 });
    expect(await cli('run', 'list', '--limit', '1')).toMatchObject({
      exitCode: 0,
      stderr: 'older runs are not shown; use --limit or a filter\n',
    });
  });

  test('13.5: comes in pages that neither repeat nor leave out a run, whatever is written meanwhile', async () => {
    for (let run = 0; run < 5; run++) {
      const { planId, digest } = await stage.controller.plans.makePlan({ ...planRequest, toVersion: null, restart: true }, actor);
      const { runId } = await stage.controller.plans.approvePlan(planId, digest, actor);
      await stage.controller.runs.abortRun(runId, '', actor);
    }
    const seen: string[] = [];
    for (let after = ''; ; ) {
      const page = await door.ask('ListRuns', { pageSize: 2, after });
      seen.push(...(json(page.runs) as RunListDocument).runs.map(({ run }) => run));
      after = page.nextAfter as string;
      if (after === '') break;
      await stage.clock.advance(1_000);
      await stage.controller.plans.makePlan(planRequest, actor);
    }
    expect(seen).toHaveLength(5);
    expect(new Set(seen).size).toBe(5);
    expect((await refusal(door.ask('ListRuns', { after: '1; DROP TABLE runs' }))).failure?.message).toContain(
      'after: expected a page token',
    );
  });
});

test('13.5: plan list shows drafts and plans that were carried out, newest first, with their states', async () => {
  const { draft, done } = await past();
  const plans = await listed('plan', 'list');
  expect(plans.map(({ state }) => state)).toEqual(['draft', 'aborted', 'done']);
  expect(plans[0]).toMatchObject({ plan: draft, what: 'upgrade', from: '16.13', to: '16.14', madeBy: actor });
  expect(plans[2]).toMatchObject({ run: done });
  expect((await listed('plan', 'list', '--state', 'open')).map(({ plan }) => plan)).toEqual([draft]);
  const { stdout } = await cli('plan', 'list', '-o', 'yaml');
  expect(stdout).toContain('apiVersion: drydock/v1');
});

describe('13.5: plan discard', () => {
  test('13.5: a draft uses no id of a run, and goes for good when it is discarded', async () => {
    const { plans, store } = stage.controller;
    const first = await plans.makePlan(planRequest, actor);
    const second = await plans.makePlan({ ...planRequest, toVersion: null, restart: true }, actor);
    expect(await listed('run', 'list')).toEqual([]);
    const gone = await cli('plan', 'discard', first.planId.slice(0, -1), '--reason', 'another night');
    expect(gone).toMatchObject({ exitCode: 0, stderr: `discarded ${first.planId}\n` });
    expect((await cli('plan', 'show', first.planId)).exitCode).toBe(4);
    expect((await plans.approvePlan(second.planId, second.digest, actor)).runId).toMatch(/^r-1-/);
    const output = (await store.events('fleet', 0, 100)).map(({ body }) => body);
    const { cluster } = planRequest;
    expect(output).toContainEqual({
      type: 'plan-discarded',
      plan: first.planId,
      digest: first.digest,
      cluster,
      actor: expect.any(String),
      reason: 'another night',
      from: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
    });
  });

  test('13.5: an approved plan ends as aborted, and one that was started is not discarded', async () => {
    const { plans, runs } = stage.controller;
    const { planId, digest } = await plans.makePlan(planRequest, actor);
    const { runId } = await plans.approvePlan(planId, digest, actor);
    expect((await cli('plan', 'discard', planId, '-o', 'json')).exitCode).toBe(0);
    expect(await runs.getRun(runId)).toMatchObject({ state: 'aborted', endReason: 'the plan was discarded before it was started' });
    const next = await plans.makePlan(planRequest, actor);
    await plans.approvePlan(next.planId, next.digest, actor);
    const started = await runs.startRun(next.planId, actor);
    await expect(plans.discardPlan(next.planId, actor, '')).rejects.toMatchObject({
      failure: {
        code: 'run-active',
        message: `plan ${next.planId} is being carried out by run ${started}: wait for it, or drydock abort ${started}`,
      },
    });
    await stage.end(started);
    const refused = await cli('plan', 'discard', next.planId);
    expect(refused).toMatchObject({ exitCode: 3, stdout: '' });
    expect(refused.stderr).toContain('ended runs stay listed');
  });

  test('13.5: two who approve one draft at once find one run', async () => {
    const { plans } = stage.controller;
    const { planId, digest } = await plans.makePlan(planRequest, actor);
    const [one, other] = await Promise.all([plans.approvePlan(planId, digest, 'ann'), plans.approvePlan(planId, digest, 'bob')]);
    expect(one.runId).toBe(other.runId);
  });
});
