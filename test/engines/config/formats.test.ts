import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ConfigChange } from '../../../common/order-body.ts';
import type { ConfigEdit } from '../../../engines/kit/config/config-format.ts';
import { formatCases } from './cases.ts';

const runs = { numRuns: 400 };
const textOf = (edit: ConfigEdit): string | null => ('text' in edit ? edit.text : null);

/** How many lines of a text have no equal one in the other, as often as they stand there. */
function linesOnlyIn(one: string, other: string): number {
  const left = new Map<string, number>();
  for (const line of other.split(/\r?\n/)) left.set(line, (left.get(line) ?? 0) + 1);
  return one.split(/\r?\n/).filter((line) => {
    const count = left.get(line) ?? 0;
    left.set(line, count - 1);
    return count <= 0;
  }).length;
}

describe.each(formatCases)('$name', ({ name, format, text: texts, key: keys, value: values }) => {
  const change: fc.Arbitrary<ConfigChange> = fc.oneof(
    fc.record({ op: fc.constant('set' as const), key: keys, value: values }),
    fc.record({ op: fc.constant('remove' as const), key: keys }),
    fc.record({ op: fc.constant('rename' as const), key: keys, to: keys }),
  );

  it('reads every text that people write', () => {
    fc.assert(
      fc.property(texts, (text) => {
        expect(format.read(text).problems).toEqual([]);
      }),
      runs,
    );
  });

  it('no change leaves every byte as it was', () => {
    fc.assert(
      fc.property(texts, (text) => {
        expect(format.apply(text, [])).toEqual({ text });
      }),
      runs,
    );
  });

  it('what was set is read back', () => {
    let made = 0;
    fc.assert(
      fc.property(texts, keys, values, (text, key, value) => {
        const edited = textOf(format.apply(text, [{ op: 'set', key, value }]));
        if (edited === null) return;
        made += 1;
        expect(format.valueOf(edited, key)).toBe(value);
      }),
      runs,
    );
    expect(made).toBeGreaterThan(runs.numRuns * 0.6);
  });

  it('a change touches the lines of its key and no others', () => {
    fc.assert(
      fc.property(texts, change, (text, one) => {
        const edited = textOf(format.apply(text, [one]));
        if (edited === null) return;
        const about = format.read(text).settings.filter(({ key }) => key === one.key || key.startsWith(`${one.key}.`));
        const lines =
          about.length === 0 ? 0 : Math.max(...about.map(({ lastLine }) => lastLine)) - Math.min(...about.map(({ line }) => line)) + 1;
        // What holds them, and the line that had no break.
        expect(linesOnlyIn(text, edited)).toBeLessThanOrEqual(lines + 2);
        expect(linesOnlyIn(edited, text)).toBeLessThanOrEqual(lines + 5);
      }),
      runs,
    );
  });

  it('all other settings keep their values', () => {
    fc.assert(
      fc.property(texts, change, (text, one) => {
        const edited = textOf(format.apply(text, [one]));
        if (edited === null) return;
        const named = one.op === 'rename' ? [one.key, one.to] : [one.key];
        const isOther = (key: string) => !named.some((each) => key === each || key.startsWith(`${each}.`) || each.startsWith(`${key}.`));
        const others = (of: string) =>
          format
            .read(of)
            .settings.filter(({ key }) => isOther(key))
            .map(({ key, value }) => [key, value]);
        expect(others(edited)).toEqual(others(text));
      }),
      runs,
    );
  });

  it('a second time there is nothing left to change', () => {
    fc.assert(
      fc.property(texts, fc.array(change, { maxLength: 3 }), (text, changes) => {
        const once = textOf(format.apply(text, changes));
        if (
          once === null ||
          new Set(changes.flatMap((each) => (each.op === 'rename' ? [each.key, each.to] : [each.key]))).size < changes.length
        )
          return;
        const keysOf = changes.flatMap((each) => (each.op === 'rename' ? [each.key, each.to] : [each.key]));
        if (keysOf.some((one, at) => keysOf.some((other, place) => place !== at && (other === one || other.startsWith(`${one}.`))))) return;
        expect(textOf(format.apply(once, changes))).toBe(once);
      }),
      runs,
    );
  });

  it('a new name keeps value and comment', () => {
    fc.assert(
      fc.property(texts, keys, (text, key) => {
        const to =
          name === 'ini'
            ? `${key.slice(0, key.lastIndexOf('.'))}.renamed`
            : name === 'yaml'
              ? `${key.slice(0, key.lastIndexOf('.') + 1)}renamed`
              : 'renamed';
        const before = format.read(text).settings.filter((each) => each.key === key || (name === 'yaml' && each.key.startsWith(`${key}.`)));
        const edited = textOf(format.apply(text, [{ op: 'rename', key, to }]));
        if (edited === null) return;
        expect(
          format
            .read(edited)
            .settings.filter((each) => each.key.startsWith(to))
            .map(({ value }) => value),
        ).toEqual(before.map(({ value }) => value));
        const comments = (of: string) => [...of.matchAll(/#.*|<!--.*-->/g)].map(([found]) => found);
        expect(comments(edited)).toEqual(comments(text));
      }),
      runs,
    );
  });

  it('line breaks stay what they were', () => {
    fc.assert(
      fc.property(texts, change, (text, one) => {
        const edited = textOf(format.apply(text, [one]));
        if (edited === null || !text.includes('\n')) return;
        const isWindows = text.includes('\r\n') && !/[^\r]\n/.test(text);
        if (isWindows) expect(edited).not.toMatch(/[^\r]\n/);
        else if (!text.includes('\r')) expect(edited).not.toContain('\r');
      }),
      runs,
    );
  });
});
