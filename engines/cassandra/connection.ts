/** How the agent reaches one node, as its settings give it. */
import { z } from 'zod';
import { connectionReader } from '../kit/host/connection.ts';

const path = z.string().startsWith('/');
const host = z.string().min(1);
const port = z.int().min(1).max(65_535);

const connectionSchema = z
  .strictObject({
    /** rpc_address of the node: where it answers clients. */
    address: host.default('127.0.0.1'),
    nativePort: port.default(9042),
    /** Where it answers other nodes; left out: at the same address. */
    listenAddress: host.optional(),
    storagePort: port.default(7000),
    jmxHost: host.default('127.0.0.1'),
    jmxPort: port.default(7199),
    user: z.string().min(1).optional(),
    /** Holds the password on its first line. */
    passwordFile: path.optional(),
    jmxUser: z.string().min(1).optional(),
    /** In the form that nodetool's -pwf takes. */
    jmxPasswordFile: path.optional(),
    /** Connections of clients are encrypted; without `ca` by the system's authorities. */
    tls: z.strictObject({ ca: path.optional(), cert: path.optional(), key: path.optional() }).optional(),
  })
  .refine(({ user, passwordFile }) => (user === undefined) === (passwordFile === undefined), {
    message: 'user and passwordFile go together',
    path: ['passwordFile'],
  });

/** Throws FailureError(usage) naming the field. */
export const connectionOf = connectionReader(connectionSchema);
