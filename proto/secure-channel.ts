/**
 * TLS 1.3 to a controller. What is verified is its class: the one URI of its certificate must be a controller's, under a root of the fleet. Its
 * address is not in the certificate, so that it may move; an agent's certificate does not pass, whatever address it listens on.
 */
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
  return credentials.createFromSecureContext(context, { checkServerIdentity: (_name, shown) => requireController(shown) });
}

/** Of who has no certificate yet and knows a root. */
export function strangerCredentials(root: string): ChannelCredentials {
  const context = createSecureContext({ ...tls13, ca: root });
  return credentials.createFromSecureContext(context, { checkServerIdentity: (_name, shown) => requireController(shown) });
}

/** Of who knows no root yet: good for nothing but public words, which are compared with a pin. */
export function unverifiedCredentials(): ChannelCredentials {
  return credentials.createFromSecureContext(createSecureContext(tls13), { rejectUnauthorized: false });
}

/** Both sides speak nothing older. */
export const tls13 = { minVersion: 'TLSv1.3', maxVersion: 'TLSv1.3' } as const;

/** What is wrong with the certificate that was shown, as TLS wants it. */
function requireController({ subjectaltname }: PeerCertificate): Error | undefined {
  const identity = identityOfNames(subjectaltname);
  if (identity?.class === 'controller') return undefined;
  return new Error(`the other side is no controller of this fleet: its certificate names ${subjectaltname ?? 'nobody'}`);
}
