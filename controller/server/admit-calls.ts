/** Every call of every service passes here before its handler sees it: who is it (made by the transport), may they, and do they say what they ask. */
import {
  ResponderBuilder,
  ServerInterceptingCall,
  type ServerInterceptor,
  type ServerListener,
  ServerListenerBuilder,
  status,
} from '@grpc/grpc-js';
import { FailureError } from '../../common/failure.ts';
import type { Log } from '../../common/log.ts';
import { serviceError } from './answering.ts';
import type { Gate } from './gate.ts';

/** Refusals of who somebody is; the others are of what it may do. */
const unauthenticated: ReadonlySet<string> = new Set([
  'no-certificate',
  'certificate-untrusted',
  'certificate-nameless',
  'certificate-expired',
  'certificate-not-yet-valid',
  'certificate-revoked',
]);

/**
 * @param requestMs how long a caller may be silent before it has said what it asks; who talks both ways is seen to by whom it talks to
 * @param takesCall of a peer; false: it makes too many
 */
export function admitCalls(gate: Gate, requestMs: number, takesCall: (peer: string) => boolean, log: Log): ServerInterceptor {
  return (method, call) => {
    const isTaken = takesCall(call.getPeer());
    const responder = new ResponderBuilder().withStart((next) => {
      // Its connection is closed: no caller is left to be answered.
      if (!isTaken) return;
      const refusal = gate.refusal(call, method.path);
      if (refusal !== null) {
        log.warn({ peer: call.getPeer(), method: method.path, code: refusal.code }, `a call was refused: ${refusal.message}`);
        const { details = refusal.message, metadata = null } = serviceError(new FailureError(refusal), method.path, log);
        call.sendStatus({ code: unauthenticated.has(refusal.code) ? status.UNAUTHENTICATED : status.PERMISSION_DENIED, details, metadata });
        return;
      }
      if (method.requestStream && method.responseStream) return next();
      next(
        impatient(requestMs, () => {
          call.sendStatus({
            code: status.DEADLINE_EXCEEDED,
            details: `the request ${method.path} was not completed within ${requestMs} ms`,
          });
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
