/**
 * Where connections come in. They are taken here and handed to gRPC, so that there are only so many, one that does not speak goes again, and
 * an address that cannot be had is told in our own words.
 */
import { access, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { dirname } from 'node:path';
import type { Log } from '../../common/log.ts';
import { cannotListen, type ListenAddress } from './address.ts';

export interface ListenerLimits {
  /** Open connections; more are hung up on. */
  readonly connections: number;
  /** How long a connection may take to say that it speaks HTTP/2. */
  readonly prefaceMs: number;
}

export interface Listener {
  /** With the port that was taken. */
  readonly address: string;
  /** Takes no more connections; those that are open stay. */
  close(): void;
}

/** Every HTTP/2 client begins with as many bytes. */
const prefaceBytes = 24;

/** A crowd at the door is said once in a while, not once a head. */
const crowdedAgainMs = 60_000;

/** Throws FailureError(failed, `cannot-listen`). */
export async function listenFor(
  listen: ListenAddress,
  take: (connection: Socket) => void,
  limits: ListenerLimits,
  log: Log,
): Promise<Listener> {
  const server = createServer({ noDelay: true }, (connection) => {
    // What it was about its session says; without a listener it would end the program.
    connection.on('error', () => connection.destroy());
    const silence = setTimeout(() => {
      if (connection.bytesRead < prefaceBytes) connection.destroy();
    }, limits.prefaceMs);
    connection.once('close', () => clearTimeout(silence));
    take(connection);
  });
  server.maxConnections = limits.connections;
  let crowdedAtMs = Number.NEGATIVE_INFINITY;
  server.on('drop', () => {
    if (performance.now() - crowdedAtMs < crowdedAgainMs) return;
    crowdedAtMs = performance.now();
    log.warn({ connections: limits.connections }, 'there are as many connections as are taken; others are hung up on');
  });
  const address = await listening(server, listen);
  return { address, close: () => void server.close() };
}

/** Resolves with the address as people write it. Throws FailureError(failed, `cannot-listen`). */
export async function listening(server: Server, { text, host, port, socket }: ListenAddress): Promise<string> {
  try {
    if (socket !== null) await makeWay(socket);
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(socket === null ? { host, port } : { path: socket }, resolve);
    });
  } catch (error) {
    throw cannotListen(text, error as Error);
  }
  const taken = server.address();
  return taken !== null && typeof taken === 'object' ? text.replace(/:\d+$/, `:${taken.port}`) : text;
}

/** Whoever died on this socket left its file behind; the store's lock proves that nobody lives there. */
async function makeWay(socket: string): Promise<void> {
  // Asked first: who listens is told that it may not, whatever is wrong with the folder.
  await access(`${dirname(socket)}/`);
  await rm(socket, { force: true });
}
