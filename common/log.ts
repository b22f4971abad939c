/** What the programs say about themselves. Secrets never go in; callers pass names and numbers, not settings objects. */
import { printable } from './printable.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>;

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
