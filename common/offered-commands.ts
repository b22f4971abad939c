/**
 * PURE. Commands that are offered with words of their own to fill in, without the program's name. A shell takes each as it stands: it has no
 * pipe, and what a person writes in place of the dots is quoted.
 */

/** Why, in the person's own words. */
export const reasonOption = '--reason "…"';

/** One for each thing that the step can have resulted in. */
export const resolveCommands = (runId: string, step: string): readonly string[] =>
  ['done', 'failed'].map((as) => `resolve ${runId} ${step} --as ${as} ${reasonOption}`);

export const confirmCommand = (runId: string, step: string): string => `confirm ${runId} ${step} ${reasonOption}`;

/** What a person can do about a store that is older than its fleet. */
export const adoptCommand = `controller adopt ${reasonOption}`;
