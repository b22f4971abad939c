/** What is wrong with a field, told to whoever wrote the file: the validator's own words speak of `undefined`. */
import type { z } from 'zod';

/** For a schema's `parse` and `safeParse`. A field's own message, where its schema has one, goes first. */
export const inPlainWords: z.core.ParseContext<z.core.$ZodIssue> = {
  error: (issue) => (issue.code === 'invalid_type' && issue.input === undefined ? `it is missing; expected ${issue.expected}` : undefined),
};
