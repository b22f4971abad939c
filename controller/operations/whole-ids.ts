/**
 * Ids that people shorten: whatever a request names by the beginning of its id, is the one run or plan that begins so. The number of a run
 * is enough (`r-12` of `r-12-4f0c9a3b7d`), however many others begin with it.
 */
import { fail } from '../../common/failure.ts';
import type { Store } from '../store/store.ts';

type Kind = 'run' | 'plan';

/** Members of requests that hold an id, by what it is of. */
const kinds: Readonly<Record<string, Kind>> = {
  runId: 'run',
  restoreRun: 'run',
  chain: 'run',
  planId: 'plan',
  planA: 'plan',
  planB: 'plan',
};

const mostCandidates = 8;

/** The request with whole ids; what begins no id stays as it is, for the use case to say so. FailureError(usage, `ambiguous-id`). */
export async function withWholeIds<Asked extends object>(store: Store, asked: Asked): Promise<Asked> {
  const whole: Record<string, string> = {};
  for (const [member, value] of Object.entries(asked)) {
    const kind = kinds[member];
    if (kind !== undefined && typeof value === 'string' && value !== '') whole[member] = await wholeId(store, kind, value);
  }
  return { ...asked, ...whole };
}

async function wholeId(store: Store, kind: Kind, text: string): Promise<string> {
  const named = await store.idsFrom(kind, `${text}-`, 2);
  if (named.length === 1 && named[0] !== undefined) return named[0];
  const begun = await store.idsFrom(kind, text, mostCandidates + 1);
  if (begun.length === 0 || begun.includes(text)) return text;
  if (begun.length === 1 && begun[0] !== undefined) return begun[0];
  throw ambiguous(kind, text, begun);
}

/** Also said of the ids of other things, in the same words. */
export function ambiguous(what: string, text: string, candidates: readonly string[]): Error {
  const listed = candidates.slice(0, mostCandidates).join(', ');
  const more = candidates.length > mostCandidates ? ' and more' : '';
  return fail('usage', 'ambiguous-id', `${text} is the beginning of several ${what}s: ${listed}${more}; give more of it`);
}
