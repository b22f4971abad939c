import { describe, expect, test } from 'vitest';
import { renderPlan } from '../../common/render-plan.ts';
import { actor, planRequest, Stage } from './stage.ts';

describe('a run on a healthy cluster', () => {
  test('takes it from one minor to the next, one node at a time, the primary last', async () => {
    await using stage = await Stage.open();
    const run = await stage.started();
    expect(await stage.end(run)).toBe('done');
    expect(stage.versions()).toEqual(['16.14', '16.14', '16.14']);
    expect(stage.fleet.downtimes).toEqual(['pg-2', 'pg-3', 'pg-1']);
    for (const node of stage.fleet.nodesByName.values()) expect(node.previous).toBeNull();
  });

  test('takes what a receipt told for known when its agent tells it again: only news makes it ask all nodes', async () => {
    await using stage = await Stage.open();
    const { fleet } = stage;
    fleet.held = (order) => order.step.endsWith('pg-2.standby.settle');
    await stage.started();
    await stage.until(() => fleet.heldOrders().length > 0);
    const probes = fleet.probes;
    fleet.tell('pg-2');
    await stage.settle();
    expect(fleet.probes).toBe(probes);
    fleet.startDatabase('pg-2');
    await stage.settle();
    expect(fleet.probes).toBeGreaterThan(probes);
  });

  test('commits each order before it is sent, and each end before it is acknowledged (P4)', async () => {
    await using stage = await Stage.open();
    const { store } = stage.controller;
    const sent: string[] = [];
    const real = stage.fleet.send.bind(stage.fleet);
    const unwritten: string[] = [];
    const checks: Promise<void>[] = [];
    stage.fleet.send = (host, message) => {
      if (message.type === 'order') {
        sent.push(message.order.orderId);
        checks.push(store.order(message.order.orderId).then((record) => void (record === null && unwritten.push(message.order.orderId))));
      }
      if (message.type === 'report-ack') {
        const entry = [...(stage.fleet.journals.get(host)?.receipts ?? [])].find(([, each]) => each.seq === message.seq);
        checks.push(
          store.order(entry?.[0] ?? '').then((record) => void (record?.state !== 'ended' && unwritten.push(`ack ${entry?.[0]}`))),
        );
      }
      return real(host, message);
    };
    const run = await stage.started();
    expect(await stage.end(run)).toBe('done');
    await Promise.all(checks);
    expect(sent.length).toBeGreaterThan(10);
    expect(unwritten).toEqual([]);
    expect(new Set(sent).size).toBe(sent.length);
  });

  test('needs no passing of time between one step and the next', async () => {
    await using stage = await Stage.open();
    const run = await stage.started();
    await stage.until(async () => (await stage.state(run)) === 'done', 0);
    expect(stage.clock.monotonicMs()).toBe(0);
  });

  test('says what was done, node by node, when it is over', async () => {
    await using stage = await Stage.open();
    const run = await stage.started();
    await stage.end(run);
    const report = await stage.controller.runs.getReport(run);
    expect(report.run).toMatchObject({ id: run, state: 'done', from: '16.4', to: '16.14', plannedBy: actor, approvedBy: actor });
    expect(report.nodes.map((node) => [node.instance, node.role, node.downtimeMs, node.version])).toEqual([
      ['pg-2', 'standby', 400, '16.14'],
      ['pg-3', 'standby', 400, '16.14'],
      ['pg-1', 'primary', 400, '16.14'],
    ]);
    expect(report.audit.ok).toBe(true);
    expect(report.effectsOpen).toBe(0);
    const shown = await stage.controller.runs.getRun(run);
    // A peer's proof comes last in a turn and tells the peer's version, not the node's.
    for (const turn of shown.turns.filter(({ disruptive }) => disruptive)) expect(turn.version, turn.turn).toBe('16.14');
    expect(shown).toMatchObject({ state: 'done', fraction: 1, remainingMs: 0, holds: [], waiting: null });
    expect(shown.legalCommands).toEqual([`report ${run}`]);
  });

  test('raises no hold because followers cannot follow a primary that is in its turn', async () => {
    await using stage = await Stage.open();
    stage.fleet.held = (order) => order.body.kind === 'downtime' && order.target.instance === 'pg-1';
    const run = await stage.started();
    await stage.until(() => stage.fleet.heldOrders().length > 0);
    for (let second = 0; second < 5; second++) {
      await stage.clock.advance(1_000);
      await stage.controller.sequencer.tick();
    }
    stage.fleet.held = () => false;
    stage.fleet.node('pg-1').running = true;
    stage.fleet.release(stage.fleet.heldOrders()[0] ?? '');
    expect(await stage.end(run)).toBe('done');
    expect((await stage.events(run)).filter((event) => event.type === 'hold-raised')).toEqual([]);
  });

  test('takes each node by the role that it has when its turn comes', async () => {
    await using stage = await Stage.open();
    stage.fleet.held = (order) => order.body.kind === 'downtime' && order.target.instance === 'pg-2';
    const run = await stage.started();
    await stage.until(() => stage.fleet.heldOrders().length > 0);
    stage.fleet.node('pg-1').role = 'standby';
    stage.fleet.node('pg-3').role = 'primary';
    for (const name of ['pg-1', 'pg-2']) stage.fleet.node(name).follows = 'pg-3';
    stage.fleet.held = () => false;
    stage.fleet.node('pg-2').running = true;
    stage.fleet.release(stage.fleet.heldOrders()[0] ?? '');
    expect(await stage.end(run)).toBe('done');
    expect(stage.fleet.downtimes).toEqual(['pg-2', 'pg-1', 'pg-3']);
    expect(stage.fleet.begun.map((order) => order.step)).toContain('h1.roll.pg-3.primary.downtime');
  });

  test('goes back down to the lower minor when that is said', async () => {
    await using stage = await Stage.open();
    expect(await stage.end(await stage.started())).toBe('done');
    for (const node of stage.fleet.nodesByName.values()) node.release = '16.14-aaaaaaaaaaaa';
    const run = await stage.started({ toVersion: '16.4', downgrade: true });
    expect(await stage.end(run)).toBe('done');
    expect(stage.versions()).toEqual(['16.4', '16.4', '16.4']);
    expect(stage.fleet.downtimes.slice(3)[0]).toBe('pg-1');
  });

  test('brings laggards level and leaves those that are there alone', async () => {
    await using stage = await Stage.open();
    Object.assign(stage.fleet.node('pg-3'), { version: '16.14', release: '16.14-aaaaaaaaaaaa' });
    const run = await stage.started();
    expect(await stage.end(run)).toBe('done');
    expect(stage.fleet.downtimes).toEqual(['pg-2', 'pg-1']);
  });

  test('can be watched: every event once and in order, then the status, until it is over', async () => {
    await using stage = await Stage.open();
    const run = await stage.started();
    const seqs: number[] = [];
    let last = '';
    const watching = (async () => {
      for await (const seen of stage.controller.runs.watchRun(run, 0, new AbortController().signal)) {
        if (seen.event !== undefined) seqs.push(seen.event.seq);
        if (seen.status !== undefined) last = seen.status.state;
      }
    })();
    await stage.end(run);
    await watching;
    expect(last).toBe('done');
    expect(seqs).toEqual(seqs.map((_, index) => index + 1));
  });
});

describe('before a run', () => {
  test('a plan that nobody approved is not started', async () => {
    await using stage = await Stage.open();
    const { planId } = await stage.controller.plans.makePlan(planRequest, actor);
    await expect(stage.controller.runs.startRun(planId, actor)).rejects.toMatchObject({
      failure: { class: 'refused', code: 'not-approved' },
    });
  });

  test('another digest than the plan has is not approved; the same one twice is', async () => {
    await using stage = await Stage.open();
    const { plans } = stage.controller;
    const { planId, digest } = await plans.makePlan(planRequest, actor);
    await expect(plans.approvePlan(planId, `sha256:${'0'.repeat(64)}`, actor)).rejects.toMatchObject({
      failure: { code: 'digest-mismatch' },
    });
    await plans.approvePlan(planId, digest, actor);
    await plans.approvePlan(planId, digest, actor);
    expect((await plans.getPlan(planId)).state).toBe('approved');
  });

  test('a plan whose run is over is not approved once more: the refusal says how to plan again', async () => {
    await using stage = await Stage.open();
    const { plans, runs } = stage.controller;
    const { planId, digest } = await plans.makePlan(planRequest, actor);
    const { runId } = await plans.approvePlan(planId, digest, actor);
    await runs.abortRun(runId, '', actor);
    await expect(plans.approvePlan(planId, digest, actor)).rejects.toMatchObject({
      failure: {
        class: 'refused',
        code: 'run-ended',
        message: `plan ${planId} is not approved: its run ${runId} is aborted, and a plan runs only once; plan again: drydock plan pg-main --to 16.14`,
      },
    });
  });

  test('open plans are listed with what each is for, and an id of the other kind is said to be one', async () => {
    await using stage = await Stage.open();
    const { plans, runs } = stage.controller;
    const upgrade = await plans.makePlan(planRequest, actor);
    const restart = await plans.makePlan({ ...planRequest, toVersion: null, restart: true }, actor);
    await expect(runs.abortRun(upgrade.planId, '', actor)).rejects.toThrow(
      `${upgrade.planId} is a plan; it has no run until it is approved`,
    );
    const { runId } = await plans.approvePlan(upgrade.planId, upgrade.digest, actor);
    await plans.approvePlan(restart.planId, restart.digest, actor);
    const listed = (await runs.openRuns()).runs.map(({ plan, what, state }) => ({ plan, what, state }));
    expect(listed).toEqual([
      { plan: restart.planId, what: 'restart', state: 'approved' },
      { plan: upgrade.planId, what: 'upgrade', state: 'approved' },
    ]);
    await expect(runs.abortRun(upgrade.planId, '', actor)).rejects.toThrow(`${upgrade.planId} is a plan; its run is ${runId}`);
    await expect(plans.getPlan(runId)).rejects.toThrow(`${runId} is a run; its plan is ${upgrade.planId}`);
  });

  test('a plan that does not fit what is there any more is refused, and its approval stays', async () => {
    await using stage = await Stage.open();
    const { plans, runs } = stage.controller;
    const { planId, digest } = await plans.makePlan(planRequest, actor);
    await plans.approvePlan(planId, digest, actor);
    stage.fleet.node('pg-3').profileDigest = 'sha256:11';
    await expect(runs.startRun(planId, actor)).rejects.toMatchObject({ failure: { class: 'refused', code: 'facts-changed' } });
    stage.fleet.node('pg-3').profileDigest = 'sha256:00';
    await runs.startRun(planId, actor);
  });

  test('a second run of the same cluster is refused', async () => {
    await using stage = await Stage.open();
    stage.fleet.held = (order) => order.body.kind === 'stage';
    const { plans, runs } = stage.controller;
    const second = await plans.makePlan({ ...planRequest, settleMs: 2_000 }, actor);
    await plans.approvePlan(second.planId, second.digest, actor);
    await stage.started();
    await expect(runs.startRun(second.planId, actor)).rejects.toMatchObject({ failure: { class: 'refused', code: 'conflicting-run' } });
  });

  test('unknown clusters, plans and runs are not found', async () => {
    await using stage = await Stage.open();
    const { plans, runs } = stage.controller;
    await expect(plans.makePlan({ ...planRequest, cluster: 'pg-other' }, actor)).rejects.toMatchObject({ failure: { class: 'not-found' } });
    await expect(plans.getPlan('p-none')).rejects.toMatchObject({ failure: { class: 'not-found', code: 'unknown-plan' } });
    await expect(runs.getRun('r-99')).rejects.toMatchObject({ failure: { class: 'not-found', code: 'unknown-run' } });
  });

  test('two plans are compared by what a person reads', async () => {
    await using stage = await Stage.open();
    const { plans } = stage.controller;
    const a = await plans.makePlan(planRequest, actor);
    const b = await plans.makePlan({ ...planRequest, canary: 2 }, actor);
    const diff = await plans.diffPlans(a.planId, b.planId);
    expect(diff.same).toBe(false);
    expect(diff.lines.some((line) => line.startsWith('-├─ roll') && line.includes('pg-3'))).toBe(true);
    expect(diff.lines.some((line) => line.startsWith('+') && line.includes('pg-3'))).toBe(true);
    expect(renderPlan(JSON.parse(a.json), a.planId, a.digest)).toContain(a.planId);
  });
});
