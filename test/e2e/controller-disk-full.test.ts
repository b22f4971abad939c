/** The disk of the controller's store is full: everybody is told where and how much is free, and nothing is needed but room. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunDocument, RunListDocument } from '../../common/documents/runs.ts';
import type { Failure } from '../../common/failure.ts';
import type { ChainVerification } from '../../controller/store/store.ts';
import type { Ran } from '../cli/captured-io.ts';
import { actOnSmallDisk } from './small-disk.ts';

interface Seen {
  readonly dir: string;
  readonly run: {
    readonly status: RunDocument;
    readonly list: RunListDocument;
    readonly metrics: string;
    readonly plan: Failure | null;
    readonly pause: Failure | null;
    readonly writtenMeanwhile: number;
    readonly end: string;
    readonly downtimes: readonly string[];
    readonly holdsAfter: readonly unknown[];
    readonly chains: readonly ChainVerification[];
    readonly lines: readonly string[];
  };
  readonly program: {
    readonly refused: Ran;
    readonly again: readonly number[];
    readonly added: Ran;
    readonly status: Ran;
    readonly metrics: string;
    readonly taken: Ran;
    readonly statusAfter: Ran;
    readonly lines: readonly string[];
    readonly start: { readonly exitCode: number; readonly stderr: string };
    readonly left: readonly string[];
  };
}

const folder = mkdtempSync(join(tmpdir(), 'drydock-controller-disk-'));
let seen: Seen;

beforeAll(() => {
  seen = actOnSmallDisk(fileURLToPath(new URL('controller-disk-full-act.ts', import.meta.url)), [folder]) as Seen;
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const count = (lines: readonly string[], text: string) => lines.filter((line) => line.includes(text)).length;

describe("12.C15: the controller's disk is full", () => {
  it('P17 the run holds with a typed reason that names path and free bytes, and does not claim to go on', () => {
    const { status, list } = seen.run;
    const [hold] = status.holds;
    expect(hold).toMatchObject({ kind: 'store-unwritable', subject: 'controller', releasedBy: 'automatic', nextProbe: null });
    expect(hold?.detail).toMatch(
      new RegExp(`^store ${seen.dir}/.*/controller\\.db cannot be written: the disk is full, 0 bytes are free in ${seen.dir}/`),
    );
    expect(status.waiting).toBeNull();
    expect(list.runs).toMatchObject([{ shown: 'holding', holds: 1 }]);
    expect(list.holds).toEqual([hold]);
  });

  it('P17 metrics show that hold with its time, that the store takes no writes, and what is free', () => {
    const labels = 'cluster="pg-main",kind="store-unwritable",released_by="automatic"';
    const [hold] = seen.run.status.holds;
    expect(seen.run.metrics).toContain(`drydock_cluster_holds{${labels}} 1\n`);
    expect(seen.run.metrics).toContain(`drydock_cluster_hold_since_timestamp_seconds{${labels}} ${Date.parse(hold?.since ?? '') / 1000}\n`);
    for (const { metrics } of [seen.run, seen.program]) {
      expect(metrics).toMatch(/^drydock_store_writable 0$/m);
      expect(metrics).toMatch(/^drydock_store_free_bytes 0$/m);
      expect(metrics).toMatch(/^drydock_store_size_bytes [1-9]/m);
    }
  });

  it('the log has one line when it begins and one when it is over, not a stack a second', () => {
    for (const lines of [seen.run.lines, seen.program.lines]) {
      expect(count(lines, 'cannot be written: the disk is full, 0 bytes are free')).toBe(1);
      expect(count(lines, 'can be written again')).toBe(1);
      expect(lines.join('\n')).not.toMatch(/rollback|SQLITE/);
    }
    expect(seen.run.lines.filter((line) => line.startsWith('error'))).toHaveLength(1);
  });

  it('every command that writes is refused with path and free bytes, and what only reads answers', () => {
    for (const refused of [seen.run.plan, seen.run.pause])
      expect(refused).toMatchObject({
        class: 'failed',
        code: 'store-unwritable',
        message: expect.stringContaining('0 bytes are free in /'),
      });
    const { refused, again, added, status } = seen.program;
    expect(refused).toMatchObject({ exitCode: 1, stdout: '' });
    expect(refused.stderr).toContain(`store ${seen.dir}/state/controller.db cannot be written: the disk is full, 0 bytes are free in`);
    expect(again).toEqual([1, 1]);
    expect(added).toMatchObject({
      exitCode: 3,
      stderr: expect.stringContaining(`not enough space in ${seen.dir}/state/artifacts for 100000 bytes: 0 bytes are free`),
    });
    expect(status).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^why +store-unwritable: store .*\nresumes +automatically once/),
    });
  });

  it('P3 P4 P18 with room it goes on where it was, and nothing was lost or half written', () => {
    const { writtenMeanwhile, end, downtimes, holdsAfter, chains } = seen.run;
    expect(writtenMeanwhile).toBe(0);
    expect(end).toBe('done');
    expect(downtimes).toEqual(['pg-2', 'pg-3', 'pg-1']);
    expect(holdsAfter).toEqual([]);
    expect(chains.filter(({ ok }) => !ok)).toEqual([]);
    expect(seen.program.taken).toMatchObject({ exitCode: 0 });
    expect(seen.program.statusAfter.stdout).toMatch(/^no open runs/);
  });

  it('a controller that is started on a full disk answers, says so of what it is to write, calls nothing damaged, and stops', () => {
    const { start, left } = seen.program;
    expect(start.exitCode).toBe(1);
    expect(start.stderr).toContain('controller.db cannot be written: the disk is full, 0 bytes are free in /');
    expect(left.filter((name) => name.endsWith('.room') || name.includes('partial'))).toEqual([]);
  });
});
