/**
 * A counter that is raised by compare-and-swap. Each increment leaves a key of its own in the same transaction: one whose answer was lost
 * can be asked for again without being counted twice, and at the end the counter must be as high as there are keys.
 */
import { encoded, type KeyValue, range, transact } from './gateway.ts';

export const counterKey = 'demo/counter';
const incrementPrefix = 'demo/increments/';
const incrementEnd = 'demo/increments0';
/** Wide enough for every id, so that keys sort as ids do. */
const idDigits = 12;
const pageKeys = 2_000;

/** As it was last seen. */
export interface Seen {
  readonly value: number;
  /** 0n: there is none yet. */
  readonly revision: bigint;
}

export type Attempt = { readonly counted: number; readonly seen: Seen } | { readonly counted: null; readonly seen: Seen };

const keyOf = (id: number) => `${incrementPrefix}${String(id).padStart(idDigits, '0')}`;

/** One compare-and-swap. `counted`: what the counter came to by this increment; null: another client was faster. Throws when the outcome is unknown. */
export async function attemptIncrement(member: string, id: number, seen: Seen): Promise<Attempt> {
  const counter = encoded(counterKey);
  const own = encoded(keyOf(id));
  const value = seen.value + 1;
  const answer = await transact(member, {
    compare: [
      { target: 'MOD', key: counter, result: 'EQUAL', mod_revision: String(seen.revision) },
      { target: 'CREATE', key: own, result: 'EQUAL', create_revision: '0' },
    ],
    success: [
      { request_put: { key: counter, value: encoded(String(value)) } },
      { request_put: { key: own, value: encoded(String(value)) } },
    ],
    failure: [{ request_range: { key: counter } }, { request_range: { key: own } }],
  });
  if (answer.succeeded) return { counted: value, seen: { value, revision: answer.header.revision } };
  const [current, earlier] = answer.responses.map(({ response_range }) => response_range?.kvs[0]);
  return { counted: earlier === undefined ? null : Number(earlier.value), seen: seenIn(current) };
}

export async function readCounter(member: string): Promise<Seen> {
  return seenIn((await range(member, { key: counterKey })).kvs[0]);
}

function seenIn(counter: KeyValue | undefined): Seen {
  return counter === undefined ? { value: 0, revision: 0n } : { value: Number(counter.value), revision: counter.mod_revision };
}

/** The counter and, in pages, the ids of all increments, at one revision. */
export async function readAll(member: string): Promise<{ readonly counter: number; readonly ids: readonly number[] }> {
  const newest = await range(member, { key: counterKey });
  const ids: number[] = [];
  for (let key = incrementPrefix; ; ) {
    const { kvs } = await range(member, { key, end: incrementEnd, limit: pageKeys, revision: newest.header.revision });
    for (const each of kvs) ids.push(Number(each.key.slice(incrementPrefix.length)));
    const last = kvs.at(-1);
    if (last === undefined || kvs.length < pageKeys) return { counter: seenIn(newest.kvs[0]).value, ids };
    key = `${last.key}\0`;
  }
}
