/** Does this database have anything that a task of the rules is about? Asked of an agent as a check, answered as a finding. */
import type { Finding } from './facts.ts';

const prefix = 'affects:';

/** A finding of this check: `ok` true: no such object; false: what it names is affected; null: unknown. */
export const affectsCheck = (task: string): string => `${prefix}${task}`;

export const isAffectsCheck = (check: string): boolean => check.startsWith(prefix);

export interface Affected {
  readonly affected: 'affected' | 'not-affected' | 'unknown';
  /** Which objects, or why that is unknown. */
  readonly detail: string;
}

export function affectedOf(finding: Finding): Affected {
  return { affected: finding.ok === null ? 'unknown' : finding.ok ? 'not-affected' : 'affected', detail: finding.detail };
}
