/** run list and plan list: what there was and is, newest first, read page by page until there is enough. */
import type { PlanListDocument } from '../../common/documents/plans.ts';
import type { RunListDocument } from '../../common/documents/runs.ts';
import type { OperatorLink } from '../client.ts';
import { documentOf } from '../documents.ts';
import type { ListOptions } from '../list-options.ts';
import { planHistoryLines, runHistoryLines } from '../render/history.ts';
import { forPeople, type Session, say } from '../session.ts';
import { printList } from '../watch/watch-list.ts';

export async function runList(session: Session, options: ListOptions): Promise<void> {
  let more = false;
  const read = async (link: OperatorLink): Promise<RunListDocument> => {
    const holds: RunListDocument['holds'][number][] = [];
    const found = await rowsOf(options.limit, async (pageSize, after) => {
      const page = await link.ask('ListRuns', { ...filters(session, options), pageSize, after });
      const document = documentOf<RunListDocument>(page.runs, 'runs');
      if (after === '') holds.push(...document.holds);
      return { rows: document.runs, nextAfter: page.nextAfter };
    });
    more = found.more;
    return { apiVersion: 'drydock/v1', holds, runs: found.rows };
  };
  await printList(session, options, read, runHistoryLines);
  sayMore(session, 'runs', more);
}

export async function planList(session: Session, options: ListOptions): Promise<void> {
  let more = false;
  const read = async (link: OperatorLink): Promise<PlanListDocument> => {
    const found = await rowsOf(options.limit, async (pageSize, after) => {
      const page = await link.ask('ListPlans', { ...filters(session, options), pageSize, after });
      return { rows: documentOf<PlanListDocument>(page.plans, 'plans').plans, nextAfter: page.nextAfter };
    });
    more = found.more;
    return { apiVersion: 'drydock/v1', plans: found.rows };
  };
  await printList(session, options, read, planHistoryLines);
  sayMore(session, 'plans', more);
}

/** All runs that have not ended, whatever their number. */
export async function openRuns(link: OperatorLink): Promise<Pick<RunListDocument, 'runs' | 'holds'>> {
  const holds: RunListDocument['holds'][number][] = [];
  const { rows } = await rowsOf(Number.POSITIVE_INFINITY, async (_pageSize, after) => {
    const page = await link.ask('ListRuns', { openOnly: true, after });
    const document = documentOf<RunListDocument>(page.runs, 'runs');
    if (after === '') holds.push(...document.holds);
    return { rows: document.runs, nextAfter: page.nextAfter };
  });
  return { holds, runs: rows };
}

interface Page<Row> {
  readonly rows: readonly Row[];
  readonly nextAfter: string;
}

/** `more`: there are further ones behind the last. */
async function rowsOf<Row>(
  limit: number,
  ask: (pageSize: number, after: string) => Promise<Page<Row>>,
): Promise<{ readonly rows: readonly Row[]; readonly more: boolean }> {
  const rows: Row[] = [];
  for (let after = ''; ; ) {
    const page = await ask(Math.min(limit - rows.length, largestPage), after);
    rows.push(...page.rows);
    if (page.nextAfter === '' || rows.length >= limit) return { rows, more: page.nextAfter !== '' };
    after = page.nextAfter;
  }
}

/** What the controller gives at most in one answer. */
const largestPage = 500;

const filters = ({ io }: Session, { cluster = '', state = '', engine = '', selector = '', since }: ListOptions) => ({
  ...{ cluster, state, engine, selector },
  sinceMs: since === undefined ? 0 : since(io.clock.wallMs()),
});

function sayMore(session: Session, rows: string, more: boolean): void {
  if (more && forPeople(session)) say(session, `older ${rows} are not shown: give --limit, or a filter`);
}
