/** The disk of an agent's journal is full: what has begun comes to its end, nothing new is begun, and the controller is told where and how much is free. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Failure } from '../../common/failure.ts';
import type { Receipt } from '../../common/orders.ts';
import { actOnSmallDisk } from './small-disk.ts';

interface Seen {
  readonly receipt: Receipt;
  readonly whenFull: {
    readonly refusal: { readonly orderId: string; readonly failure?: Failure };
    readonly repeated: Receipt;
    readonly fatals: number;
  };
  readonly start: Failure | null;
  readonly deaths: number;
  readonly after: string;
  readonly unit: { readonly active: boolean };
  readonly stateDir: readonly string[];
  readonly open: number;
}

const folder = mkdtempSync(join(tmpdir(), 'drydock-agent-disk-'));
let dir = '';
let seen: Readonly<Record<'through' | 'killed', Seen>>;

beforeAll(() => {
  const act = fileURLToPath(new URL('agent-disk-full-act.ts', import.meta.url));
  const all = actOnSmallDisk(act, [folder]) as { readonly dir: string } & typeof seen;
  ({ dir } = all);
  seen = all;
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("12.C15: the disk of the agent's journal is full", () => {
  it.each(['through', 'killed'] as const)('P20 in the middle of a downtime, which comes to its end all the same (%s)', (way) => {
    const { receipt, whenFull, deaths, unit } = seen[way];
    expect(receipt).toMatchObject({ outcome: 'done', reverted: false });
    expect(unit.active).toBe(true);
    expect(whenFull.fatals).toBe(0);
    expect(deaths).toBe(way === 'killed' ? 1 : 0);
  });

  it('nothing new is begun: it is refused with path and free bytes, for as long as there is no room', () => {
    const { refusal } = seen.through.whenFull;
    expect(refusal).toMatchObject({ orderId: 'r-1/next/1', failure: { class: 'refused', code: 'journal-unwritable', remedy: 'retry' } });
    expect(refusal.failure?.message).toMatch(
      new RegExp(`^journal ${dir}/[^ ]+/journal\\.db cannot be written: the disk is full, 0 bytes are free in ${dir}/`),
    );
  });

  it('P3 what was done is still answered with its receipt', () => {
    for (const { receipt, whenFull } of [seen.through, seen.killed]) expect(whenFull.repeated).toEqual(receipt);
  });

  it('a start without a byte calls nothing damaged, and with room it takes orders again', () => {
    for (const each of [seen.through, seen.killed]) {
      expect(each.start).toMatchObject({ code: 'journal-unwritable', message: expect.stringContaining('0 bytes are free in /') });
      expect(each.after).toBe('done');
      expect(each.open).toBe(0);
      expect(each.stateDir).toContain('journal.db.reserve');
    }
  });
});
