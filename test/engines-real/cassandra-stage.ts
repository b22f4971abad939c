/** Runs on a real Cassandra fleet under clients that write and read at QUORUM without pause, and what must be so of it afterwards. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { ClusterDocument } from '../../common/documents/fleet.ts';
import type { CassandraFleet } from '../../demo/cassandra/fleet.ts';
import { waitFor } from '../../demo/wait.ts';
import type { Started } from './etcd-stage.ts';
import { told } from './strikes.ts';

export const minutes = 60_000;
const clientPauseMs = 30;
const never = new AbortController().signal;

/** The database starts and answers slowly while everything of it is on one machine. */
export const patient = (fleet: CassandraFleet): CassandraFleet => ({ ...fleet, waitHealthy: () => fleet.waitHealthy(5 * minutes) });

/** Does it while clients write and read; afterwards no acknowledged row may be lost, and no read may have missed one. */
export async function underLoad(fleet: CassandraFleet, what: string, body: () => Promise<void>): Promise<void> {
  const clients = await fleet.startClients(clientPauseMs);
  try {
    await body();
    const report = await clients.end();
    const { acknowledged, failed, longestWriteGapMs, longestReadGapMs } = report;
    const gaps = `longest gap of writes ${longestWriteGapMs} ms, of reads ${longestReadGapMs} ms`;
    console.log(`${what}: ${acknowledged} rows acknowledged, ${failed} tries failed; ${gaps}`);
    expect(report).toMatchObject({ lost: 0, stale: 0 });
    expect(report.acknowledged).toBeGreaterThan(0);
  } finally {
    await clients.kill();
  }
}

/** Agrees to the step for which the run waits, once it does. */
export async function consent(fleet: CassandraFleet, { runId, log }: Started, limitMs: number): Promise<void> {
  const step = await waitFor('the question for consent', limitMs, never, async () => {
    const holds = log.statuses.at(-1)?.holds ?? [];
    const asked = holds.find(({ kind }) => kind === 'awaiting-consent');
    return asked === undefined
      ? { notYet: holds.map(({ kind, detail }) => `${kind}: ${detail}`).join('; ') || 'it goes on' }
      : { seen: asked.subject };
  });
  await told(fleet, ['confirm', runId, step, '--reason', 'rehearsed']);
}

/** Resolves when the first node has been stopped, changed and started again. */
export async function firstNodeDone({ log }: Started, limitMs: number): Promise<void> {
  await waitFor('the end of the first downtime', limitMs, never, async () => {
    const ended = log.events.some((event) => event.type === 'order-ended' && event.step.endsWith('.downtime'));
    return ended ? { seen: true } : { notYet: JSON.stringify(log.events.at(-1)) };
  });
}

export async function versionsOf(fleet: CassandraFleet): Promise<readonly (string | null)[]> {
  const { members } = (await fleet.cliJson(['cluster', 'show', fleet.cluster])) as ClusterDocument;
  return members.map(({ version }) => version);
}

/** Formats of the sstables that lie in a node's data directory: the letters that their names begin with. */
export async function formatsOf({ layout }: CassandraFleet, name: string): Promise<readonly string[]> {
  const dataDir = layout.nodes.find(({ node }) => node.name === name)?.node.dataDir;
  if (dataDir === undefined) throw new RangeError(`there is no node ${name}`);
  const files = (await readdir(join(dataDir, 'data'), { recursive: true })).filter((file) => !/\/(snapshots|backups)\//.test(file));
  return [...new Set(files.flatMap((file) => /\/([a-z]{2})-[^/]*-Data\.db$/.exec(file)?.[1] ?? []))].sort();
}
