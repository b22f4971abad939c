/** One certificate authority for all tests of a process, and certificates of it for whom a test needs: making them takes longer than what is tested. */

import { webcrypto } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { certificateRequest, makeKey, signingKeys } from '../common/identity/certificate-request.ts';
import { type Identity, identityText } from '../common/identity/identity.ts';
import type { Validity } from '../common/identity/lifetime.ts';
import { type Authority, initAuthority, openAuthority } from '../controller/trust/authority.ts';
import { issue, makeRoot, type Root } from '../controller/trust/issuing.ts';
import type { ClientIdentity } from '../proto/secure-channel.ts';
import { memoryDir } from './memory-dir.ts';

export interface TestAuthority {
  readonly folder: string;
  readonly authority: Authority;
}

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
