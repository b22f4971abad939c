/** What is wrong with the identity in a folder, each in a sentence: its files and who may read them, its dates, and whether its roots vouch for it. */
import { X509Certificate } from 'node:crypto';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { toFailure } from '../failure.ts';
import { certificatesOf, standing } from './certificates.ts';
import { type HeldIdentity, identityFile, readIdentity } from './identity-folder.ts';

export interface WantedIdentity {
  readonly folder: string;
  /** Of a folder that holds none: how it comes by one. */
  readonly absent: string;
  /** What to do about a certificate that is no good any more. */
  readonly remedy: string;
  /** Whose it must be; null: it is that one's. */
  readonly wrongOwner: (held: HeldIdentity) => string | null;
  /** An expired certificate is renewed by the program as it starts. */
  readonly renewsItself?: boolean;
}

/** Empty: it is good. */
export function identityFaults(
  { folder, absent, remedy, wrongOwner, renewsItself = false }: WantedIdentity,
  nowMs: number,
): readonly string[] {
  let held: HeldIdentity | null;
  try {
    held = readIdentity(folder);
  } catch (thrown) {
    return [toFailure(thrown).message];
  }
  if (held === null) return [absent];
  const owner = wrongOwner(held);
  return [
    ...(owner === null ? [] : [owner]),
    ...dateFaults(held, folder, remedy, nowMs, renewsItself),
    ...(isVouchedFor(held) ? [] : [`the certificate in ${folder} is not signed by any root in ${folder}/roots.pem: ${remedy}`]),
    ...secretFaults(join(folder, identityFile)),
  ];
}

function dateFaults(held: HeldIdentity, folder: string, remedy: string, nowMs: number, renewsItself: boolean): readonly string[] {
  const text = (ms: number) => new Date(ms).toISOString();
  const where = `the certificate in ${folder}`;
  switch (standing(held, nowMs)) {
    case 'expired':
      return renewsItself ? [] : [`${where} expired at ${text(held.notAfterMs)}: ${remedy}`];
    case 'not-yet-valid':
      return [`${where} is valid from ${text(held.notBeforeMs)} but this machine's clock shows ${text(nowMs)}: correct the clock`];
    default:
      return [];
  }
}

/** From the certificate up, by who issued whom, to one of the roots. */
function isVouchedFor({ chain, roots }: HeldIdentity): boolean {
  const [leaf, ...between] = certificatesOf(chain).map((pem) => new X509Certificate(pem));
  const known = certificatesOf(roots).map((pem) => new X509Certificate(pem));
  const left = new Set(between);
  const issued = (certificate: X509Certificate, issuer: X509Certificate) =>
    certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
  for (let at = leaf; at !== undefined; ) {
    const present = at;
    if (known.some((root) => root.raw.equals(present.raw) || issued(present, root))) return true;
    at = [...left].find((each) => issued(present, each));
    if (at !== undefined) left.delete(at);
  }
  return false;
}

/** Of a file with a secret in it; one that is not there has none. */
export function secretFaults(file: string, what = 'a private key'): readonly string[] {
  const mode = statSync(file, { throwIfNoEntry: false })?.mode ?? 0;
  if ((mode & 0o077) === 0) return [];
  return [`${file} holds ${what} and is accessible to other users (mode ${(mode & 0o777).toString(8)}): chmod 600 ${file}`];
}
