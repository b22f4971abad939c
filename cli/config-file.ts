/** The file of `plan --config`: what is to be changed in every node's configuration. */
import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { z } from 'zod';
import { fail } from '../common/failure.ts';
import type { ConfigChange } from '../common/orders.ts';

const schema = z.strictObject({
  set: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
  rename: z.record(z.string(), z.string()).default({}),
  remove: z.array(z.string()).default([]),
});

/** Throws FailureError(usage, `bad-config-file`) naming file and field. */
export async function readConfigFile(path: string): Promise<readonly ConfigChange[]> {
  const text = await readFile(path, 'utf8').catch((error: Error) => {
    throw fail('usage', 'bad-config-file', `${path} cannot be read: ${error.message}`);
  });
  const read = schema.safeParse(parse(text));
  if (!read.success) throw fail('usage', 'bad-config-file', `${path}: ${z.prettifyError(read.error)}`);
  const { set, rename, remove } = read.data;
  return [
    ...Object.entries(set).map(([key, value]): ConfigChange => ({ op: 'set', key, value: String(value) })),
    ...Object.entries(rename).map(([key, to]): ConfigChange => ({ op: 'rename', key, to })),
    ...remove.map((key): ConfigChange => ({ op: 'remove', key })),
  ];
}
