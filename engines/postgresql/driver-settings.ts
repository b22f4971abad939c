/** Connection settings of an instance, as the agent's file gives them. */
import { z } from 'zod';
import type { InstanceSettings } from '../../common/engine.ts';
import { fail } from '../../common/failure.ts';

const connectionSchema = z.strictObject({
  /** A host name or address, or the folder of the unix socket. */
  host: z.string().min(1).default('127.0.0.1'),
  port: z.int().min(1).max(65_535).default(5432),
  /** Needs what pg_monitor may read, and CHECKPOINT. */
  user: z.string().min(1),
  database: z.string().min(1).default('postgres'),
  /** Holds the password on its first line; not needed with peer or trust authentication. */
  passwordFile: z.string().startsWith('/').optional(),
  /** application_name that this member must have; what the server says is compared with it. */
  memberId: z.string().min(1).optional(),
});
export type ConnectionSettings = z.infer<typeof connectionSchema>;

/** Throws FailureError(usage) naming the field. */
export function connectionOf(settings: InstanceSettings): ConnectionSettings {
  const parsed = connectionSchema.safeParse(settings.connection);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const field = ['connection', ...(issue?.path ?? [])].join('.');
  throw fail('usage', 'bad-connection', `instance ${settings.instance}: ${field}: ${issue?.message ?? 'malformed'}`);
}
