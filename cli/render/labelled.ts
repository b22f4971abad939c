import { wrappedText } from '../../common/plan-table.ts';
import { widthOf } from './table.ts';
import type { View } from './view.ts';

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
