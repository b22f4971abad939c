/** Who is at the other end, made by the transport, and the one place that says what they may do. */
import type { Peer } from '../../common/link.ts';

/** From the address of the connection as grpc-js gives it; a unix socket has none. Null: nobody that we know how to tell. */
export function peerOf(address: string, listensOnSocket: boolean): Peer | null {
  if (/^(127\.\d+\.\d+\.\d+|\[?::1\]?|\[?::ffff:127\.\d+\.\d+\.\d+\]?):\d+$/.test(address))
    return { class: 'local', identity: 'loopback', address };
  if (address === 'unknown' && listensOnSocket) return { class: 'local', identity: 'unix-socket', address: 'unix' };
  return null;
}

/** Default deny (P12). Who can reach a local transport may do everything; other classes come with certificates and bindings. */
export function authorize(peer: Peer | null, _method: string): peer is Peer {
  return peer?.class === 'local';
}

/** Who did it, as the audit log says it. */
export function actorOf(peer: Peer): string {
  return `${peer.class}:${peer.identity}`;
}
