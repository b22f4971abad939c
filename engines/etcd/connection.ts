/** Connection settings of a member, as the agent's file gives them. */
import { z } from 'zod';
import { connectionReader, httpUrl, loginFields, tlsFields } from '../kit/host/connection.ts';

const fields = z.strictObject({
  /** A client URL of this member that this host reaches. */
  endpoint: httpUrl.default('http://127.0.0.1:2379'),
  /** Where it answers /version and /health, when --listen-client-http-urls puts that elsewhere. */
  httpEndpoint: httpUrl.optional(),
  ...tlsFields,
  /** With authentication on: needs what the role root may do. */
  ...loginFields,
  /** Name that this member must have; what the server says is compared with it. */
  memberName: z.string().min(1).optional(),
  /** When --wal-dir puts the log outside the data directory. */
  walDir: z.string().startsWith('/').optional(),
});

const connectionSchema = fields.transform((given) => ({ ...given, httpEndpoint: given.httpEndpoint ?? given.endpoint }));

/** Throws FailureError(usage) naming the field. */
export const connectionOf = connectionReader(connectionSchema);
