import { status } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import type { ClusterDocument, ClusterListDocument, HostListDocument } from '../../common/documents/fleet.ts';
import type { NodeFacts } from '../../common/facts.ts';
import type { Procedure } from '../../common/procedure.ts';
import { announced, cardboardAgent, facts, hello, local } from '../fleet/agents.ts';
import { type Door, json, openDoor, refusal } from './door.ts';

/** An engine of cardboard: its members are those that answer and those that they see; a node out of service is a problem. */
const procedure: Procedure = {
  engine: 'postgresql',
  needs: [],
  preflightChecks: ['look-twice'],
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
        clears: 'itself',
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
  turn: () => ({ steps: [], undo: [], outOfServiceMs: 0 }),
  verify: () => [],
  judge: () => ({ ok: true }),
};

const procedures = new Map([['postgresql', procedure]]);

/** An agent that answers every look with these facts; null: it never answers. */
function enrol(door: Door, host: string, instance: string, told: Partial<NodeFacts> | null = {}): void {
  const agent = cardboardAgent();
  const { send } = agent.end;
  const end = {
    ...agent.end,
    send(message: Parameters<typeof send>[0]) {
      send(message);
      if (message.type !== 'order' || message.order.body.kind !== 'observe') return;
      const { nonce, checks } = message.order.body;
      if (told === null) return agent.hangUp('gone');
      expect(checks).toEqual(['look-twice']);
      agent.say({ type: 'facts', facts: facts(instance, { ...told, nonce }) });
    },
  };
  door.fleet.accept(end, local);
  agent.say(hello(host, [announced(instance)]));
}

const show = async (door: Door) => json((await door.ask('GetCluster', { cluster: 'pg-main' })).cluster) as ClusterDocument;
const adopt = (door: Door, members: number) => door.ask('AdoptCluster', { cluster: 'pg-main', members });

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
    expect(hosts).toMatchObject([{ host: 'db-1', linked: true, instances: [{ instance: 'pg-1', cluster: 'pg-main' }] }, { host: 'db-2' }]);
  });

  it('are not adopted with another number of members, with a member nobody manages, or with a silent agent', async () => {
    await using door = await openDoor({ procedures });
    enrol(door, 'db-1', 'pg-1');
    enrol(door, 'db-2', 'pg-2', { peers: [{ member: 'pg-9', healthy: true, state: 'streaming', lagBytes: 0 }] });
    const wrongCount = await refusal(adopt(door, 3));
    expect(wrongCount).toMatchObject({ code: status.FAILED_PRECONDITION, failure: { code: 'membership-mismatch' } });
    expect(wrongCount.failure?.message).toMatch(
      /said to have 3 members, agents announce 2 \(pg-1 on db-1, pg-2 on db-2\).*has a member pg-9 that no agent manages/,
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

  it('show what is wrong: a member out of service, one that nobody has announced', async () => {
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

  it('of an engine without a procedure can be seen and not adopted', async () => {
    await using door = await openDoor();
    enrol(door, 'db-1', 'pg-1', null);
    expect(await show(door)).toMatchObject({ healthy: false, problems: [{ check: 'engine' }] });
  });
});
