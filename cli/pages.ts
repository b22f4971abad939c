/** Lists come page by page: they are walked until there is enough. A page may be empty, and another one follow. */
export interface Page<Row> {
  readonly rows: readonly Row[];
  /** Empty: nothing after this page. */
  readonly nextAfter: string;
}

/** What the controller gives at most in one answer. */
const largestPage = 500;

/** At most `limit` rows; `more`: there may be further ones behind the last. */
export async function rowsOf<Row>(
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

/** Every row of every page. */
export const allRows = async <Row>(ask: (pageSize: number, after: string) => Promise<Page<Row>>): Promise<readonly Row[]> =>
  (await rowsOf(Number.POSITIVE_INFINITY, ask)).rows;
