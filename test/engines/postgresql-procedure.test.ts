import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ClusterView, NodeFacts } from '../../common/facts.ts';
import type { Direction } from '../../common/plan.ts';
import type { TurnInput } from '../../common/shape-forms.ts';
import { postgresqlProcedure as procedure } from '../../engines/postgresql/procedure.ts';
import { changed, clusterOf, down, nodeOf, recordedFacts, streamingRow, withNode, withServer } from './postgresql-fixtures.ts';

const healthy = clusterOf(['pg-2', 'pg-3']);

const refusals = (view: ClusterView, outOfTurn: readonly string[] = []) =>
  procedure.assess(view, outOfTurn).flatMap(({ check, subject, severity }) => (severity === 'refuse' ? [`${check} ${subject}`] : []));

/** The primary with one row of pg_stat_replication changed. */
const withRow = (view: ClusterView, standby: string, change: object) =>
  changed(view, 'pg-1', (facts) =>
    withServer(facts, { replication: ['pg-2', 'pg-3'].map((name) => ({ ...streamingRow(name), ...(name === standby ? change : {}) })) }),
  );

describe('prechecks', () => {
  it('find nothing wrong with a healthy cluster, flat or cascaded', () => {
    expect(procedure.assess(healthy, [])).toEqual([]);
    expect(procedure.assess(clusterOf(['pg-2', 'pg-3'], { 'pg-3': 'pg-2' }), [])).toEqual([]);
    expect(procedure.assess(clusterOf([]), [])).toEqual([]);
  });

  it('12.A2: without a primary they say whom to start, and whom to promote once all members answer', () => {
    const details = (view: ClusterView) =>
      procedure.assess(view, []).flatMap(({ check, detail }) => (check === 'one-primary' ? [detail] : []));
    expect(details(changed(healthy, 'pg-1', down))).toEqual([
      'pg-main has no primary that answers; start pg-1, then promote the member with the most WAL if none of them is a primary',
    ]);
    const standby = (receivedLsn: string) => ({ inRecovery: true, receivedLsn, currentLsn: '0/3000000', timeline: 1 });
    const ended = ['0/3000060', '0/3000148', '0/3000060'].reduce(
      (view, lsn, at) => changed(view, `pg-${at + 1}`, (facts) => withServer({ ...facts, role: 'standby' }, standby(lsn))),
      healthy,
    );
    expect(details(ended)).toEqual([
      'pg-main has no primary that answers; promote pg-2, which has the most WAL (up to 0/3000148 of timeline 1)',
    ]);
    expect(details(changed(ended, 'pg-2', (facts) => withServer(facts, { timeline: 2 })))).toEqual([
      'pg-main has no primary that answers; promote the one with the correct history',
    ]);
  });

  const cases: readonly [string, ClusterView, readonly string[]][] = [
    ['P1 a node whose agent is gone', withNode(healthy, 'pg-2', (node) => ({ ...node, connected: false })), ['observed pg-2']],
    ['P1 a node never heard of', withNode(healthy, 'pg-2', (node) => ({ ...node, facts: null })), ['observed pg-2']],
    [
      'a standby that is down',
      changed(changed(healthy, 'pg-3', down), 'pg-1', (facts) => withServer(facts, { replication: [streamingRow('pg-2')] })),
      ['in-service pg-3'],
    ],
    [
      'no primary',
      changed(healthy, 'pg-1', down),
      ['in-service pg-1', 'one-primary pg-main', 'replication-streaming pg-2', 'replication-streaming pg-3'],
    ],
    ['a standby that is not in service', changed(healthy, 'pg-2', (facts) => ({ ...facts, inService: false })), ['in-service pg-2']],
    ['another database cluster', changed(healthy, 'pg-2', (facts) => ({ ...facts, databaseId: '1' })), ['same-cluster pg-2']],
    ['a server without a name', changed(healthy, 'pg-1', (facts) => ({ ...facts, memberId: null })), ['member-id pg-1']],
    [
      'two servers of one name',
      changed(healthy, 'pg-3', (facts) => ({ ...facts, memberId: 'pg-2' })),
      ['member-id pg-2', 'member-id pg-3'],
    ],
    [
      'two primaries',
      changed(healthy, 'pg-2', (facts) => withServer({ ...facts, role: 'primary' }, { inRecovery: false, walReceiver: null })),
      ['two-primaries pg-main'],
    ],
    [
      'a binary changed under the running server',
      changed(healthy, 'pg-2', (facts) => ({ ...facts, version: { ...facts.version, onDisk: '16.14' } })),
      ['version-on-disk pg-2'],
    ],
    [
      'members of different majors',
      changed(healthy, 'pg-2', (facts) => ({ ...facts, version: { running: '15.8', onDisk: '15.8', format: '15' } })),
      ['one-major pg-main'],
    ],
    [
      'a standby without a WAL receiver',
      changed(healthy, 'pg-2', (facts) => withServer(facts, { walReceiver: null })),
      ['replication-streaming pg-2'],
    ],
    ['a standby that is catching up', withRow(healthy, 'pg-2', { state: 'catchup' }), ['replication-streaming pg-2']],
    ['a standby that streams from a stranger', withRow(healthy, 'pg-2', { applicationName: 'other' }), ['replication-streaming pg-2']],
    [
      'a standby on another timeline',
      changed(healthy, 'pg-1', (facts) => withServer(facts, { timeline: 2 })),
      ['same-timeline pg-2', 'same-timeline pg-3'],
    ],
    ['a lagging standby', withRow(healthy, 'pg-3', { lagBytes: 17 * 1024 * 1024 }), ['caught-up pg-3']],
    ['a paused replay', changed(healthy, 'pg-3', (facts) => withServer(facts, { replayPaused: true })), ['caught-up pg-3']],
    [
      'a setting nobody can read',
      changed(healthy, 'pg-1', (facts) => withServer(facts, { synchronousStandbyNames: 'ANY (' })),
      ['sync-satisfiable pg-1'],
    ],
    [
      'a slot that lost its WAL',
      changed(healthy, 'pg-1', (facts) =>
        withServer(facts, {
          slots: [{ name: 's', type: 'physical', active: false, walStatus: 'lost', retainedBytes: null, failover: false, synced: false }],
        }),
      ),
      ['slots-sound pg-1'],
    ],
    [
      'a lower limit on a standby',
      changed(healthy, 'pg-1', (facts) =>
        withServer(facts, {
          settings: {
            max_connections: 200,
            max_worker_processes: 8,
            max_wal_senders: 10,
            max_prepared_transactions: 0,
            max_locks_per_transaction: 64,
          },
        }),
      ),
      ['settings-not-lower pg-2', 'settings-not-lower pg-3'],
    ],
    ['an HA manager', withFinding('pg-1', 'no-ha-manager', false), ['no-ha-manager pg-1']],
    ['P1 a check whose answer is unknown', withFinding('pg-1', 'no-backup-running', null), ['no-backup-running pg-1']],
  ];
  it.each(cases)('refuse %s', (_, view, expected) => expect(refusals(view).sort()).toEqual([...expected].sort()));

  function withFinding(instance: string, check: string, ok: boolean | null): ClusterView {
    return changed(healthy, instance, (facts) => ({ ...facts, findings: [{ check, ok, detail: 'as seen' }] }));
  }

  it('only warn of different minors and of a slot that is not in use', () => {
    const mixed = changed(healthy, 'pg-2', (facts) => ({ ...facts, version: { running: '16.14', onDisk: '16.14', format: '16' } }));
    const idle = {
      name: 's',
      type: 'physical',
      active: false,
      walStatus: 'reserved',
      retainedBytes: 9,
      failover: false,
      synced: false,
    } as const;
    const view = changed(mixed, 'pg-1', (facts) => withServer(facts, { slots: [idle] }));
    expect(procedure.assess(view, []).map(({ check, severity }) => [check, severity])).toEqual([
      ['mixed-versions', 'warn'],
      ['slots-sound', 'warn'],
    ]);
  });

  it('do not miss a node whose turn is open, nor what it takes along', () => {
    const standbyOut = changed(changed(healthy, 'pg-2', down), 'pg-1', (facts) =>
      withServer(facts, { replication: [streamingRow('pg-3')] }),
    );
    expect(refusals(standbyOut, ['pg-2'])).toEqual([]);
    const alone = (facts: NodeFacts) => withServer({ ...facts, inService: false }, { walReceiver: null });
    const primaryOut = changed(changed(changed(healthy, 'pg-1', down), 'pg-2', alone), 'pg-3', alone);
    expect(refusals(primaryOut, ['pg-1'])).toEqual([]);
    expect(refusals(primaryOut, [])).not.toEqual([]);
  });

  it('say what to do', () => {
    for (const [, view] of cases) for (const { detail } of procedure.assess(view, [])) expect(detail.length).toBeGreaterThan(6);
  });
});

describe('members seen', () => {
  it('12.B8: are those that replay, whatever they are called, without archivers, backups and logical subscribers', () => {
    const strangers = [
      streamingRow('pg-4'),
      { ...streamingRow('barman_receive_wal'), replayLsn: null, lagBytes: null },
      { ...streamingRow('pg_receivewal'), replayLsn: null, lagBytes: null, receivedLsn: null, receivedLagBytes: null },
      { ...streamingRow('relay'), namedReceiver: true },
      { ...streamingRow('pg_basebackup'), state: 'backup' },
      { ...streamingRow('reporting'), logical: true },
    ];
    const view = changed(healthy, 'pg-1', (facts) =>
      withServer(facts, { replication: [streamingRow('pg-2'), streamingRow('pg-3'), ...strangers] }),
    );
    expect(procedure.membersSeen(view)).toEqual(['pg-1', 'pg-2', 'pg-3', 'pg-4']);
  });
});

describe('a standby that replays late on purpose', () => {
  const hour = 3_600_000;
  const late = changed(withRow(healthy, 'pg-3', { lagBytes: 9e9 }), 'pg-3', (facts) => withServer(facts, { applyDelayMs: hour }));
  const problemsOf = (view: ClusterView) =>
    procedure.assess(view, []).map(({ severity, check, subject }) => `${severity} ${check} ${subject}`);

  it('12.B5: is named with its delay and refuses no plan by what it has not replayed', () => {
    expect(problemsOf(late)).toEqual(['warn apply-delay pg-3']);
    expect(procedure.assess(late, [])[0]?.detail).toContain('its replay is delayed by 1 h (recovery_min_apply_delay)');
  });

  it('12.B5: is refused by what it has not received', () => {
    expect(problemsOf(withRow(late, 'pg-3', { receivedLagBytes: 9e9 }))).toContain('refuse caught-up pg-3');
  });

  it('12.B5: may be disconnected as long as it serves, and is refused where it does not', () => {
    const apart = changed(
      changed(late, 'pg-1', (facts) => withServer(facts, { replication: [streamingRow('pg-2')] })),
      'pg-3',
      (facts) => withServer(facts, { walReceiver: null, heldBack: true }),
    );
    expect(problemsOf(apart)).toEqual(['warn apply-delay pg-3']);
    expect(problemsOf(changed(apart, 'pg-3', (facts) => ({ ...facts, inService: false })))).toContain('refuse replication-streaming pg-3');
  });

  it('12.B5: has its turn after the other standbys: a canary must show what it replays', () => {
    const first = changed(healthy, 'pg-2', (facts) => withServer(facts, { applyDelayMs: hour }));
    expect(procedure.eligible(['pg-1', 'pg-2', 'pg-3'], first, 'upgrade')).toEqual(['pg-3', 'pg-2']);
  });
});

describe('the order of turns', () => {
  /** Random trees: each standby streams from the primary or from a standby before it. */
  const trees = fc.array(fc.nat(), { maxLength: 5 }).map((picks) => {
    const names = picks.map((_, at) => `pg-${at + 2}`);
    const below: Record<string, string> = {};
    for (const [at, pick] of picks.entries()) below[`pg-${at + 2}`] = ['pg-1', ...names.slice(0, at)][pick % (at + 1)] ?? 'pg-1';
    return { names, below, view: clusterOf(names, below) };
  });

  function walk(view: ClusterView, direction: Direction, choose: number): readonly string[] {
    const order: string[] = [];
    let rest = view.nodes.map((node) => node.instance);
    while (rest.length > 0) {
      const may = procedure.eligible(rest, view, direction);
      const next = may[choose % Math.max(1, may.length)];
      if (next === undefined) break;
      order.push(next);
      rest = rest.filter((instance) => instance !== next);
    }
    return order;
  }

  it('M41 takes the primary last in upgrades, and leaves before what they stream from', () => {
    fc.assert(
      fc.property(trees, fc.nat(), ({ names, below, view }, choose) => {
        const order = walk(view, 'upgrade', choose);
        expect(order).toHaveLength(names.length + 1);
        expect(order.at(-1)).toBe('pg-1');
        for (const name of names) expect(order.indexOf(name)).toBeLessThan(order.indexOf(below[name] ?? 'pg-1'));
      }),
    );
  });

  it('M41 is the other way round in downgrades', () => {
    fc.assert(
      fc.property(trees, fc.nat(), ({ names, below, view }, choose) => {
        const order = walk(view, 'downgrade', choose);
        expect(order).toHaveLength(names.length + 1);
        expect(order[0]).toBe('pg-1');
        for (const name of names) expect(order.indexOf(name)).toBeGreaterThan(order.indexOf(below[name] ?? 'pg-1'));
      }),
    );
  });

  it('never offers the primary of an upgrade while any other node remains, whatever is known of it', () => {
    fc.assert(
      fc.property(trees, fc.infiniteStream(fc.boolean()), ({ view }, coins) => {
        const dim = { ...view, nodes: view.nodes.map((node) => (coins.next().value === true ? node : { ...node, connected: false })) };
        const rest = view.nodes.map((node) => node.instance);
        if (rest.length > 1) expect(procedure.eligible(rest, dim, 'upgrade')).not.toContain('pg-1');
      }),
    );
  });

  it('lets nobody go with two primaries, or with none', () => {
    const two = changed(healthy, 'pg-2', (facts) => withServer(facts, { inRecovery: false }));
    expect(procedure.eligible(['pg-3'], two, 'upgrade')).toEqual([]);
    expect(procedure.eligible(['pg-3'], changed(healthy, 'pg-1', down), 'upgrade')).toEqual([]);
  });
});

function inputOf(view: ClusterView, instance: string, role: string, direction: Direction = 'upgrade'): TurnInput {
  const node = view.nodes.find((candidate) => candidate.instance === instance);
  if (node === undefined) throw new RangeError(`no ${instance}`);
  const [from, to] = direction === 'upgrade' ? ['16.4', '16.14'] : ['16.14', '16.4'];
  return {
    idPrefix: `h1.roll.${instance}.${role}`,
    node,
    peers: view.nodes.filter((other) => other !== node),
    role,
    hop: { from, to, direction },
    fromRelease: `${from}-aaaaaaaaaaaa`,
    toRelease: `${to}-bbbbbbbbbbbb`,
    settleMs: 60_000,
    successor: null,
    config: null,
    reloadOnly: false,
    restore: null,
  };
}

describe('turns', () => {
  it('of a standby: downtime, settle, and the primary as second viewpoint', () => {
    const { steps, undo } = procedure.turn(inputOf(healthy, 'pg-2', 'standby'));
    expect(steps.map(({ id, healthCheck }) => [id, healthCheck])).toEqual([
      ['h1.roll.pg-2.standby.downtime', null],
      ['h1.roll.pg-2.standby.settle', 'in-service-standby'],
      ['h1.roll.pg-2.standby.peer', 'standby-seen-by-peer'],
    ]);
    expect(steps[2]?.executor).toEqual({ kind: 'peer', of: 'pg-2', preferRole: 'primary' });
    expect(undo.map(({ id }) => id)).toEqual(steps.map(({ id }) => id.replace('standby.', 'standby.undo.')));
  });

  it('of the primary: nobody is left behind, and a write proves it', () => {
    const { steps } = procedure.turn(inputOf(healthy, 'pg-1', 'primary'));
    expect(steps.map(({ id }) => id.replace('h1.roll.pg-1.primary.', ''))).toEqual([
      'downtime',
      'settle',
      'follower-1',
      'follower-2',
      'peer',
      'write',
    ]);
    expect(steps[0]?.guards).toContainEqual({ check: 'member-in-service', expect: 'pg-3' });
    expect(steps[0]?.guards).toContainEqual({ check: 'role-is', expect: 'primary' });
  });

  it('of a cascaded standby ask the one that it streams from', () => {
    const view = clusterOf(['pg-2', 'pg-3'], { 'pg-3': 'pg-2' });
    expect(procedure.turn(inputOf(view, 'pg-3', 'standby')).steps[2]?.executor).toEqual({ kind: 'instance', instance: 'pg-2' });
    expect(procedure.turn(inputOf(view, 'pg-2', 'standby')).steps.map(({ title }) => title)).toContain('pg-3 streams again');
  });

  it('of a cluster of one have no second viewpoint', () => {
    const { steps } = procedure.turn(inputOf(clusterOf([]), 'pg-1', 'primary'));
    expect(steps.map(({ executor }) => executor.kind)).toEqual(['instance', 'instance', 'instance']);
  });

  it.each(['upgrade', 'downgrade'] as const)('P11 of an %s have a rollback that ends at the release it came from', (direction) => {
    for (const [instance, role] of [
      ['pg-1', 'primary'],
      ['pg-2', 'standby'],
    ] as const) {
      const input = inputOf(healthy, instance, role, direction);
      const { steps, undo } = procedure.turn(input);
      const [there, back] = [steps[0]?.body, undo[0]?.body];
      expect(there).toMatchObject({
        kind: 'downtime',
        mode: direction,
        fromRelease: input.fromRelease,
        toRelease: input.toRelease,
        expectVersion: input.hop.to,
      });
      expect(back).toMatchObject({
        kind: 'downtime',
        fromRelease: input.toRelease,
        toRelease: input.fromRelease,
        expectVersion: input.hop.from,
      });
      expect(undo[0]?.guards).toEqual([{ check: 'can-start', expect: input.fromRelease }]);
    }
  });

  it('ask only for checks that the procedure says it needs, by ids that are unique and free of slashes', () => {
    for (const [instance, role] of [
      ['pg-1', 'primary'],
      ['pg-2', 'standby'],
    ] as const) {
      const input = inputOf(healthy, instance, role);
      const { steps, undo } = procedure.turn(input);
      const all = [...steps, ...undo, ...procedure.verify(input)];
      expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
      for (const { id, guards, body } of all) {
        expect(id).not.toContain('/');
        for (const { check } of guards) expect(procedure.needs).toContain(check);
        if (body.kind === 'await') expect(procedure.needs).toContain(body.condition);
        if (body.kind === 'observe') for (const check of body.checks) expect(procedure.needs).toContain(check);
      }
    }
    for (const check of [...procedure.preflightChecks, ...procedure.verifyChecks]) expect(procedure.needs).toContain(check);
  });
});

describe('health-checks', () => {
  const expected = { version: '16.14', instance: 'pg-2', member: 'pg-2' };
  const good = recordedFacts('16.14', 'standby', 'pg-2');
  const primary = withServer(recordedFacts('16.14', 'primary', 'pg-1'), { replication: [streamingRow('pg-2')] });
  const verified = (facts: NodeFacts) => ({
    ...facts,
    findings: procedure.verifyChecks.map((check) => ({ check, ok: true, detail: 'fine' })),
  });
  const ofPrimary = { version: '16.14', instance: 'pg-1', member: 'pg-1' };

  it.each([
    ['in-service-standby', good, expected],
    ['verified-standby', verified(good), expected],
    ['standby-seen-by-peer', primary, expected],
    ['streams-to:pg-2', primary, ofPrimary],
    ['in-service-primary', primary, ofPrimary],
    ['verified-primary', verified(primary), ofPrimary],
    ['primary-seen-by-peer', good, ofPrimary],
  ] as const)('P2 %s passes on what real servers said', (healthCheck, facts, expectation) =>
    expect(procedure.judge(healthCheck, facts, expectation)).toEqual({ ok: true }),
  );

  it.each([
    ['P15 in-service-standby', { ...good, version: { ...good.version, running: '16.4' } }, 'health-check-failed', 'runs 16.4, not 16.14'],
    ['P15 in-service-standby', { ...good, version: { ...good.version, onDisk: '16.4' } }, 'health-check-failed', 'has 16.4 activated'],
    ['in-service-standby', down(good), 'node-down', 'does not answer'],
    ['P2 in-service-standby', { ...good, incarnation: null }, 'health-check-failed', 'restarted while'],
    ['in-service-standby', { ...good, inService: false }, 'health-check-failed', 'not in service'],
    ['in-service-standby', { ...good, role: 'primary' }, 'facts-changed', 'is primary'],
    ['in-service-standby', { ...good, memberId: 'pg-9' }, 'facts-changed', 'the member name of pg-2 is pg-9'],
    ['in-service-standby', { ...good, instance: 'pg-3' }, 'health-check-failed', 'pg-3 answered'],
    ['verified-standby', good, 'health-check-failed', 'did not answer the check'],
    [
      'verified-standby',
      { ...verified(good), findings: [...verified(good).findings, { check: 'member-id', ok: false, detail: 'another' }] },
      'health-check-failed',
      'member-id',
    ],
    ['P2 standby-seen-by-peer', good, 'health-check-failed', 'itself answered'],
    ['standby-seen-by-peer', { ...down(good), instance: 'pg-3' }, 'peer-unhealthy', 'pg-3'],
    ['standby-seen-by-peer', { ...good, instance: 'pg-3' }, 'health-check-failed', 'pg-3 does not stream to pg-2'],
    [
      'standby-seen-by-peer',
      withServer(primary, { replication: [{ ...streamingRow('pg-2'), state: 'catchup' }] }),
      'health-check-failed',
      'state catchup',
    ],
    ['primary-seen-by-peer', primary, 'two-primaries', 'takes writes'],
    [
      'primary-seen-by-peer',
      withServer({ ...good, instance: 'pg-3' }, { walReceiver: null }),
      'health-check-failed',
      'does not stream from',
    ],
    ['streams-to:pg-7', primary, 'health-check-failed', 'does not stream to pg-7'],
    ['streams-to:pg-7', down(good), 'node-down', 'pg-2, which was asked about pg-7'],
    ['moon-is-full', good, 'health-check-failed', 'unknown health check'],
  ] as const)('%s holds: %#', (named, facts, kind, words) => {
    const verdict = procedure.judge(named.split(' ').at(-1) ?? '', facts, expected);
    expect(verdict).toMatchObject({ ok: false, hold: { kind, subject: 'pg-2', detail: expect.stringContaining(words) } });
  });

  it('takes facts of another engine for no answer', () => {
    const alien = nodeOf({ ...good, detail: { leader: true } });
    expect(refusals({ ...healthy, nodes: [alien] })).toContain('in-service pg-2');
  });
});
