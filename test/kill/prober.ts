/** Tries to write on every member all the time, so that two that take writes at once are caught in the act. */
import type pg from 'pg';
import { pause, systemClock } from '../../common/clock.ts';
import { type Address, type ClusterAddress, dial, hangUp } from '../../demo/clients/dial.ts';
import type { Acceptance } from './writable.ts';

export interface Prober {
  readonly accepted: readonly Acceptance[];
  stop(): Promise<void>;
}

const everyMs = 40;
const clock = systemClock;

/** A member is named by its port. */
export function startProber(cluster: ClusterAddress): Prober {
  const accepted: Acceptance[] = [];
  const stopping = new AbortController();
  const running = Promise.all(cluster.nodes.map((node) => probe(cluster, node, accepted, stopping.signal)));
  return {
    accepted,
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

async function probe(cluster: ClusterAddress, node: Address, accepted: Acceptance[], signal: AbortSignal): Promise<void> {
  let client: pg.Client | null = null;
  while (!signal.aborted) {
    try {
      client ??= await dialQuietly(cluster, node);
      const askedMs = clock.monotonicMs();
      const life = await write(client);
      accepted.push({ member: `${node.port}`, life, askedMs, reportedMs: clock.monotonicMs() });
    } catch (thrown) {
      // A standby refuses in words and keeps the connection; anything else breaks it.
      if (!isRefusal(thrown)) {
        await hangUp(client);
        client = null;
      }
    }
    await pause(clock, everyMs, signal);
  }
  await hangUp(client);
}

/**
 * What standbys refuse all the time is no news for their log. Local commits: a second primary has no standby that would confirm a synchronous one,
 * and its writes would never be seen.
 */
async function dialQuietly(cluster: ClusterAddress, node: Address): Promise<pg.Client> {
  const client = await dial(cluster, node);
  await client.query(`SET log_min_messages TO 'panic'; SET log_min_error_statement TO 'panic'; SET synchronous_commit TO 'local'`);
  return client;
}

/** Writes WAL and nothing else; a server in recovery refuses. Returns the start of the server's life. */
async function write(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ life: string }>(
    `SELECT pg_logical_emit_message(true, 'drydock', 'probe'), pg_postmaster_start_time()::text AS life`,
  );
  return rows[0]?.life ?? '';
}

const isRefusal = (thrown: unknown): boolean =>
  typeof thrown === 'object' && thrown !== null && 'severity' in thrown && thrown.severity === 'ERROR';
