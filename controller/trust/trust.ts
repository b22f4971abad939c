/**
 * Who belongs to the fleet: tokens, enrolment and renewal, revocation, roles. What every call asks (is this certificate good, which roles has this
 * person) is kept in memory and read from the store again after each change; what changes is durable before it is answered.
 */
import { createHash, randomBytes } from 'node:crypto';
import type { Clock } from '../../common/clock.ts';
import type { IdentityDocument, IdentityListDocument } from '../../common/documents/administration.ts';
import { fail } from '../../common/failure.ts';
import { certificatesOf } from '../../common/identity/certificates.ts';
import { type Identity, identityText } from '../../common/identity/identity.ts';
import type { HeldIdentity } from '../../common/identity/identity-folder.ts';
import { secretHash, tokenText } from '../../common/identity/token.ts';
import type { Binding, CertificateRecord, Revocation, TrustStore } from '../store/trust-store.ts';
import { type Judged, judgePresented, type Presented } from './access.ts';
import type { Authority, Issued } from './authority.ts';
import { keyOfRequest } from './issuing.ts';

export interface Lifetimes {
  readonly agentMs: number;
  readonly humanMs: number;
}

export interface TrustParts {
  readonly authority: Authority;
  readonly store: TrustStore;
  readonly clock: Clock;
  readonly lifetimes: Lifetimes;
}

export interface TokenAsked {
  readonly identity: Identity;
  readonly ttlMs: number;
  readonly binding: Pick<Binding, 'role' | 'selector'> | null;
}

export interface Trust {
  /** What the controller itself shows. */
  readonly own: HeldIdentity;
  /** The roots of the fleet, each in PEM form. */
  roots(): readonly string[];
  judge(presented: Presented): Judged;
  bindingsOf(identity: string): readonly Binding[];
  /** The text is given once and kept nowhere. Throws FailureError(refused, `outside-authority`). */
  createToken(asked: TokenAsked, actor: string): Promise<{ readonly token: string; readonly expiresAtMs: number }>;
  /** Throws FailureError(refused): see `TrustStore.token`, `Authority.issueFor`. */
  enroll(secret: string, request: Uint8Array): Promise<Issued>;
  /** For who showed a good certificate. */
  renew(identity: Identity, request: Uint8Array): Promise<Issued>;
  /** Its connections end before this resolves. */
  revoke(identity: Identity, actor: string, reason: string): Promise<void>;
  bind(binding: Binding, actor: string): Promise<void>;
  unbind(binding: Binding, actor: string): Promise<void>;
  listIdentities(of: string | null, after: string): Promise<{ readonly identities: IdentityListDocument; readonly nextAfter: string }>;
  /** Called with identities whose connections must end: they were revoked, or may do less than before. */
  onEnded(listener: (identity: string) => void): void;
  /** Called when the controller shows another certificate, or trusts other roots. */
  onOwnChanged(listener: () => void): void;
  /** Renews the controller's own certificate when it is due; called by the ticker. */
  tick(): Promise<void>;
}

const pageSize = 500;

export async function createTrust({ authority, store, clock, lifetimes }: TrustParts): Promise<Trust> {
  let bindings: ReadonlyMap<string, readonly Binding[]> = new Map();
  let revocations: ReadonlyMap<string, Revocation> = new Map();
  const ended: ((identity: string) => void)[] = [];
  const changed: (() => void)[] = [];
  const readBindings = async () => {
    bindings = grouped(await store.bindings());
  };
  const readRevocations = async () => {
    revocations = new Map((await store.revocations()).map((revocation) => [identityText(revocation.identity), revocation]));
  };
  await Promise.all([readBindings(), readRevocations()]);
  const lifeOf = ({ class: of }: Identity) => (of === 'agent' ? lifetimes.agentMs : lifetimes.humanMs);
  const issued = async (identity: Identity, request: Uint8Array, record: (certificate: CertificateRecord) => Promise<void>) => {
    const nowMs = Math.round(clock.wallMs());
    const made = await authority.issueFor(identity, request, lifeOf(identity), nowMs);
    await record({ serial: made.serial, identity, issuedAtMs: nowMs, notAfterMs: made.notAfterMs });
    // One that was revoked once is told apart from its earlier self by the serials that it was given since.
    if (revocations.has(identityText(identity))) await readRevocations();
    return made;
  };
  return {
    get own() {
      return authority.own;
    },
    roots: () => certificatesOf(authority.own.roots),
    judge: (presented) => judgePresented(presented, (identity) => revocations.get(identity) ?? null, clock.wallMs()),
    bindingsOf: (identity) => bindings.get(identity) ?? [],
    async createToken({ identity, ttlMs, binding }, actor) {
      const pin = authority.pin();
      const secret = randomBytes(32).toString('base64url');
      const nowMs = Math.round(clock.wallMs());
      const expiresAtMs = nowMs + ttlMs;
      await store.addToken({ hash: secretHash(secret), identity, expiresAtMs, binding }, nowMs, actor);
      return { token: tokenText({ identity, secret, pin }), expiresAtMs };
    },
    async enroll(secret, request) {
      const hash = secretHash(secret);
      const nowMs = Math.round(clock.wallMs());
      const { identity } = await store.token(hash, null, nowMs);
      const key = createHash('sha256')
        .update(new Uint8Array(await keyOfRequest(request, identity)))
        .digest('hex');
      await store.token(hash, key, nowMs);
      const made = await issued(identity, request, (certificate) => store.enroll(hash, key, certificate));
      await readBindings();
      return made;
    },
    renew: (identity, request) => issued(identity, request, (certificate) => store.renewed(certificate)),
    async revoke(identity, actor, reason) {
      await store.revoke(identity, Math.round(clock.wallMs()), actor, reason);
      await readRevocations();
      for (const listener of ended) listener(identityText(identity));
    },
    async bind(binding, actor) {
      if (binding.identity.class !== 'human')
        throw fail('refused', 'no-role-for-agents', `${identityText(binding.identity)} cannot have a role; roles apply to people only`);
      await store.bind(binding, Math.round(clock.wallMs()), actor);
      await readBindings();
    },
    async unbind(binding, actor) {
      await store.unbind(binding, Math.round(clock.wallMs()), actor);
      await readBindings();
      for (const listener of ended) listener(identityText(binding.identity));
    },
    async listIdentities(of, after) {
      const records = await store.identities(of, after, pageSize + 1);
      const documents = records.slice(0, pageSize).map((record): IdentityDocument => {
        const identity = identityText(record.identity);
        return {
          identity,
          roles: (bindings.get(identity) ?? []).map(({ role, selector }) => ({ role, selector })),
          enrolledAt: timeText(record.enrolledAtMs),
          certificateExpiresAt: timeText(record.certificateExpiresAtMs),
          revokedAt: timeText(record.revokedAtMs),
          tokenExpiresAt: timeText(record.tokenExpiresAtMs),
        };
      });
      const nextAfter = records.length > pageSize ? (documents.at(-1)?.identity ?? '') : '';
      return { identities: { apiVersion: 'drydock/v1', identities: documents }, nextAfter };
    },
    onEnded: (listener) => void ended.push(listener),
    onOwnChanged: (listener) => void changed.push(listener),
    async tick() {
      if (await authority.refresh(clock.wallMs())) for (const listener of changed) listener();
    },
  };
}

function grouped(bindings: readonly Binding[]): ReadonlyMap<string, readonly Binding[]> {
  const byIdentity = new Map<string, Binding[]>();
  for (const binding of bindings) {
    const identity = identityText(binding.identity);
    const before = byIdentity.get(identity);
    if (before === undefined) byIdentity.set(identity, [binding]);
    else before.push(binding);
  }
  return byIdentity;
}

const timeText = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());
