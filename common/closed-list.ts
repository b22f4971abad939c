/**
 * A closed list of an engine's driver (P13): its words, each with the schema of its arguments. The planner makes an order's arguments by it, and the
 * agent parses by it what came, before it takes the order in. PURE.
 */
import type { z } from 'zod';
import { type Args, type OrderBody, problemOf } from './order-body.ts';

export type ClosedList = Readonly<Record<string, z.ZodType>>;

/** The order that this verb be done; throws where the arguments are not of its schema, which is a bug of who plans. */
export function actOf<L extends ClosedList, W extends keyof L & string>(verbs: L, verb: W, args: z.input<L[W]>): OrderBody {
  return { kind: 'act', ...callOf(verbs, verb, args) };
}

/** This verb as a downtime does it last. Throws as `actOf` does. */
export function callOf<L extends ClosedList, W extends keyof L & string>(
  verbs: L,
  verb: W,
  args: z.input<L[W]>,
): { readonly verb: W; readonly args: Args } {
  return { verb, args: parsedBy(verbs, verb, args) };
}

/** The order that this job be done, from its beginning. Throws as `actOf` does. */
export function jobOf<L extends ClosedList, W extends keyof L & string>(jobs: L, name: W, args: z.input<L[W]>): OrderBody {
  return { kind: 'job', name, args: parsedBy(jobs, name, args), cursor: null };
}

function parsedBy(list: ClosedList, word: string, args: unknown): Args {
  const schema = list[word];
  if (schema === undefined) throw new TypeError(`${word} is not in the list`);
  return schema.parse(args) as Args;
}

/** Why no such call is of the list, a sentence without its subject; null: it is. `what`: `verb`, `job`. */
export function callProblem(list: ClosedList, what: string, word: string, args: Args): string | null {
  const schema = Object.hasOwn(list, word) ? list[word] : undefined;
  if (schema === undefined) return `this agent's driver does not support the ${what} ${word}`;
  const parsed = schema.safeParse(args);
  return parsed.success ? null : `invalid arguments for the ${what} ${word}: ${problemOf(parsed.error)}`;
}
