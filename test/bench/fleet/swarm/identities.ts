/** Certificates for the fake agents of one process, made before what is measured begins. They share a key: what it costs to make one is the host's affair. */
import { webcrypto } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeKey, signingKeys } from '../../../../common/identity/certificate-request.ts';
import { certificatesOf } from '../../../../common/identity/certificates.ts';
import { issue } from '../../../../controller/trust/issuing.ts';
import type { ClientIdentity } from '../../../../proto/secure-channel.ts';

const dayMs = 24 * 3_600_000;

/** @param trustDir of the controller's authority */
export async function agentIdentities(trustDir: string, hosts: readonly string[]): Promise<readonly ClientIdentity[]> {
  const text = readFileSync(join(trustDir, 'authority.pem'), 'utf8');
  const [certificate = ''] = certificatesOf(text);
  const root = { certificate, key: text.slice(0, text.indexOf('-----BEGIN CERTIFICATE-----')) };
  const key = makeKey();
  const publicKey = await webcrypto.subtle.exportKey('spki', (await signingKeys(key)).publicKey);
  const validity = { notBeforeMs: Date.now(), notAfterMs: Date.now() + dayMs };
  const made: ClientIdentity[] = [];
  for (const name of hosts) made.push({ key, roots: certificate, chain: await issue(root, { class: 'agent', name }, publicKey, validity) });
  return made;
}
