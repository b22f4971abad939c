import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readConfigFile } from '../../cli/config-file.ts';

let dir = '';
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'drydock-config-'));
});
afterAll(async () => {
  await rm(dir, { recursive: true, force: true });
});

async function read(name: string, text: string) {
  const path = join(dir, name);
  await writeFile(path, text);
  return readConfigFile(path);
}

describe('a file of changes in YAML', () => {
  test('is read in its order, and values keep their text', async () => {
    const text = `# for the spring
set:
  work_mem: 64MB
  seq_page_cost: 1e3
  fsync: on
  jit: no
  port_like: 0x10
  empty: ''
  nothing: null
  search_path: '"$user", public'
rename: {old_key: new_key}
remove:
  - wal_keep_segments
`;
    expect(await read('changes.yaml', text)).toEqual([
      { op: 'set', key: 'work_mem', value: '64MB' },
      { op: 'set', key: 'seq_page_cost', value: '1e3' },
      { op: 'set', key: 'fsync', value: 'on' },
      { op: 'set', key: 'jit', value: 'no' },
      { op: 'set', key: 'port_like', value: '0x10' },
      { op: 'set', key: 'empty', value: '' },
      { op: 'set', key: 'nothing', value: 'null' },
      { op: 'set', key: 'search_path', value: '"$user", public' },
      { op: 'rename', key: 'old_key', to: 'new_key' },
      { op: 'remove', key: 'wal_keep_segments' },
    ]);
  });

  test.each([
    ['', '1: expected a map with set, rename or remove'],
    ['- a\n', '1: expected a map with set, rename or remove'],
    ['set: {}\n', '1: it changes nothing; use set, rename or remove'],
    ['set:\n  a: 1\nsets:\n  b: 2\n', '3: sets is an unknown key; expected set, rename or remove'],
    ['set:\n  a: 1\n  b:\n', '3: set.b: expected a single value'],
    ['set:\n  a: [1]\n', '2: set.a: expected a single value'],
    ['set:\n  - a\n', '2: set: expected a map, one key per line'],
    ['remove: a\n', '1: remove: expected a list of keys'],
    ['remove:\n  - a: 1\n', '2: remove: expected one key per entry'],
    ['set:\n  a: 1\n  a: 2\n', '3: Map keys must be unique'],
    ['set:\n  a: 1\nremove:\n  - A\n', '4: A is already changed on line 2; change it only once'],
    ['rename:\n  a: b\nset:\n  b: 2\n', '4: b is already changed on line 2; change it only once'],
    ['set:\n  "a b": 1\n', '2: "a b" is not a valid setting name'],
    ['rename:\n  a: "b\\nc"\n', '2: "b\\nc" is not a valid setting name'],
    ['set:\n  a: "1\\nb = 2"\n', '2: the value of a must be one line'],
    ['set: {a: 1\n', '2: Flow map in block collection must be sufficiently indented and end with a }'],
  ])('says where %j is wrong', async (text, sentence) => {
    const path = join(dir, 'wrong.yaml');
    await expect(read('wrong.yaml', text)).rejects.toMatchObject({
      failure: { class: 'usage', code: 'bad-config-file', message: `${path}:${sentence}` },
    });
  });

  test('must be there', async () => {
    const path = join(dir, 'absent.yaml');
    await expect(readConfigFile(path)).rejects.toMatchObject({ failure: { message: expect.stringContaining(`${path} cannot be read`) } });
  });
});

describe('a fragment of a configuration file', () => {
  test('is all lines to be set', async () => {
    const text = `# tuned\nwork_mem = 64MB  # why\r\nseq_page_cost 1e3\n\n  search_path='"$user", public'\nlog_line_prefix = 'it''s \\'%m\\' # no comment'\nmy.key=on\n`;
    expect(await read('tuned.conf', text)).toEqual([
      { op: 'set', key: 'work_mem', value: '64MB' },
      { op: 'set', key: 'seq_page_cost', value: '1e3' },
      { op: 'set', key: 'search_path', value: '"$user", public' },
      { op: 'set', key: 'log_line_prefix', value: `it's '%m' # no comment` },
      { op: 'set', key: 'my.key', value: 'on' },
    ]);
  });

  const form = 'expected key = value; put a value with spaces or special characters in single quotes';
  test.each([
    ['a = 1\nb\n', `2: ${form}`],
    ['a = 1 2\n', `1: ${form}`],
    [`a = 'x\n`, `1: ${form}`],
    ['= 1\n', `1: ${form}`],
    ['a = 1\n\nA = 2\n', '3: A is already changed on line 1; change it only once'],
    ['a/b = 1\n', '1: "a/b" is not a valid setting name'],
    ['# nothing\n', '1: it changes nothing; use set, rename or remove'],
  ])('says where %j is wrong', async (text, sentence) => {
    await expect(read('wrong.conf', text)).rejects.toMatchObject({ failure: { message: `${join(dir, 'wrong.conf')}:${sentence}` } });
  });
});
