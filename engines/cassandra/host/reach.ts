/** Where a node is reached: by clients with what their connection takes, and whether anything of it listens at all. */
import { connect } from 'node:net';
import type { DriverContext } from '../../../common/driver.ts';
import { fail } from '../../../common/failure.ts';
import { notListening } from '../../kit/host/asking.ts';
import { passwordIn } from '../../kit/host/connection.ts';
import { failed } from '../../kit/host/failures.ts';
import { connectionOf } from '../connection.ts';
import type { CqlServer } from './cql.ts';

const dialMs = 2_000;

/** Secrets and certificates are read for each connection, as they may be renewed. Throws FailureError `password-file-missing`, `missing-file`. */
export async function cqlServerOf(context: DriverContext): Promise<CqlServer> {
  const { address: host, nativePort: port, user, passwordFile, tls } = connectionOf(context.settings);
  const pem = async (name: 'ca' | 'cert' | 'key') => {
    const path = tls?.[name];
    if (path === undefined) return {};
    const text = await context.host.readText(path);
    if (text === null) throw failed(context, 'missing-file', `${path} does not exist`);
    return { [name]: text };
  };
  return {
    host,
    port,
    ...(tls === undefined ? {} : { tls: { ...(await pem('ca')), ...(await pem('cert')), ...(await pem('key')) } }),
    ...(user === undefined ? {} : { credentials: { user, password: await passwordIn(context, passwordFile) } }),
  };
}

/** Resolves where any of its ports takes a connection. Throws FailureError: `not-listening` when all of them refuse one, else `no-answer`. */
export async function dialAll({ settings }: DriverContext): Promise<void> {
  const { address, nativePort, listenAddress = address, storagePort, jmxHost, jmxPort } = connectionOf(settings);
  const doors = [
    { host: address, port: nativePort },
    { host: listenAddress, port: storagePort },
    { host: jmxHost, port: jmxPort },
  ];
  const states = await Promise.all(doors.map(dial));
  if (states.includes('open')) return;
  const unknown = states.find((state) => state !== 'refused');
  const where = doors.map(({ host, port }) => `${host}:${port}`).join(', ');
  if (unknown === undefined)
    throw fail('unreachable', notListening, `nothing listens at ${where}, neither for clients nor for nodes nor for JMX`);
  throw fail('unreachable', 'no-answer', `whether anything listens at ${where} is unknown: ${unknown}`);
}

/** `open`, `refused`, or why it is unknown. */
function dial({ host, port }: { readonly host: string; readonly port: number }): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: dialMs });
    const end = (state: string) => {
      socket.destroy();
      resolve(state);
    };
    socket.once('connect', () => end('open'));
    socket.once('timeout', () => end('no answer'));
    socket.once('error', (error: NodeJS.ErrnoException) => end(error.code === 'ECONNREFUSED' ? 'refused' : error.message));
  });
}
