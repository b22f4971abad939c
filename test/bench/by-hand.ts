/** The other side of the downtime figure: a node taken to another release as an admin would, without Drydock. */
import { join } from 'node:path';
import pg from 'pg';
import type { DemoFleet } from '../../demo/fleet.ts';
import { databaseUnit, type NodeName } from '../../demo/layout.ts';
import { waitFor } from '../../demo/wait.ts';
import { activate } from './kept-releases.ts';

/** As the agent proves that a database is ready: a session of its own, and its version read back. */
async function answers(fleet: DemoFleet, node: NodeName): Promise<boolean> {
  const { nodes, user, password, database } = fleet.layout.clientsAddress;
  const address = nodes[fleet.layout.nodes.findIndex(({ name }) => name === node)];
  if (address === undefined) throw new Error(`no address of ${node}`);
  const client = new pg.Client({ ...address, user, password, database });
  client.on('error', () => {});
  try {
    await client.connect();
    await client.query(`SELECT current_setting('server_version') AS version`);
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => {});
  }
}

/** Stop, activate, start; milliseconds from the begin of the stop to the first answer. The release must be staged. */
export async function swapByHand(fleet: DemoFleet, node: NodeName, release: string): Promise<number> {
  const unit = databaseUnit(node);
  const begunMs = performance.now();
  await fleet.host(node).stop(unit);
  activate(join(fleet.dir, node, 'releases'), release);
  await fleet.host(node).start(unit);
  const endMs = begunMs + 60_000;
  // No pause between probes: a refused connection answers at once, and a slow probe would be counted as downtime.
  while (!(await answers(fleet, node))) if (performance.now() > endMs) throw new Error(`${node} did not come back within 60 s`);
  const elapsedMs = performance.now() - begunMs;
  await fleet.waitHealthy(60_000);
  return elapsedMs;
}

/** Waits until every node of the fleet takes connections; used before the first measurement. */
export async function allAccept(fleet: DemoFleet): Promise<void> {
  for (const { name } of fleet.layout.nodes)
    await waitFor(`connection to ${name}`, 60_000, new AbortController().signal, async () =>
      (await answers(fleet, name)) ? { seen: true } : { notYet: 'refused' },
    );
}
