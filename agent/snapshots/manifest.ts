/** What is written down of a snapshot, beside its content. */
import { z } from 'zod';
import { snapshotVerifications } from '../../common/orders.ts';
import { upcastSnapshotRun } from '../../common/upcast.ts';

const stored = z.object({
  format: z.literal(1),
  /** `<run>.<instance>`, or `<run>.<hop>.<instance>`. */
  id: z.string(),
  /** That made it; 0.1 left it out. */
  run: z.string().optional(),
  /** Left out: it is the run's only one. */
  hop: z.string().optional(),
  instance: z.string(),
  engine: z.string(),
  databaseId: z.string().nullable(),
  madeAtMs: z.number(),
  expiresAtMs: z.number(),
  verified: z.enum(snapshotVerifications),
  /** Of its files; what it really takes may be less where blocks are shared. */
  bytes: z.number(),
  files: z.number(),
  /** Digest of the list of files, which holds a digest of each file unless `verified` is `none`. */
  listDigest: z.string(),
  findings: z.array(z.object({ check: z.string(), ok: z.boolean().nullable(), detail: z.string() })),
  made: z.object({
    version: z.string(),
    role: z.string(),
    position: z.string(),
    places: z.array(z.object({ folder: z.string(), path: z.string() })).min(1),
    notes: z.record(z.string(), z.string()),
    /** Left out by agents that knew of none. */
    effects: z.array(z.object({ key: z.string(), prior: z.string().nullable(), set: z.string().nullable() })).optional(),
  }),
});

export const manifestSchema = stored.transform(({ run, ...rest }) => ({ ...rest, run: upcastSnapshotRun(run, rest.id) }));
export type SnapshotManifest = z.infer<typeof manifestSchema>;

/** A name that reaches a path: what is left of it is one component, and never one of ours. */
export function snapshotIdOf(run: string, instance: string, hop?: string): string {
  return [run, ...(hop === undefined ? [] : [hop]), instance]
    .join('.')
    .replaceAll(/[^A-Za-z0-9._-]/g, '-')
    .replace(/^[.-]+/, '');
}

/** An order's id as part of a path: `r-1/canary.db-1.downtime/1` gives `r-1.canary.db-1.downtime.1`. */
export function orderName(orderId: string): string {
  return orderId.replaceAll(/[^A-Za-z0-9._-]/g, '.');
}
