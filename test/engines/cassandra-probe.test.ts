/** What nodetool prints where the recorded clusters have nothing of it, and formats by the names of files. */
import { describe, expect, it } from 'vitest';
import { formatIn, isNeverRewritten, unreadableBy, writtenBy } from '../../engines/cassandra/formats.ts';
import { parseNetStats, parseProgramVersion, parseStatus, repairsIn } from '../../engines/cassandra/probe.ts';

describe('nodetool status', () => {
  const id = (digit: number) => `${String(digit).repeat(8)}-aaaa-4aaa-8aaa-aaaaaaaaaaaa`;
  const output = `Datacenter: dc1
===============
Status=Up/Down
|/ State=Normal/Leaving/Joining/Moving
--  Address      Load       Tokens  Owns (effective)  Host ID                               Rack
UN  10.0.0.1     103.81 KiB 16      100.0%            ${id(1)}  r1
DN  10.0.0.2     ?          16      ?                 ${id(2)}  r 2
UJ  10.0.0.3     1.2 GiB    16      ?                 null                                  r3

Datacenter: dc2
===============
Status=Up/Down
|/ State=Normal/Leaving/Joining/Moving
--  Address      Load       Tokens  Owns  Host ID                               Rack
?L  2001:db8:0:0:0:0:0:4  1.2 GiB    16      ?     ${id(4)}  r1

Note: Non-system keyspaces don't have the same replication settings, effective ownership information is meaningless
`;

  it('shows every node of every data centre, up, down or unknown, whatever it does', () => {
    expect(parseStatus(output)).toEqual([
      { member: id(1), address: '10.0.0.1', up: true, state: 'normal' },
      { member: id(2), address: '10.0.0.2', up: false, state: 'normal' },
      { member: null, address: '10.0.0.3', up: true, state: 'joining' },
      { member: id(4), address: '2001:db8:0:0:0:0:0:4', up: null, state: 'leaving' },
    ]);
  });

  it('is null where it is something else', () => {
    for (const other of ['', 'Error: Non-system keyspaces', output.split('\n').slice(0, 5).join('\n')])
      expect(parseStatus(other)).toBeNull();
  });
});

describe('nodetool netstats', () => {
  const tail = 'Read Repair Statistics:\nAttempted: 0\nPool Name  Active  Pending  Completed  Dropped\n';

  it('names the operations that stream, and the mode', () => {
    const plan = '0c1d5b10-1111-11ee-8080-808080808080';
    const streaming = `Mode: NORMAL\nBootstrap ${plan}\n    /10.0.0.3\n        Sending 2 files, 90 bytes total. Already sent 1 files\n${tail}`;
    expect(parseNetStats(streaming)).toEqual({ mode: 'NORMAL', streams: [`Bootstrap ${plan}`] });
    expect(parseNetStats(`Mode: DRAINED\nNot sending any streams.\n${tail}`)).toEqual({ mode: 'DRAINED', streams: [] });
  });

  it('P9 is null where it cannot tell whether anything streams', () => {
    for (const other of ['Mode: NORMAL\n', `Mode: NORMAL\nsomething new\n${tail}`, tail]) expect(parseNetStats(other)).toBeNull();
  });
});

it('reads a version as the start script prints it', () => {
  expect(['4.0.15\n', '5.1-SNAPSHOT\n', 'Error: could not find Java\n'].map(parseProgramVersion)).toEqual(['4.0.15', '5.1-SNAPSHOT', null]);
});

it('sees a repair by the pools that only repairs use', () => {
  const rows = [
    { name: 'ValidationExecutor', active_tasks: 1 },
    { name: 'Repair#3', active_tasks: 2 },
    { name: 'AntiEntropyStage', active_tasks: 0 },
    { name: 'ReadStage', active_tasks: 9 },
  ];
  expect(repairsIn(rows)).toEqual(['ValidationExecutor', 'Repair#3']);
});

describe('formats of sstables', () => {
  it('are read from the names of data files, old and new', () => {
    const files = ['nb-12-big-Data.db', 'da-3gvl_10e2_2qvl-bti-Data.db', 'nb-12-big-Index.db', 'manifest.json', 'nb-1-big-Data.db.tmp'];
    expect(files.map(formatIn)).toEqual(['nb', 'da', null, null, null]);
  });

  it('5.0 writes those of 4.x until it is finalized, and then 4.x reads them no more', () => {
    expect([
      writtenBy('4.1.7', null),
      writtenBy('5.0.4', 'CASSANDRA_4'),
      writtenBy('5.0.4', 'UPGRADING'),
      writtenBy('5.0.4', 'NONE'),
    ]).toEqual(['nb', 'nb', 'oa', 'oa']);
    expect(unreadableBy('4.1.7', ['nb', 'oa', 'da'])).toEqual(['oa', 'da']);
    expect(unreadableBy('5.0.4', ['nb', 'oa', 'da', 'la'])).toEqual(['la']);
    expect(unreadableBy('9.9.9', ['nb'])).toBeNull();
  });

  it('P8 only parts that nothing writes again may be linked', () => {
    const linked = ['nb-1-big-Data.db', 'nb-1-big-Index.db', 'nb-1-big-Digest.crc32', 'da-1-bti-Partitions.db'];
    const copied = ['nb-1-big-Statistics.db', 'nb-1-big-Summary.db', 'nb-1-big-TOC.txt', 'schema.cql'];
    expect(linked.every(isNeverRewritten)).toBe(true);
    expect(copied.some(isNeverRewritten)).toBe(false);
  });
});
