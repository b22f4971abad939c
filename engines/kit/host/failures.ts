/** Failures of what is done to an instance: the sentence names it first. */
import type { DriverContext } from '../../../common/driver.ts';
import { type FailureError, fail } from '../../../common/failure.ts';

type More = Parameters<typeof fail>[3];

/** Nothing was done, and nothing is under way. */
export function refused({ settings }: DriverContext, code: string, what: string, more?: More): FailureError {
  return fail('refused', code, `${settings.instance}: ${what}`, more);
}

/** A snapshot of the data directory would not hold what lies elsewhere. */
export function dataElsewhere(context: DriverContext, elsewhere: readonly string[]): FailureError {
  return refused(
    context,
    'data-elsewhere',
    `${elsewhere.join(', ')} is outside ${context.settings.dataDir}: a snapshot would miss it; move it into the data directory`,
  );
}

export function failed({ settings }: DriverContext, code: string, what: string, more?: More): FailureError {
  return fail('failed', code, `${settings.instance}: ${what}`, more);
}
