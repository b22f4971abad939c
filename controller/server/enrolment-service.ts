/** The Enrolment service: the roots for everybody, a certificate for a token, the next one for a certificate. */

import { FailureError, fail } from '../../common/failure.ts';
import { secretHash } from '../../common/identity/token.ts';
import type { Log } from '../../common/log.ts';
import type { EnrolmentHandlers } from '../../proto/generated/drydock/v1/Enrolment.ts';
import type { Trust } from '../trust/trust.ts';
import { serviceError } from './answering.ts';
import type { Gate } from './gate.ts';

const secretForm = /^[A-Za-z0-9_-]{43}$/;

export function enrolmentHandlers(trust: Trust, gate: Gate, log: Log): EnrolmentHandlers {
  return {
    GetRoots: (_call, callback) => answer('GetRoots', log, callback, async () => ({ rootsPem: [...trust.roots()] })),
    Enroll: (call, callback) =>
      answer('Enroll', log, callback, async () => {
        const { secret, request } = call.request;
        if (!secretForm.test(secret)) throw fail('usage', 'bad-request', 'secret: expected the secret part of a token');
        try {
          const { chain, roots, serial } = await trust.enroll(secret, request);
          log.info({ serial, peer: call.getPeer() }, 'an identity was enrolled');
          return { chainPem: chain, rootsPem: roots };
        } catch (thrown) {
          // The digest says which token it was, and is no token.
          if (thrown instanceof FailureError)
            log.warn(
              { peer: call.getPeer(), token: secretHash(secret).slice(0, 12), code: thrown.failure.code },
              'an enrolment was refused',
            );
          throw thrown;
        }
      }),
    Renew: (call, callback) =>
      answer('Renew', log, callback, async () => {
        const peer = gate.peer(call);
        const { chain, roots } = await trust.renew({ class: peer.class, name: peer.identity }, call.request.request);
        return { chainPem: chain, rootsPem: roots };
      }),
  };
}

function answer<Answer>(
  method: string,
  log: Log,
  callback: (error: ReturnType<typeof serviceError> | null, answer?: Answer) => void,
  work: () => Promise<Answer>,
): void {
  work().then(
    (answered) => callback(null, answered),
    (thrown: unknown) => callback(serviceError(thrown, method, log)),
  );
}
