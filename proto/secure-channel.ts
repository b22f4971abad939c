/**
 * TLS 1.3 to a controller. What is verified is its class: the one URI of its certificate must be a controller's, under a root of the fleet. Its
 * address is not in the certificate, so that it may move; an agent's certificate does not pass, whatever address it listens on.
 */
import type { Socket } from 'node:net';
import { createSecureContext, type PeerCertificate } from 'node:tls';
import { type ChannelCredentials, credentials } from '@grpc/grpc-js';
import { certificatesOf } from '../common/identity/certificates.ts';
import { identityOfNames } from '../common/identity/identity.ts';
import { clientOptions } from './channel.ts';

/** What a client shows and verifies with; each PEM. */
export interface ClientIdentity {
  readonly roots: string;
  readonly key: string;
  readonly chain: string;
}

/** With the name that every controller is asked for, as an address may be none that TLS knows. */
export const secureClientOptions = { ...clientOptions, 'grpc.ssl_target_name_override': 'controller.drydock' } as const;

/** Credentials of who was enrolled. */
export function clientCredentials({ roots, key, chain }: ClientIdentity): ChannelCredentials {
  const context = createSecureContext({ ...tls13, ca: [...certificatesOf(roots)], key, cert: chain });
  return endingWithItsChannel(
    credentials.createFromSecureContext(context, { checkServerIdentity: (_name, shown) => requireController(shown) }),
  );
}

/** Of who has no certificate yet and knows a root. */
export function strangerCredentials(root: string): ChannelCredentials {
  const context = createSecureContext({ ...tls13, ca: root });
  return endingWithItsChannel(
    credentials.createFromSecureContext(context, { checkServerIdentity: (_name, shown) => requireController(shown) }),
  );
}

/** Of who knows no root yet: good for nothing but public words, which are compared with a pin. */
export function unverifiedCredentials(): ChannelCredentials {
  return endingWithItsChannel(credentials.createFromSecureContext(createSecureContext(tls13), { rejectUnauthorized: false }));
}

/**
 * A channel of the library that is closed goes on with the handshake it is in, and one that was refused tries once more a second later: a connection
 * that is of no use, made and kept for minutes, by every agent of a fleet whose controller was away. With these both end with their channel.
 */
function endingWithItsChannel(made: ChannelCredentials): ChannelCredentials {
  const create = made._createSecureConnector.bind(made);
  made._createSecureConnector = (...parts) => {
    const connector = create(...parts);
    const connecting = new Set<Socket>();
    let closed = false;
    const refuse = () => Promise.reject(new Error('the channel was closed'));
    return {
      getCallCredentials: () => connector.getCallCredentials(),
      waitForReady: () => (closed ? refuse() : connector.waitForReady()),
      connect(socket) {
        if (closed) return refuse();
        connecting.add(socket);
        return connector.connect(socket).finally(() => connecting.delete(socket));
      },
      destroy() {
        closed = true;
        for (const socket of connecting) socket.destroy();
        connector.destroy();
      },
    };
  };
  return made;
}

/** Both sides speak nothing older. */
export const tls13 = { minVersion: 'TLSv1.3', maxVersion: 'TLSv1.3' } as const;

/** What is wrong with the certificate that was shown, as TLS wants it. */
function requireController({ subjectaltname }: PeerCertificate): Error | undefined {
  const identity = identityOfNames(subjectaltname);
  if (identity?.class === 'controller') return undefined;
  return new Error(`the server is not a controller of this fleet: its certificate names ${subjectaltname ?? 'no identity'}`);
}
