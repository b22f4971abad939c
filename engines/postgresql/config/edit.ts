/** Changes of postgresql.conf: what is about a changed key is changed where it stands, and nothing else. PURE. */
import assert from 'node:assert/strict';
import type { ConfigChange } from '../../../common/orders.ts';
import { active, type ConfEntry, nameOf, parseConf, printStatement, type Statement, statementOf, writtenValue } from './conf-text.ts';

/** A line of the new text; `was: null`: there was none. */
export interface EditedLine {
  readonly was: string | null;
  readonly is: string;
}

export interface Edit {
  readonly text: string;
  readonly lines: readonly EditedLine[];
  /** Names that another value, or none, is active for now; in small letters. */
  readonly changed: readonly string[];
}

/** Stands before what is added at the end. */
const blockTitle = '# Added by Drydock';

/** The text while it is changed. */
interface Draft {
  readonly lines: EditedLine[];
  readonly endsWithBreak: boolean;
}

/** Applied one after the other. A second time there is nothing left to change, unless two of them are about the same key. */
export function editConf(text: string, changes: readonly ConfigChange[]): Edit {
  const draft = draftOf(text);
  for (const change of changes) {
    if (change.op === 'set') setKey(draft, change.key, change.value);
    else if (change.op === 'rename') renameKey(draft, change.key, change.to);
    else removeKey(draft, change.key);
  }
  const edited = textOf(draft);
  return { text: edited, lines: draft.lines, changed: changedNames(text, edited, changes) };
}

function draftOf(text: string): Draft {
  const endsWithBreak = text === '' || text.endsWith('\n');
  const lines = text === '' ? [] : (endsWithBreak ? text.slice(0, -1) : text).split('\n');
  return { lines: lines.map((line) => ({ was: line, is: line })), endsWithBreak };
}

function textOf({ lines, endsWithBreak }: Draft): string {
  return lines.map(({ is }) => is).join('\n') + (endsWithBreak && lines.length > 0 ? '\n' : '');
}

function changedNames(text: string, edited: string, changes: readonly ConfigChange[]): readonly string[] {
  const [before, after] = [parseConf(text), parseConf(edited)];
  const names = changes.flatMap((change) => (change.op === 'rename' ? [change.key, change.to] : [change.key])).map(nameOf);
  return [...new Set(names)].filter((name) => active(before, name)?.value !== active(after, name)?.value);
}

function setKey(draft: Draft, key: string, value: string): void {
  const present = active(parseConf(textOf(draft)), nameOf(key));
  if (present === undefined) addLine(draft, key, value);
  else if (present.value !== value)
    rewrite(draft, present.line, (statement) => {
      const isQuoted = statement.written.startsWith("'") || statement.between === '';
      return printStatement({ ...statement, written: writtenValue(value, isQuoted) });
    });
}

function renameKey(draft: Draft, key: string, to: string): void {
  for (const { line } of entriesOf(draft, key)) rewrite(draft, line, (statement) => printStatement({ ...statement, key: to }));
}

/** Every line about it: else an earlier one would be active then. */
function removeKey(draft: Draft, key: string): void {
  for (const { line } of entriesOf(draft, key))
    rewrite(draft, line, (statement) => `${statement.indent}#${printStatement({ ...statement, indent: '' })}`);
}

function entriesOf(draft: Draft, key: string): readonly ConfEntry[] {
  return parseConf(textOf(draft)).settings.filter(({ name }) => name === nameOf(key));
}

function rewrite({ lines }: Draft, at: number, change: (statement: Statement) => string): void {
  const line = lines[at];
  const statement = line === undefined ? null : statementOf(line.is);
  assert(line !== undefined && statement !== null, `line ${at + 1} was read as a setting a moment ago`);
  lines[at] = { was: line.was, is: change(statement) };
}

/** After the commented default, where there is one; else at the end, in a block of its own. */
function addLine(draft: Draft, key: string, value: string): void {
  const { lines } = draft;
  const content = `${key} = ${writtenValue(value)}`;
  const commented = lines.findLastIndex(({ is }) => nameOf(/^[ \t]*#[ \t]*([^ \t=#]+)[ \t]*=/.exec(is)?.[1] ?? '') === nameOf(key));
  if (commented !== -1) {
    insertAfter(draft, commented, content);
    return;
  }
  if (!lines.some(({ is }) => is.trimEnd() === blockTitle)) {
    if ((lines.at(-1)?.is.trim() ?? '') !== '') insertAfter(draft, lines.length - 1, '');
    insertAfter(draft, lines.length - 1, blockTitle);
  }
  insertAfter(draft, lines.length - 1, content);
}

/** With the line break of its neighbour; a file without a last one has none afterwards. */
function insertAfter({ lines, endsWithBreak }: Draft, at: number, content: string): void {
  const neighbour = lines[at];
  const isOpen = !endsWithBreak && at === lines.length - 1;
  const carriage = (isOpen ? lines[at - 1] : neighbour)?.is.endsWith('\r') === true ? '\r' : '';
  if (isOpen && neighbour !== undefined) lines[at] = { was: neighbour.was, is: `${neighbour.is}${carriage}` };
  lines.splice(at + 1, 0, { was: null, is: `${content}${isOpen ? '' : carriage}` });
}
