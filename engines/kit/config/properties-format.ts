/**
 * Java properties: `key=value`, `key: value` or `key value`, with `#` and `!` for comments and a backslash that goes on in the next line. PURE.
 * Source: java.util.Properties, method load(Reader).
 */
import { type ConfigEdit, type ConfigProblem, formatOf, type Setting } from './config-format.ts';
import { breakOf, commentOut, insertLines, type Line, lineEnd, linesOf, spliced } from './lines.ts';

interface Entry {
  readonly key: string;
  readonly value: string;
  /** Of its lines. */
  readonly start: number;
  readonly end: number;
  readonly line: number;
  readonly lastLine: number;
  readonly keySpan: readonly [number, number];
  /** The last break is not part of it. */
  readonly valueSpan: readonly [number, number];
}

const isSilent = ({ text }: Line): boolean => /^[ \t\f]*(?:[#!].*)?$/s.test(text);
const goesOn = ({ text }: Line): boolean => (/\\*$/.exec(text)?.[0].length ?? 0) % 2 === 1;
/** The key ends at the first blank, `=` or `:` without a backslash before it. */
const form = /^([ \t\f]*)((?:\\[\s\S]|[^\\ \t\f=:\r\n])*)((?:[ \t\f]|\\\r?\n[ \t\f]*)*[=:]?(?:[ \t\f]|\\\r?\n[ \t\f]*)*)/;

function entriesOf(text: string): readonly Entry[] {
  const lines = linesOf(text);
  const entries: Entry[] = [];
  for (let at = 0; at < lines.length; at++) {
    const first = lines[at] as Line;
    if (isSilent(first)) continue;
    const line = at + 1;
    while (goesOn(lines[at] as Line) && at + 1 < lines.length) at += 1;
    const last = lines[at] as Line;
    const whole = text.slice(first.start, last.start + last.text.length);
    const [all = '', indent = '', key = ''] = form.exec(whole) ?? [];
    const keyStart = first.start + indent.length;
    entries.push({
      key: unescaped(key),
      value: unescaped(whole.slice(all.length)),
      start: first.start,
      end: last.end,
      line,
      lastLine: at + 1,
      keySpan: [keyStart, keyStart + key.length],
      valueSpan: [first.start + all.length, first.start + whole.length],
    });
  }
  return entries;
}

const letters: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', f: '\f' };

function unescaped(written: string): string {
  return written.replaceAll(/\\(?:\r?\n[ \t\f]*|u([0-9A-Fa-f]{4})|([\s\S])|$)/g, (_, code?: string, mark?: string) =>
    code !== undefined ? String.fromCharCode(Number.parseInt(code, 16)) : mark === undefined ? '' : (letters[mark] ?? mark),
  );
}

/** Letters outside ASCII by their code: files are read as ISO 8859-1 by older Java and as UTF-8 by newer. */
const coded = (text: string): string =>
  text.replaceAll(/[^\x20-\x7e]/g, (mark) => (mark === '\t' ? '\\t' : `\\u${mark.charCodeAt(0).toString(16).padStart(4, '0')}`));
const writtenValue = (value: string): string => coded(value.replaceAll('\\', '\\\\')).replace(/^ /, '\\ ');
const writtenKey = (key: string): string => coded(key.replaceAll(/[\\ :=#!]/g, '\\$&'));

function problemsOf(text: string): readonly ConfigProblem[] {
  return linesOf(text).flatMap((line, at) =>
    !isSilent(line) && /(?<!\\)(?:\\\\)*\\u(?![0-9A-Fa-f]{4})/.test(line.text)
      ? [{ line: at + 1, detail: 'a \\u without four hexadecimal digits' }]
      : [],
  );
}

const about = (text: string, key: string) => entriesOf(text).filter((entry) => entry.key === key);

/** From the end, so that the places of earlier ones hold. */
const fromEnd = (entries: readonly Entry[], text: string, change: (text: string, entry: Entry) => string): ConfigEdit => ({
  text: entries.toReversed().reduce((sofar, entry) => change(sofar, entry), text),
});

function set(text: string, key: string, value: string): ConfigEdit {
  const present = about(text, key).at(-1);
  if (present !== undefined) {
    const [start, end] = present.valueSpan;
    // A key alone needs something between.
    const between = start === present.keySpan[1] ? '=' : '';
    return { text: spliced(text, start, end, `${between}${writtenValue(value)}`) };
  }
  const commented = linesOf(text).findLast(({ text: line }) => {
    const name = /^[ \t\f]*[#!][ \t]?((?:\\.|[^\\ \t=:])+)[ \t]*[=:]/.exec(line)?.[1];
    return name !== undefined && unescaped(name) === key;
  });
  const last = entriesOf(text).at(-1);
  const between = last === undefined ? '=' : text.slice(last.keySpan[1], last.valueSpan[0]) || '=';
  const entry = `${writtenKey(key)}${/[\r\n]/.test(between) ? '=' : between}${writtenValue(value)}`;
  // A last line that goes on would take the new one in.
  const open = commented === undefined && /\\$/.test(text) && last?.end === text.length;
  if (open) return { text: `${text}${breakOf(text)}${breakOf(text)}${entry}` };
  return { text: insertLines(text, commented === undefined ? text.length : lineEnd(text, commented.start), [entry]) };
}

export const propertiesFormat = formatOf({
  read(text) {
    const entries = entriesOf(text);
    const settings = entries.map(({ key, value, line, lastLine }, at): Setting => {
      const isLast = !entries.slice(at + 1).some((later) => later.key === key);
      return { key, value, line, lastLine, ...(isLast ? {} : { shadowed: true }) };
    });
    return { settings, problems: problemsOf(text) };
  },
  set,
  rename: (text, key, to) =>
    fromEnd(about(text, key), text, (sofar, { keySpan: [start, end] }) => spliced(sofar, start, end, writtenKey(to))),
  remove: (text, key) => fromEnd(about(text, key), text, (sofar, { start, end }) => commentOut(sofar, start, end, '#')),
});
