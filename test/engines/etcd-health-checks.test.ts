import { describe, expect, it } from 'vitest';
import { etcdProcedure as procedure } from '../../engines/etcd/procedure.ts';
import { clusterOf, factsOf, withDown, withFacts, withPeer, withServer, withVersion } from './etcd-fixtures.ts';

const view = clusterOf(3, '3.6.16');
const expected = { version: '3.6.16', instance: 'etcd-2', member: 'etcd-2' };
const good = factsOf(view, 'etcd-2');
const peer = factsOf(view, 'etcd-1');
const verified = { ...good, findings: procedure.verifyChecks.map((check) => ({ check, ok: true, detail: 'fine' })) };
const server = (change: object) => factsOf(withServer(view, change, 'etcd-2'), 'etcd-2');
const seen = (change: object) => factsOf(withPeer(view, 'etcd-1', 'etcd-2', change), 'etcd-1');

describe('health-checks', () => {
  it.each([
    ['in-service', good],
    ['seen-by-peer', peer],
    ['verified', verified],
    ['settled', good],
  ])('P2 %s passes on what real servers said', (healthCheck, facts) =>
    expect(procedure.judge(healthCheck, facts, expected)).toEqual({ ok: true }),
  );

  it('settled passes before 3.6, where the files do not tell their version', () => {
    const old = factsOf(clusterOf(3, '3.5.35'), 'etcd-2');
    expect(procedure.judge('settled', old, { ...expected, version: '3.5.35' })).toEqual({ ok: true });
  });

  it('in-service passes for the leader, too', () => {
    expect(procedure.judge('in-service', peer, { ...expected, instance: 'etcd-1', member: 'etcd-1' })).toEqual({ ok: true });
  });

  it.each([
    ['P15 in-service', { ...good, version: { ...good.version, running: '3.5.35' } }, 'health-check-failed', 'runs 3.5.35, not 3.6.16'],
    ['P15 in-service', { ...good, version: { ...good.version, onDisk: '3.5.35' } }, 'health-check-failed', 'has 3.5.35 activated'],
    ['in-service', { ...good, version: { ...good.version, onDisk: null } }, 'health-check-failed', 'has no version activated'],
    ['in-service', factsOf(withDown(view, 'etcd-2'), 'etcd-2'), 'node-down', 'does not answer'],
    ['P2 in-service', { ...good, incarnation: null }, 'health-check-failed', 'restarted while'],
    ['in-service', { ...good, inService: false }, 'health-check-failed', 'not in service'],
    ['in-service', { ...good, role: 'learner' }, 'health-check-failed', 'is a learner'],
    ['in-service', { ...good, role: null }, 'health-check-failed', 'without a leader'],
    ['in-service', { ...good, memberId: 'etcd-9' }, 'facts-changed', 'the member name of etcd-2 is etcd-9'],
    ['in-service', { ...good, memberId: null }, 'facts-changed', 'the member name of etcd-2 is not set'],
    ['in-service', peer, 'health-check-failed', 'etcd-1 answered for etcd-2'],
    ['P2 seen-by-peer', good, 'health-check-failed', 'itself answered'],
    ['seen-by-peer', factsOf(withDown(view, 'etcd-1'), 'etcd-1'), 'peer-unhealthy', 'was asked about etcd-2, does not answer'],
    ['seen-by-peer', factsOf(withServer(view, { peers: [] }, 'etcd-1'), 'etcd-1'), 'membership-mismatch', 'does not know a member etcd-2'],
    ['seen-by-peer', seen({ version: null }), 'health-check-failed', 'it does not answer'],
    ['seen-by-peer', seen({ leaderId: null }), 'health-check-failed', 'it has no leader'],
    ['seen-by-peer', seen({ appliedIndex: -200 }), 'health-check-failed', 'entries behind'],
    ['P15 seen-by-peer', factsOf(withVersion(view, 'etcd-2', '3.5.35'), 'etcd-1'), 'health-check-failed', 'sees etcd-2 at version 3.5.35'],
    ['verified', good, 'health-check-failed', 'did not answer the check in-service'],
    ['verified', { ...verified, findings: verified.findings.slice(0, -1) }, 'health-check-failed', 'did not answer the check data-agrees'],
    [
      'verified',
      {
        ...verified,
        findings: verified.findings.map((each) => (each.check === 'data-agrees' ? { ...each, ok: null, detail: 'unknown' } : each)),
      },
      'health-check-failed',
      'data-agrees: unknown',
    ],
    ['verified', { ...verified, inService: false }, 'health-check-failed', 'not in service'],
    ['settled', factsOf(withDown(view, 'etcd-2'), 'etcd-2'), 'node-down', 'does not answer'],
    ['settled', server({ clusterVersion: '3.5' }), 'health-check-failed', 'cluster version 3.5, not 3.6'],
    ['settled', server({ clusterVersion: null }), 'health-check-failed', 'cluster version none'],
    ['settled', server({ storageVersion: '3.5' }), 'health-check-failed', 'etcd-2 has storage version 3.5'],
    ['settled', server({ downgradeTarget: '3.6' }), 'health-check-failed', 'still under way'],
    ['settled', factsOf(withFacts(view, 'etcd-2', { detail: { alien: true } }), 'etcd-2'), 'node-down', 'does not answer'],
    ['moon-is-full', good, 'health-check-failed', 'unknown health check'],
  ] as const)('%s holds: %#', (named, facts, kind, words) => {
    const verdict = procedure.judge(named.split(' ').at(-1) ?? '', facts, expected);
    expect(verdict).toMatchObject({ ok: false, hold: { kind, subject: 'etcd-2', detail: expect.stringContaining(words) } });
  });
});
