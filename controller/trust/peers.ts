/** From what a connection showed to who is there (PURE): a peer, or why it is none. */
import { type Failure, failure } from '../../common/failure.ts';
import type { CertificateFacts } from '../../common/identity/certificates.ts';
import { type Identity, identityText } from '../../common/identity/identity.ts';
import { standing } from '../../common/identity/lifetime.ts';
import type { Revocation } from '../store/trust-store.ts';

/** `problem`: what the TLS library says against it, as its error code; null: it was verified. */
export interface Presented {
  readonly problem: string | null;
  readonly facts: CertificateFacts;
}

export type Judged = { readonly identity: Identity } | { readonly refusal: Failure };

/** @param revocationOf of an identity, by `identityText`; null: it was not revoked */
export function judgePresented(presented: Presented, revocationOf: (identity: string) => Revocation | null, nowMs: number): Judged {
  const { problem, facts } = presented;
  const { identity } = facts;
  const whose = identity === null ? 'this certificate' : `the certificate of ${identityText(identity)}`;
  if (problem !== null && problem !== 'CERT_HAS_EXPIRED' && problem !== 'CERT_NOT_YET_VALID')
    return refused('certificate-untrusted', `${whose} is not of this fleet (${problem}): enroll again, with a token of this controller`);
  if (identity === null)
    return refused('certificate-nameless', `${whose} carries no identity: its one URI must be spiffe://drydock/CLASS/NAME`);
  // Asked anew for each call: a connection may outlive its certificate.
  const where = standing(facts, nowMs);
  if (where === 'expired' || problem === 'CERT_HAS_EXPIRED')
    return refused('certificate-expired', `${whose} expired at ${new Date(facts.notAfterMs).toISOString()}; ${comeBack(identity)}`);
  if (where === 'not-yet-valid' || problem !== null)
    return refused(
      'certificate-not-yet-valid',
      `${whose} is valid from ${new Date(facts.notBeforeMs).toISOString()}: set the clock right, here or there`,
    );
  const revocation = revocationOf(identityText(identity));
  if (revocation !== null && !revocation.reissued.includes(facts.serial) && facts.notBeforeMs <= revocation.revokedAtMs)
    return refused(
      'certificate-revoked',
      `${whose} was revoked at ${new Date(revocation.revokedAtMs).toISOString()}; ${comeBack(identity)}`,
    );
  return { identity };
}

const refused = (code: string, message: string): Judged => ({ refusal: failure('refused', code, message) });

function comeBack({ class: of, name }: Identity): string {
  return of === 'agent'
    ? `drydock token create --host ${name}, and there: drydock-agent enroll`
    : `an admin makes a token with drydock token create --person ${name}; then drydock login`;
}
