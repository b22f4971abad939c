/** Clients of the Cassandra fleet, as the demo drives them. */
import { z } from 'zod';
import { type ClientsOf, forkClients } from '../../clients/channel.ts';
import { clientsReportSchema } from '../../clients/messages.ts';

export const cassandraAddressSchema = z.object({
  nodes: z
    .array(z.object({ host: z.string(), port: z.int(), dataCenter: z.string() }))
    .min(1)
    .readonly(),
});
export type CassandraAddress = Readonly<z.infer<typeof cassandraAddressSchema>>;

const reportSchema = clientsReportSchema.extend({
  /** Reads at QUORUM that did not show a row which had been acknowledged before them. */
  stale: z.number(),
});
export type CassandraClientsReport = z.infer<typeof reportSchema>;
export type CassandraClients = ClientsOf<CassandraClientsReport>;

/** Starts writing and reading rows at QUORUM; resolves when the first write is acknowledged. */
export function startCassandraClients(
  address: CassandraAddress,
  runDir: string,
  signal: AbortSignal,
  pauseMs: number,
): Promise<CassandraClients> {
  return forkClients({ program: new URL('main.ts', import.meta.url), address, pauseMs, reportSchema, runDir, signal });
}
