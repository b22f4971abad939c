/**
 * Where connections come in. They are taken here and handed to gRPC, so that there are only so many, one that does not speak goes again, and
 * an address that cannot be had is told in our own words.
 */
import { access, rm } from 'node:fs/promises';
import { createServer, isIP, type Server, type Socket } from 'node:net';
import { dirname } from 'node:path';
import { fail } from '../../common/failure.ts';
import type { Log } from '../../common/log.ts';

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

/** TLS in front of the connections. */
export interface SecureDoor {
  /** `taken` gets each connection whose handshake ended within the limit. */
  serve(taken: (connection: Socket) => void, handshakeMs: number): Server;
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
  secure: SecureDoor | null = null,
): Promise<Listener> {
  const taken = (connection: Socket) => {
    // What it was about its session says; without a listener it would end the program.
    connection.on('error', () => connection.destroy());
    const silence = setTimeout(() => {
      if (connection.bytesRead < prefaceBytes) connection.destroy();
    }, limits.prefaceMs);
    connection.once('close', () => clearTimeout(silence));
    take(connection);
  };
  const server = secure === null ? createServer({ noDelay: true }, taken) : secure.serve(taken, limits.prefaceMs);
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

/** A controller that died on this socket left its file behind; the store's lock proves that none lives there. */
async function makeWay(socket: string): Promise<void> {
  // Asked first: who listens is told that it may not, whatever is wrong with the folder.
  await access(`${dirname(socket)}/`);
  await rm(socket, { force: true });
}

export interface ListenAddress {
  /** As written: `127.0.0.1:7420`, `[::1]:0`, `unix:/run/drydock/controller.sock`. */
  readonly text: string;
  /** Path of the unix socket; null: a port of `host`. */
  readonly socket: string | null;
  readonly host: string;
  readonly port: number;
}

/** Throws FailureError(usage, `bad-listen`) for anything but an IP address or localhost with a port, or a unix socket. */
export function parseListenAddress(text: string): ListenAddress {
  const socket = /^unix:(\/.+)$/.exec(text)?.[1];
  if (socket !== undefined) return { text, socket, host: '', port: 0 };
  const parts = /^(\[[0-9a-f:]+\]|[^:[\]]+):(\d{1,5})$/i.exec(text);
  const [, written = '', port = ''] = parts ?? [];
  const host = written.replace(/^\[|\]$/g, '');
  if (parts === null || Number(port) > 65_535 || (isIP(host) === 0 && host !== 'localhost'))
    throw fail(
      'usage',
      'bad-listen',
      `${JSON.stringify(text)} is not an address; write IP:PORT (0.0.0.0:PORT, 127.0.0.1:PORT, [::]:PORT) or unix:/PATH`,
    );
  return { text, socket: null, host, port: Number(port) };
}

/** Of what is not encrypted. Throws FailureError(usage, `bad-listen`) for anything but a loopback address or a unix socket. */
export function requireLoopback(listen: ListenAddress): ListenAddress {
  const { text, socket, host, port } = listen;
  if (socket === null && !isLoopback(host))
    throw fail(
      'usage',
      'bad-listen',
      `${text} is not on this machine alone: without TLS only loopback (127.0.0.1:${port}) or a unix socket (unix:/PATH) is allowed`,
    );
  return listen;
}

/** localhost is taken because every system resolves it to loopback; a name in general is not. */
function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

/** Why no server can listen there and what to do, as FailureError(failed, `cannot-listen`). */
export function cannotListen(text: string, error: Error): Error {
  const { code } = error as NodeJS.ErrnoException;
  return fail('failed', 'cannot-listen', `cannot listen on ${text}: ${obstacles[code ?? ''] ?? error.message}`);
}

const obstacles: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program listens there already; stop it (is it a second controller?), or set another address in the settings',
  EADDRNOTAVAIL: 'this machine has no such address; set one that it has in the settings',
  EACCES: 'this user may not; set a port above 1023, or a socket in a folder of its own, in the settings',
  ENOENT: 'the folder of the socket is not there; make it, or set another one in the settings',
  ENOTDIR: 'a part of the path of the socket is a file; set another path in the settings',
  EISDIR: 'a folder is there; set another path in the settings',
  ERR_FS_EISDIR: 'a folder is there; set another path in the settings',
  EROFS: 'its file system is read-only; set another path in the settings',
};
