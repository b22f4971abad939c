import { describe, expect, it } from 'vitest';
import {
  parseEndpointHealth,
  parseEndpointStatus,
  parseHashKv,
  parseHealth,
  parseMemberList,
  parseProgramVersion,
  parseUnknownFlag,
  parseVersions,
} from '../../engines/etcd/probe.ts';
import { etcdScheme } from '../../engines/etcd/scheme.ts';
import { etcdSubject } from '../contract/etcd.ts';
import { recording as output } from '../contract/recorded.ts';

const recording = (version: string, name: string) => output(etcdSubject.recordings, version, name);

describe.each(['3.5.21', '3.5.35', '3.6.16', '3.7.3'])('recordings of etcd %s', (version) => {
  const minor = etcdScheme.series(version);
  const [status] = parseEndpointStatus(recording(version, 'endpoint-status')) ?? [];

  it('tell the version that runs, that of the cluster, and from 3.6 on that of the files', () => {
    const storage = minor === '3.5' ? null : minor;
    expect(parseProgramVersion(recording(version, 'version'))).toBe(version);
    expect(parseVersions(recording(version, 'http-version'))).toEqual({ server: version, cluster: minor, storage });
    expect(status).toMatchObject({ version, storageVersion: storage, downgradeTarget: null, isLearner: false, errors: [] });
  });

  it('tell of three members, and of the one that was asked and the leader by their whole ids', () => {
    const members = parseMemberList(recording(version, 'member-list')) ?? [];
    expect(members.map(({ name }) => name).sort()).toEqual(['etcd-1', 'etcd-2', 'etcd-3']);
    const named = members.map(({ id }) => id);
    expect(named).toContain(status?.ownId);
    expect(named).toContain(status?.leaderId);
    expect(recording(version, 'endpoint-status')).toContain(`"member_id":${BigInt(`0x${status?.ownId}`)},`);
  });

  it('tell of health, of a hash, and of a flag that is not known', () => {
    expect([...(parseEndpointHealth(recording(version, 'endpoint-health'))?.values() ?? [])]).toEqual([null]);
    expect(parseHealth(recording(version, 'http-health'))).toBe('');
    expect(parseHashKv(recording(version, 'endpoint-hashkv'))).toHaveLength(1);
    expect(parseUnknownFlag(recording(version, 'unknown-flag'))).toBe('no-such-flag');
  });
});
