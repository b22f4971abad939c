/** Where the controller may listen: this machine only, until mutual TLS comes. */
import { fail } from '../../common/failure.ts';

export interface ListenAddress {
  /** As written: `127.0.0.1:7420`, `[::1]:0`, `unix:/run/drydock/controller.sock`. */
  readonly text: string;
  /** Path of the unix socket; null: a port of `host`. */
  readonly socket: string | null;
  readonly host: string;
  readonly port: number;
}

/** Throws FailureError(usage, `bad-listen`) for anything but a loopback address or a unix socket. */
export function parseListenAddress(text: string): ListenAddress {
  const socket = /^unix:(\/.+)$/.exec(text)?.[1];
  if (socket !== undefined) return { text, socket, host: '', port: 0 };
  const parts = /^(\[[0-9a-f:]+\]|[^:[\]]+):(\d{1,5})$/i.exec(text);
  const [, host = '', port = ''] = parts ?? [];
  if (parts === null || Number(port) > 65_535)
    throw fail('usage', 'bad-listen', `${JSON.stringify(text)} is not an address; write 127.0.0.1:PORT, [::1]:PORT or unix:/PATH`);
  if (!isLoopback(host))
    throw fail(
      'usage',
      'bad-listen',
      `${text} is not on this machine alone: connections are not encrypted yet, so only loopback (127.0.0.1:${port}) or a unix socket (unix:/PATH) is allowed`,
    );
  return { text, socket: null, host: host.replace(/^\[|\]$/g, ''), port: Number(port) };
}

/** localhost is taken because every system resolves it to loopback; a name in general is not. */
function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127(\.(25[0-5]|2[0-4]\d|1?\d?\d)){3}$/.test(host);
}

/** Why nobody can listen there and what to do, as FailureError(failed, `cannot-listen`). */
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
