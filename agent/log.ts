import { pino } from 'pino';
import type { Log } from '../common/log.ts';

/** JSON lines on stdout, which whoever runs the agent keeps. */
export function stdoutLog(): Log {
  const formatters = { level: (label: string) => ({ level: label }) };
  const logger = pino(
    { level: 'info', base: null, timestamp: pino.stdTimeFunctions.isoTime, formatters },
    pino.destination({ fd: 1, sync: true }),
  );
  return {
    debug: (fields, message) => logger.debug(fields, message),
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    error: (fields, message) => logger.error(fields, message),
  };
}
