import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ClusterView } from '../../common/facts.ts';
import type { Direction } from '../../common/plan.ts';
import type { TurnInput } from '../../common/shape-forms.ts';
import { etcdProcedure as procedure } from '../../engines/etcd/procedure.ts';
import { clusterOf, hopOf, linesOf, releaseOf, serverOf, turnInput, withDown, withNode, withServer, withVersion } from './etcd-fixtures.ts';

const healthy = clusterOf();
const all = (view: ClusterView) => view.nodes.map(({ instance }) => instance);

describe('members seen', () => {
  it('are those that the members list, by name', () => {
    expect(procedure.membersSeen(healthy)).toEqual(['etcd-1', 'etcd-2', 'etcd-3']);
  });

  it('hold one that is none of ours, and the id of one that was never started', () => {
    const { members } = serverOf(healthy, 'etcd-1');
    const more = [
      ...members,
      { id: 'abc', name: 'stranger', clientUrls: [], isLearner: false },
      { id: 'def', name: '', clientUrls: [], isLearner: true },
    ];
    expect(procedure.membersSeen(withServer(healthy, { members: more }, 'etcd-2'))).toEqual([
      'def',
      'etcd-1',
      'etcd-2',
      'etcd-3',
      'stranger',
    ]);
  });

  it('are told by the others of one that is down', () => {
    const down = withDown(healthy, 'etcd-3');
    expect(procedure.membersSeen(withNode(down, 'etcd-3', { facts: null }))).toEqual(['etcd-1', 'etcd-2', 'etcd-3']);
  });
});

describe('the order of turns', () => {
  const sizes = fc.integer({ min: 1, max: 7 });
  const directions = fc.constantFrom<Direction>('upgrade', 'downgrade');

  it('M43 takes every member once and the leader last, in both directions, wherever it is', () => {
    fc.assert(
      fc.property(sizes, fc.nat(), fc.nat(), directions, (size, lead, choose, direction) => {
        const leader = `etcd-${(lead % size) + 1}`;
        const base = clusterOf(size);
        const view = withServer(base, { leaderId: serverOf(base, leader).ownId });
        const order: string[] = [];
        for (let rest = all(view); rest.length > 0; ) {
          const may = procedure.eligible(rest, view, direction);
          const next = may[choose % may.length];
          if (next === undefined) throw new RangeError(`nobody may go of ${rest.join(', ')}`);
          order.push(next);
          rest = rest.filter((instance) => instance !== next);
        }
        expect([...order].sort()).toEqual([...all(view)].sort());
        expect(order.at(-1)).toBe(leader);
      }),
    );
  });

  it('M43 takes every member once, and never who leads then while another one remains, however often the leader moves by itself', () => {
    fc.assert(
      fc.property(sizes, fc.infiniteStream(fc.nat()), directions, (size, moves, direction) => {
        const base = clusterOf(size);
        const order: string[] = [];
        for (let rest = all(base); rest.length > 0; rest = rest.filter((instance) => !order.includes(instance))) {
          const leader = `etcd-${((moves.next().value ?? 0) % size) + 1}`;
          const [next] = procedure.eligible(rest, withServer(base, { leaderId: serverOf(base, leader).ownId }), direction);
          if (next === undefined) throw new RangeError(`nobody may go of ${rest.join(', ')}`);
          if (rest.length > 1) expect(next).not.toBe(leader);
          order.push(next);
        }
        expect([...order].sort()).toEqual([...all(base)].sort());
      }),
    );
  });

  it('never offers the leader while any other member remains, whatever is known of it', () => {
    fc.assert(
      fc.property(sizes, fc.infiniteStream(fc.boolean()), directions, (size, coins, direction) => {
        const base = clusterOf(size);
        const dim = { ...base, nodes: base.nodes.map((node) => (coins.next().value === true ? node : { ...node, connected: false })) };
        if (size > 1) expect(procedure.eligible(all(base), dim, direction)).not.toContain('etcd-1');
      }),
    );
  });

  it('leaves out who does not answer and who does not vote', () => {
    expect(procedure.eligible(all(healthy), withDown(healthy, 'etcd-2'), 'upgrade')).toEqual(['etcd-3']);
    expect(procedure.eligible(all(healthy), withServer(healthy, { isLearner: true }, 'etcd-3'), 'upgrade')).toEqual(['etcd-2']);
    expect(procedure.eligible(['etcd-1', 'etcd-2'], withDown(healthy, 'etcd-2'), 'upgrade')).toEqual([]);
  });

  it('lets nobody go without one leader that all follow', () => {
    const noLeader = withServer(healthy, { leaderId: null });
    const torn = withServer(healthy, { leaderId: serverOf(healthy, 'etcd-2').ownId }, 'etcd-2');
    for (const view of [noLeader, torn, withDown(healthy, 'etcd-1')]) expect(procedure.eligible(all(view), view, 'upgrade')).toEqual([]);
  });
});

const patch = hopOf('3.5.21', '3.5.35');
const minor = hopOf('3.5.35', '3.6.16');
const later = hopOf('3.6.16', '3.7.3');
const down = hopOf('3.6.16', '3.5.35', 'downgrade');
const patchDown = hopOf('3.5.35', '3.5.21', 'downgrade');

const roles = [
  ['etcd-1', 'leader'],
  ['etcd-2', 'follower'],
] as const;

const guardsOf = (input: TurnInput) =>
  procedure.turn(input).steps[0]?.guards.map(({ check, expect: wanted }) => (wanted === undefined ? check : `${check} ${wanted}`));

describe('turns', () => {
  it.each(roles)('P2 of %s, a %s: downtime, settle, and a second viewpoint', (instance, role) => {
    const input = turnInput(healthy, instance, role, patch);
    const { steps, undo } = procedure.turn(input);
    expect(linesOf(steps, input.idPrefix)).toEqual([
      `downtime: ${instance}: downtime`,
      `settle: ${instance}: await in-service for 60 s [in-service]`,
      `peer: a peer of ${instance}: await member-in-service ${instance} [seen-by-peer]`,
    ]);
    expect(linesOf(undo, input.idPrefix)).toEqual(linesOf(steps, input.idPrefix).map((line) => `undo.${line}`));
    expect(steps[0]?.title).toBe(role === 'leader' ? 'hand over leadership, downtime' : 'downtime');
  });

  it('P11 have a rollback to the release that they came from, in the opposite direction', () => {
    for (const hop of [patch, minor, down, patchDown])
      for (const [instance, role] of roles) {
        const { steps, undo } = procedure.turn(turnInput(healthy, instance, role, hop));
        const [there, back] = [releaseOf(hop.from), releaseOf(hop.to)];
        expect(steps[0]?.body).toMatchObject({
          mode: hop.direction,
          fromRelease: there,
          toRelease: back,
          expectVersion: hop.to,
          onFailure: 'revert',
        });
        const opposite = hop.direction === 'upgrade' ? 'downgrade' : 'upgrade';
        expect(undo[0]?.body).toMatchObject({
          mode: opposite,
          fromRelease: back,
          toRelease: there,
          expectVersion: hop.from,
          onFailure: 'revert',
        });
      }
  });

  it('are guarded the same for leader and follower: whoever leads has given that away before the guards are asked', () => {
    const always = ['in-service', 'caught-up', 'peers-healthy', 'no-alarm', 'no-learner'];
    const expected = (hop: TurnInput['hop'], ...more: readonly string[]) => [
      'role-is follower',
      `version-is ${hop.from}`,
      `release-is ${releaseOf(hop.from)}`,
      ...always,
      `flags-known ${releaseOf(hop.to)}`,
      ...more,
    ];
    for (const [instance, role] of roles) {
      expect(guardsOf(turnInput(healthy, instance, role, patch))).toEqual(expected(patch, 'no-downgrade'));
      expect(guardsOf(turnInput(healthy, instance, role, minor))).toEqual(expected(minor, 'no-v2-content', 'no-downgrade'));
      expect(guardsOf(turnInput(healthy, instance, role, later))).toEqual(expected(later, 'no-v2-entries', 'no-downgrade'));
      expect(guardsOf(turnInput(healthy, instance, role, patchDown))).toEqual(expected(patchDown, 'no-downgrade'));
      expect(guardsOf(turnInput(healthy, instance, role, down))).toEqual(expected(down, 'storage-version-is 3.5'));
    }
  });

  it('over a minor have a rollback only until the cluster has settled on the new one', () => {
    const backGuards = (hop: TurnInput['hop']) => procedure.turn(turnInput(healthy, 'etcd-2', 'follower', hop)).undo[0]?.guards;
    const quorum = { check: 'peers-healthy-if-serving' };
    expect(backGuards(minor)).toEqual([quorum, { check: 'cluster-version-at-most', expect: '3.5' }]);
    for (const hop of [patch, patchDown, down]) expect(backGuards(hop)).toEqual([quorum]);
  });

  it('of a cluster of one have no second viewpoint, and nobody to give the lead to', () => {
    const input = turnInput(clusterOf(1), 'etcd-1', 'leader', patch);
    const { steps } = procedure.turn(input);
    expect(linesOf(steps, input.idPrefix)).toEqual([
      'downtime: etcd-1: downtime',
      'settle: etcd-1: await in-service for 60 s [in-service]',
    ]);
    expect(steps[0]?.title).toBe('downtime');
    expect(guardsOf(input)).not.toContain('role-is follower');
  });

  it('of a restart go through the same proofs, ask nothing of flags and leave nothing to roll back', () => {
    const input = turnInput(healthy, 'etcd-2', 'follower', hopOf('3.5.35', '3.5.35'));
    const { steps, undo } = procedure.turn(input);
    expect(steps[0]?.body).toMatchObject({ mode: 'normal', parts: ['quiesce', 'stop', 'activate', 'start'] });
    expect(guardsOf(input)?.filter((text) => text.startsWith('flags-known'))).toEqual([]);
    expect(linesOf(steps, input.idPrefix)).toHaveLength(3);
    expect(undo).toEqual([]);
  });
});

describe('the hop as a whole', () => {
  const stepsOf = (hop: TurnInput['hop'], view = healthy) => {
    const input = { idPrefix: 'h1', hop, nodes: view.nodes };
    const { steps, undo, risks } = procedure.prepare?.(input) ?? { steps: [], undo: [], risks: [] };
    const finals = procedure.finalize?.(input) ?? [];
    return { before: linesOf(steps, 'h1'), undo: linesOf(undo, 'h1'), risks, after: linesOf(finals, 'h1') };
  };

  it.each([patch, patchDown])('inside a minor is told nothing and waits for nothing: %o', (hop) => {
    expect(stepsOf(hop)).toEqual({ before: [], undo: [], risks: [], after: [] });
  });

  it('over a minor is told nothing, and is over when all know the new minor and their files are of it', () => {
    expect(stepsOf(minor)).toEqual({
      before: [],
      undo: [],
      risks: [],
      after: [
        'settled-etcd-1: etcd-1: await cluster-version-is 3.6',
        'settled-etcd-2: etcd-2: await cluster-version-is 3.6',
        'settled-etcd-3: etcd-3: await cluster-version-is 3.6',
        'files-etcd-1: etcd-1: await storage-version-is 3.6 [settled]',
        'files-etcd-2: etcd-2: await storage-version-is 3.6 [settled]',
        'files-etcd-3: etcd-3: await storage-version-is 3.6 [settled]',
      ],
    });
  });

  it('into 3.7 waits for the log of each member: what 3.5 wrote there, 3.7 cannot read', () => {
    const { before, undo, risks } = stepsOf(later);
    expect(before).toEqual([1, 2, 3].map((at) => `log-etcd-${at}: etcd-${at}: await no-v2-entries`));
    expect(undo).toEqual([]);
    expect(risks).toEqual([expect.stringContaining('on a quiet cluster up to 30 min each')]);
  });

  it('M43 down opens the downgrade before the first member goes, has all files lowered, and closes it in the end (P19)', () => {
    const { before, undo, risks, after } = stepsOf(down);
    expect(before).toEqual([
      'downgrade: etcd-3: set downgrade-target 3.5',
      'storage-etcd-1: etcd-1: await storage-version-is 3.5',
      'storage-etcd-2: etcd-2: await storage-version-is 3.5',
      'storage-etcd-3: etcd-3: await storage-version-is 3.5',
    ]);
    expect(undo).toEqual(['undo.cancel: etcd-3: unset downgrade-target']);
    expect(risks).toEqual(['until every member runs 3.5, features that only 3.6 has are refused']);
    expect(after.at(-1)).toBe('downgrade-over: etcd-3: unset downgrade-target');
  });

  it('down is judged only when the leader has noticed its end, which is seconds after the last member', () => {
    const { after } = stepsOf(hopOf('3.7.3', '3.6.16', 'downgrade'));
    const waits = after.indexOf('over-etcd-3: etcd-3: await no-downgrade');
    expect(waits).toBeGreaterThan(0);
    expect(waits).toBeLessThan(after.findIndex((line) => line.endsWith('[settled]')));
  });

  it('of no members needs nothing', () => {
    expect(stepsOf(down, { ...healthy, nodes: [] })).toEqual({ before: [], undo: [], risks: [], after: [] });
  });
});

it('asks only for checks that the procedure says it needs, by ids that are unique and free of slashes, with time enough', () => {
  for (const hop of [patch, minor, later, down, patchDown]) {
    const ofHop = { idPrefix: 'h1', hop, nodes: healthy.nodes };
    const prepared = procedure.prepare?.(ofHop);
    const steps = [
      ...(prepared?.steps ?? []),
      ...(prepared?.undo ?? []),
      ...(procedure.finalize?.(ofHop) ?? []),
      ...roles.flatMap(([instance, role]) => {
        const input = turnInput(healthy, instance, role, hop);
        const drafted = procedure.turn(input);
        return [...drafted.steps, ...drafted.undo, ...procedure.verify(input)];
      }),
    ];
    expect(new Set(steps.map(({ id }) => id)).size).toBe(steps.length);
    for (const { id, guards, body, expectedMs, deadlineMs } of steps) {
      expect(id).not.toContain('/');
      expect(expectedMs).toBeLessThan(deadlineMs);
      if (body.kind === 'await') expect(body.steadyMs).toBeLessThan(deadlineMs);
      for (const { check } of guards) expect(procedure.needs).toContain(check);
      if (body.kind === 'await') expect(procedure.needs).toContain(body.condition);
      if (body.kind === 'observe') for (const check of body.checks) expect(procedure.needs).toContain(check);
    }
  }
  for (const check of [...procedure.preflightChecks, ...procedure.verifyChecks]) expect(procedure.needs).toContain(check);
});

it('goes on in the middle of a roll: the next is a follower of the old version, the leader stays for the end', () => {
  const rolling = withVersion(healthy, 'etcd-2', '3.6.16');
  expect(procedure.assess(rolling, []).filter(({ severity }) => severity === 'refuse')).toEqual([]);
  expect(procedure.eligible(['etcd-1', 'etcd-3'], rolling, 'upgrade')).toEqual(['etcd-3']);
});
