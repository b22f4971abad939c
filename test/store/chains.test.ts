import { copyFileSync } from 'node:fs';
import BetterSqlite from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { openStore } from '../../controller/store/sqlite-store.ts';
import { addRun, append, cluster, tempDir } from './samples.ts';

async function twoRuns(file: string): Promise<void> {
  const store = openStore({ file });
  await store.adoptCluster(cluster, 'w1', 'local:test');
  for (const runId of ['r-1', 'r-2']) {
    await addRun(store, runId, 'approved');
    await store.append(
      append(
        runId,
        1,
        [
          { type: 'approved', digest: 'd', actor: 'local:test' },
          { type: 'run-started', actor: 'local:test' },
          { type: 'paused', actor: 'local:test', reason: 'a word' },
        ],
        { state: 'approved' },
      ),
    );
  }
  await store.close();
}

/** What verification says of chains that are not whole, after somebody changed the file behind Drydock's back. */
async function afterTampering(sql: string): Promise<readonly string[]> {
  using dir = tempDir();
  const file = dir.file('store.db');
  await twoRuns(file);
  const database = new BetterSqlite(file);
  database.pragma('foreign_keys = OFF');
  database.exec(sql);
  database.close();
  const store = openStore({ file });
  const verified = await store.verifyChains();
  await store.close();
  return verified.filter((chain) => !chain.ok).map((chain) => `${chain.chain}: ${chain.detail}`);
}

describe('P14 the audit log', () => {
  it('is whole when nobody touched it, one chain per run and one for the fleet', async () => {
    using dir = tempDir();
    await twoRuns(dir.file('store.db'));
    const store = openStore({ file: dir.file('store.db') });
    expect(await store.chains()).toEqual(['fleet', 'r-1', 'r-2']);
    const verified = await store.verifyChains();
    expect(verified.map(({ chain, events, ok }) => ({ chain, events, ok }))).toEqual([
      { chain: 'fleet', events: 2, ok: true },
      { chain: 'r-1', events: 4, ok: true },
      { chain: 'r-2', events: 4, ok: true },
    ]);
    const page = await store.events('r-1', 1, 2);
    expect(page.map(({ seq, body }) => ({ seq, type: body.type }))).toEqual([
      { seq: 2, type: 'approved' },
      { seq: 3, type: 'run-started' },
    ]);
    await store.close();
  });

  it('detects an edited event, time or place included', async () => {
    for (const change of ["body = replace(body, 'a word', 'nothing')", 'at_ms = at_ms + 1', 'v = v + 1'])
      expect(await afterTampering(`UPDATE events SET ${change} WHERE chain = 'r-1' AND seq = 4`)).toEqual([
        'r-1: event 4 does not match its hash: this event or an earlier one was changed or moved',
      ]);
  });

  it('detects a deleted event', async () => {
    expect(await afterTampering("DELETE FROM events WHERE chain = 'r-2' AND seq = 2")).toEqual([
      'r-2: event 2 is missing: it was deleted or moved',
    ]);
  });

  it('detects events that changed places', async () => {
    const swap = `UPDATE events SET seq = 99 WHERE chain = 'r-1' AND seq = 2;
      UPDATE events SET seq = 2 WHERE chain = 'r-1' AND seq = 3; UPDATE events SET seq = 3 WHERE chain = 'r-1' AND seq = 99;`;
    expect(await afterTampering(swap)).toEqual(['r-1: event 2 does not match its hash: this event or an earlier one was changed or moved']);
  });

  it('detects a tail that was cut off, even when the recorded head was restored with it', async () => {
    const cut = "DELETE FROM events WHERE chain = 'r-1' AND seq > 2;";
    expect(await afterTampering(cut)).toEqual(['r-1: events 3 to 4 were cut off']);
    const headToo = `${cut} UPDATE chains SET seq = 2, head = (SELECT hash FROM events WHERE chain = 'r-1' AND seq = 2) WHERE chain = 'r-1';`;
    expect(await afterTampering(headToo)).toEqual(['r-1: the run was folded up to event 4, the chain ends at 2']);
  });

  it('detects a chain that is gone altogether', async () => {
    expect(await afterTampering("DELETE FROM events WHERE chain = 'r-1'; DELETE FROM chains WHERE chain = 'r-1';")).toEqual([
      'r-1: the record of this chain was deleted; its run was folded up to event 4',
    ]);
  });

  it('detects a fork: the tail of another history under the same head', async () => {
    using dir = tempDir();
    const file = dir.file('store.db');
    await twoRuns(file);
    copyFileSync(file, dir.file('fork.db'));
    const fork = openStore({ file: dir.file('fork.db') });
    await fork.append(append('r-1', 4, [{ type: 'resumed', actor: 'somebody else' }]));
    await fork.close();
    const own = openStore({ file });
    await own.append(append('r-1', 4, [{ type: 'resumed', actor: 'local:test' }]));
    await own.close();

    const database = new BetterSqlite(file);
    database.prepare('ATTACH ? AS fork').run(dir.file('fork.db'));
    database.exec(`UPDATE main.events SET (body, hash, at_ms) =
      (SELECT body, hash, at_ms FROM fork.events WHERE chain = 'r-1' AND seq = 5) WHERE chain = 'r-1' AND seq = 5`);
    database.close();
    const store = openStore({ file });
    const broken = (await store.verifyChains()).filter((chain) => !chain.ok);
    await store.close();
    expect(broken.map(({ detail }) => detail)).toEqual(['the last event is not the recorded head: the chain was rewritten']);
  });
});
