import { pino } from 'pino';
import { type Log, logOver } from '../common/log.ts';

/** JSON lines on stdout, kept by what runs the agent. */
export function stdoutLog(): Log {
  const formatters = { level: (label: string) => ({ level: label }) };
  const logger = pino(
    { level: 'info', base: null, timestamp: pino.stdTimeFunctions.isoTime, formatters },
    pino.destination({ fd: 1, sync: true }),
  );
  return logOver(logger);
}
