/** What changes of a configuration file come to, line by line, as people read it: never with a value that may be a secret. PURE. */
import type { ConfigReading } from './config-format.ts';

const aroundLines = 2;
const maxChars = 200;
/** Stands for kept lines that are left out. */
const skipped = ' ⋮';
/** Stands for what is not shown. */
const hidden = '…';

/** Whether what is said of it may hold a secret. */
export const isSecretKey = (text: string): boolean => /passw|passphrase|secret|conninfo|private[._-]?key|token(?!s|_|ize)/i.test(text);

/**
 * ` kept`, `-old`, `+new`, with two lines around each change.
 * @param read of a text, for the lines of secrets whose name stands on another one
 */
export function configDiff(before: string, after: string, read: (text: string) => ConfigReading): readonly string[] {
  const [old, present] = [shownLines(before, read), shownLines(after, read)];
  const steps = stepsBetween(old, present);
  const near = steps.map((_, at) => steps.slice(Math.max(0, at - aroundLines), at + aroundLines + 1).some(({ mark }) => mark !== ' '));
  return steps.flatMap(({ mark, line }, at) => {
    if (near[at] === true) return [`${mark}${line.shown}`];
    return near[at - 1] === true && near.includes(true, at) ? [skipped] : [];
  });
}

/** Keys whose value is another one afterwards, or that are set in only one of the texts; sorted. */
export function changedKeys(before: string, after: string, read: (text: string) => ConfigReading): readonly string[] {
  const valuesOf = (text: string) =>
    new Map(read(text).settings.flatMap(({ key, value, shadowed }) => (shadowed === true ? [] : [[key, value] as const])));
  const [old, present] = [valuesOf(before), valuesOf(after)];
  return [...new Set([...old.keys(), ...present.keys()])].filter((key) => old.get(key) !== present.get(key)).sort();
}

interface ShownLine {
  readonly text: string;
  readonly shown: string;
}

function shownLines(text: string, read: (text: string) => ConfigReading): readonly ShownLine[] {
  /** By number: whether the line begins the setting, and so holds its name. */
  const secret = new Map<number, boolean>();
  for (const { key, line, lastLine } of read(text).settings)
    if (isSecretKey(key)) for (let at = line; at <= lastLine; at++) secret.set(at, at === line);
  const lines = text.split('\n').map((line) => line.replace(/\r$/, ''));
  return (lines.at(-1) === '' ? lines.slice(0, -1) : lines).map((line, at) => ({ text: line, shown: shownLine(line, secret.get(at + 1)) }));
}

function shownLine(line: string, beginsSecret: boolean | undefined): string {
  const open = beginsSecret !== undefined || isSecretKey(line) ? concealed(line, beginsSecret !== false) : line;
  return open.length > maxChars ? `${open.slice(0, maxChars)}${hidden}` : open;
}

/** As far as the name of the key, or the first word of a comment; of elements their names. */
function concealed(line: string, hasName: boolean): string {
  if (/^\s*</.test(line)) return line.replaceAll(/(<value[^>]*>)[\s\S]*?(<\/value>|$)/g, `$1${hidden}$2`);
  const name = hasName ? /^\s*[-#!;]?\s*[^\s=:']*(?:\s*[=:])?/ : /^\s*/;
  return `${(name.exec(line)?.[0] ?? '').trimEnd()} ${hidden}`;
}

interface DiffStep {
  readonly mark: ' ' | '-' | '+';
  readonly line: ShownLine;
}

/** The longest common lines are kept. What is equal at both ends is left aside first, which is nearly all. */
function stepsBetween(old: readonly ShownLine[], present: readonly ShownLine[]): readonly DiffStep[] {
  let head = 0;
  while (head < Math.min(old.length, present.length) && old[head]?.text === present[head]?.text) head += 1;
  let tail = 0;
  while (tail < Math.min(old.length, present.length) - head && old.at(-1 - tail)?.text === present.at(-1 - tail)?.text) tail += 1;
  const kept = (line: ShownLine): DiffStep => ({ mark: ' ', line });
  const middle = shortest(old.slice(head, old.length - tail), present.slice(head, present.length - tail));
  return [...present.slice(0, head).map(kept), ...middle, ...present.slice(present.length - tail).map(kept)];
}

function shortest(old: readonly ShownLine[], present: readonly ShownLine[]): readonly DiffStep[] {
  // common[i][j]: how many lines the ends of both from i and j on share.
  const common = Array.from({ length: old.length + 1 }, () => new Uint32Array(present.length + 1));
  const at = (i: number, j: number) => common[i]?.[j] ?? 0;
  for (let i = old.length - 1; i >= 0; i--)
    for (let j = present.length - 1; j >= 0; j--)
      (common[i] as Uint32Array)[j] = old[i]?.text === present[j]?.text ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  const steps: DiffStep[] = [];
  for (let [i, j] = [0, 0]; i < old.length || j < present.length; ) {
    const [was, is] = [old[i], present[j]];
    if (was !== undefined && is !== undefined && was.text === is.text) {
      steps.push({ mark: ' ', line: is });
      i += 1;
      j += 1;
    } else if (was !== undefined && (is === undefined || at(i + 1, j) >= at(i, j + 1))) {
      steps.push({ mark: '-', line: was });
      i += 1;
    } else if (is !== undefined) {
      steps.push({ mark: '+', line: is });
      j += 1;
    }
  }
  return steps;
}
