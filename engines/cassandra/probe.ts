/** Reads what nodetool and Cassandra's system tables say. What is not understood is null. PURE. */
import { z } from 'zod';
import { type CqlRow, rowsIn } from './cql-frames.ts';
import type { PeerFacts, RingNode } from './facts.ts';

const states = { N: 'normal', L: 'leaving', J: 'joining', M: 'moving' } as const;
const hostId = /\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/;

/** Output of `nodetool status`: every node of every data centre. */
export function parseStatus(output: string): readonly RingNode[] | null {
  const lines = output.split('\n');
  if (!lines.some((line) => line.startsWith('Datacenter: ')) || !lines.some((line) => line.startsWith('--  '))) return null;
  const nodes = lines.flatMap((line): readonly RingNode[] => {
    const [, status, state, address] = /^([UD?])([NLJM])\s+(\S+)\s/.exec(line) ?? [];
    if (status === undefined || address === undefined) return [];
    return [
      {
        member: hostId.exec(line)?.[0] ?? null,
        address,
        up: status === '?' ? null : status === 'U',
        state: states[state as keyof typeof states],
      },
    ];
  });
  return nodes.length === 0 ? null : nodes;
}

export interface NetStats {
  /** `NORMAL`, `DRAINED`. */
  readonly mode: string;
  /** Operations under way that send or receive: `Bootstrap 1f…`. */
  readonly streams: readonly string[];
}

/** Output of `nodetool netstats`. */
export function parseNetStats(output: string): NetStats | null {
  const [, mode] = /^Mode: ([A-Z]+)$/m.exec(output) ?? [];
  const end = output.indexOf('Read Repair Statistics:');
  if (mode === undefined || end < 0) return null;
  const between = output.slice(output.indexOf('\n') + 1, end).split('\n');
  if (between[0] === 'Not sending any streams.') return { mode, streams: [] };
  const streams = between.filter((line) => /^\S.* [0-9a-f-]{36}$/.test(line)).map((line) => line.trim());
  return streams.length === 0 ? null : { mode, streams };
}

/** Output of `cassandra -v`. */
export function parseProgramVersion(output: string): string | null {
  return /^(\d+\.\d+(?:\.\d+)?(?:-[A-Za-z0-9]+)?)\s*$/.exec(output)?.[1] ?? null;
}

const localRow = z.object({
  cluster_name: z.string(),
  host_id: z.string(),
  data_center: z.string(),
  rack: z.string(),
  release_version: z.string(),
  schema_version: z.string().nullable(),
  bootstrapped: z.string(),
  broadcast_address: z.string(),
});

export interface LocalFacts {
  readonly member: string;
  readonly address: string;
  readonly clusterName: string;
  readonly dataCenter: string;
  readonly rack: string;
  readonly version: string;
  readonly schemaVersion: string | null;
  readonly joined: boolean;
}

/** The one row of system.local. */
export function localIn(rows: readonly CqlRow[]): LocalFacts | null {
  const row = localRow.safeParse(rows[0]).data;
  if (row === undefined || rows.length !== 1) return null;
  return {
    member: row.host_id,
    address: row.broadcast_address,
    clusterName: row.cluster_name,
    dataCenter: row.data_center,
    rack: row.rack,
    version: row.release_version,
    schemaVersion: row.schema_version,
    joined: row.bootstrapped === 'COMPLETED',
  };
}

const peerRow = z.object({
  peer: z.string(),
  host_id: z.string(),
  data_center: z.string(),
  rack: z.string(),
  release_version: z.string().nullable(),
  schema_version: z.string().nullable(),
});

/** Rows of system.peers_v2; what has not told its id yet is left out, the ring shows it. */
export function peersIn(rows: readonly CqlRow[]): readonly PeerFacts[] {
  return rows
    .flatMap((row) => peerRow.safeParse(row).data ?? [])
    .map((row) => ({
      member: row.host_id,
      address: row.peer,
      dataCenter: row.data_center,
      rack: row.rack,
      version: row.release_version,
      schemaVersion: row.schema_version,
    }));
}

/** Pools in which a node works for a repair, and only then. */
const repairPools = /^(AntiEntropyStage|ValidationExecutor|Repair.*)$/;

/** Names of the pools in which this node works for a repair now, of the rows of system_views.thread_pools. */
export function repairsIn(rows: readonly CqlRow[]): readonly string[] {
  return rows.flatMap(({ name, active_tasks: active }) =>
    typeof name === 'string' && repairPools.test(name) && Number(active) > 0 ? [name] : [],
  );
}

/** Rows of a recorded or received answer; null: it is none. */
export function parseRows(base64: string): readonly CqlRow[] | null {
  const text = base64.trim();
  if (text === '' || !/^[A-Za-z0-9+/]+=*$/.test(text)) return null;
  try {
    const bytes = Buffer.from(text, 'base64');
    return bytes.length >= 4 && bytes.readInt32BE(0) === 2 ? rowsIn(bytes) : null;
  } catch {
    return null;
  }
}
