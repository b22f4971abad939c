import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { SnapshotListDocument } from '../../common/documents/fleet.ts';
import type { NodeFacts } from '../../common/facts.ts';
import { drydock } from '../cli/captured-io.ts';
import { announced, cardboardAgent, facts, hello, local } from '../fleet/agents.ts';
import { addRun, append, planRecord, release } from '../store/samples.ts';
import { type Door, json, openDoor } from './door.ts';

/** An agent that said once how its node is. */
function seen(door: Door, instance: string, more: Partial<NodeFacts>): void {
  const agent = cardboardAgent();
  door.fleet.accept(agent.end, local);
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

test('13.5: snapshot list shows what lies on the hosts and until when, of one cluster or of all', async () => {
  await using door = await openDoor();
  const snapshot = {
    id: 'r-1.pg-1',
    madeAtMs: 0,
    expiresAtMs: 86_400_000,
    bytes: 6_200_000_000,
    verified: 'list',
    version: '16.4',
    role: 'primary',
    position: '0/1',
  } as const;
  seen(door, 'pg-1', { snapshots: [snapshot] });
  const { snapshots } = json((await door.ask('ListSnapshots', {})).snapshots) as SnapshotListDocument;
  expect(snapshots).toMatchObject([
    { id: 'r-1.pg-1', cluster: 'pg-main', instance: 'pg-1', host: 'host-of-pg-1', expiresAt: '1970-01-02T00:00:00.000Z' },
  ]);
  expect((await cli(door, 'snapshot', 'list', '--cluster', 'pg-main')).stdout).toMatch(
    /r-1.pg-1 +pg-main +pg-1 +1970-01-01T00:00:00Z +1970-01-02T00:00:00Z +6.2 GB +16.4 +list/,
  );
  expect((await cli(door, 'snapshot', 'list', '--cluster', 'pg-other')).exitCode).toBe(4);
});
