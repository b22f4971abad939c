/** Clients of the Ozone fleet, as the demo drives them. */
import { z } from 'zod';
import { type ClientsOf, forkClients } from '../../clients/channel.ts';
import { clientsReportSchema } from '../../clients/messages.ts';

/** The S3 gateway, or HttpFS. */
export const ozoneAddressSchema = z.object({ endpoint: z.string(), over: z.enum(['s3', 'webhdfs']) });
export type OzoneAddress = z.infer<typeof ozoneAddressSchema>;

const reportSchema = clientsReportSchema.extend({
  /** Keys whose content was not that which had been put. */
  damaged: z.number(),
  /** The newest key that was acknowledged. */
  newest: z.number(),
});
export type OzoneClientsReport = z.infer<typeof reportSchema>;
export type OzoneClients = ClientsOf<OzoneClientsReport>;

/** Starts putting and getting keys over a gateway; resolves when the first one is acknowledged. */
export function startOzoneClients(address: OzoneAddress, runDir: string, signal: AbortSignal): Promise<OzoneClients> {
  return forkClients({ program: new URL('main.ts', import.meta.url), address, pauseMs: 200, reportSchema, runDir, signal });
}
