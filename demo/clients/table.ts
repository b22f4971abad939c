/** The table that the demo's clients write: one row per promise, and some rows that were there before. */
import type pg from 'pg';

/** Small enough that reading a page back does not keep writers in the same process waiting. */
const pageRows = 2_000;
/** Rows loaded before the clients start have negative ids. */
const loadedRows = 20_000;

/** Creates the table and loads rows, so that the servers have something to carry. */
export async function loadTable(client: pg.Client): Promise<void> {
  await client.query('CREATE TABLE IF NOT EXISTS promises (id bigint PRIMARY KEY, writer int NOT NULL, body text NOT NULL)');
  await client.query(
    `INSERT INTO promises SELECT -n, 0, repeat(md5(n::text), 8) FROM generate_series(1, ${loadedRows}) AS n ON CONFLICT DO NOTHING`,
  );
}

/** Writing the same row again changes nothing, so a write whose confirmation was lost can be repeated. */
export async function writeRow(client: pg.Client, id: number, writer: number): Promise<void> {
  await client.query({
    name: 'write-row',
    text: 'INSERT INTO promises (id, writer, body) VALUES ($1, $2, md5($1::bigint::text)) ON CONFLICT DO NOTHING',
    values: [id, writer],
  });
}

export async function readNewestRow(client: pg.Client): Promise<void> {
  await client.query({ name: 'read-newest', text: 'SELECT id, body FROM promises ORDER BY id DESC LIMIT 1' });
}

/** Ids of all rows that clients wrote, in pages. */
export async function* pagesOfIds(client: pg.Client): AsyncGenerator<readonly number[]> {
  for (let after = 0; ; ) {
    const { rows } = await client.query<{ id: string }>(`SELECT id FROM promises WHERE id > $1 ORDER BY id LIMIT ${pageRows}`, [after]);
    if (rows.length === 0) return;
    const ids = rows.map((row) => Number(row.id));
    yield ids;
    after = ids.at(-1) ?? after;
  }
}
