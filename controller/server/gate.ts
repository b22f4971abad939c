/** Every call of every service passes here before its handler sees it: who is it, and may they. */
import { ResponderBuilder, ServerInterceptingCall, type ServerInterceptor, status } from '@grpc/grpc-js';
import type { Log } from '../../common/log.ts';
import { authorize, peerOf } from './peers.ts';

export function callGate(listensOnSocket: boolean, log: Log): ServerInterceptor {
  return (method, call) => {
    const responder = new ResponderBuilder().withStart((next) => {
      const address = call.getPeer();
      if (authorize(peerOf(address, listensOnSocket), method.path)) return next();
      log.warn({ peer: address, method: method.path }, 'a call was refused: the peer may not do this');
      call.sendStatus({ code: status.PERMISSION_DENIED, details: `you may not call ${method.path} from ${address}` });
    });
    return new ServerInterceptingCall(call, responder.build());
  };
}
