/**
 * postgresql.conf as the server reads it, and changes of it that leave every other byte alone. PURE.
 * Source: src/backend/utils/misc/guc-file.l, and the chapter Server Configuration, Setting Parameters.
 */

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
export interface Statement {
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

export function statementOf(line: string): Statement | null {
  const [, indent, keyText, between, written, rest] = statementForm.exec(line) ?? [];
  if (indent === undefined || keyText === undefined || between === undefined || written === undefined || rest === undefined) return null;
  return nameAsValue.test(written) ? null : { indent, key: keyText, between, written, rest };
}

export function printStatement({ indent, key: keyText, between, written, rest }: Statement): string {
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
