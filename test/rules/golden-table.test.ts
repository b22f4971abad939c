/**
 * Every row of the vendors' rules once allowed or refused. `a > b` is a walk; `no: …` is part of the reason. What stands in brackets is
 * what is asked with it: an operating system, or traits.
 */
import { describe, expect, it } from 'vitest';
import { ask, walkOf } from './builtin.ts';

type Row = readonly [from: string, to: string, asked: string, expected: string];

const tables: Readonly<Record<string, readonly Row[]>> = {
  cassandra: [
    // X.Y.a to X.Y.b.
    ['3.11.5', '3.11.19', '', '3.11.5 > 3.11.19'],
    ['3.11.19', '3.11.5', '', '3.11.19 > 3.11.5'],
    ['2.0.17', '2.1.22', '', '2.0.17 > 2.1.22'],
    ['2.0.17', '2.2.19', '', 'no: the release notes describe no upgrade between these series'],
    // Before 2.1.9 and 2.2.2.
    ['2.1.8', '3.0.32', '', '2.1.8 > 2.1.22 > 3.0.32'],
    ['2.2.1', '3.11.19', '', '2.2.1 > 2.2.19 > 3.11.19'],
    ['2.1.9', '3.0.32', '', '2.1.9 > 3.0.32'],
    ['2.2.2', '3.11.19', '', '2.2.2 > 3.11.19'],
    ['2.1.8', '4.1.7', '', '2.1.8 > 2.1.22 > 3.11.19 > 4.1.7'],
    ['2.1.20', '5.0.4', '', '2.1.20 > 3.11.19 > 4.1.12 > 5.0.4'],
    ['3.0.20', '3.11.19', '', '3.0.20 > 3.11.19'],
    // Before 3.0.13 and 3.11.0.
    ['3.0.12', '4.0.21', '', '3.0.12 > 3.11.19 > 4.0.21'],
    ['3.4', '4.0.21', '', '3.4 > 3.11.19 > 4.0.21'],
    ['3.10', '3.11.19', '', '3.10 > 3.11.19'],
    ['3.0.13', '4.0.21', '', '3.0.13 > 4.0.21'],
    ['3.11.0', '4.1.12', '', '3.11.0 > 4.1.12'],
    ['3.11.19', '5.0.9', '', '3.11.19 > 4.1.12 > 5.0.9'],
    ['4.0.21', '5.0.9', '', '4.0.21 > 5.0.9'],
    ['4.0.21', '4.1.12', '', '4.0.21 > 4.1.12'],
    // CASSANDRA-16735.
    ['3.11.8', '3.11.10', '', 'no: corrupts data'],
    ['3.11.8', '3.11.9', '', 'no: corrupts data'],
    ['3.0.22', '3.0.23', '', 'no: corrupts data'],
    ['3.0.22', '3.0.24', '', 'no: corrupts data'],
    ['3.0.22', '3.0.25', '', '3.0.22 > 3.0.25'],
    ['3.11.8', '3.11.11', '', '3.11.8 > 3.11.11'],
    // Older series.
    ['4.1.12', '3.11.19', '', 'no: an older series cannot read'],
    ['5.0.9', '4.1.12', '', 'no: an older series cannot read'],
    ['4.0.1', '3.11.10', '', 'no: an older series cannot read'],
    // CASSANALYTICS-77; 6.0 is an alpha.
    ['4.1.12', '5.0.9', 'cassandraLatestYaml=true', 'no: nodes of 4.x do not know'],
    ['4.1.12', '5.0.9', 'cassandraLatestYaml=false', '4.1.12 > 5.0.9'],
    ['5.0.9', '6.0-alpha1', '', 'no: the release notes describe no upgrade between these series'],
  ],
  'dcos-cassandra': [
    [
      '1.0.18-3.0.9',
      '1.0.25-3.0.10',
      'ubuntu:16.04',
      '1.0.18-3.0.9 > 1.0.20-3.0.10 > 1.0.21-3.0.10 > 1.0.22-3.0.10 > 1.0.24-3.0.10 > 1.0.25-3.0.10',
    ],
    [
      '1.0.18-3.0.9',
      '1.0.25-3.0.10',
      'coreos:2135',
      '1.0.18-3.0.9 > 1.0.20-3.0.10 > 1.0.21-3.0.10 > 1.0.22-3.0.10 > 1.0.23-3.0.10 > 1.0.24-3.0.10 > 1.0.25-3.0.10',
    ],
    ['1.0.22-3.0.10', '1.0.23-3.0.10', 'centos:7', 'no: newer libc'],
    ['1.0.22-3.0.10', '1.0.23-3.0.10', '', 'no: newer libc'],
    ['1.0.22-3.0.10', '1.0.24-3.0.10', '', '1.0.22-3.0.10 > 1.0.24-3.0.10'],
    ['1.0.22-3.0.10', '1.0.24-3.0.10', 'coreos:2135', '1.0.22-3.0.10 > 1.0.23-3.0.10 > 1.0.24-3.0.10'],
    ['1.0.18-3.0.9', '1.0.19-3.0.9', '', 'no: withdrawn'],
    ['1.0.18-3.0.9', '1.0.20-3.0.10', '', '1.0.18-3.0.9 > 1.0.20-3.0.10'],
    ['1.0.19-3.0.9', '1.0.20-3.0.10', '', 'no: cannot read the state'],
    ['1.0.19-3.0.9', '1.0.22-3.0.10', '', '1.0.19-3.0.9 > 1.0.21-3.0.10 > 1.0.22-3.0.10'],
    ['1.0.20-3.0.10', '1.0.19-3.0.9', '', 'no: withdrawn'],
    ['1.0.21-3.0.10', '1.0.19-3.0.9', '', 'no: withdrawn'],
    ['1.0.15-3.0.7', '1.0.16-3.0.8', '', '1.0.15-3.0.7 > 1.0.16-3.0.8'],
    ['1.0.16-3.0.8', '1.0.18-3.0.9', '', '1.0.16-3.0.8 > 1.0.17-3.0.8 > 1.0.18-3.0.9'],
    ['1.0.18-3.0.9', '1.0.16-3.0.8', '', '1.0.18-3.0.9 > 1.0.17-3.0.8 > 1.0.16-3.0.8'],
    ['2.2.5-1.0.5', '1.0.7-2.2.5', '', '2.2.5-1.0.5 > 1.0.7-2.2.5'],
    ['1.0.9-2.2.5', '1.0.11-2.2.5', '', '1.0.9-2.2.5 > 1.0.11-2.2.5'],
    ['1.0.12-2.2.5', '1.0.13-2.2.5', '', '1.0.12-2.2.5 > 1.0.13-2.2.5'],
    ['1.0.13-2.2.5', '1.0.12-2.2.5', '', '1.0.13-2.2.5 > 1.0.12-2.2.5'],
    ['1.0.25-3.0.10', '1.0.22-3.0.10', 'ubuntu:16.04', '1.0.25-3.0.10 > 1.0.24-3.0.10 > 1.0.22-3.0.10'],
    ['1.0.21-3.0.10', '1.0.18-3.0.9', '', '1.0.21-3.0.10 > 1.0.20-3.0.10 > 1.0.18-3.0.9'],
    // The base must be allowed to make the hop too.
    ['1.0.14-2.2.5', '1.0.14-3.0.7', '', '1.0.14-2.2.5 > 1.0.14-3.0.7'],
    ['1.0.14-3.0.7', '1.0.14-2.2.5', '', 'no: an older series cannot read'],
    ['1.0.13-2.2.5', '1.0.13-5.0.0', '', 'no: cassandra 2.2.5 becomes dse 5.0.0'],
    ['1.0.13-5.0.0', '1.0.16-5.0.2', '', '1.0.13-5.0.0 > 1.0.16-5.0.2'],
  ],
  dse: [
    ['6.8.21', '6.8.66', '', '6.8.21 > 6.8.66'],
    ['3.2.5', '4.6.13', '', '3.2.5 > 4.6.13'],
    ['3.2.4', '4.6.13', '', '3.2.4 > 3.2.5 > 4.6.13'],
    ['cassandra-1.2.16', '4.6.13', '', 'cassandra-1.2.16 > 4.6.13'],
    ['4.0.0', '4.8.16', '', '4.0.0 > 4.8.16'],
    ['4.5.3', '4.7.9', '', '4.5.3 > 4.7.9'],
    ['cassandra-2.1.20', '4.8.16', '', 'cassandra-2.1.20 > 4.8.16'],
    ['4.8.16', '5.0.15', '', '4.8.16 > 5.0.15'],
    ['4.6.13', '5.0.15', '', '4.6.13 > 4.8.16 > 5.0.15'],
    ['cassandra-3.0.20', '5.0.15', '', 'cassandra-3.0.20 > 5.0.15'],
    ['cassandra-2.1.20', '5.0.15', '', 'cassandra-2.1.20 > 4.8.16 > 5.0.15'],
    ['ddac-5.1.19', '5.0.15', '', 'no: has no supported upgrade'],
    ['5.0.15', '5.1.52', '', '5.0.15 > 5.1.52'],
    ['5.0.15', '6.8.66', '', '5.0.15 > 5.1.52 > 6.8.66'],
    ['5.0.15', '6.7.17', '', '5.0.15 > 5.1.52 > 6.7.17'],
    ['cassandra-3.11.5', '5.1.52', '', 'cassandra-3.11.5 > 5.1.52'],
    ['cassandra-3.11.5', '6.8.66', '', 'cassandra-3.11.5 > 5.1.52 > 6.8.66'],
    ['cassandra-3.11.5', '6.7.17', '', 'cassandra-3.11.5 > 6.7.17'],
    ['5.1.52', '6.0.18', '', '5.1.52 > 6.0.18'],
    ['5.1.52', '6.8.66', 'dseInstaller=true', 'no: Installer'],
    ['5.1.52', '6.9.26', 'tuples=false', '5.1.52 > 6.9.26'],
    ['5.1.52', '6.9.26', 'tuples=true', '5.1.52 > 6.8.35 > 6.9.26'],
    ['6.0.18', '6.7.17', '', '6.0.18 > 6.7.17'],
    ['6.0.18', '6.8.66', '', '6.0.18 > 6.8.66'],
    ['6.7.17', '6.8.66', '', '6.7.17 > 6.8.66'],
    ['6.8.66', '6.9.26', '', '6.8.66 > 6.9.26'],
    ['6.7.17', '6.8.7', '', 'no: zero-copy streaming corrupts data'],
    ['6.8.6', '6.8.8', '', 'no: zero-copy streaming corrupts data'],
    ['6.8.20', '6.9.26', 'tuples=true', '6.8.20 > 6.8.35 > 6.9.26'],
    ['6.8.20', '6.8.36', 'tuples=true', '6.8.20 > 6.8.35 > 6.8.36'],
    ['6.8.66', 'hcd-1.2.3', '', '6.8.66 > hcd-1.2.3'],
    ['6.8.66', 'hcd-1.2.3', 'dseSearch=true', 'no: no DSE Search'],
    ['6.8.66', 'hcd-1.2.3', 'dseAnalytics=true', 'no: no DSE Analytics'],
    ['6.8.66', 'hcd-1.2.3', 'dseGraph=true', 'no: no DSE Graph'],
    ['6.9.26', 'hcd-1.2.3', '', 'no: the upgrade guides describe no upgrade between these versions'],
    ['hcd-1.2.3', 'hcd-2.0.0', '', 'hcd-1.2.3 > hcd-2.0.0'],
    ['6.8.66', '6.8.60', '', 'no: no version can be rolled back in place to a lower one'],
    ['6.8.66', '6.7.17', '', 'no: no version can be rolled back in place to a lower one'],
    ['5.1.10', '6.7.2', '', 'no: nodes with TLS'],
    ['2.0.9-5.1.10', '3.1.0-6.7.2', '', 'no: nodes with TLS'],
    ['2.0.9-5.1.10', '3.1.0-6.7.6', '', '2.0.9-5.1.10 > 3.1.0-6.7.6'],
  ],
  cockroachdb: [
    ['v1.0.1', 'v1.0.6', '', 'v1.0.1 > v1.0.6'],
    ['v1.0.6', 'v1.0.1', '', 'v1.0.6 > v1.0.1'],
    ['v1.0', 'v1.0.7', '', 'v1.0 > v1.0.7'],
    ['v1.0.7', 'v2.0.7', '', 'v1.0.7 > v1.1.9 > v2.0.7'],
    ['v19.2.0', 'v20.2.19', '', 'v19.2.0 > v20.1.17 > v20.2.19'],
    ['v19.1.11', 'v20.1.17', '', 'v19.1.11 > v19.2.0 > v20.1.17'],
    ['v24.1.29', 'v24.3.33', '', 'v24.1.29 > v24.3.33'],
    ['v24.3.33', 'v25.2.19', '', 'v24.3.33 > v25.2.19'],
    ['v25.2.19', 'v25.4.11', '', 'v25.2.19 > v25.4.11'],
    ['v25.4.11', 'v26.2.1', '', 'v25.4.11 > v26.2.1'],
    ['v26.1.5', 'v26.2.1', '', 'v26.1.5 > v26.2.1'],
    ['v26.2.1', 'v26.3.0', '', 'v26.2.1 > v26.3.0'],
    ['v25.4.11', 'v26.3.0', '', 'v25.4.11 > v26.2.1 > v26.3.0'],
    ['v24.2.10', 'v24.3.33', '', 'v24.2.10 > v24.3.33'],
    ['v24.2.10', 'v25.1.10', '', 'v24.2.10 > v24.3.33 > v25.1.10'],
    ['v23.2.30', 'v24.2.10', '', 'v23.2.30 > v24.1.29 > v24.2.10'],
    ['v23.2.0-rc.1', 'v24.1.29', '', 'v23.2.0-rc.1 > v23.2.30 > v24.1.29'],
    ['v23.2.0-rc.1', 'v23.2.30', '', 'v23.2.0-rc.1 > v23.2.30'],
    ['v24.1.29', 'v23.2.30', 'finalized=false', 'v24.1.29 > v23.2.30'],
    ['v24.1.29', 'v23.2.30', 'finalized=true', 'no: after finalization'],
    ['v24.1.29', 'v23.1.30', 'finalized=false', 'no: upgrade one release line at a time'],
    ['v20.1.3', 'v20.1.4', '', 'no: withdrawn'],
    ['v20.1.3', 'v20.1.5', '', 'no: withdrawn'],
    ['v21.1.7', 'v21.1.8', '', 'no: withdrawn'],
    ['v22.2.3', 'v22.2.4', '', 'no: withdrawn'],
    ['v22.1.16', 'v22.1.17', '', 'no: withdrawn'],
    ['v21.1.21', 'v21.2.0', '', 'no: backups fail'],
    ['v21.1.21', 'v21.2.1', '', 'v21.1.21 > v21.2.1'],
    ['v21.2.17', 'v22.1.0', '', 'no: changefeeds stop without an error'],
    ['v22.1.22', 'v22.2.7', '', 'no: corrupts indexes'],
    ['v22.1.22', 'v22.2.9', '', 'v22.1.22 > v22.2.9'],
    ['v22.2.19', 'v23.1.9', '', 'no: row-level TTL'],
  ],
  ozone: [
    ['0.5.0-beta', '2.0.0', '', 'no: versions before 1.0.0'],
    ['1.0.0', '1.1.0', '', '1.0.0 > 1.1.0'],
    ['1.0.0', '2.0.0', '', '1.0.0 > 2.0.0'],
    ['1.1.0', '1.0.0', '', 'no: versions before 1.1.0'],
    ['2.0.0', '2.1.0', 'runtime.java=11', 'no: on Java 11 or older'],
    ['2.0.0', '2.1.0', 'runtime.java=8', 'no: on Java 11 or older'],
    ['2.0.0', '2.1.0', 'runtime.java=17', '2.0.0 > 2.1.0'],
    ['2.0.0', '2.1.1', 'runtime.java=11', '2.0.0 > 2.1.1'],
    ['2.0.0', '2.2.2', '', '2.0.0 > 2.2.2'],
    ['1.1.0', '2.0.0', '', '1.1.0 > 2.0.0'],
    ['1.2.0', '2.2.0', 'omHa=true', '1.2.0 > 2.2.0'],
    ['2.1.0', '2.1.1', '', '2.1.0 > 2.1.1'],
    ['2.1.1', '2.1.0', 'finalized=true', '2.1.1 > 2.1.0'],
    ['2.0.0', '1.1.0', 'finalized=false', '2.0.0 > 1.1.0'],
    ['2.0.0', '1.4.1', 'finalized=true', 'no: after finalization'],
    ['1.4.1', '2.0.0', 'linkedBucketSnapshots=true', 'no: would be left behind'],
  ],
  dss: [
    ['13.2.0', '13.5.6', '', '13.2.0 > 13.5.6'],
    ['1.4.0', '4.3', '', '1.4.0 > 2.0.0 > 4.3.0'],
    ['1.4.0', '2.1.0', '', '1.4.0 > 2.0.0 > 2.1.0'],
    ['2.1.0', '3.1.0', '', '2.1.0 > 3.1.0'],
    ['2.1.0', '4.3', '', '2.1.0 > 4.3.0'],
    ['3.1.0', '4.3', '', '3.1.0 > 4.3.0'],
    ['4.0.0', '4.3', '', '4.0.0 > 4.3.0'],
    ['13.5.6', '14.7.5', '', '13.5.6 > 14.7.5'],
    ['13.5.6', '15.2.1', '', '13.5.6 > 15.2.1'],
    ['12.0.0', '15.2.1', '', '12.0.0 > 14.7.5 > 15.2.1'],
    ['14.0.0', '13.5.6', '', 'no: an older version cannot read'],
    ['14.1.0', '14.0.0', '', 'no: an older version cannot read'],
  ],
  postgresql: [
    ['16.4', '16.14', '', '16.4 > 16.14'],
    ['9.6.1', '9.6.24', '', '9.6.1 > 9.6.24'],
    ['15.4', '16.4', '', '15.4 > 16.4'],
    ['9.2.24', '17.4', '', '9.2.24 > 17.4'],
    ['8.4.22', '9.6.24', '', '8.4.22 > 9.6.24'],
    ['8.4.22', '17.4', '', '8.4.22 > 9.6.24 > 17.4'],
    ['8.3.23', '9.6.24', '', 'no: no rule allows it'],
    ['16.4', '15.4', '', 'no: an older major version'],
    ['18rc1', '18.0', '', '18rc1 > 18.0'],
    ['17.4', '18rc1', '', 'no: pre-release'],
    ['14.3', '14.4', '', '14.3 > 14.4'],
    ['17.0', '17.1', '', 'no: extensions'],
    ['14.24', '14.25', '', '14.24 > 14.25'],
    ['18.7', '19.0', '', '18.7 > 19.0'],
  ],
  etcd: [
    ['3.5.33', '3.5.35', '', '3.5.33 > 3.5.35'],
    ['3.5.35', '3.5.33', '', '3.5.35 > 3.5.33'],
    ['2.3.8', '3.1.20', '', '2.3.8 > 3.0.17 > 3.1.20'],
    ['3.3.27', '3.4.45', '', '3.3.27 > 3.4.45'],
    ['3.4.45', '3.6.16', '', '3.4.45 > 3.5.35 > 3.6.16'],
    ['3.4.45', '3.5.35', 'authEnabled=true', '3.4.45 > 3.5.35'],
    ['3.4.45', '3.5.2', '', 'no: different data'],
    ['3.5.21', '3.6.16', '', '3.5.21 > 3.5.35 > 3.6.16'],
    ['3.5.32', '3.6.16', '', '3.5.32 > 3.6.16'],
    ['3.5.35', '3.6.16', 'v2Content=true', 'no: v2 store'],
    ['3.6.10', '3.7.3', '', '3.6.10 > 3.6.16 > 3.7.3'],
    ['3.6.11', '3.7.3', '', '3.6.11 > 3.7.3'],
    ['3.6.16', '3.5.35', '', '3.6.16 > 3.5.35'],
    ['3.7.3', '3.6.16', '', '3.7.3 > 3.6.16'],
    ['3.5.35', '3.4.45', '', '3.5.35 > 3.4.45'],
    ['3.5.35', '3.4.45', 'authEnabled=true', 'no: with authentication on'],
    ['3.5.35', '3.4.31', '', '3.5.35 > 3.4.45 > 3.4.31'],
    ['3.4.45', '3.3.27', '', 'no: an older binary'],
  ],
};

describe.each(Object.entries(tables))('M50 the rules of %s', (engine, rows) => {
  it.each(rows)('%s to %s %s: %s', (from, to, asked, expected) => {
    const [trait, value] = asked.split('=');
    const path = ask(engine, from, to, value !== undefined ? { traits: { [trait as string]: value } } : asked === '' ? {} : { os: asked });
    if (expected.startsWith('no: ')) {
      expect(walkOf(path)).toBe('no way');
      expect(path.refused.map((refused) => refused.reason).join('\n')).toContain(expected.slice(4));
    } else {
      expect(walkOf(path)).toBe(expected);
    }
    for (const refused of path.refused) expect([refused.reason, refused.source]).not.toContain('');
    for (const hop of path.hops) expect(hop.source).not.toBe('');
  });
});

describe('what the hops say', () => {
  const hopsOf = (engine: string, from: string, to: string, traits: Record<string, string> = {}) => ask(engine, from, to, { traits }).hops;

  it('M4 crosses 1.0.13 of the DC/OS package side by side in both directions, and says why not rolling', () => {
    for (const [from, to] of [
      ['1.0.12-2.2.5', '1.0.13-2.2.5'],
      ['1.0.13-2.2.5', '1.0.12-2.2.5'],
      ['1.0.9-2.2.5', '1.0.14-2.2.5'],
    ] as const) {
      const path = ask('dcos-cassandra', from, to);
      expect(path.hops.map((hop) => hop.kind)).toEqual(['side-by-side']);
      expect(path.hops[0]?.tasks).toContain('backup-with-name-and-location');
      expect(path.refused.some((refused) => refused.reason.startsWith('not rolling: '))).toBe(true);
    }
  });

  it('M3 warns that 1.0.19 cannot be gone back to', () => {
    expect(hopsOf('dcos-cassandra', '1.0.19-3.0.9', '1.0.21-3.0.10')[0]).toMatchObject({ kind: 'rolling', rollback: 'restore-cluster' });
    expect(hopsOf('dcos-cassandra', '1.0.20-3.0.10', '1.0.21-3.0.10')[0]).toMatchObject({ kind: 'rolling', rollback: 'lossless' });
  });

  it('gives a package the cleanup of the base that changes inside it', () => {
    expect(hopsOf('dcos-cassandra', '1.0.14-2.2.5', '1.0.15-3.0.7')[0]).toMatchObject({ rollback: 'restore-node' });
    expect(hopsOf('dcos-cassandra', '1.0.14-2.2.5', '1.0.15-3.0.7')[0]?.tasks).toContain('upgradesstables');
    expect(hopsOf('dcos-cassandra', '1.0.20-3.0.10', '1.0.21-3.0.10')[0]?.tasks).not.toContain('upgradesstables');
  });

  it('rewrites sstables between the majors of Cassandra', () => {
    expect(hopsOf('cassandra', '2.1.20', '5.0.4').map((hop) => hop.tasks.includes('upgradesstables'))).toEqual([true, true, true]);
  });

  it('M26 finalizes between the lines of CockroachDB, but not between patches', () => {
    expect(hopsOf('cockroachdb', 'v1.0.7', 'v2.1.11').map((hop) => hop.finalize)).toEqual(['manual', 'manual', 'guarded']);
    expect(hopsOf('cockroachdb', 'v1.0', 'v1.0.7').map((hop) => hop.finalize)).toEqual(['none']);
  });

  it('never lets CockroachDB go back a line without proof that it is not finalized', () => {
    expect(hopsOf('cockroachdb', 'v24.1.29', 'v23.2.30')[0]?.requirements).toContain('trait:finalized!=true');
  });

  it('M35 prepares Ozone only with several managers, and only from 1.2.0 on', () => {
    const prepares = (from: string, traits: Record<string, string>) =>
      hopsOf('ozone', from, '2.0.0', traits)[0]?.tasks.includes('om-prepare');
    expect([prepares('1.1.0', { omHa: 'true' }), prepares('1.2.0', { omHa: 'true' }), prepares('1.2.0', { omHa: 'false' })]).toEqual([
      false,
      true,
      false,
    ]);
    expect(hopsOf('ozone', '1.2.0', '2.0.0')[0]?.requirements).toContain('trait:omHa');
  });

  it('M36 stops all of Ozone, M39 with finalization by hand unless the layout stays', () => {
    expect(hopsOf('ozone', '1.2.0', '2.0.0')[0]).toMatchObject({ kind: 'all-stop', finalize: 'manual', rollback: 'lossless' });
    expect(hopsOf('ozone', '2.1.0', '2.1.1')[0]).toMatchObject({ kind: 'all-stop', finalize: 'none', rollback: 'lossless' });
    expect(ask('ozone', '1.1.0', '2.0.0').refused).toContainEqual(
      expect.objectContaining({ reason: expect.stringMatching(/^not rolling: .*HDDS-14496/), source: expect.stringContaining('https://') }),
    );
  });

  it('M27 says before consent that DSS has no rollback', () => {
    expect(hopsOf('dss', '13.5.6', '14.7.5')[0]).toMatchObject({ kind: 'in-place', rollback: 'restore-cluster' });
    expect(hopsOf('dss', '13.5.6', '14.7.5')[0]?.risks.join()).toContain('no rollback once the installer has begun');
  });

  it('M43 takes etcd back by its downgrade steps, and stops all of it where authentication is on', () => {
    expect(hopsOf('etcd', '3.6.16', '3.5.35')[0]?.tasks).toEqual(expect.arrayContaining(['downgrade-validate', 'downgrade-enable']));
    expect(hopsOf('etcd', '3.4.45', '3.5.35', { authEnabled: 'true' })[0]).toMatchObject({ kind: 'all-stop' });
    expect(hopsOf('etcd', '3.4.45', '3.5.35')[0]).toMatchObject({
      kind: 'rolling',
      requirements: expect.arrayContaining(['trait:authEnabled!=true']),
    });
  });

  const tasksOf = (from: string, to: string) =>
    hopsOf('postgresql', from, to).flatMap((hop) => (hop.releaseTasks ?? []).map(({ task, release }) => `${release} ${task}`));

  it('12.B10: names the tasks of 16.5 and 16.9 on the way from 16.4 to 16.14, each with the page that asks for it', () => {
    expect(tasksOf('16.4', '16.14')).toEqual([
      '16.5 recreate-foreign-keys-of-detached-partitions',
      '16.9 recreate-self-referencing-foreign-keys',
      '16.9 reindex-brin-bloom',
      '16.10 reindex-brin-numeric-minmax-multi',
    ]);
    expect(hopsOf('postgresql', '16.4', '16.14')[0]?.source).toContain('https://www.postgresql.org/docs/release/16.9/');
  });

  it.each([
    ['12.0', '12.22', ['12.2', '12.6', '12.9', '12.10', '12.16', '12.17', '12.18', '12.21']],
    ['13.0', '13.23', ['13.2', '13.5', '13.6', '13.7', '13.12', '13.13', '13.14', '13.17', '13.21']],
    ['14.0', '14.25', ['14.1', '14.2', '14.3', '14.4', '14.9', '14.10', '14.11', '14.12', '14.14', '14.18', '14.19', '14.24', '14.25']],
    ['15.0', '15.20', ['15.4', '15.5', '15.6', '15.7', '15.9', '15.13', '15.14', '15.19', '15.20']],
    ['16.0', '16.16', ['16.1', '16.2', '16.3', '16.5', '16.9', '16.10', '16.15', '16.16']],
    ['17.0', '17.12', ['17.1', '17.5', '17.6', '17.11', '17.12']],
    ['18.0', '18.7', ['18.2', '18.6', '18.7']],
  ])('12.B10: %s to %s passes over every release whose notes ask for work', (from, to, releases) => {
    expect([...new Set(tasksOf(from, to).map((text) => text.split(' ')[0]))]).toEqual(releases);
  });

  it('12.B10: asks nothing of those who do not pass over the release, nor on the way down', () => {
    expect(tasksOf('16.9', '16.9')).toEqual([]);
    expect(tasksOf('16.10', '16.14')).toEqual([]);
    expect(tasksOf('16.14', '16.4')).toEqual([]);
    expect(tasksOf('17.4', '17.11')).toContain('17.5 recreate-self-referencing-foreign-keys');
  });

  it('12.B10: what is wrong in an index goes along through pg_upgrade, what an upgrade makes anew does not', () => {
    expect(tasksOf('16.4', '18.7')).toContain('16.9 reindex-brin-bloom');
    expect(tasksOf('16.10', '18.7')).not.toContain('16.9 reindex-brin-bloom');
    expect(tasksOf('16.2', '18.7')).not.toContain('16.3 apply-fix-cve-2024-4317');
    expect(hopsOf('postgresql', '16.14', '19.0')[0]?.tasks).toContain('reset-string-settings');
  });

  it('12.B10: counts a mark cloud-only up to its day, and says afterwards that there was one', () => {
    const at = (today: string) => ask('cockroachdb', 'v26.1.5', 'v26.2.2', { today });
    expect(walkOf(at('2026-06-18'))).toBe('no way');
    expect(walkOf(at('2026-06-19'))).toBe('v26.1.5 > v26.2.2');
    expect(at('2026-06-19').hops[0]?.risks.join()).toContain('cloud only until 2026-06-19');
    expect(walkOf(ask('cockroachdb', 'v26.1.0', 'v26.1.1', { today: '2026-11-29' }))).toBe('no way');
  });

  it('12.B10: says of our own caution that it is no word of the vendor', () => {
    expect(hopsOf('ozone', '2.0.0', '2.1.1')[0]?.requirements).toContain('trait:finalized!=false');
    expect(ask('ozone', '2.0.0', '2.1.1', { traits: { finalized: 'false' } }).refused[0]?.reason).toMatch(
      /^policy of Drydock, not of the vendor: the upgrade before this one is not finalized/,
    );
    expect(hopsOf('ozone', '2.0.0', '2.1.1', { finalized: 'true' })[0]?.requirements).not.toContain('hadoop-3.4');
    expect(ask('postgresql', '16.4', '16.5').refused[0]?.reason).toMatch(/^policy of Drydock, not of the vendor: /);
    expect(hopsOf('cockroachdb', 'v24.1.29', 'v24.3.33')[0]?.requirements).toContain('previous-upgrade-finalized');
  });

  it('12.B10: never answers a refused downgrade with another downgrade', () => {
    for (const [engine, from, to] of [
      ['cassandra', '4.0.1', '3.11.10'],
      ['cassandra', '4.1.12', '3.0.24'],
      ['cockroachdb', 'v22.2.19', 'v22.1.0'],
      ['ozone', '1.1.0', '1.0.0'],
    ] as const) {
      const { refused } = ask(engine, from, to, engine === 'cockroachdb' ? { traits: { finalized: 'true' } } : {});
      const versions = refused.map(({ instead }) => instead).filter((instead) => instead !== null && /^v?\d[^ ]*$/.test(instead));
      for (const version of versions) expect([engine, from, version]).toEqual([engine, from, from]);
    }
  });

  it('12.B10: warns where absence of a test or an old proposal is all that speaks against a way', () => {
    expect(hopsOf('ozone', '1.0.0', '1.1.0')[0]?.risks.join()).toContain('no test of the Ozone project starts');
    expect(hopsOf('dcos-cassandra', '1.0.15-3.0.7', '1.0.16-3.0.8')[0]?.risks.join()).toContain(
      'a proposed change to the guide, never merged',
    );
    expect(hopsOf('cassandra', '4.1.12', '5.0.9')[0]?.risks.join()).toContain('keep repairs off through both restarts');
    expect(hopsOf('dse', 'hcd-1.2.3', 'hcd-2.0.0')[0]?.risks.join()).toContain('mixed for gc_grace_seconds at most');
    expect(hopsOf('cockroachdb', 'v24.3.33', 'v25.1.10')[0]?.requirements).toEqual(
      expect.arrayContaining(['licence-valid', 'finalization-guarded']),
    );
    expect(hopsOf('ozone', '2.0.0', '2.2.2')[0]?.risks.join()).toContain('Recon finalizes its own metadata');
  });

  it('12.B10: takes a trait that no rule of the engine speaks of for the slip that it is', () => {
    expect(() => ask('ozone', '2.0.0', '2.1.0', { traits: { omHA: 'true' } })).toThrow(/unknown trait omHA: the rules of ozone use .*omHa/);
    expect(() => ask('ozone', '2.0.0', '2.1.0', { traits: { 'runtime.java': 'new' } })).toThrow(
      /runtime\.java=new: expected its major version/,
    );
    expect(ask('dcos-cassandra', '1.0.24-3.0.10', '1.0.25-3.0.10', { traits: { cassandraLatestYaml: 'false' } }).admissible).toBe(true);
  });
});
