/**
 * postgresql.conf as the server reads it, and changes of it that leave every other byte alone. A line that it cannot read is no problem here: the
 * server itself says what is wrong with it. PURE.
 * Source: src/backend/utils/misc/guc-file.l, and the chapter Server Configuration, Setting Parameters.
 */
import { formatOf, type Setting } from './config-format.ts';
import { commentOut, insertLines, lineEnd, linesOf, spliced } from './lines.ts';

/** A line that says something. */
export interface ConfEntry {
  /** 0 for the first line. */
  readonly line: number;
  /** In small letters: names know no case. */
  readonly name: string;
  /** Without quotes and escapes. */
  readonly value: string;
}

export interface Conf {
  /** In the order of the file; of several about one name the last one is active. */
  readonly settings: readonly ConfEntry[];
  /** `include`, `include_if_exists`, `include_dir`, with the path that they name. */
  readonly includes: readonly ConfEntry[];
  /** Lines that the server cannot read: it takes nothing of such a file. */
  readonly broken: readonly number[];
}

/** A line of it in pieces that give the line again when they are put together. */
interface Statement {
  readonly indent: string;
  readonly key: string;
  readonly between: string;
  /** As written: with its quotes. */
  readonly written: string;
  readonly rest: string;
}

const word = '[A-Za-z_\\u0080-\\uffff][A-Za-z_0-9\\u0080-\\uffff]*';
const key = `${word}(?:\\.${word})?`;
const quoted = `'(?:[^'\\\\]|\\\\[\\s\\S]|'')*'`;
const integer = '[+-]?(?:0x[0-9A-Fa-f]+|[0-9]+)[A-Za-z]*';
const real = '[+-]?[0-9]*\\.[0-9]*(?:[Ee][+-]?[0-9]+)?';
const unquoted = '[A-Za-z_\\u0080-\\uffff][A-Za-z_0-9\\u0080-\\uffff._:/-]*';
// Between key and value only a quote or a plus sign can do without a blank or `=`: every other beginning would belong to the key.
const statementForm = new RegExp(
  `^([ \\t\\r]*)(${key})([ \\t\\r]*=[ \\t\\r]*|[ \\t\\r]+|(?=['+]))(${quoted}|${integer}|${real}|${unquoted})([ \\t\\r]*(?:#.*)?)$`,
  's',
);
const silentForm = /^[ \t\r]*(?:#.*)?$/s;
/** By these rules of the lexer `a.b` is a name, and no value. */
const nameAsValue = new RegExp(`^${word}\\.${word}$`);
const plainValue = new RegExp(`^(?:${word}|[+-]?[0-9]+[A-Za-z]*|[+-]?[0-9]+\\.[0-9]+)$`);
const keyForm = new RegExp(`^${key}$`);

const includeNames: readonly string[] = ['include', 'include_if_exists', 'include_dir'];

/** Whether a line of the file can begin with it and be about a setting. */
export function isSettingName(text: string): boolean {
  return keyForm.test(text) && !includeNames.includes(nameOf(text));
}

/** Letters of ASCII only, as guc_name_compare has it. */
export function nameOf(keyText: string): string {
  return keyText.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

export function parseConf(text: string): Conf {
  const settings: ConfEntry[] = [];
  const includes: ConfEntry[] = [];
  const broken: number[] = [];
  for (const [line, content] of text.split('\n').entries()) {
    const statement = statementOf(content);
    if (statement === null) {
      if (!silentForm.test(content)) broken.push(line);
      continue;
    }
    const name = nameOf(statement.key);
    (includeNames.includes(name) ? includes : settings).push({ line, name, value: unescaped(statement.written) });
  }
  return { settings, includes, broken };
}

/** The line that is active for a name, as far as this one file goes. */
export function active({ settings }: Conf, name: string): ConfEntry | undefined {
  return settings.findLast((entry) => entry.name === name);
}

function statementOf(line: string): Statement | null {
  const [, indent, keyText, between, written, rest] = statementForm.exec(line) ?? [];
  if (indent === undefined || keyText === undefined || between === undefined || written === undefined || rest === undefined) return null;
  return nameAsValue.test(written) ? null : { indent, key: keyText, between, written, rest };
}

function printStatement({ indent, key: keyText, between, written, rest }: Statement): string {
  return `${indent}${keyText}${between}${written}${rest}`;
}

/** As the file must say it: quoted unless it can be nothing but one plain value. */
export function writtenValue(value: string, alwaysQuoted = false): string {
  if (!alwaysQuoted && plainValue.test(value)) return value;
  return `'${value.replaceAll(/['\\]/g, (mark) => mark + mark)}'`;
}

/** With paths of includes made absolute by `absolute`, so that a copy in another folder means the same. Lines keep their numbers. */
export function withIncludesFrom(text: string, absolute: (path: string) => string): string {
  const lines = text.split('\n').map((line) => {
    const statement = statementOf(line);
    if (statement === null || !includeNames.includes(nameOf(statement.key))) return line;
    return printStatement({ ...statement, between: ' ', written: writtenValue(absolute(unescaped(statement.written)), true) });
  });
  return lines.join('\n');
}

const escapes: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

function unescaped(written: string): string {
  if (!written.startsWith("'")) return written;
  return written.slice(1, -1).replaceAll(/''|\\([0-7]{1,3}|[\s\S])/g, (all: string, after?: string) => {
    if (after === undefined) return all.slice(1);
    return /^[0-7]/.test(after) ? String.fromCharCode(Number.parseInt(after, 8) & 0xff) : (escapes[after] ?? after);
  });
}

const blockTitle = '# Added by Drydock';

/** After the commented default, where there is one; else at the end, in a block of its own. */
function added(text: string, key: string, value: string): string {
  const content = `${key} = ${writtenValue(value)}`;
  const lines = linesOf(text);
  const commented = lines.findLast((line) => nameOf(/^[ \t]*#[ \t]*([^ \t=#]+)[ \t]*=/.exec(line.text)?.[1] ?? '') === nameOf(key));
  if (commented !== undefined) return insertLines(text, commented.end, [content]);
  if (lines.some((line) => line.text.trimEnd() === blockTitle)) return insertLines(text, text.length, [content]);
  const isApart = (lines.at(-1)?.text.trim() ?? '') === '';
  return insertLines(text, text.length, [...(isApart ? [] : ['']), blockTitle, content]);
}

/** Every line about the key, from the end, so that the places of earlier ones hold. */
function onEach(text: string, key: string, change: (text: string, start: number) => string): { readonly text: string } {
  const lines = linesOf(text);
  const about = parseConf(text).settings.filter(({ name }) => name === nameOf(key));
  return { text: about.toReversed().reduce((sofar, { line }) => change(sofar, lines[line]?.start ?? 0), text) };
}

function rewritten(text: string, start: number, change: (statement: Statement) => Statement): string {
  const end = lineEnd(text, start);
  const line = text.slice(start, end).replace(/\n$/, '');
  const statement = statementOf(line);
  return statement === null ? text : spliced(text, start, start + line.length, printStatement(change(statement)));
}

export const postgresqlConfFormat = formatOf({
  sameKey: nameOf,
  read(text) {
    const { settings } = parseConf(text);
    const shown = settings.map(({ name, value, line }, at): Setting => {
      const isLast = !settings.slice(at + 1).some((later) => later.name === name);
      return { key: name, value, line: line + 1, lastLine: line + 1, ...(isLast ? {} : { shadowed: true }) };
    });
    return { settings: shown, problems: [] };
  },
  set(text, key, value) {
    const present = active(parseConf(text), nameOf(key));
    if (present === undefined) return { text: added(text, key, value) };
    const withValue = (statement: Statement): Statement => {
      const isQuoted = statement.written.startsWith("'") || statement.between === '';
      return { ...statement, written: writtenValue(value, isQuoted) };
    };
    return { text: rewritten(text, linesOf(text)[present.line]?.start ?? 0, withValue) };
  },
  rename: (text, key, to) => onEach(text, key, (sofar, start) => rewritten(sofar, start, (statement) => ({ ...statement, key: to }))),
  remove: (text, key) => onEach(text, key, (sofar, start) => commentOut(sofar, start, lineEnd(sofar, start), '#')),
});
