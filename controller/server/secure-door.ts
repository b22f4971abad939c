/**
 * TLS 1.3 in front of the gRPC server, on TCP and on unix sockets. A client certificate is asked for and not enforced in the handshake: who comes
 * without a good one may ask for the roots and enroll, and hears in words why everything else is refused. What a connection proved is kept with it;
 * one whose certificate ends, or whose identity is revoked, is hung up on.
 */
import { constants } from 'node:crypto';
import type { Server, Socket } from 'node:net';
import { createServer, type PeerCertificate, type TLSSocket } from 'node:tls';
import type { CertificateFacts } from '../../common/identity/certificates.ts';
import { type IdentityClass, identityOfNames, identityText } from '../../common/identity/identity.ts';
import type { Log } from '../../common/log.ts';
import { tls13 } from '../../proto/secure-channel.ts';
import type { Presented } from '../trust/access.ts';
import type { Trust } from '../trust/trust.ts';
import type { SecureDoor } from './listener.ts';

export interface TlsDoor extends SecureDoor {
  /** Why the certificate of a connection was not verified, by its address as calls give it; null: it was, or there is none. */
  presentedFrom(address: string): Presented | null;
}

/** Open connections of one identity. An agent has one to talk over, and for a while one to fetch a release and one to renew. */
const mostOf: Readonly<Record<IdentityClass, number>> = { agent: 16, human: 256, controller: 16 };

/** A timer takes no longer wait; what is longer is asked with each call anyway. */
const longestTimerMs = 2 ** 31 - 1;

export function tlsDoor(trust: Trust, wallMs: () => number, log: Log): TlsDoor {
  const byIdentity = new Map<string, Set<TLSSocket>>();
  const unverified = new Map<string, Presented>();
  let unixConnections = 0;

  trust.onEnded((identity) => {
    const connections = [...(byIdentity.get(identity) ?? [])];
    for (const connection of connections) connection.destroy();
    if (connections.length > 0)
      log.warn({ identity, connections: connections.length }, 'connections were closed: the permissions of their identity have changed');
  });

  const admit = (connection: TLSSocket, taken: (connection: Socket, proven: boolean) => void) => {
    // Tickets are off; a session that was resumed all the same has shown no certificate in this handshake.
    if (connection.isSessionReused()) return void connection.destroy();
    // Calls know a connection by its address alone, and a unix socket has none.
    if (connection.remoteAddress === undefined) {
      unixConnections += 1;
      Object.defineProperty(connection, 'remoteAddress', { value: `unix#${unixConnections}` });
    }
    const shown = connection.getPeerCertificate();
    const presented =
      shown.raw === undefined ? null : presentedOf(shown, connection.authorized ? null : codeOf(connection.authorizationError));
    const judged = presented === null ? null : trust.judge(presented);
    const identity = judged !== null && 'identity' in judged ? judged.identity : null;
    const open = identity === null ? 0 : (byIdentity.get(identityText(identity))?.size ?? 0);
    if (identity !== null && open >= mostOf[identity.class]) {
      log.warn(
        { identity: identityText(identity), connections: open },
        'a connection was closed: its identity has reached the connection limit',
      );
      return void connection.destroy();
    }
    if (presented !== null) keep(connection, presented);
    taken(connection, identity !== null);
  };

  const keep = (connection: TLSSocket, presented: Presented) => {
    const { identity, notAfterMs } = presented.facts;
    if (presented.problem !== null || identity === null) {
      const address = addressOf(connection);
      unverified.set(address, presented);
      connection.once('close', () => unverified.delete(address));
      return;
    }
    const name = identityText(identity);
    const connections = byIdentity.get(name) ?? new Set();
    byIdentity.set(name, connections.add(connection));
    const untilEndMs = notAfterMs - wallMs();
    // One that has ended already hears so from its first call.
    const ends = untilEndMs > 0 && untilEndMs <= longestTimerMs;
    const end = ends ? setTimeout(() => connection.destroy(), untilEndMs) : undefined;
    end?.unref();
    connection.once('close', () => {
      clearTimeout(end);
      connections.delete(connection);
      if (connections.size === 0) byIdentity.delete(name);
    });
  };

  return {
    serve(taken, handshakeMs) {
      const server = createServer(
        {
          ...contextOf(trust),
          requestCert: true,
          rejectUnauthorized: false,
          ALPNProtocols: ['h2'],
          handshakeTimeout: handshakeMs,
          noDelay: true,
        },
        (connection) => admit(connection, taken),
      );
      server.on('tlsClientError', (_error, connection) => connection.destroy());
      trust.onOwnChanged(() => {
        server.setSecureContext(contextOf(trust));
        log.info({ expires: new Date(trust.own.notAfterMs).toISOString() }, 'the certificate of the controller was renewed');
      });
      return server as Server;
    },
    presentedFrom: (address) => unverified.get(address) ?? null,
  };
}

function contextOf({ own: { key, chain, roots } }: Trust) {
  return { ...tls13, key, cert: chain, ca: roots, secureOptions: constants.SSL_OP_NO_TICKET };
}

/** As a call's `getPeer` writes it. */
function addressOf({ remoteAddress, remotePort }: TLSSocket): string {
  return remotePort === undefined ? `${remoteAddress}` : `${remoteAddress}:${remotePort}`;
}

const codeOf = (error: Error | string | undefined): string =>
  typeof error === 'string' ? error : ((error as NodeJS.ErrnoException | undefined)?.code ?? 'not verified');

export function presentedOf(shown: PeerCertificate, problem: string | null): Presented {
  const facts: CertificateFacts = {
    identity: identityOfNames(shown.subjectaltname),
    serial: shown.serialNumber.toLowerCase(),
    notBeforeMs: Date.parse(shown.valid_from),
    notAfterMs: Date.parse(shown.valid_to),
  };
  return { problem, facts };
}
