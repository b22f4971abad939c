/** How an engine's driver carries its verbs out: one entry for each word of its closed list, typed by the schema of the word's arguments. */
import type { z } from 'zod';
import type { ClosedList } from '../../../common/closed-list.ts';
import type { DriverContext, DriverVerbs } from '../../../common/driver.ts';
import type { Finding } from '../../../common/facts.ts';

export interface Verb<A> {
  /** Returns the token, if the verb has one. */
  act(context: DriverContext, args: A, token: string | null): Promise<string | undefined>;
  /** Left out by verbs that are only ever repeated. */
  acted?(context: DriverContext, args: A, token: string | null): Promise<Finding>;
}

export function verbsOf<L extends ClosedList>(schemas: L, table: { readonly [W in keyof L]: Verb<z.output<L[W]>> }): DriverVerbs {
  const verbOf = (word: string, args: unknown): { readonly verb: Verb<unknown>; readonly args: unknown } => {
    const [schema, verb] = [schemas[word], (table as Readonly<Record<string, Verb<unknown>>>)[word]];
    if (schema === undefined || verb === undefined) throw new TypeError(`${word} is no verb of this driver: its agent lets none else in`);
    return { verb, args: schema.parse(args) };
  };
  return {
    schemas,
    async act(context, call) {
      const { verb, args } = verbOf(call.verb, call.args);
      return { token: (await verb.act(context, args, call.token)) ?? null };
    },
    async acted(context, call) {
      const { verb, args } = verbOf(call.verb, call.args);
      const unseen = { check: call.verb, ok: null, detail: `whether ${call.verb} was done is not checked: it can be repeated` };
      return (await verb.acted?.(context, args, call.token)) ?? unseen;
    },
  };
}
