import { describe, expect, it } from 'vitest';
import { loadPack } from '../../controller/rules/pack.ts';
import { findPath } from '../../controller/rules/path.ts';
import { configFiles } from '../../engines/config-files.ts';
import { builtin } from './builtin.ts';
import { numbersSchemes } from './numbers-scheme.ts';

const traits = { cassandraLatestYaml: 'false' };
const hopsOf = (from: string, to: string) => findPath({ engine: 'cassandra', from, to, hosts: [], traits }, builtin).hops;
const told = (from: string, to: string) =>
  hopsOf(from, to).flatMap(({ config = [] }) =>
    config.map(({ op, keys, optional }) => `${optional === true ? 'optional ' : ''}${op} ${keys[0]}`),
  );

describe('what a pack says of configuration files', () => {
  it('is part of every hop that it speaks of', () => {
    expect(told('3.11.19', '4.0.21')).toEqual([
      'remove start_rpc',
      'rename encryption_options',
      'remove index_interval',
      'remove streaming_socket_timeout_in_ms',
      'remove windows_timer_interval',
    ]);
    expect(told('4.1.12', '5.0.9')).toEqual(['remove commitlog_sync_batch_window_in_ms', 'set storage_compatibility_mode']);
    expect(told('4.0.20', '4.0.21')).toEqual([]);
    expect(told('4.0.21', '4.1.12').every((task) => task.startsWith('optional rename '))).toBe(true);
  });

  it('names its own source, or that of its rule', () => {
    for (const { config = [] } of hopsOf('3.11.19', '5.0.9'))
      for (const { source, why } of config) expect([source, why].every((text) => text.length > 10)).toBe(true);
  });

  it.each([...builtin.values()])('of $name can be made in files of their formats', (pack) => {
    for (const { rule } of [...pack.edges, ...pack.notes])
      for (const { file } of rule.config) expect(configFiles.get(pack.name)?.[file]).toBeDefined();
  });

  it.each([
    ['why: so, remove: [a], require: [b]', 'expected one of set, rename, remove, require'],
    ['why: so', 'expected one of set, rename, remove, require'],
    ['why: so, require: [a], optional: true', 'require cannot be optional'],
    ['why: so, remove: [a], unit: ms', 'expected unit only beside rename'],
    ['why: so, remove: ["a b"]', 'expected the key of a setting'],
    ['remove: [a]', 'expected'],
  ])('{ %s } is refused by file and line', (task, expected) => {
    const text = `engine: numbers\nversion: 1\nsource: a page\nreleases: { source: a list, list: "1.0" }\nedges:\n  - { id: x, from: any, to: any, kind: rolling, rollback: lossless, source: s, config: [{ file: f.yaml, ${task} }] }\n`;
    expect(() => loadPack('numbers.yaml', text, numbersSchemes)).toThrow(
      new RegExp(`^numbers.yaml:6: edges\\[0\\].config\\[0\\].*${expected}`),
    );
  });
});
