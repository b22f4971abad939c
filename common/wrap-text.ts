/** PURE. Text in lines of at most so many columns. Ids, paths and commands stay whole, however long they are. */

/** Commands are made to be copied: `drydock plan main --to 16.4`, alone or in backticks, up to the next mark or gap. */
const command = /`[^`]+`|\bdrydock [a-z][^;,·`()]*?(?= {2}|[;,·)]|: |\.? *$)/g;
/** A number and its unit are read as one. */
const measure = /(?<=\d) (?=(?:ms|s|min|h|days?|B|kB|MB|GB|TB|%)(?![\w-]))/g;
/** Stands for a blank that is not broken at; no text has it. */
const firm = '\ue000';

/**
 * A list (`a · b`) is broken between its entries before it is broken inside one, and everything at blanks only. `widthOf` counts the columns
 * of a text that is not plain.
 */
export function wrappedText(text: string, room: number, widthOf = (part: string): number => part.length): readonly string[] {
  if (widthOf(text) <= room) return [text];
  const whole = text
    .replaceAll(measure, firm)
    .replaceAll(command, (found) => (widthOf(found) <= room ? found.replaceAll(' ', firm) : found));
  const units = whole.split(/(?<= ·) /).flatMap((entry) => (whole.includes(' · ') && widthOf(entry) <= room ? [entry] : entry.split(' ')));
  const lines: string[] = [];
  let line = '';
  for (const unit of units) {
    if (line !== '' && widthOf(line) + 1 + widthOf(unit) > room) {
      lines.push(line);
      line = unit;
    } else line = line === '' ? unit : `${line} ${unit}`;
  }
  return [...lines, line].map((each) => each.trimEnd().replaceAll(firm, ' '));
}
