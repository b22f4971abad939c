/** `drydock-controller check`: what would keep the controller from starting or from being trusted, found out without starting or changing anything. */
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { connect } from 'node:tls';
import { type CheckDocument, type CheckedPart, checkDocument } from '../common/check-report.ts';
import { toFailure } from '../common/failure.ts';
import { folderFault, systemReason } from '../common/file-obstacle.ts';
import { certificateFacts } from '../common/identity/certificates.ts';
import { identityFaults, secretFaults } from '../common/identity/identity-faults.ts';
import { type HeldIdentity, readIdentity } from '../common/identity/identity-folder.ts';
import { cannotListen, type ListenAddress, parseListenAddress } from './server/listener.ts';
import type { ControllerSettings } from './settings.ts';
import { storeName } from './store/sqlite-store.ts';
import { storeFault } from './store/store-fault.ts';
import { auditKeyFaults } from './trust/audit-key.ts';
import { authorityFaults, authorityFile } from './trust/authority.ts';

/** Of settings that are valid in themselves. */
export async function checkController(settings: ControllerSettings, nowMs: number): Promise<CheckDocument> {
  const { stateDir, artifactsDir, trustDir, readyFile, listen, metrics, externalChecks } = settings;
  const folders = [
    { field: 'stateDir', path: stateDir, need: 'made' },
    { field: 'artifactsDir', path: artifactsDir, need: 'made' },
    ...(readyFile === undefined ? [] : [{ field: 'folder of readyFile', path: dirname(readyFile), need: 'writable' } as const]),
  ] as const;
  const own = heldIn(trustDir);
  const parts: CheckedPart[] = [
    { part: 'folders', faults: folders.map(folderFault).filter((fault) => fault !== null) },
    { part: 'store', faults: listed(storeFault(join(stateDir, storeName))) },
    { part: 'identity', faults: ownFaults(trustDir, nowMs) },
    { part: 'authority', faults: authorityFaults(trustDir, nowMs) },
    { part: 'audit key', faults: auditKeyFaults(trustDir) },
    { part: 'listen', faults: listed(await addressFault(listen, own)) },
    ...(metrics === undefined ? [] : [{ part: 'metrics', faults: listed(await addressFault(metrics, own, listen)) }]),
    ...(externalChecks.length === 0
      ? []
      : [{ part: 'external', faults: externalChecks.flatMap(({ tokenFile }) => tokenFaults(tokenFile)) }]),
  ];
  return checkDocument('drydock-controller', parts);
}

const listed = (fault: string | null): readonly string[] => (fault === null ? [] : [fault]);

function ownFaults(trustDir: string, nowMs: number): readonly string[] {
  const outside = !existsSync(join(trustDir, authorityFile));
  return identityFaults(
    {
      folder: trustDir,
      absent: `the controller has no identity in ${trustDir}: create one with drydock-controller init`,
      remedy: outside
        ? 'have the external authority issue a new one'
        : `restore ${trustDir} from its copy, or run drydock-controller init again and enroll every host`,
      wrongOwner: ({ identity }) =>
        identity.class === 'controller'
          ? null
          : `the certificate in ${trustDir} is of ${identity.class} ${identity.name}, not of a controller: put the certificate of the controller there`,
      renewsItself: !outside,
    },
    nowMs,
  );
}

/** null: none that could be read; what is wrong with it is said elsewhere. */
function heldIn(folder: string): HeldIdentity | null {
  try {
    return readIdentity(folder);
  } catch {
    return null;
  }
}

/**
 * Whether it can be listened on: it is taken for a moment, and given back. In use by the controller with this very certificate is as it should be.
 * @param besides where that controller listens, if it is not there
 */
async function addressFault(text: string, own: HeldIdentity | null, besides = text): Promise<string | null> {
  const address = parseListenAddress(text);
  if (address.socket !== null) return socketFault(address, address.socket, own);
  if (address.port === 0) return null;
  const taken = await new Promise<NodeJS.ErrnoException | null>((resolve) => {
    const server = createServer();
    server.once('error', resolve);
    server.listen({ host: address.host, port: address.port, exclusive: true }, () => server.close(() => resolve(null)));
  });
  if (taken === null) return null;
  if (taken.code === 'EADDRINUSE' && own !== null && (await isOurs(parseListenAddress(besides), own))) return null;
  return toFailure(cannotListen(text, taken)).message;
}

async function socketFault(address: ListenAddress, socket: string, own: HeldIdentity | null): Promise<string | null> {
  const fault = folderFault({ field: 'folder of listen', path: dirname(socket), need: 'writable' });
  if (fault !== null || !existsSync(socket)) return fault;
  if (statSync(socket).isDirectory()) return toFailure(cannotListen(address.text, Object.assign(new Error(), { code: 'EISDIR' }))).message;
  // What a dead controller left is removed at the start; what somebody else listens on would be, too.
  if (!(await answersAt(address)) || (own !== null && (await isOurs(address, own)))) return null;
  return toFailure(cannotListen(address.text, Object.assign(new Error(), { code: 'EADDRINUSE' }))).message;
}

const askMs = 2_000;

/** Whether the controller that listens there shows the certificate of our own identity. */
function isOurs(address: ListenAddress, own: HeldIdentity): Promise<boolean> {
  const { serial } = certificateFacts(own.chain);
  return shownAt(address).then((shown) => shown === serial);
}

const answersAt = (address: ListenAddress): Promise<boolean> => shownAt(address).then((shown) => shown !== null);

/** Serial of the certificate that is shown there; '' where something else than TLS answers, null where nothing does. */
function shownAt({ socket, host, port }: ListenAddress): Promise<string | null> {
  const anywhere = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  const at = socket === null ? { host: anywhere, port } : { path: socket };
  return new Promise((resolve) => {
    const connection = connect({ ...at, rejectUnauthorized: false, ALPNProtocols: ['h2'] }, () =>
      over(connection.getPeerCertificate().serialNumber?.toLowerCase() ?? ''),
    );
    const over = (answer: string | null) => {
      connection.destroy();
      resolve(answer);
    };
    let reached = false;
    connection.once('connect', () => {
      reached = true;
    });
    connection.once('error', () => over(reached ? '' : null));
    connection.setTimeout(askMs, () => over(reached ? '' : null));
  });
}

function tokenFaults(tokenFile: string | undefined): readonly string[] {
  if (tokenFile === undefined) return [];
  try {
    accessSync(tokenFile, constants.R_OK);
    return secretFaults(tokenFile, 'a token');
  } catch (error) {
    return [`tokenFile ${tokenFile} cannot be read: ${systemReason(error)}; make it readable for this user, or set another file`];
  }
}
