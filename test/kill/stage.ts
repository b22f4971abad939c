/** A fleet with everything that the matrix needs beside it: releases, clients with a ledger, a prober on every member. */
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import type { ClusterDocument } from '../../common/documents/fleet.ts';
import type { Clients } from '../../demo/clients/clients.ts';
import { dial, hangUp } from '../../demo/clients/dial.ts';
import { type DemoFleet, lastLines, startFleet } from '../../demo/fleet.ts';
import type { Cast } from './cells.ts';
import { type Prober, startProber } from './prober.ts';

export const lowVersion = '16.4';
export const highVersion = '16.14';

export interface Stage {
  readonly fleet: DemoFleet;
  readonly clients: Clients;
  readonly prober: Prober;
  close(): Promise<void>;
}

/** Between two writes of one client: a load, and not what the machine can do. */
const clientPauseMs = 5;

export async function openStage(): Promise<Stage> {
  const fleet = await startFleet();
  try {
    await fleet.adopt();
    await fleet.addRelease(lowVersion);
    await fleet.addRelease(highVersion);
    await askForSynchronousStandbys(fleet);
    const clients = await fleet.startClients(clientPauseMs);
    const prober = startProber(fleet.layout.clientsAddress);
    return {
      fleet,
      clients,
      prober,
      async close() {
        await prober.stop();
        await clients.kill();
        await fleet.stop();
      },
    };
  } catch (thrown) {
    await fleet.stop();
    throw thrown;
  }
}

/** Of every member, for each leads once: commits wait for both others, so that no downtime is possible without lowering that meanwhile (P19). */
async function askForSynchronousStandbys({ layout }: DemoFleet): Promise<void> {
  const { clientsAddress, nodes } = layout;
  const names = nodes.map(({ name }) => `"${name}"`).join(', ');
  for (const address of clientsAddress.nodes) {
    const client = await dial(clientsAddress, address);
    await client.query(`ALTER SYSTEM SET synchronous_standby_names = 'ANY ${nodes.length - 1} (${names})'`);
    await client.query('SELECT pg_reload_conf()');
    await hangUp(client);
  }
}

/** Who has which part now; standbys by name. */
export async function castNow(fleet: DemoFleet): Promise<Cast> {
  const { members } = (await fleet.cliJson(['cluster', 'show', fleet.cluster])) as ClusterDocument;
  const primary = members.find(({ role }) => role === 'primary')?.instance;
  const [first, second] = members.filter(({ role }) => role === 'standby').map(({ instance }) => instance);
  if (primary === undefined || first === undefined || second === undefined) throw new Error('the cluster has no primary with two standbys');
  return { primary, 'standby-1': first, 'standby-2': second };
}

const factsSchema = z.object({ version: z.string(), recovery: z.boolean(), names: z.string() });
export type ServerFacts = z.infer<typeof factsSchema>;

/** Asked from the servers themselves, past Drydock; null: it does not answer. */
export async function askServers({ layout }: DemoFleet): Promise<ReadonlyMap<string, ServerFacts | null>> {
  const { clientsAddress, nodes } = layout;
  const answers = await Promise.all(
    nodes.map(async ({ name }, at) => {
      const address = clientsAddress.nodes[at];
      const client = address === undefined ? null : await dial(clientsAddress, address).catch(() => null);
      const rows = await client
        ?.query(
          `SELECT current_setting('server_version') AS version, pg_is_in_recovery() AS recovery,
                  current_setting('synchronous_standby_names') AS names`,
        )
        .then((result) => result.rows as unknown[])
        .catch(() => []);
      await hangUp(client);
      const parsed = factsSchema.safeParse(rows?.[0]);
      return [name, parsed.success ? parsed.data : null] as const;
    }),
  );
  return new Map(answers);
}

/** Units that are still held, by the files that hold them (P16). */
export function lockedUnits({ layout }: { readonly layout: { readonly nodes: readonly { readonly dir: string }[] } }): readonly string[] {
  return layout.nodes.flatMap(({ dir }) => {
    const holds = join(dir, 'agent-state', 'locks');
    return existsSync(holds) ? readdirSync(holds) : [];
  });
}

/** Folders of snapshots that are no complete ones (P8). */
export function halfSnapshots({ layout }: DemoFleet): readonly string[] {
  return layout.nodes.flatMap((node) => {
    const folder = snapshotsDirOf(node);
    const entries = existsSync(folder) ? readdirSync(folder, { withFileTypes: true }) : [];
    return entries.filter((entry) => entry.isDirectory() && !existsSync(join(folder, entry.name, 'manifest.json'))).map(({ name }) => name);
  });
}

/** Where agents keep them when their settings do not say (agent/settings.ts). */
export function snapshotsDirOf({ member }: DemoFleet['layout']['nodes'][number]): string {
  return join(dirname(member.releasesDir), 'snapshots');
}

/** The end of every program's log, so that the cause can be found. */
export async function logsOf({ layout, dir }: DemoFleet): Promise<string> {
  const files = ['controller/controller.log', ...layout.nodes.flatMap(({ name }) => [`${name}/agent.log`, `${name}/postgres.log`])];
  const texts = await Promise.all(files.map(async (file) => `--- ${file}\n${await lastLines(join(dir, file)).catch(() => 'not there')}`));
  return texts.join('\n');
}
