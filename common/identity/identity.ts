/** Who somebody is: a class and a name, as a certificate carries them in its one URI (PURE). A message's word is never taken for it (P12). */
export const identityClasses = ['agent', 'human', 'controller'] as const;
export type IdentityClass = (typeof identityClasses)[number];

export interface Identity {
  readonly class: IdentityClass;
  /** Of an agent: its host. */
  readonly name: string;
}

/** What hosts and people may be called. */
export const identityNameForm = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

/** `spiffe://drydock/agent/db-1`. */
export function identityUri({ class: of, name }: Identity): string {
  return `spiffe://drydock/${of}/${name}`;
}

/** As the audit log and messages name it: `human:anna`. */
export function identityText({ class: of, name }: Identity): string {
  return `${of}:${name}`;
}

/** null: no identity of ours. */
export function parseIdentityUri(uri: string): Identity | null {
  const [, of, name] = /^spiffe:\/\/drydock\/([a-z]+)\/([^/]+)$/.exec(uri) ?? [];
  const known = identityClasses.find((each) => each === of);
  return known === undefined || name === undefined || !identityNameForm.test(name) ? null : { class: known, name };
}

/** `agent:db-1`, `human:anna`; null: neither. */
export function parseIdentityText(text: string): Identity | null {
  const [, of = '', name = ''] = /^([a-z]+):(.+)$/s.exec(text) ?? [];
  return parseIdentityUri(`spiffe://drydock/${of}/${name}`);
}

/**
 * The identity among a certificate's alternative names as Node writes them (`DNS:a, URI:b`). null: there is none, there are several, or a name
 * holds marks that would have to be quoted: such a text could be read in two ways.
 */
export function identityOfNames(names: string | undefined): Identity | null {
  if (names === undefined || names.includes('"')) return null;
  const uris = names.split(', ').filter((name) => name.startsWith('URI:'));
  return uris.length === 1 ? parseIdentityUri((uris[0] as string).slice('URI:'.length)) : null;
}
