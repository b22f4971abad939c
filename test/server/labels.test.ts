import { expect, test } from 'vitest';
import type { ClusterListDocument } from '../../common/documents/fleet.ts';
import { parseSelector, selects } from '../../common/labels.ts';
import { drydock } from '../cli/captured-io.ts';
import { agentPeer, announced, cardboardAgent, facts, hello } from '../fleet/agents.ts';
import { actor, planRequest, Stage } from '../sequencer/stage.ts';
import { type Door, json, openDoor, refusal } from './door.ts';

const cli = (door: Door, ...argv: readonly string[]) => drydock(argv, { env: { DRYDOCK_CONTROLLER: door.server.address } });

function announce(door: Door, ...clusters: readonly string[]): void {
  for (const cluster of clusters) {
    const agent = cardboardAgent();
    door.fleet.accept(agent.end, agentPeer);
    agent.say(hello(`host-${cluster}`, [announced(`${cluster}-1`, cluster)]));
  }
}

test.each([
  ['', true],
  ['env=prod', true],
  ['env==prod,tier', true],
  ['env!=prod', false],
  ['zone!=a', true],
  ['!zone,env', true],
  ['!env', false],
  ['tier=', false],
] as const)('13.5: the selector %j is decided by the labels', (text, expected) => {
  const parsed = parseSelector(text);
  expect('selector' in parsed && selects(parsed.selector, { env: 'prod', tier: 'gold' })).toBe(expected);
});

test.each([
  ['bad==', '"bad==" has no value: bad==VALUE, or bad= for the empty value'],
  ['env=prod,bad==', '"bad==" has no value: bad==VALUE, or bad= for the empty value'],
  ['bad===', '"=" in "bad===" is not a valid label value'],
  ['bad!==x', '"=x" in "bad!==x" is not a valid label value'],
  ['=prod', '"=prod" does not name a label'],
  ['==', '"==" does not name a label'],
  ['!=', '"!=" does not name a label'],
  ['!=gold', '"!=gold" does not name a label'],
  ['!', '"!" does not name a label'],
  ['!!legacy', '"!!legacy" does not name a label'],
  ['!env=prod', '"!env=prod" mixes ! with a value: env!=VALUE, or !env for clusters without this label'],
  ['env=prod,,tier', '"env=prod,,tier" has an extra comma'],
  ['env=prod,', '"env=prod," has an extra comma'],
  [',', '"," has an extra comma'],
  ['en v=prod', '"en v" is not a valid label key'],
  ['env=pr od', '"pr od" in "env=pr od" is not a valid label value'],
] as const)('13.5: %j is no selector, and one sentence says what is meant', (text, complaint) => {
  expect(parseSelector(text)).toEqual({ complaint: `${complaint}; expected a selector such as env=prod,tier!=gold,!legacy` });
});

test('13.5: cluster label sets and takes away labels, and cluster list selects by them', async () => {
  await using door = await openDoor();
  announce(door, 'pg-a', 'pg-b');
  expect(await cli(door, 'cluster', 'label', 'pg-a', 'env=prod', 'tier=gold')).toMatchObject({
    exitCode: 0,
    stdout: 'env=prod tier=gold\n',
  });
  await cli(door, 'cluster', 'label', 'pg-b', 'env=test');
  const named = async (selector: string) =>
    (json((await door.ask('ListClusters', { selector })).clusters) as ClusterListDocument).clusters.map(({ cluster }) => cluster);
  expect(await named('env=prod')).toEqual(['pg-a']);
  expect(await named('env,!tier')).toEqual(['pg-b']);
  expect((await cli(door, 'cluster', 'list', '-l', 'env=test', '-o', 'wide')).stdout).toMatch(/pg-b .* env=test$/m);
  expect((await cli(door, 'cluster', 'list', '-l', 'env=nowhere')).stdout).toBe('no cluster matches env=nowhere\n');
  expect((await cli(door, 'host', 'list', '-l', 'env=nowhere')).stdout).toBe('no host of a cluster that matches env=nowhere\n');
  expect((await cli(door, 'cluster', 'label', 'pg-a', 'tier-', 'env=test')).stdout).toBe('env=test\n');
  expect((await cli(door, 'audit', 'fleet')).stdout).toMatch(/pg-a labelled by .*: env=test tier-/);
});

test('13.5: host list and snapshot list select by the labels of the clusters', async () => {
  await using door = await openDoor();
  for (const name of ['pg-a', 'pg-b']) {
    const agent = cardboardAgent();
    door.fleet.accept(agent.end, agentPeer);
    agent.say(hello(`host-${name}`, [announced(`${name}-1`, name)]));
    const made = { madeAtMs: 0, expiresAtMs: 1, bytes: 1, verified: 'list', version: '16.4', role: 'primary', position: '0/1' } as const;
    agent.say({ type: 'facts', facts: facts(`${name}-1`, { snapshots: [{ id: `r-1.${name}-1`, run: 'r-1', ...made }] }) });
  }
  await cli(door, 'cluster', 'label', 'pg-a', 'env=prod');
  for (const list of ['host', 'snapshot']) {
    expect((await cli(door, list, 'list')).stdout).toMatch(/pg-a.*pg-b/s);
    const [selected, others] = [await cli(door, list, 'list', '-l', 'env=prod'), await cli(door, list, 'list', '-l', '!env')];
    expect([selected.stdout.includes('pg-a'), selected.stdout.includes('pg-b')]).toEqual([true, false]);
    expect([others.stdout.includes('pg-a'), others.stdout.includes('pg-b')]).toEqual([false, true]);
    expect((await cli(door, list, 'list', '-l', 'env=prod;')).exitCode).toBe(2);
  }
});

test('13.5: what is no label or no selector is a usage error, and an unknown cluster is not found', async () => {
  await using door = await openDoor();
  announce(door, 'pg-a');
  expect((await cli(door, 'cluster', 'label', 'pg-a', 'prod')).exitCode).toBe(2);
  for (const twice of [
    ['env=a', 'env=b'],
    ['env=a', 'env-'],
  ])
    expect(await cli(door, 'cluster', 'label', 'pg-a', ...twice)).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('env is given twice'),
    });
  expect(await cli(door, 'cluster', 'label', 'pg-a', 'a b=c')).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('set.a b: expected a label as key=value'),
  });
  expect((await cli(door, 'cluster', 'label', 'pg-z', 'env=prod')).exitCode).toBe(4);
  expect((await refusal(door.ask('ListClusters', { selector: 'env=prod;' }))).failure?.message).toContain(
    'selector: "prod;" in "env=prod;" is not a valid label value; expected a selector such as',
  );
});

test('13.5: run list and plan list select by the labels of the cluster', async () => {
  await using stage = await Stage.open();
  const { runs, plans, store } = stage.controller;
  await using door = await openDoor({ runs, plans, history: store });
  const { planId } = await plans.makePlan(planRequest, actor);
  await store.labelCluster({ cluster: planRequest.cluster, set: { env: 'prod' }, remove: [] }, 1, actor);
  const run = await stage.started({ toVersion: null, restart: true });
  expect((await cli(door, 'run', 'list', '-l', 'env=prod')).stdout).toContain(run);
  expect((await cli(door, 'run', 'list', '-l', 'env!=prod')).stdout).toBe('no runs\n');
  expect((await cli(door, 'plan', 'list', '-l', 'env,!tier')).stdout).toContain(planId);
  expect((await cli(door, 'plan', 'list', '-l', 'tier')).stdout).toBe('no plans\n');
  await stage.end(run);
});
