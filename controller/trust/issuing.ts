/** Makes certificates: roots, the cross-signed root of a rollover, and those of agents, people and the controller. Knows no file and no store. */
import { randomBytes, webcrypto } from 'node:crypto';
import type { SubjectAlternativeNameExtension } from '@peculiar/x509';
import { fail } from '../../common/failure.ts';
import { makeKey, signingAlgorithm, signingKeys, x509Library } from '../../common/identity/certificate-request.ts';
import { certificateFacts, type Validity } from '../../common/identity/certificates.ts';
import { type Identity, type IdentityClass, identityUri } from '../../common/identity/identity.ts';

export interface Root {
  /** PEM, as is the key. */
  readonly certificate: string;
  readonly key: string;
}

const yearMs = 365 * 24 * 3_600_000;
/** A root outlives the machines; it is changed by a rollover and not by its end. */
const rootMs = 10 * yearMs;
/** Clocks of hosts may be behind the controller's: what they verify was valid a day ago. */
const backdatedMs = 24 * 3_600_000;

/** A root on P-256. It may stand above one more authority: the next root, cross-signed for a rollover. */
export async function makeRoot(nowMs: number): Promise<Root> {
  const x509 = await x509Library();
  const key = makeKey();
  const keys = await signingKeys(key);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: [{ CN: [`Drydock root ${randomBytes(4).toString('hex')}`] }],
    ...dates(nowMs - backdatedMs, nowMs + rootMs),
    keys,
    signingAlgorithm,
    extensions: [...(await authorityExtensions(1)), await x509.SubjectKeyIdentifierExtension.create(keys.publicKey)],
  });
  return { certificate: certificate.toString('pem'), key };
}

/** The next root as the present one vouches for it: who knows the present one alone trusts what the next one signs. */
export async function crossSign(next: Root, present: Root, nowMs: number): Promise<string> {
  const x509 = await x509Library();
  const [subject, issuer] = [new x509.X509Certificate(next.certificate), new x509.X509Certificate(present.certificate)];
  const { notAfterMs } = certificateFacts(present.certificate);
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: subject.subjectName,
    issuer: issuer.subjectName,
    ...dates(nowMs - backdatedMs, notAfterMs),
    publicKey: subject.publicKey,
    signingKey: (await signingKeys(present.key)).privateKey,
    signingAlgorithm,
    extensions: [
      ...(await authorityExtensions(0)),
      await x509.SubjectKeyIdentifierExtension.create(subject.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
    ],
  });
  return certificate.toString('pem');
}

/** A certificate for this identity and this key (SPKI, DER), in PEM form. An agent's or a person's begins now: its judge is who issues it. */
export async function issue(root: Root, identity: Identity, publicKey: ArrayBuffer, validity: Validity): Promise<string> {
  const x509 = await x509Library();
  const issuer = new x509.X509Certificate(root.certificate);
  const key = new x509.PublicKey(publicKey);
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: [{ CN: [identity.name] }, { OU: [identity.class] }],
    issuer: issuer.subjectName,
    ...dates(validity.notBeforeMs, validity.notAfterMs),
    publicKey: key,
    signingKey: (await signingKeys(root.key)).privateKey,
    signingAlgorithm,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      // An agent's certificate cannot serve: it never passes for a controller.
      new x509.ExtendedKeyUsageExtension([usageOf(identity.class, x509.ExtendedKeyUsage)]),
      new x509.SubjectAlternativeNameExtension([{ type: 'url', value: identityUri(identity) }]),
      await x509.SubjectKeyIdentifierExtension.create(key),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
    ],
  });
  return certificate.toString('pem');
}

/** The certificate of the controller itself for a new key, with this key. */
export async function issueController(
  root: Root,
  name: string,
  lifeMs: number,
  nowMs: number,
): Promise<{ readonly key: string; readonly certificate: string }> {
  const key = makeKey();
  const publicKey = await webcrypto.subtle.exportKey('spki', (await signingKeys(key)).publicKey);
  const validity = { notBeforeMs: nowMs - backdatedMs, notAfterMs: nowMs + lifeMs };
  return { key, certificate: await issue(root, { class: 'controller', name }, publicKey, validity) };
}

/** The object identifier of subject alternative names. */
const alternativeNames = '2.5.29.17';

/** A request is small; what is larger is none. */
const mostRequestBytes = 4_096;

/**
 * The key (SPKI, DER) of a request by this identity. Who it is was proven otherwise: the request must say the same, be signed with its key, and
 * that key be on P-256. Throws FailureError(refused, `bad-request-for-certificate`).
 */
export async function keyOfRequest(der: Uint8Array, identity: Identity): Promise<ArrayBuffer> {
  const x509 = await x509Library();
  if (der.length === 0 || der.length > mostRequestBytes) throw badRequest(`it has ${der.length} bytes, expected 1 to ${mostRequestBytes}`);
  let request: InstanceType<typeof x509.Pkcs10CertificateRequest>;
  try {
    request = new x509.Pkcs10CertificateRequest(Uint8Array.from(der));
  } catch {
    throw badRequest('it is not a PKCS #10 request');
  }
  const { name, namedCurve } = request.publicKey.algorithm as { readonly name: string; readonly namedCurve?: string };
  if (name !== 'ECDSA' || namedCurve !== 'P-256')
    throw badRequest(`its key is ${name} ${namedCurve ?? ''}, expected ECDSA P-256`.replace(' ,', ','));
  if (!(await request.verify().catch(() => false))) throw badRequest('it is not signed with its own key');
  const names = request.getExtension(alternativeNames) as SubjectAlternativeNameExtension | null;
  const named = names?.names.items ?? [];
  const [only] = named;
  if (named.length !== 1 || only?.type !== 'url' || only.value !== identityUri(identity))
    throw badRequest(`it names ${named.map(({ value }) => value).join(', ') || 'no identity'}, expected only ${identityUri(identity)}`);
  return request.publicKey.rawData;
}

function badRequest(why: string): Error {
  return fail(
    'refused',
    'bad-request-for-certificate',
    `the certificate request was refused: ${why}; enroll with the drydock-agent or drydock of this release`,
  );
}

async function authorityExtensions(authoritiesBelow: number) {
  const x509 = await x509Library();
  return [
    new x509.BasicConstraintsExtension(true, authoritiesBelow, true),
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
  ];
}

function usageOf(of: IdentityClass, usages: { readonly serverAuth: string; readonly clientAuth: string }): string {
  return of === 'controller' ? usages.serverAuth : usages.clientAuth;
}

/** 16 random bytes, positive and of full length. */
function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return bytes.toString('hex');
}

/** Certificates know whole seconds. */
const dates = (notBeforeMs: number, notAfterMs: number) => ({
  notBefore: new Date(Math.floor(notBeforeMs / 1000) * 1000),
  notAfter: new Date(Math.floor(notAfterMs / 1000) * 1000),
});
