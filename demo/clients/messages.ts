/** What the demo and its clients say to each other over the channel between parent and child. */
import { z } from 'zod';

const addressSchema = z.object({ host: z.string(), port: z.number().int() });

const clusterAddressSchema = z.object({
  nodes: z.array(addressSchema).min(1).readonly(),
  user: z.string(),
  password: z.string().optional(),
  database: z.string(),
});

export const askSchema = z.discriminatedUnion('ask', [
  z.object({ ask: z.literal('begin'), cluster: clusterAddressSchema, pauseMs: z.number().nonnegative() }),
  /** Reads every acknowledged row back and tells the figures so far. */
  z.object({ ask: z.literal('report') }),
  /** The same, after the last write; the child ends afterwards. */
  z.object({ ask: z.literal('end') }),
]);
export type Ask = z.infer<typeof askSchema>;

const reportSchema = z.object({
  acknowledged: z.number(),
  lost: z.number(),
  failed: z.number(),
  retried: z.number(),
  longestWriteGapMs: z.number(),
  longestReadGapMs: z.number(),
});

export const toldSchema = z.discriminatedUnion('told', [
  z.object({ told: z.literal('writing') }),
  z.object({ told: z.literal('report'), report: reportSchema }),
  z.object({ told: z.literal('failure'), message: z.string() }),
]);
export type Told = z.infer<typeof toldSchema>;
