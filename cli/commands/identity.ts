/** token and identity: who may join, who did, and what people may do. */
import type { IdentityListDocument } from '../../common/documents/administration.ts';
import { fail } from '../../common/failure.ts';
import { identityNameForm } from '../../common/identity/identity.ts';
import { documentOf } from '../documents.ts';
import { identityLines } from '../render/administration.ts';
import { print, type Session, say, withController } from '../session.ts';

export interface TokenOptions {
  readonly host?: string;
  readonly person?: string;
  readonly ttl: number;
  readonly role?: string;
  readonly selector?: string;
}

export async function tokenCreate(session: Session, { host, person, ttl, role, selector }: TokenOptions): Promise<void> {
  if ((host === undefined) === (person === undefined))
    throw fail('usage', 'bad-option', 'token create: give either --host HOST or --person NAME');
  if (host !== undefined && role !== undefined) throw fail('usage', 'bad-option', '--role applies to people only; a host has no role');
  requireName(host === undefined ? '--person' : '--host', host ?? person ?? '');
  const identity = host === undefined ? `human:${person}` : `agent:${host}`;
  const asked = { identity, ttlMs: ttl, role: role ?? '', selector: selector ?? '' };
  const { token, expiresAtMs } = await withController(session, (link) => link.ask('CreateToken', asked));
  const expiresAt = new Date(expiresAtMs).toISOString();
  const next = host === undefined ? 'drydock login CONTEXT ADDRESS' : `drydock-agent enroll, on ${host}`;
  say(session, `valid once, until ${expiresAt}, and not shown again; use it with: ${next}`);
  await print(session, { apiVersion: 'drydock/v1' as const, identity, token, expiresAt }, (document) => [document.token]);
}

function requireName(option: string, name: string): void {
  if (identityNameForm.test(name)) return;
  throw fail(
    'usage',
    'bad-name',
    `${option}: ${JSON.stringify(name)} is not a valid name; use letters, digits, dots, dashes and underscores, at most 100`,
  );
}

export interface IdentityListOptions {
  readonly class?: string;
}

export async function identityList(session: Session, options: IdentityListOptions): Promise<void> {
  const document = await withController(session, async (link): Promise<IdentityListDocument> => {
    const identities: IdentityListDocument['identities'][number][] = [];
    for (let after = ''; ; ) {
      const page = await link.ask('ListIdentities', { class: options.class ?? '', after });
      identities.push(...documentOf<IdentityListDocument>(page.identities, 'identities').identities);
      if (page.nextAfter === '') return { apiVersion: 'drydock/v1', identities };
      after = page.nextAfter;
    }
  });
  await print(session, document, identityLines);
}

export interface BindOptions {
  readonly role: string;
  readonly selector?: string;
}

export async function identityBind(session: Session, name: string, { role, selector = '' }: BindOptions): Promise<void> {
  await withController(session, (link) => link.ask('BindRole', { identity: `human:${name}`, role, selector }));
  say(session, `${name} is ${role}${over(selector)}`);
}

export async function identityUnbind(session: Session, name: string, { role, selector = '' }: BindOptions): Promise<void> {
  await withController(session, (link) => link.ask('UnbindRole', { identity: `human:${name}`, role, selector }));
  say(session, `${name} is no longer ${role}${over(selector)}; connections of ${name} were closed`);
}

/** @param identity `agent:db-1`, `human:anna` */
export async function identityRevoke(session: Session, identity: string, { reason }: { readonly reason: string }): Promise<void> {
  await withController(session, (link) => link.ask('RevokeIdentity', { identity, reason }));
  say(
    session,
    `revoked ${identity}: its certificates and tokens are invalid, its connections were closed; to admit it again, create a new token`,
  );
}

const over = (selector: string): string => (selector === '' ? '' : ` of ${selector}`);
