/** What the demo and its clients say to each other over the channel between parent and child. */
import { z } from 'zod';

export const askSchema = z.discriminatedUnion('ask', [
  /** `address`: of the cluster, as the clients of its engine know it. */
  z.object({ ask: z.literal('begin'), address: z.unknown(), pauseMs: z.number().nonnegative() }),
  /** Reads every acknowledged row back and tells the figures so far. */
  z.object({ ask: z.literal('report') }),
  /** The same, after the last write; the child ends afterwards. */
  z.object({ ask: z.literal('end') }),
]);
export type Ask = z.infer<typeof askSchema>;

export const reportedSchema = z.discriminatedUnion('reported', [
  z.object({ reported: z.literal('writing') }),
  z.object({ reported: z.literal('report'), report: z.unknown() }),
  z.object({ reported: z.literal('failure'), message: z.string() }),
]);
export type Reported = z.infer<typeof reportedSchema>;

/** Figures that clients of every engine tell. */
export const clientsReportSchema = z.object({
  acknowledged: z.number(),
  lost: z.number(),
  failed: z.number(),
  retried: z.number(),
  longestWriteGapMs: z.number(),
  longestReadGapMs: z.number(),
});
