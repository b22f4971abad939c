/** The text that lets somebody enroll once: who it is for, a secret, and what pins the root of the fleet's certificates (PURE). */
import { createHash } from 'node:crypto';
import { fail } from '../failure.ts';
import { type Identity, parseIdentityUri } from './identity.ts';

export interface EnrolmentToken {
  readonly identity: Identity;
  /** 32 random bytes as base64url. */
  readonly secret: string;
  /** See `pinOf`. */
  readonly pin: string;
}

/** `drydock1.agent.db-1.SECRET.PIN`; names may hold dots, the others not. */
export function tokenText({ identity, secret, pin }: EnrolmentToken): string {
  return ['drydock1', identity.class, identity.name, secret, pin].join('.');
}

/** Throws FailureError(usage, `bad-token`), which never shows the text. */
export function parseToken(text: string): EnrolmentToken {
  const [, of, name, secret, pin] =
    /^drydock1\.(agent|human)\.([A-Za-z0-9][A-Za-z0-9._-]{0,99})\.([A-Za-z0-9_-]{43})\.([A-Za-z0-9_-]{43})$/.exec(text.trim()) ?? [];
  const identity = parseIdentityUri(`spiffe://drydock/${of}/${name}`);
  if (identity === null || secret === undefined || pin === undefined)
    throw fail('usage', 'bad-token', 'this is not an enrolment token: copy the whole line that drydock token create printed');
  return { identity, secret, pin };
}

/** What a store keeps of a token: who reads the store learns no secret. */
export function secretHash(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}
