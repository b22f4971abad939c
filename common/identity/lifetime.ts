/** How long certificates live and when they are renewed (PURE). */
export interface Validity {
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
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
