import { describe, expect, it } from 'vitest';
import type { ClusterView } from '../../common/facts.ts';
import type { Step } from '../../common/plan.ts';
import { cassandraProcedure as procedure } from '../../engines/cassandra/procedure.ts';
import { clusterOf, serverOf, threeNodes, turnInput, withFacts, withServer } from './cassandra-fixtures.ts';

const healthy = clusterOf();
const minor = { from: '4.0.15', to: '4.1.7', direction: 'upgrade' } as const;
const patch = { from: '4.1.6', to: '4.1.7', direction: 'upgrade' } as const;

const problemsOf = (view: ClusterView, outOfTurn: readonly string[] = []) =>
  procedure.assess(view, outOfTurn).map(({ check, severity, subject }) => `${severity} ${check} ${subject}`);
const guardsOf = (steps: readonly Step[]) =>
  (steps[0]?.guards ?? []).map(({ check, expect: of }) => (of === undefined ? check : `${check} ${of}`));
const linesOf = (steps: readonly Step[]) =>
  steps.map(({ title, body }) => (body.kind === 'downtime' ? `${title}: ${body.parts.join(' ')}, else ${body.onFailure}` : title));

describe('the order of turns', () => {
  function orderOf(view: ClusterView): readonly string[] {
    const order: string[] = [];
    for (let rest: readonly string[] = view.nodes.map(({ instance }) => instance); rest.length > 0; ) {
      const [next = ''] = procedure.eligible(rest, view, 'upgrade');
      order.push(next);
      rest = rest.filter((instance) => instance !== next);
    }
    return order;
  }

  it('M16 takes one data centre after the other, in each its seeds first, then rack by rack', () => {
    expect(orderOf(healthy)).toEqual(['cass-3', 'cass-1', 'cass-2', 'cass-4', 'cass-6', 'cass-5']);
  });

  it('goes on in the data centre and the rack that were begun, whatever their names', () => {
    expect(procedure.eligible(['cass-1', 'cass-2', 'cass-5'], healthy, 'upgrade')).toEqual(['cass-1']);
    expect(procedure.eligible(['cass-1', 'cass-2', 'cass-3', 'cass-6'], healthy, 'upgrade')).toEqual(['cass-6']);
    expect(procedure.eligible(['cass-2'], healthy, 'upgrade')).toEqual(['cass-2']);
  });

  it('P1 lets a node of which nothing is known wait', () => {
    const silent = withFacts(clusterOf(threeNodes), 1, { detail: { state: 'unreachable', reason: 'nothing listens' } });
    expect(procedure.eligible(['cass-2', 'cass-3'], silent, 'upgrade')).toEqual(['cass-3']);
  });
});

describe('prechecks', () => {
  it('pass on a healthy cluster, and on one whose open turn has taken a node away', () => {
    expect(problemsOf(healthy)).toEqual([]);
    const away = withFacts(downFor(healthy, 1), 1, { detail: { state: 'unreachable', reason: 'it is stopped' }, inService: false });
    expect(problemsOf(away, ['cass-2'])).toEqual([]);
    expect(problemsOf(away)).toEqual(['refuse in-service cass-2', 'refuse peers-healthy cass-2']);
  });

  it('M9 M13 are asked of each node for a plan, too, what is asked of it before its stop: that all are up and normal, and that nothing streams', () => {
    expect(procedure.planChecks).toEqual(['peers-healthy', 'no-streams']);
    const guards = guardsOf(procedure.turn(turnInput(healthy, 1, minor)).steps).map((guard) => guard.split(' ')[0]);
    for (const check of [...procedure.preflightChecks, ...(procedure.planChecks ?? [])]) expect(guards).toContain(check);
  });

  it('M13 say once that a node is down, whoever sees it, and that a node could not be asked', () => {
    const found = (check: string, ok: boolean | null) => withFacts(healthy, 0, { findings: [{ check, ok, detail: 'so it is' }] });
    expect(problemsOf(found('peers-healthy', false))).toEqual([]);
    expect(problemsOf(found('peers-healthy', null))).toEqual(['refuse peers-healthy cass-1']);
    expect(problemsOf(found('no-streams', false))).toEqual(['refuse no-streams cass-1']);
  });

  it('P1 M13 refuse while a node is seen down by a peer only, or its state is unknown', () => {
    const ring = serverOf(healthy, 0).ring ?? [];
    for (const up of [false, null])
      expect(problemsOf(withServer(healthy, 0, { ring: ring.map((node, at) => (at === 4 ? { ...node, up } : node)) }))).toEqual([
        'refuse peers-healthy cass-5',
      ]);
  });

  it('refuse while a node joins, leaves or moves, also one that is none of ours', () => {
    const ring = serverOf(healthy, 0).ring ?? [];
    const joining = [...ring, { member: null, address: '10.0.0.9', up: true, state: 'joining' as const }];
    expect(problemsOf(withServer(healthy, 0, { ring: joining }))).toEqual(['refuse ring-settled 10.0.0.9']);
    expect(procedure.membersSeen(withServer(healthy, 0, { ring: joining }))).toContain('10.0.0.9');
  });

  it('count members by the ring where it was asked: what is stored may name a node that was replaced', () => {
    const { peers, ring } = serverOf(healthy, 1);
    const gone = { ...peers[0], member: '00000000-0000-4000-8000-0000000000aa', address: '10.0.0.99' } as (typeof peers)[number];
    const left = withServer(healthy, 1, { peers: [...peers, gone] });
    expect(procedure.membersSeen(left)).toEqual(procedure.membersSeen(healthy));
    expect(ring).not.toBeNull();
    expect(procedure.membersSeen(withServer(left, 1, { ring: null }))).toContain(gone.member);
  });

  it('refuse where two agents look at one node, and where versions differ from what is activated', () => {
    const twin = withServer(healthy, 1, { member: serverOf(healthy, 0).member });
    expect(problemsOf(twin)).toContain('refuse member-id cass-2');
    const changed = withFacts(healthy, 0, { version: { running: '4.0.15', onDisk: '4.1.7', format: 'nb' } });
    expect(problemsOf(changed)).toEqual(['refuse version-on-disk cass-1']);
  });

  it('want one schema among the nodes of one release, and only warn of two releases', () => {
    expect(problemsOf(withServer(healthy, 3, { schemaVersion: 'another' }))).toEqual(['refuse schema-agreed shop']);
    const mixed = withServer(healthy, 3, { version: '4.1.7', schemaVersion: 'of 4.1' });
    expect(problemsOf(mixed)).toEqual(['warn mixed-versions shop']);
  });

  it('pass on what a host found itself: a repair ends, files of an older format need a person', () => {
    const findings = [
      { check: 'no-repair', ok: false, detail: 'it works for a repair' },
      { check: 'sstables-current', ok: null, detail: 'not listed' },
    ];
    expect(procedure.assess(withFacts(healthy, 0, { findings }), []).map(({ check, clears }) => [check, clears])).toEqual([
      ['no-repair', 'automatic'],
      ['sstables-current', 'person'],
    ]);
  });

  it('name every check by which they refuse', () => {
    expect(procedure.refuses).toEqual([
      'in-service',
      'member-id',
      'no-repair',
      'no-streams',
      'observed',
      'peers-healthy',
      'ring-settled',
      'same-cluster',
      'schema-agreed',
      'sstables-current',
      'version-on-disk',
    ]);
  });

  function downFor(view: ClusterView, gone: number): ClusterView {
    return view.nodes.reduce((seen, _, at) => {
      const ring = (serverOf(view, at).ring ?? []).map((node, other) => (other === gone ? { ...node, up: false } : node));
      return withServer(seen, at, { ring });
    }, view);
  }
});

describe('a turn', () => {
  it('M11 drains, stops, activates and starts, settles, and is looked at by another node', () => {
    const { steps, undo } = procedure.turn(turnInput(healthy, 1, minor));
    expect(linesOf(steps)).toEqual([
      'downtime: drain stop activate start, else revert',
      'settle 60 s',
      'cass-2 4.1.7 up and normal as another node sees it',
    ]);
    expect(linesOf(undo)).toEqual([
      'downtime back to 4.0.15: drain stop activate start, else revert',
      'settle 60 s',
      'cass-2 4.0.15 up and normal as another node sees it',
    ]);
    expect(steps[2]).toMatchObject({ executor: { kind: 'peer', of: 'cass-2' }, body: { member: serverOf(healthy, 1).member } });
  });

  it('P2 M14 asks its guards directly before the drain, the schema of the plan among them between series', () => {
    expect(guardsOf(procedure.turn(turnInput(healthy, 1, minor)).steps)).toEqual([
      'version-is 4.0.15',
      'release-is 4.0.15-aaaaaaaaaaaa',
      'in-service',
      'peers-healthy',
      'schema-agreed',
      'schema-is feedc0de',
      'no-repair',
      'no-streams',
      'sstables-current',
      'sstables-readable 4.1.7',
    ]);
    expect(guardsOf(procedure.turn(turnInput(healthy, 1, patch)).steps)).not.toContain('schema-is feedc0de');
  });

  it('P11 on its rollback asks that the older release reads what there is, and restores a snapshot where it is told to', () => {
    expect(guardsOf(procedure.turn(turnInput(healthy, 1, minor)).undo)).toEqual(['peers-healthy-if-serving', 'sstables-readable 4.0.15']);
    const restored = procedure.turn(turnInput(healthy, 1, { from: '4.1.7', to: '4.0.15', direction: 'downgrade' }, { restore: 'own' }));
    expect(linesOf(restored.steps)[0]).toBe('downtime: drain stop restore activate start, else revert');
    expect(guardsOf(restored.steps)).toEqual(['release-is 4.1.7-aaaaaaaaaaaa', 'peers-healthy-if-serving']);
  });

  it('M15 rewrites files between series, node by node, and within one not at all', () => {
    expect(procedure.rewrite?.(turnInput(healthy, 1, minor)).map(({ body }) => body)).toEqual([
      { kind: 'job', name: 'upgradesstables', args: { atOnce: 1 }, cursor: null },
    ]);
    expect(procedure.rewrite?.(turnInput(healthy, 1, patch))).toEqual([]);
  });
});

describe('what a plan is told', () => {
  it('observes cassandra_latest.yaml where every configuration file was read', () => {
    expect(procedure.traits?.(healthy)).toEqual({ cassandraLatestYaml: 'false' });
    expect(procedure.traits?.(withServer(healthy, 0, { latestYaml: null }))).toEqual({});
    expect(procedure.traits?.(withServer(healthy, 0, { latestYaml: true }))).toEqual({ cassandraLatestYaml: 'true' });
  });

  it('carries out no hop from before 4.0', () => {
    expect(procedure.cannot?.({ from: '3.11.19', to: '4.0.15' })).toContain('system_views');
    expect(procedure.cannot?.({ from: '4.0.15', to: '5.0.4' })).toBeNull();
  });

  it('P15 M13 judges a node by another one: up, normal, known by the version that it should run', () => {
    const member = serverOf(healthy, 1).member;
    const expectation = { version: '4.0.15', instance: 'cass-2', member };
    const facts = healthy.nodes[0]?.facts;
    if (facts === null || facts === undefined) throw new RangeError('the first node has facts');
    expect(procedure.judge('seen-by-peer', facts, expectation)).toEqual({ ok: true });
    const stale = procedure.judge('seen-by-peer', facts, { ...expectation, version: '4.1.7' });
    expect(stale).toMatchObject({ ok: false, hold: { kind: 'health-check-failed' } });
  });
});
