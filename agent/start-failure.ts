/** Why a database did not start, in its own words: the end of its log, fetched before another start writes over it. */
import { type FailureError, fail, toFailure } from '../common/failure.ts';
import { lastLines } from './last-lines.ts';
import type { OrderRun } from './order-run.ts';

/** Codes of starts that the database itself ended. */
const endedAtStart = ['exited-at-start', 'exited-at-once'];

export const isEndedAtStart = (code: string | undefined): boolean => code !== undefined && endedAtStart.includes(code);

export async function diedAtStart(run: OrderRun): Promise<FailureError> {
  const { unit } = run.instance.settings;
  return fail('failed', 'exited-at-start', `unit ${unit} ended while it was starting; ${await logText(run)}`);
}

/** What was thrown by a start, with the log where the database was started at all. */
export async function withLog(run: OrderRun, thrown: unknown): Promise<unknown> {
  const trouble = toFailure(thrown);
  if (trouble.code !== 'exited-at-once') return thrown;
  return fail(trouble.class, trouble.code, `${trouble.message}; ${await logText(run)}`, { remedy: trouble.remedy });
}

/** A log that cannot be read hides no failure. */
async function logText({ host, instance }: OrderRun): Promise<string> {
  const log = await host.unitLog(instance.settings.unit).catch(() => null);
  const lines = lastLines(log?.text ?? '');
  if (log === null) return 'its log could not be read';
  return lines.length === 0 ? `its log is empty: ${log.place}` : `its log ends with: ${lines.join(' | ')} (${log.place})`;
}
