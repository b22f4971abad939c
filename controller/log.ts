import { pino } from 'pino';
import { type Log, type LogLevel, logOver } from '../common/log.ts';

/** JSON lines on stdout, kept by what runs the controller. */
export function stdoutLog(level: LogLevel): Log {
  const logger = pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, pino.destination({ fd: 1, sync: true }));
  return logOver(logger);
}
