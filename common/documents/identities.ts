/** Answer of `identity list`. */
export interface IdentityDocument {
  /** `agent:db-1`, `human:anna` */
  readonly identity: string;
  /** Of people; the empty selector: over everything. */
  readonly roles: readonly { readonly role: string; readonly selector: string }[];
  /** null: a token waits to be used. */
  readonly enrolledAt: string | null;
  readonly certificateExpiresAt: string | null;
  readonly revokedAt: string | null;
  readonly tokenExpiresAt: string | null;
}

export interface IdentityListDocument {
  readonly apiVersion: 'drydock/v1';
  readonly identities: readonly IdentityDocument[];
}
