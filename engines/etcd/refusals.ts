/** What can refuse a plan: every check by which `assess` does. A run asks all of them again before each turn and each stop. PURE. */
import type { Problem } from '../../common/procedure.ts';
import { refusal } from '../precheck-problems.ts';

export const refusals = [
  'caught-up',
  'cluster-version',
  'in-service',
  'member-id',
  'members-started',
  'no-alarm',
  'no-learner',
  'observed',
  'one-leader',
  'peers-healthy',
  'same-cluster',
  'same-members',
  'version-on-disk',
] as const;
export type RefusalId = (typeof refusals)[number];

export function refuse(check: RefusalId, subject: string, detail: string, clears: Problem['clears']): Problem {
  return refusal(check, subject, detail, clears);
}
