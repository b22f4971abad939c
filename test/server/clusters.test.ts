import { status } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import type { ClusterDocument, ClusterListDocument, HostListDocument } from '../../common/documents/fleet.ts';
import type { NodeFacts } from '../../common/facts.ts';
import type { Procedure } from '../../common/procedure.ts';
import { drydock } from '../cli/captured-io.ts';
import { agentPeer, announced, type CardboardAgent, cardboardAgent, facts, hello } from '../fleet/agents.ts';
import { type Door, json, openDoor, refusal } from './door.ts';

/** An engine of cardboard: its members are those that answer and those that they see; a node down is a problem. */
const procedure: Procedure = {
  engine: 'postgresql',
  needs: [],
  refuses: ['in-service'],
  probes: { everyMs: 2_000, answerMs: 5_000 },
  preflightChecks: ['probe-twice'],
  verifyChecks: [],
  roles: ['standby'],
  leaderRole: 'primary',
  assess: (view) =>
    view.nodes
      .filter(({ facts: seen }) => seen?.inService !== true)
      .map(({ instance }) => ({
        check: 'in-service',
        severity: 'refuse',
        subject: instance,
        detail: `${instance} is out`,
        clears: 'automatic',
      })),
  membersSeen: (view) => [
    ...new Set(
      view.nodes.flatMap(({ facts: seen }) => [
        ...(seen?.memberId != null ? [seen.memberId] : []),
        ...(seen?.peers ?? []).map(({ member }) => member),
      ]),
    ),
  ],
  eligible: (remaining) => remaining,
  turn: () => ({ steps: [], undo: [], downtimeMs: 0 }),
  verify: () => [],
  judge: () => ({ ok: true }),
};

const procedures = new Map([['postgresql', procedure]]);

/** An agent that answers every probe with these facts; null: it never answers. */
function enrol(door: Door, host: string, instance: string, reported: Partial<NodeFacts> | null = {}): CardboardAgent {
  const agent = cardboardAgent();
  const { send } = agent.end;
  const end = {
    ...agent.end,
    send(message: Parameters<typeof send>[0]) {
      send(message);
      if (message.type !== 'order' || message.order.body.kind !== 'observe') return;
      const { nonce, checks } = message.order.body;
      if (reported === null) return agent.hangUp('gone');
      expect(checks).toEqual(['probe-twice']);
      agent.say({ type: 'facts', facts: facts(instance, { ...reported, nonce }) });
    },
  };
  door.fleet.accept(end, agentPeer);
  agent.say(hello(host, [announced(instance)]));
  return agent;
}

const show = async (door: Door) => json((await door.ask('GetCluster', { cluster: 'pg-main' })).cluster) as ClusterDocument;
const adopt = (door: Door, members: number, more: object = {}) => door.ask('AdoptCluster', { cluster: 'pg-main', members, ...more });

describe('clusters', () => {
  it('are looked at when shown, and adopted when expected, enrolled and seen agree', async () => {
    await using door = await openDoor({ procedures });
    enrol(door, 'db-1', 'pg-1', { role: 'primary' });
    enrol(door, 'db-2', 'pg-2');
    expect(await show(door)).toMatchObject({
      adopted: false,
      expectedMembers: null,
      databaseId: null,
      healthy: true,
      versions: ['16.4'],
      problems: [],
    });

    const adopted = json((await adopt(door, 2)).cluster) as ClusterDocument;
    expect(adopted).toMatchObject({ adopted: true, expectedMembers: 2, databaseId: '73', nodes: 2, healthy: true, run: null });
    expect(adopted.members).toMatchObject([
      { instance: 'pg-1', host: 'db-1', role: 'primary', running: true, release: '16.4-a', factsAgeMs: 0 },
      { instance: 'pg-2', role: 'standby' },
    ]);
    expect(await door.store.currentEpoch('pg-main')).toEqual({ cluster: 'pg-main', epoch: 1, writer: 'w1' });
    const list = json((await door.ask('ListClusters', {})).clusters) as ClusterListDocument;
    expect(list.clusters).toMatchObject([{ cluster: 'pg-main', adopted: true, healthy: true }]);
    expect(await refusal(adopt(door, 2))).toMatchObject({ code: status.FAILED_PRECONDITION, failure: { code: 'already-adopted' } });
    const { hosts } = json((await door.ask('ListHosts', {})).hosts) as HostListDocument;
    expect(hosts).toMatchObject([
      { host: 'db-1', connected: true, instances: [{ instance: 'pg-1', cluster: 'pg-main' }] },
      { host: 'db-2' },
    ]);
  });

  it('are not adopted with another number of members, with a member nobody manages, or with a silent agent', async () => {
    await using door = await openDoor({ procedures });
    enrol(door, 'db-1', 'pg-1');
    enrol(door, 'db-2', 'pg-2', { peers: [{ member: 'pg-9', healthy: true, state: 'streaming', lagBytes: 0 }] });
    const wrongCount = await refusal(adopt(door, 3));
    expect(wrongCount).toMatchObject({ code: status.FAILED_PRECONDITION, failure: { code: 'membership-mismatch' } });
    expect(wrongCount.failure?.message).toMatch(
      /declared with 3 members, agents announce 2 \(pg-1 on db-1, pg-2 on db-2\).*has a member pg-9 that no agent manages/,
    );
    enrol(door, 'db-2', 'pg-2', null);
    expect((await refusal(adopt(door, 2))).failure?.message).toMatch(/no answer from pg-2 on db-2/);
    expect(await door.store.clusters()).toEqual([]);
  });

  it('are not adopted when their nodes belong to different databases', async () => {
    await using door = await openDoor({ procedures });
    enrol(door, 'db-1', 'pg-1');
    enrol(door, 'db-2', 'pg-2', { databaseId: '74' });
    expect((await refusal(adopt(door, 2))).failure).toMatchObject({
      code: 'database-differs',
      message: expect.stringMatching(/pg-1 on db-1: 73, pg-2 on db-2: 74/),
    });
  });

  it('show what is wrong: a member down, one that nobody has announced', async () => {
    await using door = await openDoor({ procedures });
    enrol(door, 'db-1', 'pg-1');
    enrol(door, 'db-2', 'pg-2');
    await adopt(door, 2);
    enrol(door, 'db-2', 'pg-2', { inService: false });
    expect(await show(door)).toMatchObject({ healthy: false, problems: [{ check: 'in-service', subject: 'pg-2' }] });
    enrol(door, 'db-2', 'pg-3');
    expect((await show(door)).problems.map(({ subject, check }) => `${subject} ${check}`)).toEqual([
      'pg-2 membership-mismatch',
      'pg-3 membership-mismatch',
    ]);
  });

  it('13.7: are listed with how many of their nodes are in service, of how many there should be', async () => {
    await using door = await openDoor({ procedures });
    enrol(door, 'db-1', 'pg-1');
    enrol(door, 'db-2', 'pg-2');
    await adopt(door, 2);
    const listed = async () => (json((await door.ask('ListClusters', {})).clusters) as ClusterListDocument).clusters;
    const printed = async () => (await drydock(['cluster', 'list'], { env: { DRYDOCK_CONTROLLER: door.server.address } })).stdout;
    expect(await listed()).toMatchObject([{ nodes: 2, nodesInService: 2 }]);
    expect(await printed()).toMatch(/^pg-main .* 2\/2 /m);
    enrol(door, 'db-2', 'pg-2', { inService: false });
    await show(door);
    expect(await listed()).toMatchObject([{ nodes: 2, nodesInService: 1 }]);
    expect(await printed()).toMatch(/^pg-main .* 1\/2 /m);
  });

  it('13.4: are adopted again with a reason, which the audit log keeps', async () => {
    await using door = await openDoor({ procedures });
    enrol(door, 'db-1', 'pg-1');
    enrol(door, 'db-2', 'pg-2');
    await adopt(door, 2);
    enrol(door, 'db-3', 'pg-3');
    expect((await show(door)).problems).toMatchObject([
      {
        subject: 'pg-3',
        detail: expect.stringMatching(/the agent on db-3 announces pg-3.*: drydock cluster adopt pg-main --members 3 --reason "…"/),
      },
    ]);
    expect((await refusal(adopt(door, 3))).failure).toMatchObject({
      code: 'already-adopted',
      message: expect.stringMatching(/--reason "…"/),
    });
    const again = json((await adopt(door, 3, { reason: 'a third node' })).cluster) as ClusterDocument;
    expect(again).toMatchObject({ expectedMembers: 3, nodes: 3, healthy: true, problems: [] });
    const events = (await door.store.events('fleet', 0, 10)).map(({ body }) => body);
    expect(events.at(-1)).toMatchObject({ type: 'cluster-adopted', members: ['pg-1', 'pg-2', 'pg-3'], reason: 'a third node' });
    expect(await door.store.currentEpoch('pg-main')).toMatchObject({ epoch: 1 });
  });

  it('13.4: are adopted with fewer members than the database sees only when that is confirmed, and refuse plans still', async () => {
    await using door = await openDoor({ procedures });
    enrol(door, 'db-1', 'pg-1', { peers: [{ member: 'pg-9', healthy: true, state: 'streaming', lagBytes: 0 }] });
    expect((await refusal(adopt(door, 1))).failure).toMatchObject({
      code: 'fewer-than-seen',
      message: expect.stringMatching(/--members is 1, but the database sees 2 members: pg-1, pg-9/),
    });
    expect((await refusal(adopt(door, 1, { fewerThanSeen: true }))).failure).toMatchObject({ code: 'fewer-than-seen' });
    const adopted = json((await adopt(door, 1, { fewerThanSeen: true, reason: 'pg-9 is a report server' })).cluster) as ClusterDocument;
    expect(adopted).toMatchObject({ adopted: true, healthy: false, problems: [{ check: 'membership-mismatch', subject: 'pg-9' }] });
  });

  it('13.4: are forgotten with a reason, and never get an epoch a second time', async () => {
    await using door = await openDoor({ procedures });
    const agent = enrol(door, 'db-1', 'pg-1');
    await adopt(door, 1);
    expect(await refusal(door.ask('ForgetCluster', { cluster: 'pg-main', reason: '' }))).toMatchObject({ code: status.INVALID_ARGUMENT });
    await door.ask('ForgetCluster', { cluster: 'pg-main', reason: 'decommissioned' });
    expect(await show(door)).toMatchObject({ adopted: false });
    expect((await refusal(door.ask('ForgetCluster', { cluster: 'pg-main', reason: 'again' }))).failure).toMatchObject({
      code: 'unknown-cluster',
    });
    await adopt(door, 1);
    expect(await door.store.currentEpoch('pg-main')).toMatchObject({ epoch: 2 });
    await door.ask('ForgetCluster', { cluster: 'pg-main', reason: 'decommissioned' });
    agent.hangUp('gone');
    await door.ask('ForgetHost', { host: 'db-1' });
    expect(json((await door.ask('ListClusters', {})).clusters)).toMatchObject({ clusters: [] });
    const types = (await door.store.events('fleet', 0, 20)).map(({ body }) => body.type);
    expect(types.filter((type) => type.endsWith('forgotten'))).toEqual(['cluster-forgotten', 'cluster-forgotten', 'host-forgotten']);
    expect(await door.store.verifyChains()).toMatchObject([{ chain: 'fleet', ok: true }]);
  });

  it('12.C13: say which host a claim is of and which command ends it: clone, renamed host and a member whose host is gone', async () => {
    await using door = await openDoor({ procedures });
    enrol(door, 'db-1', 'pg-1');
    const second = enrol(door, 'db-2', 'pg-2');
    await adopt(door, 2);
    const details = async () => (await show(door)).problems.map(({ detail }) => detail).join('\n');
    const clone = enrol(door, 'clone', 'pg-2');
    expect(await details()).toMatch(
      /clone \(host .*\) announces pg-2, but db-2 announced it first and is connected.*drydock host forget clone/,
    );
    expect((await refusal(door.ask('ForgetHost', { host: 'clone' }))).failure).toMatchObject({ code: 'host-connected' });
    clone.hangUp('gone');
    expect(await details()).toBe('');
    await door.ask('ForgetHost', { host: 'clone', reason: 'it was a clone' });

    second.hangUp('renamed');
    enrol(door, 'db-2b', 'pg-2');
    expect(await details()).toMatch(/If pg-2 is on db-2b now: drydock host forget db-2\./);
    await door.ask('ForgetHost', { host: 'db-2' });
    expect(await show(door)).toMatchObject({ healthy: true, problems: [] });
    expect((await refusal(door.ask('ForgetHost', { host: 'db-2' }))).code).toBe(status.NOT_FOUND);
    const audited = (await door.store.events('fleet', 0, 20)).map(({ body }) => body).filter(({ type }) => type === 'host-forgotten');
    expect(audited).toMatchObject([
      { host: 'clone', instances: [], reason: 'it was a clone', actor: 'human:tester' },
      { host: 'db-2', instances: ['pg-2'] },
    ]);
  });

  it('12.C13: are not adopted while a host of theirs is gone, and the refusal says how to forget it', async () => {
    await using door = await openDoor({ procedures });
    enrol(door, 'db-1', 'pg-1');
    enrol(door, 'db-9', 'pg-9').hangUp('a stray');
    expect((await refusal(adopt(door, 1))).failure?.message).toMatch(/no answer from pg-9 on db-9; .*drydock host forget db-9/);
    await door.ask('ForgetHost', { host: 'db-9' });
    await adopt(door, 1);
  });

  it('of an engine without a procedure can be seen and not adopted', async () => {
    await using door = await openDoor();
    enrol(door, 'db-1', 'pg-1', null);
    expect(await show(door)).toMatchObject({ healthy: false, problems: [{ check: 'engine' }] });
  });
});
