/** PURE. Lists that are answered page by page: what of them is asked for, as the store is asked. */
import { runStates } from '../../common/documents/runs.ts';
import { fail } from '../../common/failure.ts';
import type { Selector } from '../../common/labels.ts';
import { openStates } from '../store/run-lists.ts';
import type { ListPlace, ListQuery } from '../store/store.ts';

/** A page must fit into one message. */
const largestPage = 500;

interface Asked {
  readonly cluster: string | null;
  readonly engine: string | null;
  readonly state: string | null;
  readonly selector: Selector;
  readonly sinceMs: number | null;
  readonly pageSize: number;
  /** Mark of the page before; empty: from the newest. */
  readonly after: string;
}

/** FailureError(usage, `unknown-state`). */
export function listQuery({ cluster, engine, state, selector, sinceMs, pageSize, after }: Asked): ListQuery {
  const limit = pageSize === 0 ? largestPage : Math.min(pageSize, largestPage);
  return { cluster, engine, states: statesNamed(state), selector, sinceMs, after: placeOf(after), limit };
}

function statesNamed(state: string | null): ListQuery['states'] {
  if (state === null) return null;
  if (state === 'open') return openStates;
  if ((runStates as readonly string[]).includes(state)) return [state];
  throw fail(
    'usage',
    'unknown-state',
    `there is no state ${state}; there are ${runStates.join(', ')}, and open for those that have not ended`,
  );
}

function placeOf(mark: string): ListPlace | null {
  const [atMs, ordinal] = mark.split('.').map(Number);
  return atMs === undefined || ordinal === undefined ? null : { atMs, ordinal };
}
