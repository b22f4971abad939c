/** The other side of the downtime figure: a node drained, stopped, switched and started as an admin would, without Drydock. */
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { runCommand } from '../../../agent/host/commands.ts';
import type { CassandraFleet } from '../../../demo/cassandra/fleet.ts';
import { openCql } from '../../../engines/cassandra/host/cql.ts';
import { tools } from '../../../engines/cassandra/tools.ts';
import { activate } from '../kept-releases.ts';

type Placed = CassandraFleet['layout']['nodes'][number];

/** As the agent does: without a pause probes take a core, of which the start is short. */
const pollEveryMs = tools.life.turnEveryMs;
const upLimitMs = 10 * 60_000;

/** Drain, stop, switch, start; milliseconds from the begin of the drain to the first answer to a client. The release must be staged. */
export async function swapCassandraByHand(fleet: CassandraFleet, placed: Placed, release: string, version: string): Promise<number> {
  const { node } = placed;
  const unit = `cassandra-${node.name}`;
  const begunMs = performance.now();
  for (const verb of ['disablebinary', 'disablegossip', 'drain']) await nodetool(placed, [verb]);
  await fleet.host(node.name).stop(unit);
  activate(node.releasesDir, release);
  await fleet.host(node.name).start(unit);
  while (!(await answers(placed, version))) {
    if (performance.now() > begunMs + upLimitMs) throw new Error(`${node.name} did not come back within ${upLimitMs / 1000} s`);
    await pause(pollEveryMs);
  }
  return performance.now() - begunMs;
}

/** Of the release that the node has activated. Throws with what it said. */
export async function nodetool({ node }: Placed, args: readonly string[]): Promise<void> {
  const program = join(node.releasesDir, 'current', 'bin', 'nodetool');
  const { exitCode, stderr } = await runCommand([program, '-h', '127.0.0.1', '-p', String(node.jmxPort), ...args], { timeoutMs: 300_000 });
  if (exitCode !== 0) throw new Error(`nodetool ${args.join(' ')} on ${node.name} ended with ${exitCode}: ${stderr}`);
}

/** As the agent proves it: a connection of its own, and the version read back. */
async function answers({ node }: Placed, version: string): Promise<boolean> {
  try {
    const session = await openCql({ host: node.address, port: node.nativePort }, AbortSignal.timeout(10_000));
    try {
      const [row] = await session.query('SELECT release_version, bootstrapped FROM system.local');
      return row?.release_version === version && row.bootstrapped === 'COMPLETED';
    } finally {
      session.close();
    }
  } catch {
    return false;
  }
}
