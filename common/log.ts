/** What the programs say about themselves. Secrets never go in; callers pass names and numbers, not settings objects. */
import { pino } from 'pino';
import { printable } from './printable.ts';
import { redactText } from './redact.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>;

export interface Log {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
}

export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} };

/** Names and texts of strangers go into logs, and logs onto terminals. */
export function logOver(lines: Pick<Log, LogLevel>): Log {
  const line = (level: LogLevel) => (fields: LogFields, message: string) => lines[level](printable(fields), printable(message));
  return { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') };
}

/** JSON lines on stdout, kept by what runs the program; levels by their names. */
export function stdoutLog(level: LogLevel): Log {
  const formatters = { level: (label: string) => ({ level: label }) };
  const options = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime, formatters };
  return logOver(pino(options, pino.destination({ fd: 1, sync: true })));
}

// The few lines of a database's log that show why it did not start, as they may leave the host: none of them long, no secret in them.

const mostLines = 3;
const mostChars = 300;

interface LogLines {
  readonly lines: readonly string[];
  /** They stand at the end of the log. */
  readonly last: boolean;
}

/** A line with which a program gives up, as text or as JSON. */
const trouble = /\b(?:FATAL|PANIC|ERROR|CRITICAL)\b|"level":\s*"(?:fatal|d?panic|error)"|^(?:panic|fatal(?: error)?|error):/;
/** What a client asked, which may hold anything; it goes on in lines that begin with a tab. */
const statement = /\bSTATEMENT: |\bLOG: +(?:duration: .*?)?(?:statement|execute|parse|bind)\b/;
/** A program that does not take its flags says so, and then at length which ones there are. */
const usage = /^usage:/i;

/**
 * The last lines; if no line among them shows trouble, the newest that does, with what follows it: a server says why it gives up, and then
 * that it shuts down. Empty lines are left out, and of lines that differ only in their numbers all but the newest.
 */
export function tellingLines(text: string): LogLines {
  const all = withoutStatements(redactText(text).value.split('\n'))
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const usageAt = all.findIndex((line) => usage.test(line));
  const lines = newestOfEach(usageAt > 0 ? all.slice(0, usageAt) : all);
  const at = lines.findLastIndex((line) => trouble.test(line));
  const from = Math.max(0, at === -1 ? lines.length - mostLines : Math.min(at, lines.length - mostLines));
  const shown = lines.slice(from, from + mostLines);
  return { lines: shown.map(shortened), last: usageAt <= 0 && from + mostLines >= lines.length };
}

function withoutStatements(lines: readonly string[]): readonly string[] {
  let isStatement = false;
  return lines.filter((line) => {
    isStatement = statement.test(line) || (isStatement && line.startsWith('\t'));
    return !isStatement;
  });
}

/** Every client that is refused makes a line of its own. */
function newestOfEach(lines: readonly string[]): readonly string[] {
  const newest = new Set(new Map(lines.map((line, index) => [line.replaceAll(/\d+/g, '0'), index])).values());
  return lines.filter((_, index) => newest.has(index));
}

const shortened = (line: string): string => (line.length <= mostChars ? line : `${line.slice(0, mostChars - 1)}…`);
