/** PURE. The tree of a plan: phases to the left, what they cost to the right, and 80 columns for all of it. */

export interface PlanRow {
  /** Empty: it goes on with the phase above. */
  readonly phase: string;
  readonly text: string;
  readonly rollback: string;
  readonly down: string;
  readonly need: string;
}

/** Columns of the narrowest terminal that people use. */
export const planColumns = 80;

/** Below that a text is hard to read, whatever stands beside it. */
const narrowestText = 20;

interface Widths {
  /** Up to the text. */
  readonly left: number;
  readonly phase: number;
  readonly text: number;
  readonly rollback: number;
  readonly down: number;
  /** From the end of the text to what is needed. */
  readonly costs: number;
}

/** Lines with a head, nothing cut: what is too long goes on in the next line. */
export function planTable(rows: readonly PlanRow[]): readonly string[] {
  const widths = widthsOf(rows);
  const last = rows.findLastIndex((row) => row.phase !== '');
  const head = costsLine(widths, { rollback: 'rollback', down: 'down', need: 'needs / free' });
  return [`${' '.repeat(widths.left + widths.text)}${head}`, ...rows.flatMap((row, at) => rowLines(row, widths, branchOf(row, at, last)))];
}

function widthsOf(rows: readonly PlanRow[]): Widths {
  const widest = (head: string, texts: readonly string[]) => Math.max(head.length, ...texts.map((text) => text.length));
  const of = (head: string, column: (row: PlanRow) => string) => widest(head, rows.map(column));
  const [phase, rollback, down] = [of('', (row) => row.phase), of('rollback', (row) => row.rollback), of('down', (row) => row.down)];
  const left = 3 + phase + 2;
  const costs = 2 + rollback + 2 + down + 2;
  const natural = rows.map((row) => (row.rollback !== '' ? row.text.length : row.need !== '' ? row.text.length + 2 - costs : 0));
  const most = planColumns - left - costs - of('needs / free', (row) => row.need);
  return { left, phase, rollback, down, costs, text: Math.max(narrowestText, Math.min(Math.max(0, ...natural), most)) };
}

const costsLine = ({ rollback, down }: Widths, row: Pick<PlanRow, 'rollback' | 'down' | 'need'>): string =>
  `  ${row.rollback.padEnd(rollback)}  ${row.down.padEnd(down)}  ${row.need}`;

interface Branch {
  readonly first: string;
  readonly further: string;
}

function branchOf(row: PlanRow, at: number, last: number): Branch {
  const further = at < last ? '│ ' : '  ';
  return { first: row.phase === '' ? further : at === last ? '└─' : '├─', further };
}

function rowLines(row: PlanRow, widths: Widths, { first, further }: Branch): readonly string[] {
  const { left, phase, text, costs } = widths;
  const indent = row.text.length - row.text.trimStart().length;
  // Where nothing stands to the right, text may be as long as the line.
  const room = row.rollback !== '' ? text : row.need !== '' ? text + costs - 2 : planColumns - left;
  const [start = '', ...rest] = wrappedText(row.text.trimStart(), room - indent).map((part) => `${' '.repeat(indent)}${part}`);
  const line = `${first} ${row.phase.padEnd(phase)}  ${start}`;
  const whole =
    row.rollback !== ''
      ? `${line.padEnd(left + text)}${costsLine(widths, row)}`
      : row.need !== ''
        ? `${line.padEnd(left + text + costs)}${row.need}`
        : line;
  return [whole, ...rest.map((part) => `${further} ${' '.repeat(phase)}  ${part}`)];
}

// Text in lines of at most so many columns. Ids, paths and commands stay whole, however long they are.

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
