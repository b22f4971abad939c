import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  hexId,
  parseAlarm,
  parseEndpointStatus,
  parseHealth,
  parseMemberList,
  parseMinor,
  parseProgramVersion,
  parseUnknownFlag,
  parseVersions,
} from '../../engines/etcd/probe.ts';
import { parseLockHolders } from '../../engines/kit/host/processes.ts';
import { parseBigJson } from '../../engines/kit/pure/big-json.ts';

const ids = fc.bigInt({ min: 1n, max: 2n ** 64n - 1n });

const statusOf = (cluster: bigint, member: bigint, leader: bigint) =>
  `[{"Endpoint":"http://h:2379","Status":{"header":{"cluster_id":${cluster},"member_id":${member},"revision":7,"raft_term":2},` +
  `"version":"3.5.35","dbSize":20480,"leader":${leader},"raftIndex":9,"raftTerm":2,"raftAppliedIndex":9,"dbSizeInUse":16384}}]`;

describe('64 bit ids', () => {
  it('never pass through a number: every id of a status is read to the last bit', () => {
    fc.assert(
      fc.property(ids, ids, ids, (cluster, member, leader) => {
        expect(parseEndpointStatus(statusOf(cluster, member, leader))?.[0]).toMatchObject({
          clusterId: cluster.toString(16),
          ownId: member.toString(16),
          leaderId: leader.toString(16),
        });
      }),
    );
  });

  it('keep neighbours apart, which rounding would make one: a follower is not taken for the leader', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 2n ** 53n, max: 2n ** 64n - 2n }), (member) => {
        const [status] = parseEndpointStatus(statusOf(1n, member, member + 1n)) ?? [];
        expect(status?.leaderId).not.toBe(status?.ownId);
      }),
    );
  });

  it('are read the same from a list of members', () => {
    fc.assert(
      fc.property(ids, (id) => {
        const text = `{"header":{"cluster_id":1},"members":[{"ID":${id},"name":"a","peerURLs":["http://h:2380"],"clientURLs":["http://h:2379"]}]}`;
        expect(parseMemberList(text)).toEqual([{ id: hexId(id.toString()), name: 'a', clientUrls: ['http://h:2379'], isLearner: false }]);
      }),
    );
  });

  it('leave texts alone that only look like them, and all other JSON as it was', () => {
    expect(parseBigJson('{"a":"18249187646912138824","b":"x\\" 18249187646912138824"}')).toEqual({
      a: '18249187646912138824',
      b: 'x" 18249187646912138824',
    });
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.boolean(), fc.nat())), (value) => {
        expect(parseBigJson(JSON.stringify(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
    expect(parseBigJson('no json')).toBeUndefined();
  });
});

describe('what is zero is left out', () => {
  it('a member without a leader, and alarms, are told', () => {
    const text =
      '[{"Endpoint":"e","Status":{"header":{"cluster_id":1,"member_id":2},"version":"3.6.16","storageVersion":"3.6.0","errors":["etcdserver: no leader"],"downgradeInfo":{"targetVersion":"3.5.0","enabled":true}}}]';
    expect(parseEndpointStatus(text)?.[0]).toMatchObject({
      leaderId: null,
      appliedIndex: 0,
      isLearner: false,
      storageVersion: '3.6',
      downgradeTarget: '3.5',
      errors: ['etcdserver: no leader'],
    });
  });

  it('an unknown form is nothing', () => {
    expect(parseEndpointStatus('')).toBeNull();
    expect(parseMemberList('{}')).toBeNull();
    expect(parseVersions('not found')).toBeNull();
    expect(parseHealth('')).toBeNull();
  });
});

describe('small formats', () => {
  it.each([
    ['etcd Version: 3.5.35\nGit SHA: x\n', '3.5.35'],
    ['etcdctl version: 3.6.16\nAPI version: 3.6\n', '3.6.16'],
    ['etcdutl version: 3.7.3\n', '3.7.3'],
    ['etcd 3.5.35', null],
    ['', null],
  ])('%j is %s', (text, version) => expect(parseProgramVersion(text)).toBe(version));

  it('versions that are not decided are none', () => {
    expect(parseVersions('{"etcdserver":"3.5.35","etcdcluster":"not_decided"}')).toEqual({
      server: '3.5.35',
      cluster: null,
      storage: null,
    });
    expect(parseMinor('3.6.0')).toBe('3.6');
  });

  it('health, alarms and flags', () => {
    expect(parseHealth('{"health":"true","reason":""}')).toBe('');
    expect(parseHealth('{"health":"false","reason":"RAFT NO LEADER"}')).toBe('RAFT NO LEADER');
    expect(parseAlarm('memberID:9372538179322589801 alarm:NOSPACE ')).toBe('NOSPACE of 8211f1d0f64f3269');
    expect(parseUnknownFlag('flag provided but not defined: -enable-v2')).toBe('enable-v2');
  });

  it('who holds a database file, each process once', () => {
    const locks =
      '1: FLOCK  ADVISORY  WRITE 4711 fe:00:131090 0 EOF\n2: POSIX  ADVISORY  WRITE 4711 fe:00:131090 0 EOF\n3: FLOCK  ADVISORY  WRITE 8 fe:00:13109 0 EOF\n';
    expect(parseLockHolders(locks, '131090')).toEqual([4711]);
    expect(parseLockHolders('', '131090')).toEqual([]);
  });
});
