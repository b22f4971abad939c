import { describe, expect, it } from 'vitest';
import type { ClusterView } from '../../common/facts.ts';
import { etcdProcedure as procedure } from '../../engines/etcd/procedure.ts';
import { clusterOf, serverOf, withDown, withFacts, withNode, withPeer, withServer, withVersion } from './etcd-fixtures.ts';

const healthy = clusterOf();

const of = (severity: 'refuse' | 'warn', view: ClusterView, outOfTurn: readonly string[] = []) =>
  procedure
    .assess(view, outOfTurn)
    .flatMap((problem) => (problem.severity === severity ? [`${problem.check} ${problem.subject}`] : []))
    .sort();

const withFinding = (check: string, ok: boolean | null) => withFacts(healthy, 'etcd-2', { findings: [{ check, ok, detail: 'as seen' }] });

/** The list of members as all of them tell it. */
const withMember = (change: object) =>
  withServer(healthy, {
    members: serverOf(healthy, 'etcd-1').members.map((member) => (member.name === 'etcd-3' ? { ...member, ...change } : member)),
  });

const leaderless = withServer(healthy, { leaderId: null });

describe('prechecks', () => {
  it.each(['3.5.21', '3.5.35', '3.6.16', '3.7.3'] as const)('find nothing wrong with a healthy cluster of %s', (version) => {
    expect(procedure.assess(clusterOf(3, version), [])).toEqual([]);
    expect(procedure.assess(clusterOf(5, version), [])).toEqual([]);
  });

  const cases: readonly [string, ClusterView, readonly string[]][] = [
    ['P1 a node whose agent is gone', withNode(healthy, 'etcd-2', { connected: false }), ['observed etcd-2']],
    ['P1 a node never heard of', withNode(healthy, 'etcd-2', { facts: null }), ['observed etcd-2']],
    ['a follower that is down', withDown(healthy, 'etcd-3'), ['in-service etcd-3']],
    ['a member that answers and does not serve', withFacts(healthy, 'etcd-2', { inService: false }), ['in-service etcd-2']],
    ['another cluster', withFacts(healthy, 'etcd-2', { databaseId: '1' }), ['same-cluster etcd-2']],
    [
      'a member whose settings name another one, once',
      withFacts(healthy, 'etcd-2', { memberId: null, findings: [{ check: 'member-id', ok: false, detail: 'it calls itself etcd-9' }] }),
      ['member-id etcd-2'],
    ],
    [
      'two agents that look at one member',
      withFacts(healthy, 'etcd-3', { memberId: 'etcd-2', detail: { ...serverOf(healthy, 'etcd-2') } }),
      ['member-id etcd-2', 'member-id etcd-3'],
    ],
    ['a finding whose answer is unknown (P1)', withFinding('flags-known', null), ['flags-known etcd-2']],
    ['a finding that is bad', withFinding('caught-up', false), ['caught-up etcd-2']],
    [
      'a leader that nobody follows',
      leaderless,
      ['one-leader etcd-main', 'peers-healthy etcd-1', 'peers-healthy etcd-2', 'peers-healthy etcd-3'],
    ],
    ['an election that not all have heard of', withServer(healthy, { term: 99 }, 'etcd-3'), ['one-leader etcd-main']],
    [
      'two leaders',
      withServer(healthy, { leaderId: serverOf(healthy, 'etcd-2').ownId }, 'etcd-2'),
      ['one-leader etcd-main', 'peers-healthy etcd-1', 'peers-healthy etcd-3'],
    ],
    ['a member that others do not reach', withPeer(healthy, 'etcd-1', 'etcd-2', { version: null }), ['peers-healthy etcd-2']],
    ['a member that lags by one entry too many', withPeer(healthy, 'etcd-1', 'etcd-2', { appliedIndex: -93 }), ['peers-healthy etcd-2']],
    ['a learner', withMember({ isLearner: true }), ['no-learner etcd-main']],
    ['a member that was never started', withMember({ name: '' }), ['members-started etcd-main']],
    [
      'members that do not agree on who belongs to them, as when one comes back that was removed',
      withServer(healthy, { members: serverOf(healthy, 'etcd-1').members.slice(1) }, 'etcd-2'),
      ['same-members etcd-main'],
    ],
    ['an alarm, said once', withServer(healthy, { alarms: ['NOSPACE of 5d5d8d9db2eb3a31'] }), ['no-alarm etcd-main']],
    [
      'a binary changed under the running server',
      withFacts(healthy, 'etcd-2', { version: { running: '3.5.35', onDisk: '3.6.16', format: '3.5' } }),
      ['version-on-disk etcd-2'],
    ],
    [
      'a cluster that has not settled on the minor that all run',
      withServer(clusterOf(3, '3.6.16'), { clusterVersion: '3.5' }),
      ['cluster-version etcd-main'],
    ],
    ['a cluster that is still being formed', withServer(healthy, { clusterVersion: null }), ['cluster-version etcd-main']],
  ];
  it.each(cases)('refuse %s', (_, view, expected) => expect(of('refuse', view)).toEqual([...expected].sort()));

  it('refuse no member that lags by just what it may', () => {
    const behind = serverOf(healthy, 'etcd-1').appliedIndex - 100;
    expect(procedure.assess(withPeer(healthy, 'etcd-1', 'etcd-2', { appliedIndex: behind }), [])).toEqual([]);
  });

  it('name the member that raised an alarm, and what to do', () => {
    const raisedBy = serverOf(healthy, 'etcd-2').ownId;
    const [space] = procedure.assess(withServer(healthy, { alarms: [`NOSPACE of ${raisedBy}`] }), []);
    expect(space).toMatchObject({ detail: expect.stringMatching(/NOSPACE is raised by etcd-2: compact/), clears: 'automatic' });
    const [corrupt] = procedure.assess(withServer(healthy, { alarms: ['CORRUPT of 1'] }), []);
    expect(corrupt?.detail).toMatch(/CORRUPT is raised by 1: do not continue/);
  });

  it.each([
    [1, ['quorum-margin etcd-main']],
    [2, ['quorum-margin etcd-main']],
    [3, []],
    [4, ['quorum-margin etcd-main']],
    [5, []],
  ])('warn of what %i members cannot spare', (size, expected) => {
    expect(of('warn', clusterOf(size))).toEqual(expected);
    expect(of('refuse', clusterOf(size))).toEqual([]);
  });

  it('only warn of different versions and of a downgrade that is under way', () => {
    expect(of('warn', withVersion(healthy, 'etcd-2', '3.6.16'))).toEqual(['mixed-versions etcd-main']);
    expect(of('refuse', withVersion(healthy, 'etcd-2', '3.6.16'))).toEqual([]);
    const going = withServer(clusterOf(3, '3.6.16'), { downgradeTarget: '3.5', clusterVersion: '3.5', storageVersion: '3.5' });
    expect(of('warn', going)).toEqual(['no-downgrade etcd-main']);
    expect(of('refuse', going)).toEqual([]);
  });

  it('do not miss a member whose turn is open', () => {
    const out = withDown(healthy, 'etcd-2');
    expect(of('refuse', out, ['etcd-2'])).toEqual([]);
    expect(of('refuse', out)).toEqual(['in-service etcd-2']);
    expect(of('refuse', withDown(out, 'etcd-3'), ['etcd-2'])).toEqual(['in-service etcd-3']);
  });

  it('say what to do', () => {
    for (const [, view] of cases) for (const { detail } of procedure.assess(view, [])) expect(detail.length).toBeGreaterThan(6);
  });
});
