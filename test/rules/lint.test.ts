import { describe, expect, it } from 'vitest';
import { lintPack } from '../../controller/rules/lint.ts';
import { loadPack } from '../../controller/rules/pack.ts';
import { configFileNames } from '../../engines/config-files.ts';
import { requirementTexts, taskTexts } from '../../engines/rule-ids.ts';
import { builtin } from './builtin.ts';
import { numbersSchemes } from './numbers-scheme.ts';

const known = { requirements: requirementTexts, tasks: taskTexts, configFiles: configFileNames };

const sound = `engine: numbers
version: 1
source: a page
releases:
  source: a list
  list: |
    1.0
    1.1
    2.0
edges:
  - { id: patch, from: any, to: any, series: same, direction: both, kind: rolling, rollback: lossless, source: a page }
  - { id: next, from: 1, to: 2, kind: in-place, rollback: restore-cluster, tasks: [backup], source: a page }
refusals:
  - { id: back, series: other, direction: down, reason: too late, source: a page }
`;

function lint(text: string): readonly string[] {
  const pack = loadPack('numbers.yaml', text, numbersSchemes);
  return lintPack(pack, new Map([['numbers', pack]]), known).map((it) => `${it.line} ${it.kind} ${it.rule ?? '-'}: ${it.message}`);
}

const withEdge = (edge: string) => lint(sound.replace('refusals:', `  - { ${edge}, source: a page }\nrefusals:`));

describe('rules lint', () => {
  it.each([...builtin.keys()])('finds nothing in the built-in pack of %s', (engine) => {
    const pack = builtin.get(engine);
    expect(pack === undefined ? null : lintPack(pack, builtin, known)).toEqual([]);
  });

  it('finds nothing in a sound pack', () => {
    expect(lint(sound)).toEqual([]);
  });

  it('finds releases that nothing leads to', () => {
    expect(lint(sound.replace('    2.0\n', '    2.0\n    3.0\n'))).toEqual([
      '10 unreachable -: no edge leads to 3.0 and no refusal explains why; add one of them',
    ]);
    expect(lint(sound.replace('    2.0\n', '    2.0\n    3.0\n').replace('series: other, direction: down,', 'series: other,'))).toEqual([]);
  });

  it('finds edges that say different things about the same hop', () => {
    const found = withEdge('id: again, from: 1.0, to: 1.1, kind: rolling, rollback: restore-node');
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(/^13 contradiction again: covers 1\.0 to 1\.1 as "patch" does, but with another rollback/);
    expect(withEdge('id: again, from: 1.0, to: 1.1, kind: all-stop, rollback: restore-node')).toEqual([]);
    expect(withEdge('id: again, from: 1.0, to: 1.1, kind: rolling, rollback: lossless')).toEqual([]);
  });

  it('finds cycles that roll back for nothing what has no rollback', () => {
    const found = lint(
      sound
        .replace('  - { id: back, series: other', '  - { id: back, to: 1.1, series: other')
        .replace(
          'refusals:',
          '  - { id: undo, from: 2, to: 1, direction: down, kind: rolling, rollback: lossless, source: a page }\nrefusals:',
        ),
    );
    expect(found).toEqual([
      '13 free-rollback undo: leads from 2.0 back to 1.0 by swap, but "next" excludes such a rollback; one of them is wrong',
    ]);
  });

  it('finds rules that match nothing, unless they say that they mean what is not listed', () => {
    expect(withEdge('id: ghost, from: 7, to: 8, kind: rolling, rollback: lossless')[0]).toMatch(/^13 matches-nothing ghost: /);
    expect(withEdge('id: ghost, from: 7, to: 8, unlisted: true, kind: rolling, rollback: lossless')).toEqual([]);
    expect(withEdge('id: turned, from: 2, to: 1, kind: rolling, rollback: lossless')[0]).toMatch(/^13 matches-nothing turned: /);
  });

  it('finds ids that no code knows', () => {
    expect(lint(sound.replace('[backup]', '[backup, backwards]'))).toEqual([
      '12 unknown-id next: unknown task "backwards"; correct it, or add it to engines/rule-ids.ts',
    ]);
    expect(withEdge('id: n, from: 1, to: 2, kind: all-stop, rollback: lossless, requires: [courage]')[0]).toContain(
      'unknown requirement "courage"',
    );
  });

  it('knows no id that no pack uses', () => {
    const rules = [...builtin.values()].flatMap((pack) => [...pack.edges, ...pack.notes]).map(({ rule }) => rule);
    expect([...requirementTexts.keys()].sort()).toEqual([...new Set(rules.flatMap((rule) => rule.requires))].sort());
    expect([...taskTexts.keys()].sort()).toEqual([...new Set(rules.flatMap((rule) => rule.tasks))].sort());
  });

  it('finds configuration files that the engine does not have, and keys that one hop speaks of twice', () => {
    const config = (id: string, task: string, more = '') =>
      `  - { id: ${id}, from: 1, to: 2, kind: in-place, rollback: restore-cluster, ${more}config: [{ file: numbers.conf, why: so, ${task} }], source: a page }\n`;
    const withConfig = (...edges: readonly string[]) => {
      const pack = loadPack('numbers.yaml', sound.replace('refusals:', `${edges.join('')}refusals:`), numbersSchemes);
      const files = (names: readonly string[]) => ({ ...known, configFiles: new Map([['numbers', names]]) });
      return (names: readonly string[]) =>
        lintPack(pack, new Map([['numbers', pack]]), files(names)).map((it) => `${it.line} ${it.kind} ${it.rule}: ${it.message}`);
    };
    const once = withConfig(config('one', 'remove: [a]'));
    expect(once(['numbers.conf'])).toEqual([]);
    expect(once(['other.conf'])).toEqual([
      '13 unknown-file one: unknown configuration file numbers.conf; known files: other.conf (engines/config-files.ts)',
    ]);
    const twice = withConfig(config('one', 'remove: [a, b]'), config('two', 'set: { b: "1" }'));
    expect(twice(['numbers.conf'])).toEqual([
      '14 config-twice two: changes b in numbers.conf on the same hop as "one" does; keep one of the two',
    ]);
  });
});
