import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ClusterView } from '../../common/facts.ts';
import { serverFactsOf, serverSchema } from '../../engines/etcd/facts.ts';
import { parseAlarm, parseDatabaseHash, parseHashKv, parseSnapshotStatus } from '../../engines/etcd/probe.ts';
import { parseBigJson } from '../../engines/kit/pure/big-json.ts';
import { membersOf } from '../../engines/kit/pure/scene.ts';
import { ailmentOf, leaderOf, roleOf, type VotingPeer } from '../../engines/kit/pure/voters.ts';
import { clusterOf, factsOf, serverOf, withDown, withFacts, withNode, withServer } from './etcd-fixtures.ts';

const healthy = clusterOf();

describe('roles', () => {
  it.each([
    ['leader', { ownId: 'a', leaderId: 'a', isLearner: false }],
    ['follower', { ownId: 'a', leaderId: 'b', isLearner: false }],
    ['learner', { ownId: 'a', leaderId: 'b', isLearner: true }],
    [null, { ownId: 'a', leaderId: null, isLearner: false }],
  ])('%s', (role, server) => expect(roleOf(server)).toBe(role));
});

describe('what ails another member', () => {
  const server = { leaderId: 'a', appliedIndex: 500 };
  const well: VotingPeer = { member: 'etcd-2', version: '3.5.35', leaderId: 'a', appliedIndex: 500, isLearner: false };

  it.each([
    ['nothing', {}, null],
    ['nothing, when it is ahead', { appliedIndex: 900 }, null],
    ['nothing, at the limit', { appliedIndex: 400 }, null],
    ['silence', { version: null, leaderId: null, appliedIndex: null }, 'it does not answer'],
    ['that it does not vote', { isLearner: true }, 'it is a learner'],
    ['no leader', { leaderId: null }, 'it has no leader'],
    ['another leader', { leaderId: 'b' }, 'it follows leader b, this member follows a'],
    ['a lag', { appliedIndex: 399 }, 'it is 101 entries behind'],
  ])('%s', (_, change, ailment) => expect(ailmentOf(server, { ...well, ...change }, 100)).toBe(ailment));

  it('is that it follows somebody, where the one that probes has no leader', () => {
    expect(ailmentOf({ ...server, leaderId: null }, well, 100)).toBe('it follows leader a, this member follows none');
  });
});

describe('facts of a member', () => {
  it('are read back as they were written, and those of other engines are none', () => {
    expect(serverFactsOf(factsOf(healthy, 'etcd-1'))).toMatchObject({ state: 'reachable', clusterVersion: '3.5', storageVersion: null });
    expect(serverFactsOf(null)).toBeNull();
    expect(serverFactsOf(factsOf(withDown(healthy, 'etcd-2'), 'etcd-2'))).toBeNull();
    expect(serverFactsOf(factsOf(withFacts(healthy, 'etcd-2', { detail: { inRecovery: true } }), 'etcd-2'))).toBeNull();
  });

  it.each([
    ['an id as a number', { ownId: 7 }],
    ['an id in capitals', { ownId: 'CD84E9B0C1D7A943' }],
    ['a cluster version with a patch', { clusterVersion: '3.5.0' }],
  ])('are refused with %s', (_, change) => {
    expect(serverSchema.safeParse({ ...serverOf(healthy, 'etcd-1'), ...change }).success).toBe(false);
  });
});

describe('who leads', () => {
  const leader = (view: ClusterView) => leaderOf(membersOf(view, serverFactsOf))?.name ?? null;

  it('is whom all who answer follow', () => {
    expect(leader(healthy)).toBe('etcd-1');
    expect(leader(withDown(healthy, 'etcd-2'))).toBe('etcd-1');
    expect(leader(withServer(healthy, { leaderId: serverOf(healthy, 'etcd-3').ownId }))).toBe('etcd-3');
  });

  it.each([
    ['they disagree', withServer(healthy, { leaderId: serverOf(healthy, 'etcd-2').ownId }, 'etcd-2')],
    ['one follows nobody', withServer(healthy, { leaderId: null }, 'etcd-3')],
    ['all follow nobody', withServer(healthy, { leaderId: null })],
    ['they follow one that is none of ours', withServer(healthy, { leaderId: 'abc' })],
    ['its agent is gone', withNode(healthy, 'etcd-1', { connected: false })],
    ['it is down', withDown(healthy, 'etcd-1')],
    ['nobody answers', withDown(withDown(withDown(healthy, 'etcd-1'), 'etcd-2'), 'etcd-3')],
  ])('is nobody when %s', (_, view) => expect(leader(view)).toBeNull());
});

describe('hashes and alarms', () => {
  it('of a database file come in a spelling of their own, and never as a hash without a compaction', () => {
    expect(parseDatabaseHash('{"hash":1084519789,"hashRevision":7,"compactRevision":-1}')).toEqual({
      hash: 1084519789,
      compactRevision: -1,
    });
    expect(parseDatabaseHash('{"hash":1084519789,"hash_revision":7,"compact_revision":-1}')).toBeNull();
    expect(parseHashKv('[{"Endpoint":"e","HashKV":{"hash":5,"compact_revision":3}}]')).toEqual([
      { endpoint: 'e', hash: 5, compactRevision: 3 },
    ]);
    expect(parseDatabaseHash('')).toBeNull();
  });

  it('of a snapshot tell its revision', () => {
    const reported = '{"hash":3021843012,"revision":5,"totalKey":9,"totalSize":20480,"version":"3.6.0"}';
    expect(parseSnapshotStatus(reported)).toMatchObject({ hash: 3021843012, revision: 5, totalKey: 9 });
    expect(parseSnapshotStatus('Error: no such file')).toBeNull();
  });

  it('an alarm is seen whether one space or two are between its words, as 3.7 chooses by chance', () => {
    for (const gap of [' ', '  '])
      expect(parseAlarm(`memberID:9372538179322589801${gap}alarm:CORRUPT`)).toBe('CORRUPT of 8211f1d0f64f3269');
    expect(parseAlarm('etcdserver: no leader')).toBeNull();
  });

  it('fractions stay numbers, however many digits they have', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const text = JSON.stringify({ value });
        const read = parseBigJson(text);
        expect(Number((read as { value: number }).value)).toBe(JSON.parse(text).value);
      }),
    );
  });
});
