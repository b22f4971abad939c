/** Every call of every service passes here before its handler sees it: who is it (made by the transport), may they, and do they say what they ask. */
import {
  ResponderBuilder,
  ServerInterceptingCall,
  type ServerInterceptor,
  type ServerListener,
  ServerListenerBuilder,
  status,
} from '@grpc/grpc-js';
import type { Peer } from '../../common/link.ts';
import type { Log } from '../../common/log.ts';

/** `requestMs`: how long a caller may be silent before it has said what it asks. Who talks both ways is seen to by whom it talks to. */
export function admitCalls(listensOnSocket: boolean, requestMs: number, log: Log): ServerInterceptor {
  return (method, call) => {
    const responder = new ResponderBuilder().withStart((next) => {
      const address = call.getPeer();
      if (!authorize(peerOf(address, listensOnSocket), method.path)) {
        log.warn({ peer: address, method: method.path }, 'a call was refused: the peer may not do this');
        call.sendStatus({ code: status.PERMISSION_DENIED, details: `you may not call ${method.path} from ${address}` });
        return;
      }
      if (method.requestStream && method.responseStream) return next();
      next(
        impatient(requestMs, () => {
          call.sendStatus({ code: status.DEADLINE_EXCEEDED, details: `nothing more of ${method.path} came for ${requestMs} ms` });
        }),
      );
    });
    return new ServerInterceptingCall(call, responder.build());
  };
}

/** Calls back when a request is neither whole nor gone, and nothing came of it for so long. */
function impatient(limitMs: number, giveUp: () => void): ServerListener {
  let silence = setTimeout(giveUp, limitMs);
  return new ServerListenerBuilder()
    .withOnReceiveMessage((message, pass) => {
      clearTimeout(silence);
      silence = setTimeout(giveUp, limitMs);
      pass(message);
    })
    .withOnReceiveHalfClose((pass) => {
      clearTimeout(silence);
      pass();
    })
    .withOnCancel(() => clearTimeout(silence))
    .build();
}

/** From the address of the connection as grpc-js gives it; a unix socket has none. Null: an unknown one. */
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
