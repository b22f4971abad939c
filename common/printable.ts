/**
 * What somebody else said, made fit for a terminal or a log: a name with control characters must not move the cursor, and one with a line
 * break must not look like a line of ours.
 */

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const controls = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/** The same value with every control character in its texts shown as `·`; newlines and tabs become blanks, so that a row stays a row. */
export function printable<T>(value: T): T {
  if (typeof value === 'string') return value.replace(/[\n\t]/g, ' ').replace(controls, '·') as T;
  if (Array.isArray(value)) return value.map((entry) => printable(entry)) as T;
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [printable(key), printable(member)])) as T;
  }
  return value;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const notOurs = /\u001b(?!\[(?:1|2|22|31|32|33|39)m)|[\u0000-\u001a\u001c-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/** One line as it goes out: the few colours that we paint in pass, and nothing else that is no text. */
export const printableLine = (line: string): string => line.replace(/[\n\t]/g, ' ').replace(notOurs, '·');

/** The text with what JSON leaves as it is written as an escape, which YAML reads in double quotes too. */
export function escaped(text: string): string {
  return text.replace(controls, (control) => `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** True when a text of YAML or JSON holds what `escaped` escapes. */
export const hasControls = (text: string): boolean => text.search(controls) >= 0;

/** Indented JSON in which no control character stands. */
export const jsonText = (document: unknown): string => escaped(JSON.stringify(document, null, 2));

/** The same on one line. */
export const jsonLine = (document: unknown): string => escaped(JSON.stringify(document));
