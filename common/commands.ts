/** PURE. Commands that are offered to people, ready to paste: about a run without the program's name, and plans. A shell takes each as it stands: it has no pipe, and what a person writes in place of the dots is quoted. */
import type { Direction, Plan } from './plan.ts';

/** Stands where a person is to write, and is no reason. */
export const reasonPlaceholder = '…';

/** Why, in the person's own words. */
export const reasonOption = `--reason "${reasonPlaceholder}"`;

/** One for each thing that the step can have resulted in. */
export const resolveCommands = (runId: string, step: string): readonly string[] =>
  ['done', 'failed'].map((as) => `resolve ${runId} ${step} --as ${as} ${reasonOption}`);

export const confirmCommand = (runId: string, step: string): string => `confirm ${runId} ${step} ${reasonOption}`;

export const excludeCommand = (runId: string, instance: string): string => `exclude ${runId} ${instance} ${reasonOption}`;

/** What a person can do about a store that is older than its fleet. */
export const adoptCommand = `controller adopt ${reasonOption}`;

// Commands that plan where a cluster goes, ready to paste.

/** `drydock plan main --to 16.4 --downgrade`. */
export const planCommand = (cluster: string, to: string, direction: Direction): string =>
  `drydock plan ${cluster} --to ${to}${direction === 'downgrade' ? ' --downgrade' : ''}`;

export const oppositeOf = (direction: Direction): Direction => (direction === 'upgrade' ? 'downgrade' : 'upgrade');

/** A plan of its own that goes where this one came from. */
export const returnCommand = ({ cluster, from, direction }: Pick<Plan, 'cluster' | 'from' | 'direction'>): string =>
  planCommand(cluster, from, oppositeOf(direction));
