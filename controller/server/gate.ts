/** Every call of every service passes here before its handler sees it: who is it, may they, and do they say what they ask. */
import { ResponderBuilder, ServerInterceptingCall, type ServerInterceptor, ServerListenerBuilder, status } from '@grpc/grpc-js';
import type { Log } from '../../common/log.ts';
import { authorize, peerOf } from './peers.ts';

/** A call that asks once must have asked after `requestMs`; who streams is seen to by what it streams to. */
export function callGate(listensOnSocket: boolean, requestMs: number, log: Log): ServerInterceptor {
  return (method, call) => {
    const responder = new ResponderBuilder().withStart((next) => {
      const address = call.getPeer();
      if (authorize(peerOf(address, listensOnSocket), method.path)) {
        if (method.requestStream) return next();
        const late = setTimeout(() => {
          call.sendStatus({ code: status.DEADLINE_EXCEEDED, details: `${method.path} was not asked whole within ${requestMs} ms` });
        }, requestMs);
        const inTime = () => clearTimeout(late);
        return next(
          new ServerListenerBuilder()
            .withOnReceiveHalfClose((pass) => {
              inTime();
              pass();
            })
            .withOnCancel(inTime)
            .build(),
        );
      }
      log.warn({ peer: address, method: method.path }, 'a call was refused: the peer may not do this');
      call.sendStatus({ code: status.PERMISSION_DENIED, details: `you may not call ${method.path} from ${address}` });
    });
    return new ServerInterceptingCall(call, responder.build());
  };
}
