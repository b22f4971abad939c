/** What a certificate says, read without a library: Node's own parser. */
import { createHash, createPrivateKey, X509Certificate } from 'node:crypto';
import { fail } from '../failure.ts';
import { type Identity, identityOfNames } from './identity.ts';

export interface CertificateFacts {
  /** null: it carries no identity of ours. */
  readonly identity: Identity | null;
  /** Lower-case hex digits. */
  readonly serial: string;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

const certificateBlock = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/** The certificates of a PEM text, each on its own. */
export function certificatesOf(pem: string): readonly string[] {
  return pem.match(certificateBlock) ?? [];
}

/** Of the first certificate of a PEM text. Throws FailureError(failed, `bad-certificate`). */
export function certificateFacts(pem: string, where = 'the certificate'): CertificateFacts {
  const certificate = parsed(certificatesOf(pem)[0] ?? '', where);
  return {
    identity: identityOfNames(certificate.subjectAltName),
    serial: certificate.serialNumber.toLowerCase(),
    notBeforeMs: Date.parse(certificate.validFrom),
    notAfterMs: Date.parse(certificate.validTo),
  };
}

/** What pins a root: the digest of its bytes, 43 characters of base64url. */
export function pinOf(pem: string): string {
  return createHash('sha256').update(parsed(pem, 'the root').raw).digest('base64url');
}

/** Throws FailureError(failed, `bad-certificate`) unless this private key is the first certificate's. */
export function requirePair(keyPem: string, certificatePem: string, where: string): void {
  const certificate = parsed(certificatesOf(certificatePem)[0] ?? '', where);
  let fits: boolean;
  try {
    fits = certificate.checkPrivateKey(createPrivateKey(keyPem));
  } catch {
    fits = false;
  }
  if (!fits)
    throw fail(
      'failed',
      'bad-certificate',
      `${where}: the private key is not the certificate's; restore both from one copy, or enroll again`,
    );
}

function parsed(pem: string, where: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch {
    throw fail('failed', 'bad-certificate', `${where} cannot be read: it is no certificate in PEM form`);
  }
}
