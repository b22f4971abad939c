/**
 * The file of `plan --config`: what is to be changed in every node's configuration. YAML, or a fragment of a configuration file (`.conf`)
 * whose lines are all to be set. Values keep their text: `1e3` and `on` are no number and no truth here.
 */
import { readFile } from 'node:fs/promises';
import { isCollection, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, type YAMLMap } from 'yaml';
import { type FailureError, fail } from '../common/failure.ts';
import type { ConfigChange } from '../common/orders.ts';

/** A change with the line that it stands on. */
interface Located {
  readonly change: ConfigChange;
  readonly line: number;
}

/** As the controller takes them; names with other marks are no settings anywhere. */
const keyForm = /^[A-Za-z_][A-Za-z0-9_.$-]{0,199}$/;

/** Throws FailureError(usage, `bad-config-file`) as `FILE:LINE: sentence`. */
export async function readConfigFile(path: string): Promise<readonly ConfigChange[]> {
  const text = await readFile(path, 'utf8').catch((error: Error) => {
    throw fail('usage', 'bad-config-file', `${path} cannot be read: ${error.message}`);
  });
  const changes = path.endsWith('.conf') ? fragmentChanges(path, text) : yamlChanges(path, text);
  if (changes.length === 0) throw wrong(path, 1, 'it changes nothing; use set, rename or remove');
  requireSound(path, changes);
  return changes.map(({ change }) => change);
}

function wrong(path: string, line: number, sentence: string): FailureError {
  return fail('usage', 'bad-config-file', `${path}:${line}: ${sentence}`);
}

// ---- `.conf` ------------------------------------------------------------------------------------------------------

/** Of what a backslash can say only itself and the quote: what is more would not be one text for all databases. */
const fragmentLine = /^\s*([^\s='#]+)(?:\s*=\s*|\s+|(?='))('(?:[^'\\]|\\[\\']|'')*'|[^\s'#]+)\s*(?:#.*)?$/s;

function fragmentChanges(path: string, text: string): readonly Located[] {
  return text.split('\n').flatMap((content, index): readonly Located[] => {
    if (/^\s*(?:#.*)?$/s.test(content)) return [];
    const [, key, written] = fragmentLine.exec(content) ?? [];
    if (key === undefined || written === undefined)
      throw wrong(path, index + 1, 'expected key = value; put a value with spaces or special characters in single quotes');
    return [{ change: { op: 'set', key, value: unquoted(written) }, line: index + 1 }];
  });
}

function unquoted(written: string): string {
  if (!written.startsWith("'")) return written;
  return written.slice(1, -1).replaceAll(/''|\\[\\']/g, (pair) => pair.slice(1));
}

// ---- YAML ---------------------------------------------------------------------------------------------------------

interface Sheet {
  readonly path: string;
  readonly lineOf: (node: unknown) => number;
}

function yamlChanges(path: string, text: string): readonly Located[] {
  const lines = new LineCounter();
  // `failsafe` knows texts only; a key that stands there twice is an error.
  const document = parseDocument(text, { lineCounter: lines, schema: 'failsafe', strict: true, uniqueKeys: true });
  const [broken] = document.errors;
  if (broken !== undefined) {
    const sentence = broken.message.split('\n')[0]?.replace(/ at line \d+, column \d+:?$/, '') ?? 'invalid YAML';
    throw wrong(path, lines.linePos(broken.pos[0]).line, sentence);
  }
  const lineOf = (node: unknown) => (isScalar(node) || isCollection(node) ? lines.linePos((node as Node).range?.[0] ?? 0).line : 1);
  const sheet: Sheet = { path, lineOf };
  const root = document.contents as unknown;
  if (!isMap(root)) throw wrong(path, lineOf(root), 'expected a map with set, rename or remove');
  return root.items.flatMap(({ key, value }) => sectionChanges(sheet, key, value));
}

function sectionChanges(sheet: Sheet, name: unknown, body: unknown): readonly Located[] {
  switch (textOf(name)) {
    case 'set':
      return pairsOf(sheet, 'set', body).map(({ key, value, line }) => ({ change: { op: 'set', key, value }, line }));
    case 'rename':
      return pairsOf(sheet, 'rename', body).map(({ key, value, line }) => ({ change: { op: 'rename', key, to: value }, line }));
    case 'remove':
      return keysOf(sheet, body);
    default:
      throw wrong(sheet.path, sheet.lineOf(name), `${textOf(name) ?? 'this'} is an unknown key; expected set, rename or remove`);
  }
}

function pairsOf(sheet: Sheet, section: string, body: unknown) {
  if (!isMap(body)) throw wrong(sheet.path, sheet.lineOf(body), `${section}: expected a map, one key per line`);
  return (body as YAMLMap).items.map(({ key, value }) => {
    const [name, content] = [textOf(key), textOf(value)];
    const line = sheet.lineOf(key);
    if (name === null || content === null) throw wrong(sheet.path, line, `${section}.${name ?? '?'}: expected a single value`);
    return { key: name, value: content, line };
  });
}

function keysOf(sheet: Sheet, body: unknown): readonly Located[] {
  if (!isSeq(body)) throw wrong(sheet.path, sheet.lineOf(body), 'remove: expected a list of keys');
  return body.items.map((item) => {
    const key = textOf(item);
    if (key === null) throw wrong(sheet.path, sheet.lineOf(item), 'remove: expected one key per entry');
    return { change: { op: 'remove', key }, line: sheet.lineOf(item) };
  });
}

/** null: no text. A key without a value is none either: the empty text is written ''. */
function textOf(node: unknown): string | null {
  if (!isScalar(node) || typeof node.value !== 'string') return null;
  return node.value === '' && node.type === 'PLAIN' ? null : node.value;
}

// ---- both ---------------------------------------------------------------------------------------------------------

/** Every key once, by a name that a setting can have, with a value of one line. */
function requireSound(path: string, located: readonly Located[]): void {
  const seen = new Map<string, number>();
  for (const { change, line } of located) {
    const names = change.op === 'rename' ? [change.key, change.to] : [change.key];
    for (const name of names) {
      if (!keyForm.test(name)) throw wrong(path, line, `${JSON.stringify(name)} is not a valid setting name`);
      const first = seen.get(name.toLowerCase());
      if (first !== undefined) throw wrong(path, line, `${name} is already changed on line ${first}; change it only once`);
      seen.set(name.toLowerCase(), line);
    }
    if (change.op === 'set' && /\p{Cc}/u.test(change.value)) throw wrong(path, line, `the value of ${change.key} must be one line`);
  }
}
