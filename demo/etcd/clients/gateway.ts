/** etcd's key-value API over HTTP, as JSON: numbers of 64 bits are strings there, keys and values base64. */
import { Agent, type IncomingMessage, request } from 'node:http';
import { z } from 'zod';

/** A member that does not answer within this time is as good as down; milliseconds. */
export const answerLimitMs = 2_000;

const agent = new Agent({ keepAlive: true });

const keyValueSchema = z.object({
  key: z.string().transform(decoded),
  value: z.string().default('').transform(decoded),
  mod_revision: z.coerce.bigint(),
});
export type KeyValue = z.output<typeof keyValueSchema>;

const rangeSchema = z.object({
  header: z.object({ revision: z.coerce.bigint() }),
  kvs: z.array(keyValueSchema).default([]),
});

const transactionSchema = z.object({
  header: z.object({ revision: z.coerce.bigint() }),
  succeeded: z.boolean().default(false),
  responses: z.array(z.object({ response_range: z.object({ kvs: z.array(keyValueSchema).default([]) }).optional() })).default([]),
});

export const watchedSchema = z.object({
  result: z.object({ events: z.array(z.object({ kv: keyValueSchema })).default([]), canceled: z.boolean().default(false) }),
});

export function encoded(text: string): string {
  return Buffer.from(text).toString('base64');
}

function decoded(text: string): string {
  return Buffer.from(text, 'base64').toString();
}

export interface RangeAsked {
  readonly key: string;
  /** Keys from `key` up to this one, which is left out. */
  readonly end?: string;
  readonly limit?: number;
  /** Left out: the newest, which a quorum agrees to. */
  readonly revision?: bigint;
}

/** A linearizable read. */
export async function range(member: string, { key, end, limit, revision }: RangeAsked) {
  const asked = {
    key: encoded(key),
    ...(end === undefined ? {} : { range_end: encoded(end) }),
    ...(limit === undefined ? {} : { limit: String(limit) }),
    ...(revision === undefined ? {} : { revision: String(revision) }),
  };
  return rangeSchema.parse(await post(member, '/v3/kv/range', asked));
}

export async function transact(member: string, transaction: unknown) {
  return transactionSchema.parse(await post(member, '/v3/kv/txn', transaction));
}

/** Throws when it is refused, broken off or not answered in time: whether it took effect is unknown then. */
async function post(member: string, path: string, body: unknown): Promise<unknown> {
  const response = await opened(member, path, body, AbortSignal.timeout(answerLimitMs));
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  if (response.statusCode !== 200) throw new Error(`${member}${path}: ${response.statusCode} ${text.slice(0, 200)}`);
  return JSON.parse(text);
}

/** The answer as it begins to come; it goes on until it ends or the signal is aborted. */
export function opened(member: string, path: string, body: unknown, signal: AbortSignal): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const asking = request(`${member}${path}`, { method: 'POST', agent, signal, headers: { 'content-type': 'application/json' } }, resolve);
    asking.on('error', reject);
    asking.end(JSON.stringify(body));
  });
}
