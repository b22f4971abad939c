import { describe, expect, it } from 'vitest';
import type { ConfigChange } from '../../common/orders.ts';
import { withIncludesFrom } from '../../engines/kit/config/postgresql-conf-format.ts';
import { clashes, formProblems, isReadLater } from '../../engines/postgresql/config/changes.ts';

const set = (key: string, value = '1'): ConfigChange => ({ op: 'set', key, value });

describe('changes that are refused by their form', () => {
  it.each<[string, ConfigChange[], RegExp]>([
    ['an include line', [set('Include', 'x.conf')], /not a setting name/],
    ['a name that the server cannot read', [set('a-b')], /not a setting name/],
    ['the data directory', [set('DATA_directory', '/elsewhere')], /identifies the member/],
    ['the name of the member', [set('cluster_name', 'pg-9')], /identifies the member/],
    ['a password', [set('primary_conninfo', 'host=a password=b')], /use a passfile/],
    ['the same key twice', [set('work_mem'), { op: 'rename', key: 'x', to: 'WORK_MEM' }], /work_mem is changed twice/],
    ['a value of two lines', [set('work_mem', '1\nport = 2')], /not one line/],
    ['a command line (P13)', [set('archive_command', 'rm -rf /')], /code outside its release/],
    ['a setting that becomes a command line (P13)', [{ op: 'rename', key: 'my.note', to: 'restore_command' }], /code outside its release/],
    ['a library by its path (P13)', [set('shared_preload_libraries', '/tmp/evil')], /code outside its release/],
  ])('%s', (_name, changes, sentence) => expect(formProblems(changes).join()).toMatch(sentence));

  it('not what is usual', () => {
    const usual: ConfigChange[] = [
      set('shared_preload_libraries', 'pg_stat_statements'),
      set('pg_stat_statements.max', '10000'),
      { op: 'remove', key: 'archive_command' },
      { op: 'rename', key: 'wal_keep_segments', to: 'wal_keep_size' },
    ];
    expect(formProblems(usual)).toEqual([]);
  });
});

describe('a name that is given to a key', () => {
  const rename: ConfigChange = { op: 'rename', key: 'old_name', to: 'new_name' };
  it('must not be set by another line', () => {
    expect(clashes('new_name = 1\nold_name = 2\n', [rename])).toEqual([
      'line 1 already sets new_name: remove old_name instead of renaming it',
    ]);
    expect(clashes('new_name = 1\n', [rename])).toEqual([]);
    expect(clashes('old_name = 1\n', [rename])).toEqual([]);
  });
});

describe('which of two files has the last word', () => {
  const text = "a = 1\ninclude 'first.conf'\nb = 1\ninclude_dir '/etc/pg/conf.d'\nc = 1\n";
  it.each([
    [0, '/etc/pg/first.conf', true],
    [2, '/etc/pg/first.conf', false],
    [2, '/etc/pg/conf.d/10.conf', true],
    [4, '/etc/pg/conf.d/10.conf', false],
    [4, '/data/postgresql.auto.conf', true],
    [2, '/etc/other/by-an-include.conf', true],
    [4, '/etc/other/by-an-include.conf', false],
  ])('line %i against %s: the other one is later: %s', (line, other, later) => {
    expect(isReadLater(text, line, '/etc/pg/postgresql.conf', other)).toBe(later);
  });
});

it('means the same in another folder, line by line', () => {
  const text = "a = 1\r\ninclude_if_exists 'b.conf' # why\r\n#include 'c.conf'\n";
  expect(withIncludesFrom(text, (path) => `/etc/pg/${path}`)).toBe(
    "a = 1\r\ninclude_if_exists '/etc/pg/b.conf' # why\r\n#include 'c.conf'\n",
  );
});
