import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ConfigChange } from '../../common/orders.ts';
import { changedKeys, configDiff } from '../../engines/kit/config/config-diff.ts';
import {
  active,
  postgresqlConfFormat as format,
  isSettingName,
  parseConf,
  writtenValue,
} from '../../engines/kit/config/postgresql-conf-format.ts';

const set = (key: string, value: string): ConfigChange => ({ op: 'set', key, value });
const rename = (key: string, to: string): ConfigChange => ({ op: 'rename', key, to });
const remove = (key: string): ConfigChange => ({ op: 'remove', key });
function edited(text: string, ...changes: ConfigChange[]): string {
  const edit = format.apply(text, changes);
  if ('text' in edit) return edit.text;
  throw new Error(edit.problem.detail);
}
const seen = (text: string, ...changes: ConfigChange[]) => configDiff(text, edited(text, ...changes), format.read);

describe('reading postgresql.conf', () => {
  // Each line was tried on a server of 16.4 by `postgres -C`.
  it.each([
    ['search_path = a.b.c', 'a.b.c'],
    [`search_path'x''y'`, `x'y`],
    ['search_path a-b', 'a-b'],
    ['search_path=x#c', 'x'],
    ['search_path = a\r', 'a'],
    ['Search_Path=q', 'q'],
    ['search_path\t=\tq', 'q'],
    ['search_path=ü', 'ü'],
    ['search_path=.5', '.5'],
    [`search_path = 'a\\tb\\101c'  # why`, 'a\tbAc'],
    [`  search_path = 'it\\'s'`, `it's`],
  ])('takes %j as %j', (line, value) => {
    expect(parseConf(line)).toEqual({ settings: [{ line: 0, name: 'search_path', value }], includes: [], broken: [] });
  });

  it.each([
    'search_path = a.b',
    'work_mem = 1e3',
    `search_path = 'a' b`,
    'a.b.c = 1',
    'search_path = /x',
    'search_path = 1.5.6',
    'search_path=-',
    `primary_conninfo = 'password=x`,
    'search_path',
    '= 4',
  ])('knows that the server reads nothing of a file with %j', (line) => {
    expect(parseConf(`work_mem = 4MB\n${line}\n`)).toMatchObject({ settings: [{ name: 'work_mem' }], broken: [1] });
  });

  it('takes the last of several lines, keeps units, and tells includes apart', () => {
    const conf = parseConf(
      `work_mem = 4MB\ninclude_dir 'conf.d'\nWORK_MEM = 64MB\n\n# work_mem = 1\ninclude_if_exists = 'x.conf'\nmy.key = 0x1F`,
    );
    expect(active(conf, 'work_mem')).toEqual({ line: 2, name: 'work_mem', value: '64MB' });
    expect(active(conf, 'my.key')?.value).toBe('0x1F');
    expect(conf.includes).toMatchObject([
      { line: 1, value: 'conf.d' },
      { line: 5, value: 'x.conf' },
    ]);
  });

  it.each([
    ['work_mem', true],
    ['pg_stat_statements.max', true],
    ['a.b.c', false],
    ['include', false],
    ['Include_Dir', false],
    ['a-b', false],
    ['1a', false],
  ])('can say something about %s: %s', (key, expected) => expect(isSettingName(key)).toBe(expected));
});

const sample = `# PostgreSQL configuration file
shared_buffers = 128MB\t\t\t# min 128kB
\t\t\t\t\t# (change requires restart)
#work_mem = 4MB\t\t\t\t# min 64kB
#maintenance_work_mem = 64MB
  log_line_prefix = '%m [%p] '   # with a quote
archive_command 'cp %p /x'
shared_buffers = 256MB
`;

describe('changing postgresql.conf', () => {
  it('changes the line active where it stands, with its comment and indentation', () => {
    expect(edited(sample, set('Shared_Buffers', '1GB'))).toBe(sample.replace('shared_buffers = 256MB', 'shared_buffers = 1GB'));
    expect(edited(sample, set('log_line_prefix', `it's \\`))).toBe(sample.replace(`'%m [%p] '`, `'it''s \\\\'`));
    expect(edited(sample, set('archive_command', 'true'))).toBe(sample.replace(`'cp %p /x'`, `'true'`));
  });

  it('adds a line after the commented default', () => {
    expect(edited(sample, set('work_mem', '64MB'))).toBe(sample.replace('# min 64kB\n', '# min 64kB\nwork_mem = 64MB\n'));
  });

  it('adds at the end, in one block, what is not there at all', () => {
    const once = edited(sample, set('wal_keep_size', '1GB'), set('my.key', '1e3'));
    expect(once).toBe(`${sample}\n# Added by Drydock\nwal_keep_size = 1GB\nmy.key = '1e3'\n`);
    expect(edited(once, set('max_wal_size', '2GB'))).toBe(`${once}max_wal_size = 2GB\n`);
    expect(edited('', set('work_mem', '64MB'))).toBe('# Added by Drydock\nwork_mem = 64MB\n');
  });

  it('renames where it stands, with value and comment', () => {
    expect(edited(sample, rename('SHARED_BUFFERS', 'new_name'))).toBe(sample.replaceAll('shared_buffers', 'new_name'));
  });

  it('comments out every line of what is removed', () => {
    expect(edited(sample, remove('shared_buffers'))).toBe(sample.replaceAll('shared_buffers', '#shared_buffers'));
    expect(edited(sample, remove('log_line_prefix'))).toBe(sample.replace('  log_line', '  #log_line'));
  });

  it('changes nothing where it is so already', () => {
    const changes = [set('shared_buffers', '256MB'), remove('work_mem'), rename('old', 'new')];
    expect(edited(sample, ...changes)).toBe(sample);
  });

  it('keeps line breaks of either kind, and a missing last one', () => {
    expect(edited('a = 1\r\n#b = 2\r\n', set('a', '3'), set('b', '4'), set('c', '5'))).toBe(
      'a = 3\r\n#b = 2\r\nb = 4\r\n\r\n# Added by Drydock\r\nc = 5\r\n',
    );
    expect(edited('a = 1\n#b = 2', set('b', '4'))).toBe('a = 1\n#b = 2\nb = 4');
    expect(edited('a = 1\r\n#b = 2', set('b', '4'))).toBe('a = 1\r\n#b = 2\r\nb = 4');
    expect(edited('a = 1', set('b', '4'))).toBe('a = 1\n\n# Added by Drydock\nb = 4');
  });

  it('tells whose value is another one afterwards', () => {
    const after = edited(sample, set('work_mem', '1MB'), rename('archive_command', 'x'), set('shared_buffers', '256MB'));
    expect(changedKeys(sample, after, format.read)).toEqual(['archive_command', 'work_mem', 'x']);
    expect(changedKeys('a = 1\nb = 1\nc = 1\n', "# first\nA = '1'\nb = 2\nd = 1\n", format.read)).toEqual(['b', 'c', 'd']);
  });
});

const names = ['work_mem', 'Max_Connections', 'my.key', 'port', 'listen_addresses', 'archive_command'];
const values = fc.oneof(
  fc.constantFrom('on', '1e3', '64MB', '-1', '0.5', '', ' ', '*', 'a.b', `it's`, '\\', 'ü #', '0x1F'),
  fc.string({ unit: 'grapheme', maxLength: 12 }).filter((text) => !/\p{Cc}|\p{Cs}/u.test(text)),
);
const blanks = fc.constantFrom('', ' ', '\t', '  ');
const settingLines = fc
  .tuple(
    blanks,
    fc.constantFrom(...names),
    fc.constantFrom(' = ', '=', ' ', '\t=  '),
    values,
    fc.boolean(),
    fc.constantFrom('', '  # why', '#x', '\t'),
  )
  .map(([indent, name, between, value, isQuoted, rest]) => `${indent}${name}${between}${writtenValue(value, isQuoted)}${rest}`);
const otherLines = fc.oneof(
  fc.constantFrom('', '# a comment', '#', '   ', `include 'x.conf'`, `# work_mem is a good thing`, '#port', `'`, 'a b c', '=='),
  fc.constantFrom(...names).map((name) => `#${name} = 1\t# default`),
);
const files = fc
  .tuple(fc.array(fc.oneof(settingLines, otherLines), { maxLength: 12 }), fc.constantFrom('\n', '\r\n'), fc.boolean())
  .map(([lines, ending, isEnded]) => lines.join(ending) + (isEnded ? ending : ''));
const changes = fc.oneof(
  fc.tuple(fc.constantFrom(...names), values).map(([key, value]) => set(key, value)),
  fc.constantFrom(...names).map(remove),
  fc.constantFrom(...names).map((key) => rename(key, 'a_new_name')),
);

const valuesIn = (text: string) => new Map(parseConf(text).settings.map(({ name, value }) => [name, value]));

/** What the file says afterwards, by the words of the change alone. */
function valuesAfter(text: string, change: ConfigChange): Map<string, string> {
  const expected = valuesIn(text);
  const name = change.key.toLowerCase();
  const before = expected.get(name);
  if (change.op === 'set') return expected.set(name, change.value);
  expected.delete(name);
  if (change.op === 'rename' && before !== undefined) expected.set(change.to, before);
  return expected;
}

describe('any postgresql.conf', () => {
  it('has the change afterwards and nothing else', () => {
    fc.assert(
      fc.property(files, changes, (text, change) => {
        const after = edited(text, change);
        expect(valuesIn(after)).toEqual(valuesAfter(text, change));
        expect(parseConf(after).broken.length).toBe(parseConf(text).broken.length);
        expect(parseConf(after).includes.map(({ value }) => value)).toEqual(parseConf(text).includes.map(({ value }) => value));
        const isAbout = (line: string) => line.toLowerCase().includes(change.key.toLowerCase());
        const others = text.split(/\r?\n/).filter((line) => line.trim() !== '' && !isAbout(line));
        expect(after.split(/\r?\n/)).toEqual(expect.arrayContaining(others));
      }),
      { numRuns: 500 },
    );
  });

  it('stays as it is when it is changed so again', () => {
    fc.assert(
      fc.property(files, changes, (text, change) => {
        const once = edited(text, change);
        expect(edited(once, change)).toBe(once);
        expect(seen(once, change)).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  it('keeps its kind of line breaks, and has a last one if it had one', () => {
    fc.assert(
      fc.property(files, changes, (text, change) => {
        const after = edited(text, change);
        if (text !== '') expect(after.endsWith('\n')).toBe(text.endsWith('\n'));
        if (text.includes('\r\n')) expect(after.replaceAll('\r\n', '')).not.toContain('\n');
        else if (!text.includes('\r')) expect(after).not.toContain('\r');
      }),
      { numRuns: 500 },
    );
  });
});

describe('what people see of a change', () => {
  const numbered = Array.from({ length: 20 }, (_, at) => `k${at} = ${at}`).join('\n');

  it('shows two lines around each change and leaves the rest out', () => {
    expect(seen(`${numbered}\n`, set('k2', 'x'), remove('k10'), set('new', 'y'))).toEqual([
      ' k0 = 0',
      ' k1 = 1',
      '-k2 = 2',
      '+k2 = x',
      ' k3 = 3',
      ' k4 = 4',
      ' ⋮',
      ' k8 = 8',
      ' k9 = 9',
      '-k10 = 10',
      '+#k10 = 10',
      ' k11 = 11',
      ' k12 = 12',
      ' ⋮',
      ' k18 = 18',
      ' k19 = 19',
      '+',
      '+# Added by Drydock',
      '+new = y',
    ]);
  });

  it.each([
    [`primary_conninfo = 'host=a password=hunter2'`, `primary_conninfo = …`],
    [`#ssl_passphrase_command = 'echo hunter2'  # hunter2`, `#ssl_passphrase_command = …`],
    [`archive_command = 'PGPASSWORD=hunter2 push %p'`, `archive_command = …`],
    [`my.Password 'hunter2'`, `my.Password …`],
    ['# the password was hunter2 once', '# the …'],
    [`my.key'password hunter2'`, `my.key …`],
  ])('hides what may be a secret, of %s', (line, shown) => {
    expect(seen(`${line}\na = 1\n`, set('a', '2'))).toEqual([` ${shown}`, '-a = 1', '+a = 2']);
  });
});
