/** Connection settings of a member, as the agent's file gives them. */
import { z } from 'zod';
import { connectionReader } from '../kit/host/connection.ts';

const path = z.string().startsWith('/');
const url = z.string().regex(/^https?:\/\/[^/\s?#]+$/, 'expected http://host:port or https://host:port');

const connectionSchema = z
  .strictObject({
    /** A client URL of this member that this host reaches. */
    endpoint: url.default('http://127.0.0.1:2379'),
    /** Where it answers /version and /health, when --listen-client-http-urls puts that elsewhere. */
    httpEndpoint: url.optional(),
    cacert: path.optional(),
    cert: path.optional(),
    key: path.optional(),
    /** With authentication on: needs what the role root may do. */
    user: z.string().min(1).optional(),
    /** Holds the password on its first line. */
    passwordFile: path.optional(),
    /** Name that this member must have; what the server says is compared with it. */
    memberName: z.string().min(1).optional(),
    /** When --wal-dir puts the log outside the data directory. */
    walDir: path.optional(),
  })
  .refine(({ cert, key }) => (cert === undefined) === (key === undefined), { message: 'cert and key go together', path: ['key'] })
  .refine(({ user, passwordFile }) => (user === undefined) === (passwordFile === undefined), {
    message: 'user and passwordFile go together',
    path: ['passwordFile'],
  });

/** Throws FailureError(usage) naming the field. */
export const connectionOf = connectionReader(connectionSchema);
