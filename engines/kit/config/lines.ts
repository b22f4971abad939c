/** Texts as lines, and edits of them by offsets. PURE. */

/** A line with its break, and where it begins. */
export interface Line {
  readonly start: number;
  /** After its break. */
  readonly end: number;
  /** Without the break. */
  readonly text: string;
}

export function linesOf(text: string): readonly Line[] {
  const lines: Line[] = [];
  for (let start = 0; start < text.length; ) {
    const at = text.indexOf('\n', start);
    const end = at === -1 ? text.length : at + 1;
    lines.push({ start, end, text: text.slice(start, end).replace(/\r?\n$/, '') });
    start = end;
  }
  return lines;
}

/** Number of the line that an offset is on, 1 for the first. */
export function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at !== -1 && at < offset; at = text.indexOf('\n', at + 1)) line += 1;
  return line;
}

export const spliced = (text: string, start: number, end: number, content: string): string =>
  text.slice(0, start) + content + text.slice(end);

export const lineStart = (text: string, offset: number): number => text.lastIndexOf('\n', offset - 1) + 1;

/** Where the line of this offset ends, its break included. */
export function lineEnd(text: string, offset: number): number {
  const at = text.indexOf('\n', offset);
  return at === -1 ? text.length : at + 1;
}

/** The break that the text uses. */
export const breakOf = (text: string): string => (/\r\n/.test(text) ? '\r\n' : '\n');

/** Inserts whole lines at the beginning of a line, or at the end of the text: one without a last break has none afterwards. */
export function insertLines(text: string, offset: number, lines: readonly string[]): string {
  const br = breakOf(text);
  const content = lines.join(br);
  if (offset === text.length && text !== '' && !text.endsWith('\n')) return `${text}${br}${content}`;
  return spliced(text, offset, offset, content + br);
}

/** Puts a mark before the content of each line of a range, but for blank ones: the lines become comments. */
export function commentOut(text: string, start: number, end: number, mark: string): string {
  const body = linesOf(text.slice(start, end));
  const column = Math.min(
    ...body.filter(({ text: line }) => line.trim() !== '').map(({ text: line }) => /^[ \t]*/.exec(line)?.[0].length ?? 0),
  );
  const commented = body.map((line) => {
    const whole = text.slice(start + line.start, start + line.end);
    return line.text.trim() === '' ? whole : `${whole.slice(0, column)}${mark}${whole.slice(column)}`;
  });
  return spliced(text, start, end, commented.join(''));
}
