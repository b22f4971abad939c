/** Clients of the etcd fleet, as the demo drives them. */
import { z } from 'zod';
import { type ClientsOf, forkClients } from '../../clients/channel.ts';
import { clientsReportSchema } from '../../clients/messages.ts';

export const etcdAddressSchema = z.object({
  members: z.array(z.string()).min(1).readonly(),
  /** After so long a watch goes on at the next member; left out: when its stream breaks. A server that is stopped waits for open streams. */
  longestWatchMs: z.number().optional(),
});
export type EtcdAddress = Readonly<z.infer<typeof etcdAddressSchema>>;

const reportSchema = clientsReportSchema.extend({
  /** Counter less the increments that are there: 0, or an update was lost or took effect twice. */
  miscounted: z.number(),
  /** Reads that were older than what had been acknowledged before them. */
  stale: z.number(),
  watched: z.number(),
  /** Values of the counter that the watch was not told of, or twice. */
  missed: z.number(),
  longestWatchGapMs: z.number(),
});
export type EtcdClientsReport = z.infer<typeof reportSchema>;
export type EtcdClients = ClientsOf<EtcdClientsReport>;

/** Starts raising, reading and watching a counter; resolves when the first increment is acknowledged. */
export function startEtcdClients(address: EtcdAddress, runDir: string, signal: AbortSignal, pauseMs: number): Promise<EtcdClients> {
  return forkClients({ program: new URL('main.ts', import.meta.url), address, pauseMs, reportSchema, runDir, signal });
}
