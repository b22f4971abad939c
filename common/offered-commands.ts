/**
 * PURE. Commands that are offered with words of their own to fill in, without the program's name. A shell takes each as it stands: it has no
 * pipe, and what a person writes in place of the dots is quoted.
 */

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
