import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { canonicalJson } from '../../common/canonical-json.ts';
import type { SnapshotListDocument } from '../../common/documents/fleet.ts';
import type { NodeFacts } from '../../common/facts.ts';
import { failure } from '../../common/failure.ts';
import type { ControllerMessage } from '../../common/link.ts';
import { drydock } from '../cli/captured-io.ts';
import { agentPeer, announced, cardboardAgent, facts, hello } from '../fleet/agents.ts';
import { addRun, append, cluster, planMade, planRecord, release } from '../store/samples.ts';
import { type Door, json, openDoor } from './door.ts';

/** An agent that said once how its node is. */
function seen(door: Door, instance: string, more: Partial<NodeFacts>): void {
  const agent = cardboardAgent();
  door.fleet.accept(agent.end, agentPeer);
  agent.say(hello(`host-of-${instance}`, [announced(instance)]));
  agent.say({ type: 'facts', facts: facts(instance, more) });
}

const cli = (door: Door, ...argv: readonly string[]) => drydock(argv, { env: { DRYDOCK_CONTROLLER: door.server.address } });
const artifactOf = (door: Door) => join(door.artifactsDir, release.artifacts[0]?.digest.slice('sha256:'.length) ?? '');

test('13.5: release remove takes a release by the beginning of its id, with its bytes, and writes down who did', async () => {
  await using door = await openDoor();
  await door.store.addRelease(release);
  writeFileSync(artifactOf(door), 'server');
  expect(await cli(door, 'release', 'remove', 'postgresql', '16.15')).toMatchObject({ exitCode: 4, stdout: '' });
  const removed = await cli(door, 'release', 'remove', 'postgresql', '16.14-01', '--reason', 'a bad build');
  expect(removed).toMatchObject({ exitCode: 0, stderr: 'removed postgresql 16.14 x64\n' });
  expect(existsSync(artifactOf(door))).toBe(false);
  expect(await door.store.releases(null)).toEqual([]);
  expect((await cli(door, 'audit', 'fleet')).stdout).toMatch(/postgresql 16.14 x64 removed by .*a bad build/);
});

test('13.5: a version that is there for two architectures is removed of one of them, and a file that both hold stays', async () => {
  await using door = await openDoor();
  await door.store.addRelease(release);
  await door.store.addRelease({ ...release, arch: 'arm64', release: '16.14-ba9876543210' });
  writeFileSync(artifactOf(door), 'server');
  const ambiguous = await cli(door, 'release', 'remove', 'postgresql', '16.14');
  expect(ambiguous.exitCode).toBe(2);
  expect(ambiguous.stderr).toContain('16.14-0123456789ab x64, 16.14-ba9876543210 arm64');
  expect((await cli(door, 'release', 'remove', 'postgresql', '16.14', '--arch', 'arm64')).exitCode).toBe(0);
  expect((await door.store.releases(null)).map(({ arch }) => arch)).toEqual(['x64']);
  expect(existsSync(artifactOf(door))).toBe(true);
});

test('13.5: a release that a plan or a node uses is not removed, and the refusal says which and what to do', async () => {
  await using door = await openDoor();
  await door.store.addRelease(release);
  await door.store.addPlan(planRecord('r-0'));
  const byDraft = await cli(door, 'release', 'remove', 'postgresql', '16.14');
  expect(byDraft.exitCode).toBe(3);
  expect(byDraft.stderr).toContain('plan p-of-r-0 uses it; drydock plan discard p-of-r-0');
  await door.store.discardPlan('p-of-r-0', 1, 'local:test', '');
  await addRun(door.store, 'r-1');
  expect((await cli(door, 'release', 'remove', 'postgresql', '16.14')).stderr).toContain('wait for its run r-1, or drydock abort r-1');
  await door.store.append(append('r-1', 1, [{ type: 'run-ended', state: 'aborted', reason: '' }], { state: 'aborted' }));
  seen(door, 'pg-1', { release: { current: '16.4-a', previous: release.release, installed: ['16.4-a'] } });
  expect((await cli(door, 'release', 'remove', 'postgresql', '16.14')).stderr).toContain('pg-1 of pg-main keeps it to roll back to');
  expect(await door.store.releases(null)).toHaveLength(1);
});

const snapshotOf = (id: string) => ({
  ...{ id, run: 'r-1', madeAtMs: 0, expiresAtMs: 86_400_000, bytes: 6_200_000_000 },
  ...({ verified: 'list', version: '16.4', role: 'primary', position: '0/1' } as const),
});

/** An agent whose node holds these snapshots, and removes what it is asked for unless that is refused with this code. */
function holding(door: Door, instance: string, ids: readonly string[], refusal: string | null = null) {
  const held = new Set(ids);
  const agent = cardboardAgent();
  const told: ControllerMessage[] = [];
  const tell = (nonce: string | null) =>
    agent.say({ type: 'facts', facts: facts(instance, { nonce, snapshots: [...held].map(snapshotOf) }) });
  const send = (message: ControllerMessage) => {
    told.push(message);
    if (message.type === 'order' && message.order.body.kind === 'observe') tell(message.order.body.nonce);
    if (message.type !== 'remove-snapshot') return;
    if (refusal === null) held.delete(message.snapshot);
    const why = refusal === null ? {} : { failure: failure('refused', refusal, `${message.snapshot} stays`) };
    agent.say({ type: 'snapshot-removed', nonce: message.nonce, ...why });
  };
  door.fleet.accept({ ...agent.end, send }, agentPeer);
  agent.say(hello(`host-of-${instance}`, [announced(instance)]));
  tell(null);
  return { agent, removals: () => told.filter(({ type }) => type === 'remove-snapshot') };
}

test('13.5: snapshot remove takes a snapshot by the beginning of its id off its host, under the epoch of its cluster, and the audit log says who wanted it', async () => {
  await using door = await openDoor();
  await door.store.adoptCluster(cluster, 'w0', 'local:test');
  const { removals } = holding(door, 'pg-1', ['r-1-aa.pg-1', 'r-2-bb.pg-1']);
  expect(await cli(door, 'snapshot', 'remove', 'r-')).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('several snapshots') });
  expect((await cli(door, 'snapshot', 'remove', 'r-3')).exitCode).toBe(4);
  expect(removals()).toEqual([]);
  expect(await cli(door, 'snapshot', 'remove', 'r-1', '--reason', 'room')).toMatchObject({
    exitCode: 0,
    stderr: 'removed snapshot r-1-aa.pg-1 on host-of-pg-1, 6.2 GB\n',
  });
  // Another writer had the cluster: from now on this one has it, and asks under that epoch until another takes it.
  const claim = { cluster: 'pg-main', epoch: 2, writer: 'w1' };
  expect(removals()).toMatchObject([{ claim, instance: 'pg-1', snapshot: 'r-1-aa.pg-1' }]);
  expect((await cli(door, 'snapshot', 'list')).stdout).not.toContain('r-1-aa');
  expect((await cli(door, 'snapshot', 'remove', 'r-2')).exitCode).toBe(0);
  expect(removals()).toMatchObject([{ claim }, { claim, snapshot: 'r-2-bb.pg-1' }]);
  expect((await cli(door, 'audit', 'fleet')).stdout).toMatch(
    /removal of snapshot r-1-aa.pg-1 of pg-main on host-of-pg-1 ordered by .*: room/,
  );
});

test('13.5: a snapshot that an active run or an approved plan needs is not removed, and the refusal says which and what to do', async () => {
  await using door = await openDoor();
  await door.store.adoptCluster(cluster, 'w1', 'local:test');
  const { removals } = holding(door, 'pg-1', ['r-0.pg-1', 'r-1.pg-1', 'r-10.pg-1']);
  const restore = planRecord('r-2');
  const goal = { restore: { scope: 'node', run: 'r-0', snapshots: [{ instance: 'pg-1', snapshot: 'r-0.pg-1' }] } } as const;
  const plan = { ...restore.plan, goal };
  await door.store.addPlan({ ...restore, plan, json: canonicalJson(plan) });
  await door.store.openRun(restore.planId, { ...planMade('r-2'), state: 'approved' }, 3_000);
  await addRun(door.store, 'r-1');
  const refused = async (id: string) => {
    const { exitCode, stderr } = await cli(door, 'snapshot', 'remove', id);
    expect(exitCode).toBe(3);
    return stderr;
  };
  expect(await refused('r-0.pg-1')).toContain('plan p-of-r-2, which is approved, needs it; drydock plan discard p-of-r-2');
  expect(await refused('r-1.pg-1')).toContain('run r-1, which is active, needs it; wait for it, or drydock abort r-1');
  expect(removals()).toEqual([]);
  expect((await cli(door, 'snapshot', 'remove', 'r-10.pg-1')).exitCode).toBe(0);
});

test('13.5: snapshot remove says what stands in its way: an agent that is away or obeys another controller, a cluster that is not adopted', async () => {
  await using door = await openDoor();
  const { agent } = holding(door, 'pg-1', ['r-1.pg-1'], 'fenced');
  expect(await cli(door, 'snapshot', 'remove', 'r-1')).toMatchObject({ exitCode: 4, stderr: expect.stringContaining('is not adopted') });
  await door.store.adoptCluster(cluster, 'w1', 'local:test');
  expect(await cli(door, 'snapshot', 'remove', 'r-1')).toMatchObject({ exitCode: 3, stderr: expect.stringContaining('r-1.pg-1 stays') });
  agent.hangUp('gone');
  expect(await cli(door, 'snapshot', 'remove', 'r-1')).toMatchObject({
    exitCode: 5,
    stderr: expect.stringContaining('the agent on host-of-pg-1 is disconnected; start it'),
  });
});

test('13.5: snapshot list shows what lies on the hosts and until when, of one cluster or of all', async () => {
  await using door = await openDoor();
  seen(door, 'pg-1', { snapshots: [snapshotOf('r-1.pg-1')] });
  const { snapshots } = json((await door.ask('ListSnapshots', {})).snapshots) as SnapshotListDocument;
  expect(snapshots).toMatchObject([
    { id: 'r-1.pg-1', cluster: 'pg-main', instance: 'pg-1', host: 'host-of-pg-1', expiresAt: '1970-01-02T00:00:00.000Z' },
  ]);
  expect((await cli(door, 'snapshot', 'list', '--cluster', 'pg-main')).stdout).toMatch(
    /r-1.pg-1 +pg-main +pg-1 +1970-01-01T00:00:00Z +1970-01-02T00:00:00Z +6.2 GB +16.4 +list/,
  );
  expect((await cli(door, 'snapshot', 'list', '--cluster', 'pg-other')).exitCode).toBe(4);
});
