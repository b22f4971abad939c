/**
 * The clients' side of the channel: they run in a process of their own, so that nothing else in the demo distorts what they measure.
 * When the channel breaks, nothing listens any more and the process ends.
 */
import { askSchema, type Reported } from './messages.ts';

export interface ClientsAtWork {
  /** Reads everything back that was acknowledged when it is asked. */
  report(): Promise<unknown>;
  /** Resolves when no client writes or reads any more. */
  stop(): Promise<void>;
}

/** Waits to be told where the cluster is; `begin` resolves when the first write was acknowledged. */
export function serveClients(begin: (address: unknown, pauseMs: number) => Promise<ClientsAtWork>): void {
  let working: ClientsAtWork | null = null;
  const tell = (reported: Reported) => process.send?.(reported);
  const atWork = () => {
    if (working === null) throw new Error('asked before the cluster was named');
    return working;
  };
  const obey = async (message: unknown) => {
    const asked = askSchema.parse(message);
    switch (asked.ask) {
      case 'begin':
        working = await begin(asked.address, asked.pauseMs);
        return tell({ reported: 'writing' });
      case 'report':
        return tell({ reported: 'report', report: await atWork().report() });
      case 'end':
        await atWork().stop();
        tell({ reported: 'report', report: await atWork().report() });
        return process.disconnect();
      default:
        return asked satisfies never;
    }
  };
  process.on('message', (message) => {
    obey(message).catch((thrown: unknown) =>
      tell({ reported: 'failure', message: thrown instanceof Error ? thrown.message : String(thrown) }),
    );
  });
  process.on('disconnect', () => process.exit(0));
}
