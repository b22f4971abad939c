/**
 * Where connections come in. They are taken here and handed to gRPC, so that there are only so many, one that does not speak goes again, and
 * an address that cannot be had is told in our own words.
 */
import { access, rm } from 'node:fs/promises';
import { createServer, isIP, type Server, type Socket } from 'node:net';
import { dirname } from 'node:path';
import { fail } from '../../common/failure.ts';
import type { Log } from '../../common/log.ts';
import { MessageRate, type Pace } from './message-rate.ts';
import { addressKey, type StrangerLimits, Strangers } from './strangers.ts';

export interface ListenerLimits {
  /** Open connections; more are hung up on. */
  readonly connections: number;
  /** How long a connection may take for its handshake, and then to say that it speaks HTTP/2. */
  readonly prefaceMs: number;
  /** How long a connection may stay that showed no good certificate. */
  readonly strangerMs: number;
  readonly strangers: StrangerLimits;
  /** Of one connection. */
  readonly calls: Pace;
}

export interface Listener {
  /** With the port that was taken. */
  readonly address: string;
  /** Takes no more connections; those that are open stay. */
  close(): void;
  /** Ends the connection with this other end, as calls name it; where there is none, nothing happens. */
  hangUp(peer: string): void;
  /** One more call of this other end; false: they were too many, and its connection was ended. */
  takesCall(peer: string): boolean;
}

/** TLS in front of the connections. */
export interface SecureDoor {
  /**
   * A server that is given its connections. `taken` gets each whose handshake ended within the limit, and whether it showed a good certificate.
   */
  serve(taken: (connection: Socket, proven: boolean) => void, handshakeMs: number): Server;
}

/** Every HTTP/2 client begins with as many bytes. */
const prefaceBytes = 24;

/** Handshakes that begin in one turn of the event loop: each costs it a few milliseconds. */
const handshakesAtOnce = 8;

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
  const open = new Map<string, { readonly connection: Socket; readonly calls: MessageRate }>();
  const taken = (connection: Socket) => {
    const peer = `${connection.remoteAddress}${connection.remotePort === undefined ? '' : `:${connection.remotePort}`}`;
    open.set(peer, { connection, calls: new MessageRate(limits.calls, performance.now()) });
    connection.once('close', () => open.delete(peer));
    // What it was about its session says; without a listener it would end the program.
    connection.on('error', () => connection.destroy());
    const silence = setTimeout(() => {
      if (connection.bytesRead < prefaceBytes) connection.destroy();
    }, limits.prefaceMs);
    connection.once('close', () => clearTimeout(silence));
    take(connection);
  };
  const server = secure === null ? createServer({ noDelay: true }, taken) : inFrontOf(secure, taken, limits, log);
  server.maxConnections = limits.connections;
  let crowdedAtMs = Number.NEGATIVE_INFINITY;
  server.on('drop', () => {
    if (performance.now() - crowdedAtMs < crowdedAgainMs) return;
    crowdedAtMs = performance.now();
    log.warn({ connections: limits.connections }, 'the connection limit is reached; further connections are closed');
  });
  const address = await listening(server, listen);
  return {
    address,
    close: () => void server.close(),
    hangUp: (peer) => void open.get(peer)?.connection.destroy(),
    takesCall(peer) {
      const found = open.get(peer);
      if (found === undefined || found.calls.takes(performance.now())) return true;
      if (!found.connection.destroyed)
        log.warn({ peer }, `a connection was closed: it made more than ${limits.calls.perSecond} calls per second`);
      found.connection.destroy();
      return false;
    },
  };
}

/** Lets strangers to their handshake in turn: what comes to nothing costs its own address, and keeps none of another waiting. */
function inFrontOf(secure: SecureDoor, take: (connection: Socket) => void, limits: ListenerLimits, log: Log): Server {
  const strangers = new Strangers<Socket>(limits.strangers);
  const raw = new Map<string, Socket>();
  /** Ends a connection whose turn does not come. */
  const patience = new Map<Socket, NodeJS.Timeout>();
  const tls = secure.serve((connection, proven) => {
    const socket = raw.get(endOf(connection));
    if (socket !== undefined && proven) {
      strangers.proven(socket);
      beginNext();
    } else if (socket !== undefined) {
      const leave = setTimeout(() => connection.destroy(), limits.strangerMs);
      connection.once('close', () => clearTimeout(leave));
    }
    take(connection);
  }, limits.prefaceMs);
  const begin = inTurns((socket) => tls.emit('connection', socket));
  const beginNext = () => {
    for (let socket = strangers.next(); socket !== null; socket = strangers.next()) {
      waitsNoMore(socket);
      begin(socket);
    }
  };
  const waitsNoMore = (socket: Socket) => {
    clearTimeout(patience.get(socket));
    patience.delete(socket);
  };
  let refusedAtMs = Number.NEGATIVE_INFINITY;
  return createServer({ noDelay: true, pauseOnConnect: true }, (socket) => {
    const { remoteAddress } = socket;
    // Who may open a unix socket is said by its folder.
    if (remoteAddress === undefined) return void begin(socket);
    socket.on('error', () => socket.destroy());
    const address = addressKey(remoteAddress);
    const arrival = strangers.arrives(socket, address, performance.now());
    if (arrival === 'refused') {
      socket.destroy();
      if (performance.now() - refusedAtMs < crowdedAgainMs) return;
      refusedAtMs = performance.now();
      log.warn({ address }, 'connections are closed: too many from this address failed, or too many handshakes are pending');
      return;
    }
    raw.set(endOf(socket), socket);
    const end = endOf(socket);
    socket.once('close', () => {
      waitsNoMore(socket);
      raw.delete(end);
      strangers.closed(socket, performance.now());
      beginNext();
    });
    if (arrival === 'begins') begin(socket);
    else
      patience.set(
        socket,
        setTimeout(() => socket.destroy(), limits.prefaceMs),
      );
  });
}

/** Some at a time, and whatever else is due between: a fleet that comes back all at once keeps no run waiting. */
function inTurns(begin: (socket: Socket) => void): (socket: Socket) => void {
  const due: Socket[] = [];
  const some = () => {
    for (const socket of due.splice(0, handshakesAtOnce)) if (!socket.destroyed) begin(socket);
    if (due.length > 0) setImmediate(some);
  };
  return (socket) => {
    if (due.push(socket) === 1) setImmediate(some);
  };
}

const endOf = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress} ${remotePort}`;

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
      `${JSON.stringify(text)} is not a valid address; expected IP:PORT (0.0.0.0:PORT, 127.0.0.1:PORT, [::]:PORT) or unix:/PATH`,
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
      `${text} is reachable from other machines: without TLS, only loopback (127.0.0.1:${port}) or a unix socket (unix:/PATH) is allowed`,
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
  EADDRINUSE: 'another program is already listening there; stop it (is it a second controller?), or set another address in the settings',
  EADDRNOTAVAIL: 'this machine does not have this address; set one of its own in the settings',
  EACCES: 'permission denied; set a port above 1023, or a socket in a folder that this user owns, in the settings',
  ENOENT: 'the folder of the socket does not exist; create it, or set another one in the settings',
  ENOTDIR: 'a part of the path of the socket is a file, not a folder; set another path in the settings',
  EISDIR: 'it is a folder; set another path in the settings',
  ERR_FS_EISDIR: 'it is a folder; set another path in the settings',
  EROFS: 'its file system is read-only; set another path in the settings',
};
