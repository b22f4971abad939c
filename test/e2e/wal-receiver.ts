/** A program that takes WAL over the replication protocol, as archivers do: it reports what it flushed, and as a member would what it replayed. */
import { readFile } from 'node:fs/promises';
import pg from 'pg';
import type { TestServer } from './postgresql-servers.ts';

export interface WalReceiver {
  close(): Promise<void>;
}

/** The part of the client's connection that replication needs, and its types leave out. */
interface CopyBoth {
  on(event: 'copyData', listener: (message: { readonly chunk: Buffer }) => void): void;
  once(event: 'replicationStart', listener: () => void): void;
  sendCopyFromChunk(chunk: Buffer): void;
}

/** `reports`: `nothing` like one that has just connected, `flushed` like an archiver, `replayed` like a standby. */
export async function startWalReceiver(
  server: TestServer,
  name: string,
  reports: 'nothing' | 'flushed' | 'replayed',
  fromLsn: string,
): Promise<WalReceiver> {
  const { host, port, user, database, passwordFile } = server.member.connection;
  const password = (await readFile(passwordFile, 'utf8')).trim();
  const options = { host, port, user, database, password, application_name: name, replication: 'true' };
  const client = new pg.Client(options);
  client.on('error', () => undefined);
  await client.connect();
  const { connection } = client as unknown as { readonly connection: CopyBoth };
  const report = (position: bigint) => {
    if (reports === 'nothing') return;
    const status = Buffer.alloc(34);
    status.write('r', 0, 'latin1');
    status.writeBigUInt64BE(position, 1);
    status.writeBigUInt64BE(position, 9);
    status.writeBigUInt64BE(reports === 'replayed' ? position : 0n, 17);
    connection.sendCopyFromChunk(status);
  };
  connection.on('copyData', ({ chunk }) => {
    // `w`: WAL from a position on; `k`: how far the server is.
    const isWal = chunk[0] === 0x77;
    report(chunk.readBigUInt64BE(1) + (isWal ? BigInt(chunk.length - 25) : 0n));
  });
  const begun = new Promise<void>((resolve) => connection.once('replicationStart', resolve));
  client.query(`START_REPLICATION PHYSICAL ${fromLsn}`).catch(() => undefined);
  await begun;
  return { close: () => client.end() };
}
