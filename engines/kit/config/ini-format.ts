/**
 * Sections of `key = value`, as Python's configparser reads them. A setting is named `section.key`; letters of keys are small ones, those of
 * sections are not changed. PURE.
 * Source: https://docs.python.org/3/library/configparser.html, Supported INI File Structure
 */
import { type ConfigEdit, type ConfigProblem, formatOf, type Setting } from './config-format.ts';
import { commentOut, insertLines, lineEnd, linesOf, spliced } from './lines.ts';

interface Entry {
  readonly section: string;
  readonly key: string;
  readonly value: string;
  readonly start: number;
  readonly end: number;
  readonly line: number;
  lastLine: number;
  readonly keySpan: readonly [number, number];
  readonly valueSpan: readonly [number, number];
}

interface Section {
  readonly name: string;
  /** Of its heading. */
  readonly start: number;
  /** After its last entry, or its heading: blank lines and comments that follow stay below what is added. */
  end: number;
  readonly bodyStart: number;
}

interface Parsed {
  readonly sections: readonly Section[];
  readonly entries: readonly Entry[];
  readonly problems: readonly ConfigProblem[];
}

const entryForm = /^([^=:\s][^=:]*?)([ \t]*[=:][ \t]*)(.*?)[ \t]*$/;

function parsed(text: string): Parsed {
  const sections: Section[] = [];
  const entries: Entry[] = [];
  const problems: ConfigProblem[] = [];
  // Of the entry that an indented line goes on, if any.
  let open = null as Entry | null;
  for (const [at, { start, end, text: line }] of linesOf(text).entries()) {
    const section = sections.at(-1);
    const wrong = (detail: string) => problems.push({ line: at + 1, detail });
    if (/^[ \t]*(?:[#;].*)?$/.test(line)) continue;
    const heading = /^\[([^\]]+)\][ \t]*$/.exec(line)?.[1];
    if (heading !== undefined) {
      if (sections.some(({ name }) => name === heading)) wrong(`section [${heading}] appears twice`);
      sections.push({ name: heading, start, end, bodyStart: end });
      open = null;
    } else if (section === undefined) wrong('it is not in any [section]');
    else if (/^[ \t]/.test(line) && open !== null) {
      const value: string = `${open.value}\n${line.trim()}`;
      open = { ...open, value, end, lastLine: at + 1, valueSpan: [open.valueSpan[0], start + line.trimEnd().length] };
      entries[entries.length - 1] = open;
      section.end = end;
    } else {
      const indent = /^[ \t]*/.exec(line)?.[0].length ?? 0;
      const [, key, between, value] = entryForm.exec(line.slice(indent)) ?? [];
      if (key === undefined || between === undefined || value === undefined) {
        wrong('not of the form key = value');
        continue;
      }
      const keyStart = start + indent;
      const valueStart = keyStart + key.length + between.length;
      const name = key.toLowerCase();
      if (entries.some((other) => other.section === section.name && other.key === name))
        wrong(`${name} appears twice in [${section.name}]`);
      open = {
        section: section.name,
        key: name,
        value,
        start,
        end,
        line: at + 1,
        lastLine: at + 1,
        keySpan: [keyStart, keyStart + key.length],
        valueSpan: [valueStart, valueStart + value.length],
      };
      entries.push(open);
      section.end = end;
    }
  }
  return { sections, entries, problems };
}

const fullKey = ({ section, key }: Pick<Entry, 'section' | 'key'>): string => `${section}.${key}`;
const find = (text: string, key: string) => parsed(text).entries.find((entry) => fullKey(entry) === sameKey(key));

/** The section of a key that is not there yet: the longest one that its name begins with, or what stands before its first dot. */
function split(key: string, sections: readonly Section[]): readonly [Section | undefined, string, string] {
  const [section] = sections.filter(({ name }) => key.startsWith(`${name}.`)).sort((a, b) => b.name.length - a.name.length);
  const name = section?.name ?? key.slice(0, key.indexOf('.'));
  return [section, name, key.slice(name.length + 1)];
}

function set(text: string, key: string, value: string): ConfigEdit {
  const present = find(text, key);
  if (present !== undefined) {
    const [start, end] = present.valueSpan;
    return { text: spliced(text, start, end, value) };
  }
  const { sections, entries } = parsed(text);
  const [section, name, last] = split(key, sections);
  if (name === '' || last === '') return { problem: { line: 1, detail: `${key} does not name a section: write section.key` } };
  const like = entries.findLast((entry) => entry.section === section?.name) ?? entries.at(-1);
  const between = like === undefined ? ' = ' : text.slice(like.keySpan[1], like.valueSpan[0]);
  const line = `${last}${between}${value}`;
  if (section === undefined) {
    const blank = text === '' || /\n\r?\n$/.test(text) ? [] : [''];
    return { text: insertLines(text, text.length, [...blank, `[${name}]`, line]) };
  }
  const next = sections[sections.indexOf(section) + 1]?.start ?? text.length;
  const commented = linesOf(text).findLast(
    ({ start, text: content }) =>
      start >= section.bodyStart &&
      start < next &&
      /^[#;][ \t]?([^=:\s]+)[ \t]*[=:]/.exec(content)?.[1]?.toLowerCase() === last.toLowerCase(),
  );
  return { text: insertLines(text, commented === undefined ? section.end : lineEnd(text, commented.start), [line]) };
}

function rename(text: string, key: string, to: string): ConfigEdit {
  const present = find(text, key);
  if (present === undefined || !to.startsWith(`${present.section}.`))
    return { problem: { line: present?.line ?? 1, detail: `${key} cannot be renamed to ${to}: a key stays in its section` } };
  const [start, end] = present.keySpan;
  return { text: spliced(text, start, end, to.slice(present.section.length + 1)) };
}

/** The section as written, the key in small letters: what stands behind the last dot. */
function sameKey(key: string): string {
  const at = key.lastIndexOf('.');
  return key.slice(0, at + 1) + key.slice(at + 1).toLowerCase();
}

export const iniFormat = formatOf({
  sameKey,
  read(text) {
    const { entries, problems } = parsed(text);
    return {
      settings: entries.map((entry): Setting => ({ key: fullKey(entry), value: entry.value, line: entry.line, lastLine: entry.lastLine })),
      problems,
    };
  },
  set,
  rename,
  remove(text, key) {
    const present = find(text, key);
    return { text: present === undefined ? text : commentOut(text, present.start, present.end, '# ') };
  },
});
