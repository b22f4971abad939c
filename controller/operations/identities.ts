/** What people ask about who belongs to the fleet: tokens, roles, revocation. */
import type { IdentityListDocument } from '../../common/documents/administration.ts';
import { fail } from '../../common/failure.ts';
import type { Identity } from '../../common/identity/identity.ts';
import type { Binding } from '../store/trust-store.ts';
import type { TokenAsked, Trust } from '../trust/trust.ts';

export interface IdentityOperations {
  /** The token is shown once. FailureError(refused): `outside-authority`, `no-role-for-agents`. */
  createToken(asked: TokenAsked, actor: string): Promise<{ readonly token: string; readonly expiresAtMs: number }>;
  listIdentities(of: string | null, after: string): Promise<{ readonly identities: IdentityListDocument; readonly nextAfter: string }>;
  bindRole(binding: Binding, actor: string): Promise<void>;
  /** FailureError: (not-found, `unknown-binding`), (refused, `last-admin`). */
  unbindRole(binding: Binding, actor: string): Promise<void>;
  /** Ends its certificates, its tokens and its connections at once. */
  revokeIdentity(identity: Identity, actor: string, reason: string): Promise<void>;
}

/** @param trust null: the controller has no identity, so no other is issued */
export function createIdentityOperations(trust: Trust | null): IdentityOperations {
  const known = (): Trust => {
    if (trust === null) throw fail('refused', 'not-initialised', 'this controller has no identity yet: drydock-controller init makes one');
    return trust;
  };
  return {
    createToken: async (asked, actor) => {
      if (asked.binding !== null && asked.identity.class !== 'human')
        throw fail('refused', 'no-role-for-agents', 'a host has no role: roles are for people');
      return known().createToken(asked, actor);
    },
    listIdentities: async (of, after) => known().listIdentities(of, after),
    bindRole: async (binding, actor) => known().bind(binding, actor),
    unbindRole: async (binding, actor) => known().unbind(binding, actor),
    revokeIdentity: async (identity, actor, reason) => known().revoke(identity, actor, reason),
  };
}
