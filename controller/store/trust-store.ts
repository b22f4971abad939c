/** What the store keeps of identities: tokens (as digests), who enrolled, certificates, revocations, and which roles people have. */
import type { Identity } from '../../common/identity/identity.ts';

export const roles = ['viewer', 'operator', 'approver', 'admin'] as const;
export type Role = (typeof roles)[number];

/** A role of a person over the clusters whose labels this selects; the empty selector: over everything. */
export interface Binding {
  readonly identity: Identity;
  readonly role: Role;
  readonly selector: string;
}

export interface TokenRecord {
  /** Digest of the secret; the secret itself is nowhere. */
  readonly hash: string;
  readonly identity: Identity;
  readonly expiresAtMs: number;
  /** Bound when the token is used; null: nothing. */
  readonly binding: Pick<Binding, 'role' | 'selector'> | null;
}

export interface CertificateRecord {
  readonly serial: string;
  readonly identity: Identity;
  readonly issuedAtMs: number;
  readonly notAfterMs: number;
}

export interface IdentityRecord {
  readonly identity: Identity;
  /** null: a token waits to be used. */
  readonly enrolledAtMs: number | null;
  readonly revokedAtMs: number | null;
  /** Of the newest certificate; null: there is none. */
  readonly certificateExpiresAtMs: number | null;
  /** Of the newest token that was not used; null: there is none. */
  readonly tokenExpiresAtMs: number | null;
}

/** An identity whose certificates from before a moment are none any more. */
export interface Revocation {
  readonly identity: Identity;
  readonly revokedAtMs: number;
  /** Serials of certificates that were issued to it afterwards. */
  readonly reissued: readonly string[];
}

export interface TrustStore {
  /** Replaces what waits of the same identity: of two tokens the newer one is meant. */
  addToken(record: TokenRecord, atMs: number, actor: string): Promise<void>;
  /**
   * The token of this digest, if this key may still use it; null: whichever key. Throws FailureError(refused): `unknown-token`, `token-expired`,
   * `token-used`.
   */
  token(hash: string, keyDigest: string | null, nowMs: number): Promise<TokenRecord>;
  /** Uses up the token and records the certificate, in one transaction. Throws as `token` does. */
  enroll(hash: string, keyDigest: string, certificate: CertificateRecord): Promise<void>;
  renewed(certificate: CertificateRecord): Promise<void>;
  /** Throws FailureError(not-found, `unknown-identity`) for one that never had a token. */
  revoke(identity: Identity, atMs: number, actor: string, reason: string): Promise<void>;
  /** Again the same: nothing changes. */
  bind(binding: Binding, atMs: number, actor: string): Promise<void>;
  /** Throws FailureError(not-found, `unknown-binding`), (refused, `last-admin`). */
  unbind(binding: Binding, atMs: number, actor: string): Promise<void>;
  bindings(): Promise<readonly Binding[]>;
  revocations(): Promise<readonly Revocation[]>;
  /** By class and name, from the one after `after` (`agent:db-1`) on. */
  identities(of: string | null, after: string, limit: number): Promise<readonly IdentityRecord[]>;
}
