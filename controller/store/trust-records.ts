/** Identities, tokens, certificates and roles. What people change stands in the fleet chain, too; a renewal does not: there is one a week of each host. */
import { type Kysely, type Selectable, sql, type Transaction } from 'kysely';
import { type FleetEvent, fleetChain } from '../../common/events.ts';
import { fail } from '../../common/failure.ts';
import { type Identity, identityText, parseIdentityText } from '../../common/identity/identity.ts';
import type { Chains } from './chain.ts';
import type { Tables } from './tables.ts';
import type { Binding, CertificateRecord, IdentityRecord, Revocation, Role, TokenRecord, TrustStore } from './trust-store.ts';

export class TrustRecords implements TrustStore {
  readonly #database: Kysely<Tables>;
  readonly #chains: Chains;

  constructor(database: Kysely<Tables>, chains: Chains) {
    this.#database = database;
    this.#chains = chains;
  }

  addToken({ hash, identity, expiresAtMs, binding }: TokenRecord, atMs: number, actor: string): Promise<void> {
    const named = identityText(identity);
    return this.#database.transaction().execute(async (trx) => {
      // Expired ones go with it: a token is worth nothing an hour later.
      await trx
        .deleteFrom('tokens')
        .where((is) => is.or([is.and([is('identity', '=', named), is('used_at_ms', 'is', null)]), is('expires_at_ms', '<', atMs)]))
        .execute();
      const wanted = { role: binding?.role ?? null, selector: binding?.selector ?? '' };
      await trx
        .insertInto('tokens')
        .values({ hash, identity: named, expires_at_ms: expiresAtMs, ...wanted, key_digest: null, used_at_ms: null })
        .execute();
      await known(trx, named);
      const bound = binding === null ? {} : { role: binding.role, selector: binding.selector };
      this.#append(atMs, { type: 'token-created', identity: named, expiresAtMs, ...bound, actor });
    });
  }

  token(hash: string, keyDigest: string | null, nowMs: number): Promise<TokenRecord> {
    return usable(this.#database, hash, keyDigest, nowMs);
  }

  enroll(hash: string, keyDigest: string, certificate: CertificateRecord): Promise<void> {
    const { issuedAtMs } = certificate;
    return this.#database.transaction().execute(async (trx) => {
      const { identity, binding } = await usable(trx, hash, keyDigest, issuedAtMs);
      const named = identityText(identity);
      await trx.updateTable('tokens').set({ key_digest: keyDigest, used_at_ms: issuedAtMs }).where('hash', '=', hash).execute();
      await trx.updateTable('identities').set({ enrolled_at_ms: issuedAtMs }).where('identity', '=', named).execute();
      await addCertificate(trx, certificate);
      if (binding !== null) await addBinding(trx, { identity, ...binding });
      this.#append(issuedAtMs, { type: 'identity-enrolled', identity: named, serial: certificate.serial });
    });
  }

  renewed(certificate: CertificateRecord): Promise<void> {
    return this.#database.transaction().execute((trx) => addCertificate(trx, certificate));
  }

  revoke(identity: Identity, atMs: number, actor: string, reason: string): Promise<void> {
    const named = identityText(identity);
    return this.#database.transaction().execute(async (trx) => {
      await known(trx, named);
      await trx.updateTable('identities').set({ revoked_at_ms: atMs }).where('identity', '=', named).execute();
      await trx.deleteFrom('tokens').where('identity', '=', named).execute();
      this.#append(atMs, { type: 'identity-revoked', identity: named, actor, reason });
    });
  }

  bind(binding: Binding, atMs: number, actor: string): Promise<void> {
    return this.#database.transaction().execute(async (trx) => {
      if (!(await addBinding(trx, binding))) return;
      await known(trx, identityText(binding.identity));
      const { role, selector } = binding;
      this.#append(atMs, { type: 'role-bound', identity: identityText(binding.identity), role, selector, actor });
    });
  }

  unbind(binding: Binding, atMs: number, actor: string): Promise<void> {
    const { role, selector } = binding;
    const identity = identityText(binding.identity);
    return this.#database.transaction().execute(async (trx) => {
      const { numDeletedRows } = await trx
        .deleteFrom('bindings')
        .where('identity', '=', identity)
        .where('role', '=', role)
        .where('selector', '=', selector)
        .executeTakeFirst();
      if (numDeletedRows === 0n) throw unknownBinding(identity, role, selector);
      if (role === 'admin' && !(await hasAdmin(trx))) throw lastAdmin(identity);
      this.#append(atMs, { type: 'role-unbound', identity, role, selector, actor });
    });
  }

  async bindings(): Promise<readonly Binding[]> {
    const rows = await this.#database.selectFrom('bindings').selectAll().orderBy('identity').orderBy('role').orderBy('selector').execute();
    return rows.map(({ identity, role, selector }) => ({ identity: readIdentity(identity), role: role as Role, selector }));
  }

  async revocations(): Promise<readonly Revocation[]> {
    const revoked = await this.#database
      .selectFrom('identities')
      .select(['identity', 'revoked_at_ms'])
      .where('revoked_at_ms', 'is not', null)
      .execute();
    const after = await this.#database
      .selectFrom('certificates')
      .innerJoin('identities', 'identities.identity', 'certificates.identity')
      .select(['certificates.identity', 'certificates.serial'])
      .whereRef('certificates.issued_at_ms', '>', 'identities.revoked_at_ms')
      .execute();
    return revoked.map(({ identity, revoked_at_ms }) => ({
      identity: readIdentity(identity),
      revokedAtMs: revoked_at_ms as number,
      reissued: after.filter((certificate) => certificate.identity === identity).map(({ serial }) => serial),
    }));
  }

  async identities(of: string | null, after: string, limit: number): Promise<readonly IdentityRecord[]> {
    const rows = await this.#database
      .selectFrom('identities')
      .selectAll('identities')
      .select((from) => [
        from
          .selectFrom('certificates')
          .whereRef('certificates.identity', '=', 'identities.identity')
          .select(sql<number | null>`max(not_after_ms)`.as('at'))
          .as('certificate_expires_at_ms'),
        from
          .selectFrom('tokens')
          .whereRef('tokens.identity', '=', 'identities.identity')
          .where('used_at_ms', 'is', null)
          .select(sql<number | null>`max(expires_at_ms)`.as('at'))
          .as('token_expires_at_ms'),
      ])
      .where('identities.identity', '>', after)
      .where('identities.identity', 'like', of === null ? '%' : `${of}:%`)
      .orderBy('identities.identity')
      .limit(limit)
      .execute();
    return rows.map((row) => ({
      identity: readIdentity(row.identity),
      enrolledAtMs: row.enrolled_at_ms,
      revokedAtMs: row.revoked_at_ms,
      certificateExpiresAtMs: row.certificate_expires_at_ms,
      tokenExpiresAtMs: row.token_expires_at_ms,
    }));
  }

  #append(atMs: number, event: FleetEvent): void {
    this.#chains.append<FleetEvent>(fleetChain, atMs, [event]);
  }
}

type Reader = Kysely<Tables> | Transaction<Tables>;

/** A token that was used is used again by its own key alone: its owner did not hear the answer. */
async function usable(reader: Reader, hash: string, keyDigest: string | null, nowMs: number): Promise<TokenRecord> {
  const row = await reader.selectFrom('tokens').selectAll().where('hash', '=', hash).executeTakeFirst();
  if (row === undefined)
    throw fail('refused', 'unknown-token', `unknown token: it was replaced or revoked, or belongs to another fleet; ${another}`);
  if (nowMs > row.expires_at_ms)
    throw fail('refused', 'token-expired', `this token expired at ${new Date(row.expires_at_ms).toISOString()}; ${another}`);
  if (row.key_digest !== null && keyDigest !== null && row.key_digest !== keyDigest)
    throw fail(
      'refused',
      'token-used',
      `this token was already used with another key: if that was not you, revoke ${row.identity}; ${another}`,
    );
  return tokenRecord(row);
}

const another = 'create a new one: drydock token create';

function tokenRecord(row: Selectable<Tables['tokens']>): TokenRecord {
  const { hash, identity, expires_at_ms: expiresAtMs, role, selector } = row;
  return { hash, identity: readIdentity(identity), expiresAtMs, binding: role === null ? null : { role: role as Role, selector } };
}

async function known(trx: Transaction<Tables>, identity: string): Promise<void> {
  await trx
    .insertInto('identities')
    .values({ identity, enrolled_at_ms: null, revoked_at_ms: null })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** Those that ended say nothing any more, and go as their successor comes. */
async function addCertificate(trx: Transaction<Tables>, { serial, identity, issuedAtMs, notAfterMs }: CertificateRecord): Promise<void> {
  const named = identityText(identity);
  await trx.deleteFrom('certificates').where('identity', '=', named).where('not_after_ms', '<', issuedAtMs).execute();
  await trx.insertInto('certificates').values({ serial, identity: named, issued_at_ms: issuedAtMs, not_after_ms: notAfterMs }).execute();
}

/** False: it was there already. */
async function addBinding(trx: Transaction<Tables>, { identity, role, selector }: Binding): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await trx
    .insertInto('bindings')
    .values({ identity: identityText(identity), role, selector })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return numInsertedOrUpdatedRows !== 0n;
}

async function hasAdmin(trx: Transaction<Tables>): Promise<boolean> {
  const found = await trx
    .selectFrom('bindings')
    .select('identity')
    .where('role', '=', 'admin')
    .where('selector', '=', '')
    .limit(1)
    .executeTakeFirst();
  return found !== undefined;
}

function readIdentity(text: string): Identity {
  const identity = parseIdentityText(text);
  if (identity === null) throw fail('internal', 'bad-identity', `the store holds ${JSON.stringify(text)} in the place of an identity`);
  return identity;
}

function unknownBinding(identity: string, role: string, selector: string): Error {
  const over = selector === '' ? 'for the whole fleet' : `for ${selector}`;
  return fail('not-found', 'unknown-binding', `${identity} does not have role ${role} ${over}; drydock identity list shows all roles`);
}

function lastAdmin(identity: string): Error {
  return fail('refused', 'last-admin', `${identity} is the last admin: make another person admin first`);
}
