/**
 * YAML as databases read it: one document that is a map. Found by the parser, edited where it stands. PURE.
 * Anchors, aliases, comments and texts of several lines stay as they are; what cannot be changed without them is left to a person.
 */
import {
  type Document,
  isAlias,
  isCollection,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import { type ConfigEdit, type ConfigProblem, formatOf, type Setting } from './config-format.ts';
import { commentOut, insertLines, lineAt, lineEnd, lineStart, spliced } from './lines.ts';

/** What is nested deeper is told as one thing. */
const deepest = 20;

type Map = YAMLMap<unknown, unknown>;
type Place = Pair<unknown, unknown>;

interface Parsed {
  readonly document: Document.Parsed;
  readonly problems: readonly ConfigProblem[];
}

/** `failsafe` knows texts only, so that no value becomes another one by being read. */
function parsed(text: string): Parsed {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, schema: 'failsafe', strict: true, uniqueKeys: true, keepSourceTokens: true });
  const problems = [...document.errors, ...document.warnings].map(({ message, pos }) => ({
    line: lines.linePos(pos[0]).line,
    detail: message.split('\n')[0]?.replace(/ at line \d+, column \d+:?$/, '') ?? 'not YAML',
  }));
  const root: unknown = document.contents;
  if (problems.length === 0 && root !== null && !isMap(root) && !isEmpty(root))
    problems.push({ line: 1, detail: 'it must be a map of settings' });
  return { document, problems };
}

const isEmpty = (node: unknown): boolean => node === null || (isScalar(node) && node.value === '' && node.type === 'PLAIN');
const nameOf = (key: unknown): string | null => (isScalar(key) && typeof key.value === 'string' ? key.value : null);
const rangeOf = (node: unknown): readonly [number, number] => {
  const range = (node as Node | null)?.range;
  return [range?.[0] ?? 0, range?.[1] ?? 0];
};

/** Where the last thing of a node ends, without the comments and blank lines after it. */
function endOf(node: unknown): number {
  if (isCollection(node) && node.flow !== true) {
    const last: unknown = node.items.at(-1);
    if (last !== undefined) return isMap(node) ? endOfPair(last as Place) : endOf(last);
  }
  return rangeOf(node)[1];
}

const colonOf = ({ srcToken }: Place): number => srcToken?.sep?.find(({ type }) => type === 'map-value-ind')?.offset ?? -1;
const endOfPair = (pair: Place): number => Math.max(endOf(pair.key), colonOf(pair) + 1, pair.value === null ? 0 : endOf(pair.value));

// ---- reading -------------------------------------------------------------------------------------------------------

interface Leaf {
  readonly key: string;
  readonly value: string | null;
  readonly start: number;
  readonly end: number;
}

function* leavesOf(document: Document.Parsed, node: unknown, path: string, span: readonly [number, number], depth = 0): Generator<Leaf> {
  const join = (part: string | number) => (path === '' ? String(part) : `${path}.${part}`);
  const [start, end] = span;
  if (isMap(node) && node.items.length > 0 && depth < deepest) {
    for (const pair of node.items) {
      const name = nameOf(pair.key) ?? `? at ${rangeOf(pair.key)[0]}`;
      yield* leavesOf(document, pair.value, join(name), [rangeOf(pair.key)[0], endOfPair(pair)], depth + 1);
    }
  } else if (isSeq(node) && node.items.length > 0 && depth < deepest) {
    for (const [at, item] of node.items.entries()) yield* leavesOf(document, item, join(at), [rangeOf(item)[0], endOf(item)], depth + 1);
  } else yield { key: path, value: toldValue(document, node), start, end };
}

/** Collections that hold nothing are named as they are written, and so is what an alias stands for: it is not followed further. */
function toldValue(document: Document.Parsed, node: unknown): string | null {
  if (isEmpty(node)) return null;
  if (isScalar(node)) return String(node.value);
  if (!isAlias(node)) return isMap(node) ? '{}' : '[]';
  const target: unknown = node.resolve(document);
  return isScalar(target) ? String(target.value) : `*${node.source}`;
}

// ---- places --------------------------------------------------------------------------------------------------------

/** How far a key leads: the node that it ends in, with the pair it is the value of, or the deepest collection and what is missing below it. */
interface Found {
  readonly node: unknown;
  readonly pair: Place | null;
  readonly parent: Map | YAMLSeq | null;
  /** '': it is there. */
  readonly rest: string;
}

function find(document: Document.Parsed, key: string): Found {
  let found: Found = { node: document.contents, pair: null, parent: null, rest: key };
  while (found.rest !== '') {
    const next = below(found.node, found.rest);
    if (next === null) return found;
    found = { ...next, parent: found.node as Map | YAMLSeq };
  }
  return found;
}

function below(node: unknown, rest: string): Omit<Found, 'parent'> | null {
  if (isMap(node)) {
    const pair = node.items.find(({ key }) => rest === nameOf(key) || rest.startsWith(`${nameOf(key)}.`));
    return pair === undefined ? null : { node: pair.value, pair, rest: rest.slice((nameOf(pair.key)?.length ?? 0) + 1) };
  }
  const [index = '', ...more] = rest.split('.');
  if (!isSeq(node) || !/^\d+$/.test(index) || Number(index) >= node.items.length) return null;
  return { node: node.items[Number(index)], pair: null, rest: more.join('.') };
}

const problemAt = (text: string, node: unknown, detail: string): ConfigEdit => ({
  problem: { line: lineAt(text, rangeOf(node)[0]), detail },
});

// ---- changes -------------------------------------------------------------------------------------------------------

/** In the way of the value that it replaces; plain only where it is read back as what it is, also between brackets. */
function written(value: string, style: string | undefined): string {
  if (style === 'QUOTE_DOUBLE') return JSON.stringify(value);
  return style === 'QUOTE_SINGLE' || !isPlain(value) ? `'${value.replaceAll("'", "''")}'` : value;
}

function isPlain(value: string): boolean {
  const read = (text: string) => {
    const { document, problems } = parsed(text);
    const node: unknown = problems.length === 0 && isMap(document.contents) ? document.contents.items[0]?.value : null;
    return isScalar(node) && node.type === 'PLAIN' && node.anchor === undefined && node.tag === undefined ? node.value : null;
  };
  return value !== '' && read(`k: ${value}\n`) === value && read(`{ k: ${value} }\n`) === value;
}

function set(text: string, key: string, value: string): ConfigEdit {
  const { document } = parsed(text);
  const { node, pair, rest } = find(document, key);
  if (rest === '') return replaced(text, key, node, pair, value);
  if (isMap(node)) return addedToMap(text, node, rest, value);
  if (isSeq(node)) return addedToList(text, node, rest, value);
  if (pair !== null && isEmpty(node)) {
    // Below a name that has no value yet.
    const column = rangeOf(pair.key)[0] - lineStart(text, rangeOf(pair.key)[0]);
    return { text: insertLines(text, lineEnd(text, colonOf(pair)), nested(rest, value, column + 2)) };
  }
  if (isEmpty(node)) return { text: insertLines(text, text.length, nested(rest, value, 0)) };
  return problemAt(text, node, `${key} cannot be set: ${key.slice(0, key.length - rest.length - 1)} is not a map`);
}

function replaced(text: string, key: string, node: unknown, pair: Place | null, value: string): ConfigEdit {
  if (pair !== null && isEmpty(node)) {
    const at = colonOf(pair) + 1;
    return { text: spliced(text, at, at, ` ${written(value, undefined)}`) };
  }
  if (isCollection(node)) return problemAt(text, node, `${key} holds more than one value: name one of them`);
  if (isScalar(node) && node.type?.startsWith('BLOCK') === true)
    return problemAt(text, node, `${key} holds several lines of text: change it by hand`);
  const [start, end] = rangeOf(node);
  return { text: spliced(text, start, end, written(value, isScalar(node) ? node.type : undefined)) };
}

/** `a:` over `  b: value`. */
function nested(rest: string, value: string, column: number): readonly string[] {
  const names = rest.split('.');
  return names.map((name, depth) => {
    const indent = ' '.repeat(column + 2 * depth);
    return depth === names.length - 1 ? `${indent}${name}: ${written(value, undefined)}` : `${indent}${name}:`;
  });
}

/** After the commented default, where there is one in this map; else after its last entry. */
function addedToMap(text: string, map: Map, rest: string, value: string): ConfigEdit {
  const last = map.items.at(-1);
  if (map.flow === true) {
    const entry = `${rest.split('.').join(': { ')}: ${written(value, undefined)}${' }'.repeat(rest.split('.').length - 1)}`;
    const at = last === undefined ? rangeOf(map)[0] + 1 : endOfPair(last);
    return { text: spliced(text, at, at, last === undefined ? ` ${entry} ` : `, ${entry}`) };
  }
  if (last === undefined) return problemAt(text, map, `${rest} cannot be set there: change it by hand`);
  const first = rangeOf(map.items[0]?.key)[0];
  const column = first - lineStart(text, first);
  const content = nested(rest, value, column);
  const [start, end] = [lineStart(text, first), afterOf(text, endOfPair(last))];
  const commented = commentedDefault(text, column === 0 ? [0, text.length] : [start, end], column, rest.split('.')[0] ?? rest);
  // Between entries of another one it would be one of these.
  const isFree = commented !== null && !map.items.some((pair) => rangeOf(pair.key)[0] < commented && endOfPair(pair) > commented);
  return { text: insertLines(text, isFree ? commented : column === 0 ? afterLast(text, end) : end, content) };
}

/** The end of the line that something ends on; texts of several lines have taken their break already. */
const afterOf = (text: string, end: number): number => (text[end - 1] === '\n' ? end : lineEnd(text, end));

/** The end of the document, which may say so. */
function afterLast(text: string, from: number): number {
  const end = /^\.\.\.\s*$/m.exec(text.slice(from));
  return end === null ? text.length : from + end.index;
}

function commentedDefault(text: string, [start, end]: readonly [number, number], column: number, name: string): number | null {
  const form = new RegExp(`^ {${column}}#[ ]?${name.replaceAll(/[.$]/g, '\\$&')}:(?:[ \\t].*)?\\r?$`, 'gm');
  const matches = [...text.slice(start, end).matchAll(form)];
  const last = matches.at(-1);
  return last === undefined ? null : lineEnd(text, start + last.index);
}

/** The one after the last, and no other. */
function addedToList(text: string, list: YAMLSeq, rest: string, value: string): ConfigEdit {
  const last: unknown = list.items.at(-1);
  if (rest !== String(list.items.length) || last === undefined)
    return problemAt(text, list, `the list has ${list.items.length} entries: ${rest} is neither one of them nor the next`);
  if (list.flow === true) return { text: spliced(text, endOf(last), endOf(last), `, ${written(value, undefined)}`) };
  const first = rangeOf(list.items[0])[0];
  const dash = text.lastIndexOf('-', first - 1);
  const column = dash - lineStart(text, dash);
  return { text: insertLines(text, afterOf(text, endOf(last)), [`${' '.repeat(column)}- ${written(value, undefined)}`]) };
}

function rename(text: string, key: string, to: string): ConfigEdit {
  const { document } = parsed(text);
  const { pair } = find(document, key);
  const name = pair === null ? null : nameOf(pair.key);
  const parent = name === null ? null : key.slice(0, key.length - name.length);
  if (pair === null || parent === null || !to.startsWith(parent) || to.slice(parent.length).includes('.'))
    return { problem: { line: 1, detail: `${key} cannot be renamed to ${to}: only its last name can change` } };
  const [start, end] = rangeOf(pair.key);
  return { text: spliced(text, start, end, to.slice(parent.length)) };
}

/** What was set stays to be read as a comment. */
function remove(text: string, key: string): ConfigEdit {
  const { document } = parsed(text);
  const { pair, parent } = find(document, key);
  if (pair === null || parent === null)
    return { problem: { line: 1, detail: `${key} is a list entry, and removing it would renumber the others: change it by hand` } };
  const start = rangeOf(pair.key)[0];
  if (parent.flow !== true) return { text: commentOut(text, lineStart(text, start), afterOf(text, endOfPair(pair)), '# ') };
  const at = parent.items.indexOf(pair);
  const next = (parent.items as Place[])[at + 1];
  const before = (parent.items as Place[])[at - 1];
  if (next !== undefined) return { text: spliced(text, start, rangeOf(next.key)[0], '') };
  return { text: spliced(text, before === undefined ? start : endOfPair(before), endOfPair(pair), '') };
}

export const yamlFormat = formatOf({
  isNested: true,
  read(text) {
    const { document, problems } = parsed(text);
    if (problems.length > 0 || isEmpty(document.contents)) return { settings: [], problems };
    const settings = [...leavesOf(document, document.contents, '', [0, text.length])].map(
      ({ key, value, start, end }): Setting => ({
        key,
        value,
        line: lineAt(text, start),
        lastLine: lineAt(text, Math.max(start, end - 1)),
      }),
    );
    return { settings, problems };
  },
  set,
  rename,
  remove,
});
