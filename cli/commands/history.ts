/** run list and plan list: what there was and is, newest first, read page by page until there is enough. */
import type { PlanListDocument } from '../../common/documents/plans.ts';
import type { RunListDocument } from '../../common/documents/runs.ts';
import type { OperatorLink } from '../client.ts';
import { documentOf } from '../documents.ts';
import type { ListOptions } from '../list-options.ts';
import { rowsOf } from '../pages.ts';
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

const filters = ({ io }: Session, { cluster = '', state = '', engine = '', selector = '', to = '', since }: ListOptions) => ({
  ...{ cluster, state, engine, selector, version: to },
  sinceMs: since === undefined ? 0 : since(io.clock.wallMs()),
});

function sayMore(session: Session, rows: string, more: boolean): void {
  if (more && forPeople(session)) say(session, `older ${rows} are not shown; use --limit or a filter`);
}
