/** What is wrong with a field, told to whoever wrote it: the validator's own words speak of `undefined`, records and strings. */
import type { z } from 'zod';

/** For a schema's `parse` and `safeParse`. A field's own message, where its schema has one, goes first. */
export const plainText: z.core.ParseContext<z.core.$ZodIssue> = { error: textOf };

/** undefined: the validator's words do. */
function textOf(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code === 'invalid_type') return issue.input === undefined ? `it is missing; expected ${issue.expected}` : undefined;
  // What is wrong with the name of an entry was said by its own schema.
  if (issue.code === 'invalid_key') return issue.issues[0]?.message;
  if (issue.code === 'too_big')
    return `expected ${issue.inclusive === false ? 'less than' : 'at most'} ${issue.maximum}${unitOf(issue.origin)}`;
  if (issue.code === 'too_small')
    return `expected ${issue.inclusive === false ? 'more than' : 'at least'} ${issue.minimum}${unitOf(issue.origin)}`;
  return undefined;
}

function unitOf(origin: string): string {
  if (origin === 'string') return ' characters';
  return origin === 'array' || origin === 'set' || origin === 'map' ? ' entries' : '';
}
