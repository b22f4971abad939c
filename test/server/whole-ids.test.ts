import { expect, test } from 'vitest';
import type { RunDocument } from '../../common/documents/runs.ts';
import { drydock } from '../cli/captured-io.ts';
import { actor, planRequest, Stage } from '../sequencer/stage.ts';
import { json, openDoor, refusal } from './door.ts';

/** Eleven approved plans: r-1-… to r-11-…. */
async function eleven(stage: Stage): Promise<readonly { readonly planId: string; readonly runId: string }[]> {
  const made = [];
  for (let number = 1; number <= 11; number++) {
    const { planId, digest } = await stage.controller.plans.makePlan({ ...planRequest, toVersion: null, restart: true }, actor);
    made.push({ planId, ...(await stage.controller.plans.approvePlan(planId, digest, actor)) });
  }
  return made;
}

test('13.5: the beginning of an id is enough wherever a run or a plan is named, and answers name it whole', async () => {
  await using stage = await Stage.open();
  const { runs, plans, store } = stage.controller;
  await using door = await openDoor({ runs, plans, history: store });
  const cli = (...argv: readonly string[]) => drydock(argv, { env: { DRYDOCK_CONTROLLER: door.server.address } });
  const [first, second] = await eleven(stage);
  const shown = json((await door.ask('GetRun', { runId: 'r-2' })).status) as RunDocument;
  expect(shown.run).toBe(second?.runId);
  // The number says it, although r-10 and r-11 begin with r-1 too.
  expect(JSON.parse((await cli('status', 'r-1', '-o', 'json')).stdout)).toMatchObject({ run: first?.runId });
  expect(JSON.parse((await cli('plan', 'show', first?.planId.slice(0, -1) ?? '', '-o', 'json')).stdout)).toMatchObject({
    planId: first?.planId,
  });
  const aborted = await cli('abort', 'r-2', '-o', 'json');
  expect(JSON.parse(aborted.stdout)).toMatchObject({ run: second?.runId, accepted: 'abort-started' });
  expect((await runs.getRun(second?.runId ?? '')).state).toBe('aborted');
  const started = await cli('run', first?.planId.slice(0, -1) ?? '', '--detach', '-o', 'json');
  expect(JSON.parse(started.stdout)).toMatchObject({ run: first?.runId, plan: first?.planId });
});

test('13.5: the beginning of several ids is a usage error that names them, and of none is not found', async () => {
  await using stage = await Stage.open();
  const { runs, plans, store } = stage.controller;
  await using door = await openDoor({ runs, plans, history: store });
  const made = await eleven(stage);
  const { failure } = await refusal(door.ask('GetPlan', { planId: 'p-' }));
  expect(failure).toMatchObject({ class: 'usage', code: 'ambiguous-id' });
  expect(failure?.message).toContain('p- matches several plans: ');
  expect(failure?.message).toContain(' and more; give a longer prefix');
  const ran = await drydock(['status', 'r-'], { env: { DRYDOCK_CONTROLLER: door.server.address } });
  expect(ran).toMatchObject({ exitCode: 2, stdout: '' });
  expect(ran.stderr).toContain(made[10]?.runId);
  expect(await drydock(['watch', 'r-99'], { env: { DRYDOCK_CONTROLLER: door.server.address } })).toMatchObject({ exitCode: 4 });
});
