import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseElfArch } from '../../engines/kit/host/architecture.ts';
import {
  parseConninfo,
  parseControlFile,
  parseLibraryList,
  parseMajor,
  parsePostmasterPid,
  parseProgramVersion,
  parseServerVersion,
  parseStopPoint,
  parseTimelineHistory,
  printStopPoint,
} from '../../engines/postgresql/probe.ts';
import { indispensable, parseSyncNames } from '../../engines/postgresql/switchover/sync-names.ts';
import { laterLsn, lsnDistance } from '../../engines/postgresql/wal.ts';
import { recording } from './postgresql-fixtures.ts';

describe.each(['16.4', '16.14'])('recordings of PostgreSQL %s', (version) => {
  it('tell the version, the major and the architecture', () => {
    expect(parseProgramVersion(recording(version, 'version'))).toBe(version);
    expect(parseMajor(recording(version, 'pg-version'))).toBe('16');
    expect(parseElfArch(recording(version, 'elf-header'))).toBe('x64');
  });

  it('tell who holds the data directory', () => {
    const held = parsePostmasterPid(recording(version, 'postmaster-pid'));
    expect(held).toMatchObject({ dataDir: expect.stringMatching(/\/pg-1\/data$/), status: 'ready' });
    expect(held?.pid).toBeGreaterThan(1);
    expect(held?.port).toBeGreaterThan(1024);
  });
});

describe('versions with a vendor around them', () => {
  it.each([
    ['16.4 (Debian 16.4-1.pgdg120+1)', '16.4'],
    ['9.6.24', '9.6.24'],
    ['18beta1', '18beta1'],
    ['19devel', '19devel'],
    ['sixteen', null],
    ['', null],
  ])('SHOW server_version "%s" is %s', (text, version) => expect(parseServerVersion(text)).toBe(version));

  it.each([
    ['postgres (PostgreSQL) 16.4 (Ubuntu 16.4-0ubuntu0.24.04.1)\n', '16.4'],
    ['postgres (EnterpriseDB) 16.4', null],
    ['sh: postgres: not found', null],
  ])('--version "%s" is %s', (text, version) => expect(parseProgramVersion(text)).toBe(version));

  it.each([
    ['9.6\n', '9.6'],
    ['16', '16'],
    ['16.4', null],
    ['', null],
  ])('PG_VERSION "%s" is %s', (text, major) => expect(parseMajor(text)).toBe(major));
});

describe('small formats', () => {
  it('tells arm64 and both byte orders, and nothing else, from an ELF header', () => {
    const header = (order: string, machine: string) => `7f 45 4c 46 02 ${order} 01 00 00 00 00 00 00 00 00 00\n 02 00 ${machine}`;
    expect(parseElfArch(header('01', 'b7 00'))).toBe('arm64');
    expect(parseElfArch(header('02', '00 b7'))).toBe('arm64');
    expect(parseElfArch(header('01', '16 00'))).toBeNull();
    expect(parseElfArch(' 23 21 2f 62 69 6e 2f 73 68 0a 65 78 65 63 20 2f 6f 70 74 2f')).toBeNull();
    expect(parseElfArch('')).toBeNull();
  });

  it('reads connection strings with and without quotes', () => {
    expect(parseConninfo(`host=10.0.0.1 application_name='pg 2' password='it\\'s'`)).toEqual(
      new Map([
        ['host', '10.0.0.1'],
        ['application_name', 'pg 2'],
        ['password', `it's`],
      ]),
    );
    expect(parseConninfo('')).toEqual(new Map());
    expect(parseConninfo('postgresql://10.0.0.1/postgres')).toBeNull();
  });

  it('takes the process id of a single-user server and refuses an empty file', () => {
    expect(parsePostmasterPid('-4711\n/srv/pg\n')).toEqual({ pid: 4711, dataDir: '/srv/pg', port: null, status: null });
    expect(parsePostmasterPid('')).toBeNull();
    expect(parsePostmasterPid('garbage\n/srv/pg')).toBeNull();
  });

  it('splits library lists', () => {
    expect(parseLibraryList('pg_stat_statements, "my lib",auto_explain')).toEqual(['pg_stat_statements', 'my lib', 'auto_explain']);
    expect(parseLibraryList('')).toEqual([]);
  });

  it('measures WAL across the 32 bits of a part', () => {
    expect(lsnDistance('0/FFFFFFF0', '1/10')).toBe(32);
    fc.assert(
      fc.property(fc.nat(), fc.nat(), (from, bytes) => {
        const lsn = (value: number) => `${Math.floor(value / 2 ** 32).toString(16)}/${(value % 2 ** 32).toString(16)}`.toUpperCase();
        expect(lsnDistance(lsn(from), lsn(from + bytes))).toBe(bytes);
      }),
    );
  });
});

describe('where a server stopped and what it came from', () => {
  const control = (version: number, state: number, timeline = 1) => {
    const bytes = Buffer.alloc(200);
    bytes.writeBigUInt64LE(7710486688620713250n, 0);
    bytes.writeUInt32LE(version, 8);
    bytes.writeUInt32LE(state, 16);
    bytes.writeBigUInt64LE(0x1_0300_0148n, 32);
    bytes.writeUInt32LE(timeline, 48);
    for (const [at, limit] of [100, 8, 10, 0, 64].entries()) bytes.writeInt32LE(limit, 180 + 4 * at);
    return bytes;
  };

  it.each([1201, 1300, 1800])('reads the control file of format %i', (version) => {
    expect(parseControlFile(control(version, 1, 3))).toEqual({
      systemId: '7710486688620713250',
      state: 'shut down',
      checkpointLsn: '1/3000148',
      timeline: 3,
      limits: {
        max_connections: 100,
        max_worker_processes: 8,
        max_wal_senders: 10,
        max_prepared_transactions: 0,
        max_locks_per_transaction: 64,
      },
    });
  });

  it('takes an unknown format, an unknown state and half a file for unknown', () => {
    expect(parseControlFile(control(1100, 1))).toBeNull();
    expect(parseControlFile(control(1902, 1))).toBeNull();
    expect(parseControlFile(control(1300, 7))).toBeNull();
    expect(parseControlFile(control(1300, 1, 0))).toBeNull();
    expect(parseControlFile(control(1300, 1).subarray(0, 199))).toBeNull();
    expect(parseControlFile(Buffer.alloc(0))).toBeNull();
  });

  it('reads a timeline history with comments and empty lines', () => {
    const text = '# made by a restore\n1\t0/3000148\tno recovery target specified\n\n2\t0/a0000A0\tbefore 2026-01-01\n';
    expect(parseTimelineHistory(text)).toEqual([
      { timeline: 1, endLsn: '0/3000148' },
      { timeline: 2, endLsn: '0/A0000A0' },
    ]);
    expect(parseTimelineHistory('')).toEqual([]);
    expect(parseTimelineHistory('1\tsomewhere\n')).toBeNull();
  });

  it('prints a stop so that it can be read again, and reads nothing else', () => {
    const stop = { lsn: '1/3000148', timeline: 3, systemId: '7710486688620713250' };
    expect(parseStopPoint(printStopPoint(stop))).toEqual(stop);
    expect(parseStopPoint('1/3000148')).toBeNull();
    expect(parseStopPoint('1/3000148:0:77')).toBeNull();
    expect(laterLsn('0/FFFFFFF0', '1/10')).toBe('1/10');
    expect(laterLsn('1/10', '1/10')).toBe('1/10');
  });
});

describe('synchronous_standby_names', () => {
  it.each([
    ['', { method: 'FIRST', count: 0, names: [] }],
    ['*', { method: 'FIRST', count: 1, names: ['*'] }],
    ['a, "B-2"', { method: 'FIRST', count: 1, names: ['a', 'B-2'] }],
    ['2 (a, b, c)', { method: 'FIRST', count: 2, names: ['a', 'b', 'c'] }],
    ['FIRST 1 (a)', { method: 'FIRST', count: 1, names: ['a'] }],
    ['any 2(a,b)', { method: 'ANY', count: 2, names: ['a', 'b'] }],
    ['ANY (a)', null],
    ['2 (a, b', null],
    ['a,,b', null],
    ['0 (a)', null],
    ['ANY 1 2 (a)', null],
  ])('%s', (setting, rule) => expect(parseSyncNames(setting)).toEqual(rule));

  it.each([
    ['', ['pg-2'], []],
    ['"pg-2"', ['pg-2', 'pg-3'], ['pg-2']],
    ['*', ['pg-2'], ['pg-2']],
    ['*', ['pg-2', 'pg-3'], []],
    ['ANY 1 ("pg-2", "pg-3")', ['pg-2', 'pg-3'], []],
    ['ANY 2 ("pg-2", "pg-3")', ['pg-2', 'pg-3'], ['pg-2', 'pg-3']],
  ])("with '%s' and %j streaming, commits hang without %j", (setting, streaming, wanted) =>
    expect(indispensable(setting, streaming)).toEqual(wanted),
  );
});
