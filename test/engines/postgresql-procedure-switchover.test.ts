import { describe, expect, it } from 'vitest';
import type { ClusterView } from '../../common/facts.ts';
import type { Step } from '../../common/plan.ts';
import { postgresqlProcedure as procedure } from '../../engines/postgresql/procedure.ts';
import { changed, down, recordedFacts, streamingRow, withNode, withServer } from './postgresql-fixtures.ts';
import { handoverCluster, level, linesOf, nodeNamed, server, turnInput } from './postgresql-handover-fixtures.ts';

const pair = handoverCluster(['pg-2']);
const trio = handoverCluster(['pg-2', 'pg-3']);

function handover(view: ClusterView, to = 'pg-2', change: Parameters<typeof turnInput>[3] = {}) {
  const input = turnInput(view, 'pg-1', 'primary', { successor: nodeNamed(view, to), ...change });
  const draft = procedure.turn(input);
  const lines = (steps: readonly Step[]) => linesOf(steps, input.idPrefix);
  return { draft, input, forward: lines(draft.steps), undo: lines(draft.undo), back: lines(draft.handover?.undo ?? []) };
}

describe('a switchover of three nodes', () => {
  const { draft, forward, undo, back, input } = handover(trio);

  it('P1 stops and fences the primary before anybody is promoted, and starts it as a standby', () => {
    expect(forward).toEqual([
      'pg-1  handover.stop  normal downtime quiesce+stop+act 16.4 > 16.4 runs 16.4, fence > pg-2 at pg-2.example:5432',
      'pg-2  handover.promote  promote, once, token of handover.stop',
      'pg-3  handover.repoint-pg-3  repoint > pg-2 at pg-2.example:5432',
      'pg-1  handover.start  upgrade downtime stop+activate+start 16.4 > 16.14 runs 16.14',
      'pg-1  settle  await in-service for 60 s [in-service-standby]',
      'pg-2  peer  await member-in-service pg-1 [leads:pg-2]',
      'pg-2  follower-1  await member-in-service pg-3 [streams-to:pg-3]',
      'pg-2  write  await write-works [leads:pg-2]',
    ]);
    expect(draft.steps.map(({ title }) => title)).toEqual([
      'stop and fence',
      'promote pg-2',
      'repoint pg-3',
      'start as standby',
      'settle 60 s',
      'pg-1 16.14 seen by pg-2',
      'pg-3 streams from pg-2',
      'one write',
    ]);
  });

  it('P11 as long as the promotion was not ordered, proves that nobody else is primary and starts the old one again', () => {
    expect(undo).toEqual([
      'pg-2  undo.unpromoted  await role-is standby',
      'pg-1  undo.unfence  unfence',
      'pg-1  undo.start  normal downtime activate+start 16.4 > 16.4 runs 16.4',
      'pg-1  undo.settle  await in-service for 60 s [in-service-primary]',
      'pg-1  undo.follower-1  await member-in-service pg-2 [streams-to:pg-2]',
      'pg-1  undo.follower-2  await member-in-service pg-3 [streams-to:pg-3]',
      'standby beside pg-1  undo.peer  await member-in-service pg-1 [primary-seen-by-peer]',
      'pg-1  undo.write  await write-works [in-service-primary]',
    ]);
  });

  it('P11 once it was ordered, switches back the same way with one pause of writes', () => {
    expect(draft.handover?.step).toBe('h1.roll.pg-1.primary.handover.promote');
    expect(back).toEqual([
      'pg-2  undo.handover.promoted  await role-is primary',
      'pg-3  undo.handover.gather-pg-3  repoint > pg-2 at pg-2.example:5432',
      'pg-1  undo.handover.downtime  downgrade downtime stop+activate+start 16.14 > 16.4 runs 16.4',
      'pg-2  undo.handover.gathered-1  await member-in-service pg-1 [streams-to:pg-1]',
      'pg-2  undo.handover.gathered-2  await member-in-service pg-3 [streams-to:pg-3]',
      'pg-2  undo.handover.stop  normal downtime quiesce+stop+act 16.14 > 16.14 runs 16.14, fence > pg-1 at pg-1.example:5432',
      'pg-1  undo.handover.promote  promote, once, token of undo.handover.stop',
      'pg-3  undo.handover.repoint-pg-3  repoint > pg-1 at pg-1.example:5432',
      'pg-2  undo.handover.start  normal downtime stop+activate+start 16.14 > 16.14 runs 16.14',
      'pg-1  undo.handover.settle  await in-service for 60 s [in-service-primary]',
      'pg-1  undo.handover.follower-1  await member-in-service pg-2 [streams-to:pg-2]',
      'pg-1  undo.handover.follower-2  await member-in-service pg-3 [streams-to:pg-3]',
      'standby beside pg-1  undo.handover.peer  await member-in-service pg-1 [primary-seen-by-peer]',
      'pg-1  undo.handover.write  await write-works [in-service-primary]',
    ]);
  });

  it('P1 is guarded on the host: it begins only with its successor in service and caught up', () => {
    const guards = draft.steps[0]?.guards ?? [];
    for (const wanted of [
      { check: 'role-is', expect: 'primary' },
      { check: 'caught-up' },
      { check: 'member-in-service', expect: 'pg-2' },
      { check: 'member-in-service', expect: 'pg-3' },
    ])
      expect(guards).toContainEqual(wanted);
    const leaving = draft.handover?.undo.find(({ id }) => id.endsWith('.handover.stop'));
    expect(leaving?.guards).toContainEqual({ check: 'member-in-service', expect: 'pg-1' });
    // The member that is stopped is fenced with it, and its agent must be able to, there and back.
    for (const asked of [guards, leaving?.guards]) expect(asked).toContainEqual({ check: 'can-follow' });
  });

  it('names those beside it, whose service it disturbs', () => expect(draft.beside).toEqual(['pg-2', 'pg-3']));

  it('has ids that are unique and free of slashes, and asks only for what agents announce', () => {
    const all = [...draft.steps, ...draft.undo, ...(draft.handover?.undo ?? [])];
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
    for (const { id, guards, body } of all) {
      expect(id).not.toContain('/');
      for (const { check } of guards) expect(procedure.needs).toContain(check);
      if (body.kind === 'await') expect(procedure.needs).toContain(body.condition);
    }
    expect(input.idPrefix).toBe('h1.roll.pg-1.primary');
  });
});

describe('a switchover', () => {
  it('of two nodes repoints nobody', () => {
    const { forward } = handover(pair);
    expect(forward.filter((line) => /repoint|slots|sync/.test(line))).toEqual([]);
    expect(forward).toHaveLength(6);
  });

  it('makes the slots on the one that is promoted, and drops those that it leaves behind', () => {
    const { forward, back } = handover(
      handoverCluster(['pg-2', 'pg-3'], { slots: { 'pg-1': 'slot_1', 'pg-2': 'slot_2', 'pg-3': 'slot_3' } }),
    );
    expect(forward).toContain('pg-2  handover.promote  promote slots slot_1 slot_3, once, token of handover.stop');
    expect(forward).toContain('pg-1  handover.slots  dropSlots slots slot_2 slot_3');
    expect(back).toContain('pg-1  undo.handover.promote  promote slots slot_2 slot_3, once, token of undo.handover.stop');
    expect(back).toContain('pg-2  undo.handover.slots  dropSlots slots slot_1 slot_3');
  });

  it('P19 lowers what the successor would wait for, until the former primary follows it', () => {
    const { forward, undo, back, draft } = handover(server(pair, 'pg-2', { synchronousStandbyNames: 'FIRST 1 ("pg-1")' }));
    expect(forward[0]).toBe("pg-2  handover.sync  set synchronous-standby-names ''");
    expect(forward.at(-1)).toBe('pg-2  handover.unsync  unset synchronous-standby-names');
    expect(undo.at(-1)).toBe('pg-2  undo.unsync  unset synchronous-standby-names');
    expect(back.at(-1)).toBe('pg-2  undo.handover.unsync-successor  unset synchronous-standby-names');
    expect(draft.risks).toEqual(['from the promotion of pg-2 until pg-1 follows it, commits wait for no standby']);
  });

  it('P19 does the same for the primary during the rollback, and says when commits wait for nobody any more', () => {
    const { forward, back, draft } = handover(server(pair, 'pg-1', { synchronousStandbyNames: 'pg-2' }));
    expect(forward.filter((line) => line.includes('sync'))).toEqual([]);
    expect(back).toContain("pg-1  undo.handover.sync  set synchronous-standby-names ''");
    expect(back.at(-1)).toBe('pg-1  undo.handover.unsync  unset synchronous-standby-names');
    expect(draft.risks).toEqual([
      "after the switchover commits wait for no standby: synchronous_standby_names is 'pg-2' on pg-1 and '' on pg-2",
    ]);
  });

  it('leaves alone what the rest of the cluster satisfies', () => {
    const { forward, draft } = handover(server(trio, 'pg-2', { synchronousStandbyNames: 'ANY 1 ("pg-1", "pg-3")' }));
    expect(forward.filter((line) => line.includes('sync'))).toEqual([]);
    expect(draft.risks).toEqual([]);
  });

  it('of a restart has a rollback that changes no release, and puts a configuration back last', () => {
    const only = handover(pair, 'pg-2', level);
    expect(only.forward).toContain('pg-1  handover.start  normal downtime stop+activate+start 16.4 > 16.4 runs 16.4');
    expect(only.back).toContain('pg-1  undo.handover.downtime  normal downtime activate+start 16.4 > 16.4 runs 16.4');
    const config = { changes: [{ op: 'set', key: 'max_connections', value: '200' }], fromDigest: 'a', toDigest: 'b' } as const;
    const { draft } = handover(pair, 'pg-2', { ...level, config });
    expect(draft.steps.find(({ id }) => id.endsWith('.start'))?.body).toMatchObject({ config });
    const undo = draft.handover?.undo ?? [];
    expect(undo.filter(({ body }) => 'config' in body).map(({ id, body }) => [id, 'config' in body && body.config])).toEqual([
      ['h1.roll.pg-1.primary.undo.handover.config', { changes: [], fromDigest: 'b', toDigest: 'a' }],
    ]);
  });

  it('takes the successor for what it is when it ran the target before', () => {
    const ahead = changed(pair, 'pg-2', () => {
      const facts = recordedFacts('16.14', 'standby', 'pg-2');
      return withServer({ ...facts, release: { ...facts.release, current: '16.14-by-hand' } }, { advertised: { host: 'b', port: 1 } });
    });
    const stop = handover(ahead).draft.handover?.undo.find(({ id }) => id.endsWith('.handover.stop'));
    expect(stop?.body).toMatchObject({ fromRelease: '16.14-by-hand', toRelease: '16.14-by-hand' });
  });

  it('M41 is not made on the way down: the primary goes first and is restarted', () => {
    const { draft, forward } = handover(pair, 'pg-2', { direction: 'downgrade' });
    expect(draft.handover).toBeUndefined();
    expect(forward[0]).toContain('quiesce+stop+activate+start');
  });
});

describe('the successor', () => {
  const rows = (view: ClusterView, ...changes: readonly object[]) =>
    server(view, 'pg-1', { replication: changes.map((change, at) => ({ ...streamingRow(`pg-${at + 2}`), ...change })) });

  it.each([
    ['the synchronous one', [{}, { syncState: 'sync', lagBytes: 9 }], 'pg-3', 'synchronous, 9 bytes behind; pg-2 is asynchronous'],
    ['one of the quorum', [{}, { syncState: 'quorum' }], 'pg-3', 'one of the quorum, 0 bytes behind; pg-2 is asynchronous'],
    [
      'the next to be synchronous',
      [{}, { syncState: 'potential' }],
      'pg-3',
      'next to be synchronous, 0 bytes behind; pg-2 is asynchronous',
    ],
    ['the least behind', [{ lagBytes: 8 }, { lagBytes: 7 }], 'pg-3', 'asynchronous, 7 bytes behind; pg-2 is 8 bytes behind'],
    ['the first by name', [{}, {}], 'pg-2', 'asynchronous, 0 bytes behind; pg-3 is equal, so the first by name takes over'],
    [
      'whoever has caught up',
      [{ syncState: 'sync', lagBytes: 20e6 }, {}],
      'pg-3',
      'asynchronous, 0 bytes behind; pg-2 cannot take over: it is 20000000 bytes behind, at most 16777216 are allowed',
    ],
    [
      'whoever streams',
      [{ syncState: 'sync', state: 'catchup' }, {}],
      'pg-3',
      'asynchronous, 0 bytes behind; pg-2 cannot take over: it does not stream from pg-1',
    ],
  ] as const)('is %s', (_, changes, instance, why) => expect(procedure.successor?.(rows(trio, ...changes))).toEqual({ instance, why }));

  it('is named with what speaks against each of the others, in one line', () => {
    const many = handoverCluster(['pg-2', 'pg-3', 'pg-4', 'pg-5', 'pg-6']);
    const view = server(rows(many, { lagBytes: 4096 }, {}, {}, {}, {}), 'pg-6', { replayPaused: true });
    expect(procedure.successor?.(view)).toEqual({
      instance: 'pg-3',
      why: 'asynchronous, 0 bytes behind; pg-2 is 4096 bytes behind; pg-4 and pg-5 are equal, so the first by name takes over; pg-6 cannot take over: its replay is paused',
    });
    expect(procedure.successor?.(pair)).toEqual({ instance: 'pg-2', why: 'asynchronous, 0 bytes behind' });
  });

  it('12.B5: is never one that replays late on purpose, however much it received', () => {
    expect(procedure.successor?.(server(trio, 'pg-2', { applyDelayMs: 90_000 }))).toEqual({
      instance: 'pg-3',
      why: 'asynchronous, 0 bytes behind; pg-2 cannot take over: its replay is delayed by 90 s (recovery_min_apply_delay)',
    });
    const all = server(server(trio, 'pg-2', { applyDelayMs: 90_000 }), 'pg-3', { applyDelayMs: 90_000 });
    expect(procedure.successor?.(all)).toMatchObject({ problems: [expect.stringContaining('pg-2'), expect.stringContaining('pg-3')] });
  });

  it('12.B5: is promoted only once a member that replays late has received all, and does not wait for it afterwards', () => {
    const late = server(trio, 'pg-3', { applyDelayMs: 90_000 });
    const { draft } = handover(late);
    const stop = draft.steps.find(({ id }) => id.endsWith('.handover.stop'));
    expect(stop?.guards).toEqual(
      expect.arrayContaining([
        { check: 'member-receives', expect: 'pg-3' },
        { check: 'caught-up', expect: 'pg-3' },
      ]),
    );
    expect(stop?.guards).not.toContainEqual({ check: 'member-in-service', expect: 'pg-3' });
    expect(draft.steps.map(({ healthCheck }) => healthCheck)).not.toContain('streams-to:pg-3');
    expect(draft.risks?.join()).toContain('the replay of pg-3 is delayed by 90 s on purpose');
  });

  it('12.B5: takes along a member that replays late and is not connected now, and asks no proof of it', () => {
    const apart = server(server(trio, 'pg-3', { applyDelayMs: 90_000, heldBack: true, walReceiver: null }), 'pg-1', {
      replication: [streamingRow('pg-2')],
    });
    const { draft } = handover(apart);
    expect(draft.steps.some(({ id }) => id.endsWith('.repoint-pg-3'))).toBe(true);
    expect(draft.steps.find(({ id }) => id.endsWith('.handover.stop'))?.guards).toContainEqual({
      check: 'member-receives',
      expect: 'pg-3',
    });
    const restarted = procedure
      .turn(turnInput(apart, 'pg-1', 'primary'))
      .steps.find(({ healthCheck }) => healthCheck === 'primary-seen-by-peer');
    expect(restarted?.executor).toEqual({ kind: 'instance', instance: 'pg-2' });
  });

  it('12.B4: is one that has room for the slots of all that will follow it', () => {
    const slots = handoverCluster(['pg-2', 'pg-3'], { slots: { 'pg-1': 'one', 'pg-2': 'two', 'pg-3': 'three' } });
    expect(procedure.successor?.(server(slots, 'pg-2', { freeSlots: 1 }))).toMatchObject({ instance: 'pg-3' });
    expect(procedure.successor?.(server(slots, 'pg-2', { freeSlots: 2 }))).toMatchObject({ instance: 'pg-2' });
  });

  it('12.B8: names the archiver that is cut off by the handover', () => {
    const archiver = { ...streamingRow('barman_receive_wal'), replayLsn: null, lagBytes: null };
    const view = server(pair, 'pg-1', { replication: [streamingRow('pg-2'), archiver] });
    expect(handover(view).draft.risks?.join()).toContain('barman_receive_wal receives WAL from pg-1');
  });

  it('is not one whose replay is paused, or who is not in service', () => {
    expect(procedure.successor?.(server(trio, 'pg-2', { replayPaused: true }))).toMatchObject({ instance: 'pg-3' });
    const out = changed(trio, 'pg-2', (facts) => ({ ...facts, inService: false }));
    expect(procedure.successor?.(out)).toMatchObject({ instance: 'pg-3' });
  });

  const settings = {
    max_connections: 100,
    max_worker_processes: 8,
    max_wal_senders: 10,
    max_prepared_transactions: 0,
    max_locks_per_transaction: 64,
  };
  const slot = {
    name: 'feed',
    type: 'logical',
    active: true,
    walStatus: 'reserved',
    retainedBytes: 0,
    failover: false,
    synced: false,
  } as const;
  const refusals: readonly [string, ClusterView, string][] = [
    ['no standby streams', handoverCluster([]), 'no standby streams from pg-1'],
    ['nobody is primary', changed(pair, 'pg-1', down), 'no primary'],
    [
      'logical slots would be lost',
      server(pair, 'pg-1', { slots: [slot] }),
      'logical slots of pg-1 would be lost in a switchover (feed); use --primary restart',
    ],
    ['version 11 cannot promote by SQL', server(pair, 'pg-1', { serverVersionNum: 110_022, serverVersion: '11.22' }), 'version 11.22'],
    ['version 12 cannot repoint others', server(trio, 'pg-1', { serverVersionNum: 120_022, serverVersion: '12.22' }), 'version 12.22'],
    ['the primary could not follow', server(pair, 'pg-1', { canFollow: false }), 'pg-1 could not follow another member'],
    [
      'there would be no rollback',
      server(pair, 'pg-2', { canFollow: false }),
      'pg-2 cannot take over: it could not be made a standby again',
    ],
    ['nobody could reach the standby', server(pair, 'pg-2', { advertised: null }), 'connection.advertise'],
    ['nobody could reach the primary later', server(pair, 'pg-1', { advertised: null }), 'the address of pg-1 for its peers is unknown'],
    ['the agent is no superuser', withNode(pair, 'pg-2', (node) => ({ ...node, capabilities: ['sql'] })), 'not a superuser of pg-2'],
    ['standbys are cascaded', handoverCluster(['pg-2', 'pg-3'], { below: { 'pg-3': 'pg-2' } }), 'pg-3 streams from another standby'],
    [
      'limits are higher there',
      server(pair, 'pg-2', { settings: { ...settings, max_connections: 200 } }),
      'max_connections is 200 there and 100 on pg-1',
    ],
    [
      'too few could follow it',
      ['pg-1', 'pg-2', 'pg-3'].reduce((so, name) => server(so, name, { settings: { ...settings, max_wal_senders: 1 } }), trio),
      'its max_wal_senders is 1, 2 members would follow it',
    ],
    [
      'it would wait for itself',
      server(pair, 'pg-2', { synchronousStandbyNames: 'pg-2' }),
      "its own synchronous_standby_names = 'pg-2' could not be met",
    ],
    ['it is of another architecture', withNode(pair, 'pg-2', (node) => ({ ...node, arch: 'arm64' })), 'arm64'],
  ];
  it.each(refusals)('is nobody when %s', (_, view, words) => {
    const choice = procedure.successor?.(view);
    const problems = choice !== undefined && 'problems' in choice ? choice.problems : [];
    expect(problems.join('; ')).toContain(words);
    // Every one says what to do.
    for (const problem of problems) expect(problem).toMatch(/[;,] /);
  });

  it('version 12 can hand over to the only standby', () =>
    expect(procedure.successor?.(server(pair, 'pg-1', { serverVersionNum: 120_022 }))).toMatchObject({ instance: 'pg-2' }));
});

describe('while a switchover is open', () => {
  const refused = (view: ClusterView, outOfTurn: readonly string[]) =>
    procedure.assess(view, outOfTurn).flatMap(({ check, subject, severity }) => (severity === 'refuse' ? [`${check} ${subject}`] : []));
  const open = ['pg-1', 'pg-2', 'pg-3'];
  const alone = (view: ClusterView, name: string) =>
    changed(view, name, (facts) => withServer({ ...facts, inService: false }, { walReceiver: null }));
  const promoted = (view: ClusterView) =>
    changed(view, 'pg-2', (facts) =>
      withServer({ ...facts, role: 'primary', inService: true }, { inRecovery: false, walReceiver: null, timeline: 2 }),
    );
  const stopped = alone(alone(changed(trio, 'pg-1', down), 'pg-2'), 'pg-3');

  it('members that wait for it are no reason to hold, before and after the promotion', () => {
    expect(refused(stopped, open)).toEqual([]);
    expect(refused(promoted(stopped), open)).toEqual([]);
    expect(refused(promoted(stopped), [])).not.toEqual([]);
  });

  it('P1 two primaries always refuse', () => expect(refused(promoted(trio), open)).toEqual(['two-primaries pg-main']));
});

describe('a member whose history forked', () => {
  const forked = (view: ClusterView, ok: boolean | null) =>
    changed(view, 'pg-3', (facts) => ({
      ...withServer({ ...facts, inService: false }, { walReceiver: null, primarySlot: 'slot_3' }),
      findings: [{ check: 'needs-no-reseed', ok, detail: 'timeline 2 forked off at 0/3000000' }],
    }));

  it('holds needs-reseed and nothing else, and never clears by itself', () => {
    const problems = procedure.assess(forked(trio, false), []).filter(({ subject }) => subject === 'pg-3');
    expect(problems).toMatchObject([{ check: 'needs-reseed', severity: 'refuse', clears: 'person' }]);
  });

  it('is told also when its server does not start', () => {
    const dead = changed(forked(trio, false), 'pg-3', (facts) => down(facts));
    expect(procedure.assess(dead, []).filter(({ subject }) => subject === 'pg-3')).toMatchObject([{ check: 'needs-reseed' }]);
  });

  it('is told by the server that lost the WAL of its slot', () => {
    const lost = {
      name: 'slot_3',
      type: 'physical',
      active: false,
      walStatus: 'lost',
      retainedBytes: null,
      failover: false,
      synced: false,
    } as const;
    const view = server(forked(trio, null), 'pg-1', { slots: [lost] });
    expect(procedure.assess(view, []).filter(({ subject }) => subject === 'pg-3')).toMatchObject([{ check: 'needs-reseed' }]);
    expect(procedure.assess(forked(trio, null), []).filter(({ check }) => check === 'needs-reseed')).toEqual([]);
  });

  it('is told by the timeline that it began itself, which the only primary never was on', () => {
    const onTimeline = (timeline: number) => server(forked(trio, null), 'pg-3', { timeline });
    const [problem] = procedure.assess(onTimeline(2), []).filter(({ check }) => check === 'needs-reseed');
    expect(problem?.detail).toContain('it is on timeline 2, and the primary pg-1 is on 1');
    expect(procedure.assess(onTimeline(1), []).filter(({ check }) => check === 'needs-reseed')).toEqual([]);
    const following = server(trio, 'pg-3', { timeline: 2 });
    expect(procedure.assess(following, []).filter(({ check }) => check === 'needs-reseed')).toEqual([]);
  });

  it('P2 is not taken for restored', () => {
    const node = { version: '16.4', instance: 'pg-3', member: 'pg-3' };
    const facts = (ok: boolean | null) => nodeNamed(forked(trio, ok), 'pg-3').facts ?? recordedFacts('16.4', 'standby', 'pg-3');
    expect(procedure.judge('no-reseed', facts(true), node)).toEqual({ ok: true });
    expect(procedure.judge('no-reseed', facts(false), node)).toMatchObject({ hold: { kind: 'needs-reseed', releasedBy: 'person' } });
    expect(procedure.judge('no-reseed', facts(null), node)).toMatchObject({ hold: { kind: 'health-check-failed' } });
    expect(procedure.judge('no-reseed', { ...facts(true), role: 'primary' }, node)).toMatchObject({ hold: { kind: 'two-primaries' } });
  });
});

describe('the gate of the one that took over', () => {
  const turn = { version: '16.14', instance: 'pg-1', member: 'pg-1' };
  const leader = withServer(recordedFacts('16.14', 'primary', 'pg-2'), { replication: [streamingRow('pg-1')] });

  it('P2 passes when it takes writes with the right version and the former primary streams from it', () =>
    expect(procedure.judge('leads:pg-2', leader, turn)).toEqual({ ok: true }));

  it.each([
    ['another answers', recordedFacts('16.14', 'primary', 'pg-3'), 'the member name of pg-3 is pg-3'],
    ['P2 the node answers for itself', recordedFacts('16.14', 'standby', 'pg-1'), 'itself answered'],
    ['P15 it runs the old version', recordedFacts('16.4', 'primary', 'pg-2'), 'runs 16.4'],
    ['it is a standby', recordedFacts('16.14', 'standby', 'pg-2'), 'pg-2 is standby'],
    ['nobody streams from it', withServer(leader, { replication: [] }), 'does not stream to pg-1'],
    ['it is down', down(leader), 'does not answer'],
  ] as const)('holds when %s', (_, facts, words) =>
    expect(procedure.judge('leads:pg-2', facts, turn)).toMatchObject({
      ok: false,
      hold: { subject: 'pg-1', detail: expect.stringContaining(words) },
    }),
  );
});
