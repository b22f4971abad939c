/** The forms of what comes over the wire, checked once. Throws FailureError(usage, `malformed-message`). */
import { fail } from '../../common/failure.ts';
import { printable } from '../../common/printable.ts';
import { digestForm, longestOrderMs, nameForm } from '../../common/word-forms.ts';

export function malformed(what: string): Error {
  return fail('usage', 'malformed-message', `malformed message: ${what}`);
}

export function nameFromWire(text: string, what: string): string {
  if (!nameForm.test(text)) throw malformed(`${what} ${JSON.stringify(text.slice(0, 60))} is not a name`);
  return text;
}

const wordChars = 200;

/** What is no name but short: a version, a kind of system. */
export function wordFromWire(text: string, what: string): string {
  if (text.length > wordChars) throw malformed(`${what} is ${text.length} characters long, at most ${wordChars} are allowed`);
  if (text !== printable(text)) throw malformed(`${what} holds control characters`);
  return text;
}

export function digestFromWire(text: string, what: string): string {
  if (!digestForm.test(text)) throw malformed(`${what} is not a sha256 digest`);
  return text;
}

export function countFromWire(value: number, what: string): number {
  if (!Number.isSafeInteger(value) || value < 0) throw malformed(`${what} ${value} is not a count`);
  return value;
}

/** How long something is to take. */
export function durationFromWire(value: number, what: string): number {
  if (countFromWire(value, what) > longestOrderMs) throw malformed(`${what} ${value} ms is longer than two years`);
  return value;
}

/** How long something took, by a clock that knows fractions: whole milliseconds from here on, in events, documents and texts alike. */
export function takenFromWire(value: number, what: string): number {
  if (!Number.isFinite(value)) throw malformed(`${what} ${value} is not a duration`);
  return Math.round(value);
}

/** The end of year 9999: what lies behind it cannot be written as a date. */
const lastTimeMs = 253_402_300_799_999;

/** A wall clock's time. */
export function timeFromWire(value: number, what: string): number {
  if (countFromWire(value, what) > lastTimeMs) throw malformed(`${what} ${value} is not a time`);
  return value;
}
