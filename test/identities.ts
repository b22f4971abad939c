/** One certificate authority for all tests of a process, and certificates of it for whom a test needs: making them takes longer than what is tested. */

import { webcrypto } from 'node:crypto';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type ChannelCredentials, ServerCredentials } from '@grpc/grpc-js';
import { makeFolder } from '../common/files.ts';
import { certificateRequest, makeKey, signingKeys } from '../common/identity/certificate-request.ts';
import type { Validity } from '../common/identity/certificates.ts';
import { type Identity, identityText } from '../common/identity/identity.ts';
import { installIdentity } from '../common/identity/identity-folder.ts';
import { openStore, storeName } from '../controller/store/sqlite-store.ts';
import { type Authority, initAuthority, openAuthority } from '../controller/trust/authority.ts';
import { issue, makeRoot, type Root } from '../controller/trust/issuing.ts';
import { type ClientIdentity, clientCredentials, secureClientOptions } from '../proto/secure-channel.ts';
import { memoryDir } from './memory-dir.ts';

export interface TestAuthority {
  readonly folder: string;
  readonly authority: Authority;
}

/** Who the tests are at their controllers: an admin. */
export const tester = { class: 'human', name: 'tester' } as const;

let made: Promise<TestAuthority> | null = null;

export function testAuthority(): Promise<TestAuthority> {
  made ??= makeAuthority();
  return made;
}

async function makeAuthority(): Promise<TestAuthority> {
  const folder = mkdtempSync(join(memoryDir(), 'drydock-authority-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  await initAuthority(folder, 'test', Date.now());
  return { folder, authority: await openAuthority(folder) };
}

const identities = new Map<string, Promise<ClientIdentity>>();

/** What this identity shows: of the test authority, good for a day. */
export function identityOf(identity: Identity): Promise<ClientIdentity> {
  const name = identityText(identity);
  const before = identities.get(name);
  if (before !== undefined) return before;
  const fresh = freshIdentity(identity);
  identities.set(name, fresh);
  return fresh;
}

/** What to dial with as this identity. */
export async function dialledAs(
  identity: Identity,
): Promise<{ readonly credentials: ChannelCredentials; readonly options: typeof secureClientOptions }> {
  return { credentials: clientCredentials(await identityOf(identity)), options: secureClientOptions };
}

let folder: Promise<string> | null = null;

/** A folder with the tester's identity, as `drydock login` leaves it. */
export function testerFolder(): Promise<string> {
  folder ??= (async () => {
    const made = mkdtempSync(join(memoryDir(), 'drydock-tester-'));
    process.once('exit', () => rmSync(made, { recursive: true, force: true }));
    await installIdentity(made, await identityOf(tester));
    return made;
  })();
  return folder;
}

/** Has the test authority be that of a controller that is to start there, as `init` would; the tester becomes its admin. */
export async function initialise(stateDir: string): Promise<void> {
  await makeFolder(stateDir);
  cpSync((await testAuthority()).folder, join(stateDir, 'trust'), { recursive: true });
  const store = openStore({ file: join(stateDir, storeName) });
  await store.trust.bind({ identity: tester, role: 'admin', selector: '' }, 1, 'local:test');
  await store.close();
}

/** Of a server that stands in for a controller. */
export async function serverCredentials(): Promise<ServerCredentials> {
  const { key, chain, roots } = (await testAuthority()).authority.own;
  return ServerCredentials.createSsl(Buffer.from(roots), [{ private_key: Buffer.from(key), cert_chain: Buffer.from(chain) }], true);
}

/** Another key and certificate of this identity. */
export async function freshIdentity(identity: Identity): Promise<ClientIdentity> {
  const { authority } = await testAuthority();
  const key = makeKey();
  const { chain, roots } = await authority.issueFor(identity, await certificateRequest(identity, key), 24 * 3_600_000, Date.now());
  return { key, chain, roots };
}

/** A certificate as no controller would issue it: by this root, of these dates. */
export async function oddIdentity(identity: Identity, validity: Validity, root?: Root): Promise<ClientIdentity> {
  const { authority } = await testAuthority();
  const key = makeKey();
  const publicKey = await webcrypto.subtle.exportKey('spki', (await signingKeys(key)).publicKey);
  const chain = await issue(root ?? (await makeRoot(Date.now())), identity, publicKey, validity);
  return { key, chain, roots: authority.own.roots };
}
