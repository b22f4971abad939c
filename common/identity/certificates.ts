/** What a certificate says, read without a library (Node's own parser); how long certificates live, and when they are renewed. PURE. */
import { createHash, createPrivateKey, X509Certificate } from 'node:crypto';
import { fail } from '../failure.ts';
import { type Identity, identityOfNames } from './identity.ts';

export interface Validity {
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

export interface CertificateFacts extends Validity {
  /** null: it carries no identity of ours. */
  readonly identity: Identity | null;
  /** Lower-case hex digits. */
  readonly serial: string;
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
      `${where}: the private key does not match the certificate; restore both from one copy, or enroll again`,
    );
}

function parsed(pem: string, where: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch {
    throw fail('failed', 'bad-certificate', `${where} cannot be read: it is not a PEM certificate`);
  }
}

const hourMs = 3_600_000;

/** Of agents: a host that is off for a week comes back by a new token. */
export const agentCertificateMs = 7 * 24 * hourMs;
/** Of people. */
export const humanCertificateMs = 24 * hourMs;

/** From two thirds of its life on a certificate is renewed: a third is left to find out that it does not work. */
export function renewAtMs({ notBeforeMs, notAfterMs }: Validity): number {
  return notBeforeMs + ((notAfterMs - notBeforeMs) * 2) / 3;
}

export type Standing = 'not-yet-valid' | 'fresh' | 'due' | 'expired';

/** `due` and `fresh` are valid; both ends of the validity count as inside, as in RFC 5280, 4.1.2.5. */
export function standing(validity: Validity, nowMs: number): Standing {
  if (nowMs < validity.notBeforeMs) return 'not-yet-valid';
  if (nowMs > validity.notAfterMs) return 'expired';
  return nowMs >= renewAtMs(validity) ? 'due' : 'fresh';
}
