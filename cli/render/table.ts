/** Tables without borders: heads in capitals, columns as wide as their widest cell, cut only where a terminal is too narrow; and labelled text. */
import stringWidth from 'string-width';
import { wrappedText } from '../../common/plan-table.ts';
import type { Tone, View } from './view.ts';

export interface Column<Row> {
  readonly head: string;
  readonly cell: (row: Row) => string;
  /** Only with `-o wide`. */
  readonly wide?: true;
  readonly tone?: (row: Row) => Tone | null;
}

const gap = 3;
const narrowest = 6;

/** Lines of the table, head first; no rows give no lines. */
export function tableLines<Row>(columns: readonly Column<Row>[], rows: readonly Row[], view: View): readonly string[] {
  if (rows.length === 0) return [];
  const shown = columns.filter((column) => column.wide !== true || view.wide);
  const texts = rows.map((row) => shown.map((column) => column.cell(row)));
  const natural = shown.map((column, at) => Math.max(widthOf(column.head), ...texts.map((cells) => widthOf(cells[at] ?? ''))));
  const widths = view.width === null ? natural : fitted(natural, view.width);
  const line = (cells: readonly string[], paintCell: (at: number, text: string) => string) =>
    cells
      .map((text, at) => {
        const cut = truncated(text, widths[at] as number);
        return paintCell(at, cut) + ' '.repeat(at === cells.length - 1 ? 0 : (widths[at] as number) - widthOf(cut) + gap);
      })
      .join('')
      .trimEnd();
  const head = line(
    shown.map((column) => column.head),
    (_at, text) => view.paint('faint', text),
  );
  const body = rows.map((row, rowAt) =>
    line(texts[rowAt] as readonly string[], (at, text) => {
      const tone = shown[at]?.tone?.(row) ?? null;
      return tone === null ? text : view.paint(tone, text);
    }),
  );
  return [head, ...body];
}

/** Columns that a text takes. Plain ASCII, which most is, needs no segmenting. */
export const widthOf = (text: string): number => (/^[\x20-\x7e]*$/.test(text) ? text.length : stringWidth(text));

/** Text of at most so many columns; what was cut is shown by `…`. */
export function truncated(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  let kept = '';
  let keptWidth = 0;
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    const next = widthOf(segment);
    if (keptWidth + next > width - 1) break;
    kept += segment;
    keptWidth += next;
  }
  return `${kept}…`;
}

/** Takes columns from the widest ones until the line fits, but never below what still can be read. */
function fitted(natural: readonly number[], width: number): readonly number[] {
  const widths = [...natural];
  let excess = widths.reduce((sum, each) => sum + each, 0) + gap * (widths.length - 1) - width;
  while (excess > 0) {
    const widest = widths.indexOf(Math.max(...widths));
    if ((widths[widest] as number) <= narrowest) break;
    widths[widest] = (widths[widest] as number) - 1;
    excess -= 1;
  }
  return widths;
}

/** `label    text`, the text in one column and wrapped at blanks where a terminal is too narrow. */
export function labelledLines(entries: readonly (readonly [label: string, text: string])[], view: View): readonly string[] {
  const indent = Math.max(...entries.map(([label]) => label.length)) + 2;
  return entries.flatMap(([label, text]) => {
    const room = view.width === null ? null : Math.max(20, view.width - indent);
    return wrapped(text, room).map((line, at) => (at === 0 ? view.paint('faint', label.padEnd(indent)) : ' '.repeat(indent)) + line);
  });
}

/** In lines of at most `room` columns; null: as it is. */
export const wrapped = (text: string, room: number | null): readonly string[] =>
  room === null ? [text] : wrappedText(text, room, widthOf);
