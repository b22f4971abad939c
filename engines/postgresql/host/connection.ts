/** How the agent reaches one server: the settings that its file gives, and sessions by them. */
import { z } from 'zod';
import { connectionReader } from '../../kit/host/connection.ts';
import { sqlSessions } from '../../kit/host/sql-sessions.ts';

/** How this server logs in at the member that it follows, by the words of libpq; files are read by the server's own account. */
const replicationSchema = z.strictObject({
  user: z.string().min(1),
  passfile: z.string().startsWith('/').optional(),
  sslmode: z.enum(['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full']).optional(),
  sslrootcert: z.string().startsWith('/').optional(),
  sslcert: z.string().startsWith('/').optional(),
  sslkey: z.string().startsWith('/').optional(),
  /** Slot of this member on whichever it follows; left out: it follows without one. */
  slot: z
    .string()
    .regex(/^[a-z0-9_]{1,63}$/, 'expected the name of a slot: lower case letters, digits and underscores')
    .optional(),
});

const portSchema = z.int().min(1).max(65_535);

const connectionSchema = z.strictObject({
  /** A host name or address, or the folder of the unix socket. */
  host: z.string().min(1).default('127.0.0.1'),
  port: portSchema.default(5432),
  /** Needs what pg_monitor may read, and CHECKPOINT. */
  user: z.string().min(1),
  database: z.string().min(1).default('postgres'),
  /** Holds the password on its first line; not needed with peer or trust authentication. */
  passwordFile: z.string().startsWith('/').optional(),
  /** application_name that this member must have; what the server says is compared with it. */
  memberId: z.string().min(1).optional(),
  /** Where its peers reach this server; left out: at host and port above. */
  advertise: z.strictObject({ host: z.string().min(1), port: portSchema }).optional(),
  /** For a server that never was a standby, and so has no primary_conninfo of its own. */
  replication: replicationSchema.optional(),
  /** application_name of programs that take WAL from this server and are no members, where they report as if they were. */
  receivers: z.array(z.string().min(1)).default([]),
  /** application_name of sessions that take backups of this server, where nothing else shows it. */
  backups: z.array(z.string().min(1)).default([]),
  /** Programs on this host, by the name of the file, that start, stop or promote this server. */
  managers: z.array(z.string().min(1)).default([]),
});
export type ConnectionSettings = z.infer<typeof connectionSchema>;

/** Throws FailureError(usage) naming the field. */
export const connectionOf = connectionReader(connectionSchema, 'by-trust');

/** Where peers reach this server; null: it is only known by its unix socket. */
export function advertisedOf(connection: ConnectionSettings): { readonly host: string; readonly port: number } | null {
  const { advertise, host, port } = connection;
  return advertise ?? (host.startsWith('/') ? null : { host, port });
}

export const { inOwnSession, inSharedSession, shared } = sqlSessions({ product: 'PostgreSQL', connectionOf });
