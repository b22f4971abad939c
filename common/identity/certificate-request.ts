/** A fresh key, and the request that asks for a certificate of it. The key is made here and goes nowhere but into its owner's file. */
import { createPrivateKey, createPublicKey, generateKeyPairSync, webcrypto } from 'node:crypto';
import { type Identity, identityUri } from './identity.ts';

/** A private key on P-256 as PKCS #8 in PEM form. */
export function makeKey(): string {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
}

export const keyAlgorithm = { name: 'ECDSA', namedCurve: 'P-256' } as const;
export const signingAlgorithm = { name: 'ECDSA', hash: 'SHA-256' } as const;

/** The library is loaded when it is needed: it takes 0.3 s, and an agent needs it once in days. */
export async function x509Library() {
  await import('reflect-metadata');
  const loaded = (await import('@peculiar/x509')) as Library & { readonly default?: Library };
  // In a bundle a CommonJS package has all of its names under one.
  return loaded.X509Certificate === undefined && loaded.default !== undefined ? loaded.default : loaded;
}

type Library = typeof import('@peculiar/x509');

/** Both halves of a P-256 key in the form that the library signs with. */
export async function signingKeys(keyPem: string): Promise<webcrypto.CryptoKeyPair> {
  const key = createPrivateKey(keyPem);
  const { subtle } = webcrypto;
  const [privateKey, publicKey] = await Promise.all([
    subtle.importKey('pkcs8', key.export({ type: 'pkcs8', format: 'der' }), keyAlgorithm, false, ['sign']),
    subtle.importKey('spki', createPublicKey(key).export({ type: 'spki', format: 'der' }), keyAlgorithm, true, ['verify']),
  ]);
  return { privateKey, publicKey };
}

/** The request (PKCS #10, DER) of this identity, signed with its key. */
export async function certificateRequest(identity: Identity, keyPem: string): Promise<Buffer> {
  const x509 = await x509Library();
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name: [{ CN: [identity.name] }, { OU: [identity.class] }],
    keys: await signingKeys(keyPem),
    signingAlgorithm,
    extensions: [new x509.SubjectAlternativeNameExtension([{ type: 'url', value: identityUri(identity) }])],
  });
  return Buffer.from(request.rawData);
}
