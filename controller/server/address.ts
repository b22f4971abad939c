/** Where the controller may listen: this machine only, until mutual TLS comes. */
import { fail } from '../../common/failure.ts';

export interface ListenAddress {
  /** As written: `127.0.0.1:7420`, `[::1]:0`, `unix:/run/drydock/controller.sock`. */
  readonly text: string;
  /** Path of the unix socket; null: a port. */
  readonly socket: string | null;
}

/** Throws FailureError(usage, `bad-listen`) for anything but a loopback address or a unix socket. */
export function parseListenAddress(text: string): ListenAddress {
  const socket = /^unix:(\/.+)$/.exec(text)?.[1];
  if (socket !== undefined) return { text, socket };
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
  return { text, socket: null };
}

/** localhost is taken because every system resolves it to loopback; a name in general is not. */
function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127(\.(25[0-5]|2[0-4]\d|1?\d?\d)){3}$/.test(host);
}
