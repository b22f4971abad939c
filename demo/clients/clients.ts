/** Clients of the PostgreSQL fleet, as the demo drives them. */
import { type ClientsOf, forkClients } from './channel.ts';
import type { ClusterAddress } from './dial.ts';
import type { ClientsReport } from './ledger.ts';
import { clientsReportSchema } from './messages.ts';

export type Clients = ClientsOf<ClientsReport>;

/** Loads data, starts writing and reading, each client with a pause after every row, and resolves when the first write is acknowledged. */
export function startClients(address: ClusterAddress, runDir: string, signal: AbortSignal, pauseMs: number): Promise<Clients> {
  return forkClients({ program: new URL('main.ts', import.meta.url), address, pauseMs, reportSchema: clientsReportSchema, runDir, signal });
}
