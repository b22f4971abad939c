/** Clients of the Ozone fleet, as the demo drives them. */
import { z } from 'zod';
import { type ClientsOf, forkClients } from '../../clients/channel.ts';
import { clientsReportSchema } from '../../clients/messages.ts';

export const ozoneAddressSchema = z.object({ endpoint: z.string() });

const reportSchema = clientsReportSchema.extend({
  /** Keys whose content was not that which had been put. */
  damaged: z.number(),
  /** The newest key that was acknowledged. */
  newest: z.number(),
});
export type OzoneClientsReport = z.infer<typeof reportSchema>;
export type OzoneClients = ClientsOf<OzoneClientsReport>;

/** Starts putting and getting keys over the S3 gateway; resolves when the first one is acknowledged. */
export function startOzoneClients(endpoint: string, runDir: string, signal: AbortSignal): Promise<OzoneClients> {
  return forkClients({ program: new URL('main.ts', import.meta.url), address: { endpoint }, pauseMs: 200, reportSchema, runDir, signal });
}
