/** What can refuse a plan: every check by which `assess` and `takeOver` do. A run asks all of them again before each turn and each stop. PURE. */
import type { Problem } from '../../common/procedure.ts';
import type { CheckId } from './checks.ts';
import { refusal } from './problems-of-nodes.ts';

/** Speak only against stopping the very node that they were found on: what is not stopped may take a backup or archive slowly. */
export const stopChecks = [
  'no-backup-running',
  'archiver-keeps-up',
  'no-long-transactions',
  'receivers-keep-up',
] as const satisfies readonly CheckId[];

/** Findings that hosts are asked for with every look. */
export const preflightChecks = [
  'in-service',
  'no-ha-manager',
  'slots-sound',
  'can-follow',
  'readable-at-rest',
  'needs-no-reseed',
  ...stopChecks,
] as const satisfies readonly CheckId[];

export const refusals = [
  'can-take-over',
  'caught-up',
  'in-service',
  'member-id',
  'needs-reseed',
  'no-ha-manager',
  'observed',
  'one-major',
  'one-primary',
  'replication-streaming',
  'same-cluster',
  'same-timeline',
  'settings-not-lower',
  'slots-sound',
  'sync-satisfiable',
  'two-primaries',
  'version-on-disk',
  ...stopChecks,
] as const;
export type RefusalId = (typeof refusals)[number];

export function refuse(check: RefusalId, subject: string, detail: string, clears: Problem['clears']): Problem {
  return refusal(check, subject, detail, clears);
}
