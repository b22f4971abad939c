/** How an engine's driver carries its verbs out: one entry for each word of its closed list, typed by the schema of the word's arguments. */
import type { z } from 'zod';
import type { ClosedList } from '../../../common/closed-list.ts';
import type { DriverContext, DriverVerbs } from '../../../common/driver.ts';
import type { Finding } from '../../../common/facts.ts';

/** Returns the token, if the verb has one. */
type Act<A> = (context: DriverContext, args: A, token: string | null) => Promise<string> | Promise<void>;

/** `acted`: whether it was done; left out by verbs that are only ever repeated. */
type Verb<A> =
  | Act<A>
  | { readonly act: Act<A>; readonly acted: (context: DriverContext, args: A, token: string | null) => Promise<Finding> };

export function verbsOf<L extends ClosedList>(schemas: L, table: { readonly [W in keyof L]: Verb<z.output<L[W]>> }): DriverVerbs {
  const verbOf = (word: string, args: unknown) => {
    const [schema, verb] = [schemas[word], (table as Readonly<Record<string, Verb<unknown>>>)[word]];
    if (schema === undefined || verb === undefined)
      throw new TypeError(`unknown verb ${word}: the agent refuses verbs that its driver does not define`);
    return { args: schema.parse(args), ...(typeof verb === 'function' ? { act: verb } : verb) };
  };
  return {
    schemas,
    async act(context, call) {
      const { act, args } = verbOf(call.verb, call.args);
      const token = await act(context, args, call.token);
      return { token: typeof token === 'string' ? token : null };
    },
    async acted(context, call) {
      const { args, ...verb } = verbOf(call.verb, call.args);
      const unseen = { check: call.verb, ok: null, detail: `whether ${call.verb} was done is not checked: it can be repeated` };
      return 'acted' in verb ? verb.acted(context, args, call.token) : unseen;
    },
  };
}
