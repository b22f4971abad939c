/** What a person does with the identity and the authority of a controller, on its host. */
import { join } from 'node:path';
import { systemClock } from '../common/clock.ts';
import { fail } from '../common/failure.ts';
import { makeFolder } from '../common/files.ts';
import { type Identity, identityNameForm } from '../common/identity/identity.ts';
import type { ControllerSettings } from './settings.ts';
import { openStore, storeName } from './store/sqlite-store.ts';
import { openAuditKey } from './trust/audit-key.ts';
import { initAuthority, initOutside, openAuthority, retireRoots, rollAuthority } from './trust/authority.ts';
import { createTrust } from './trust/trust.ts';

export interface TrustAnswer {
  readonly document: { readonly apiVersion: 'drydock/v1' } & Readonly<Record<string, unknown>>;
  readonly lines: readonly string[];
}

export interface InitOptions {
  readonly name: string;
  readonly admin: string;
  readonly identity?: string;
  readonly roots?: string;
}

const tokenMs = 3_600_000;

/**
 * Makes the fleet's authority, the controller's identity and a token for the first admin; or takes the files of an outside authority, under which an
 * admin's certificate comes from there and only the role is given. Throws FailureError(refused): `already-initialised`, `store-in-use`.
 */
export async function init(settings: ControllerSettings, { name, admin, identity, roots }: InitOptions): Promise<TrustAnswer> {
  const { trustDir } = settings;
  for (const each of [name, admin])
    if (!identityNameForm.test(each))
      throw fail('usage', 'bad-name', `"${each}" is not a valid name; use letters, digits, dots, dashes and underscores`);
  const first = { class: 'human', name: admin } as const;
  await makeFolder(trustDir, 0o700);
  await openAuditKey(trustDir);
  if (identity === undefined || roots === undefined) {
    await initAuthority(trustDir, name, systemClock.wallMs());
    return tokenFor(settings, first, [
      `created the fleet's certificate authority and the controller's identity in ${trustDir}; keep a copy that only you can read`,
    ]);
  }
  await initOutside(trustDir, { identity, roots });
  await onStore(settings, (store) =>
    store.trust.bind({ identity: first, role: 'admin', selector: '' }, systemClock.wallMs(), 'local:controller'),
  );
  const lines = [
    `stored the controller's identity of an external authority in ${trustDir}`,
    `human:${admin} is admin, and needs a certificate of that authority`,
  ];
  return { document: { apiVersion: 'drydock/v1', trustDir, admin: `human:${admin}` }, lines };
}

/** A token for an admin while the controller is stopped: when no admin can log in any more. Throws FailureError(refused, `store-in-use`). */
export async function adminToken(settings: ControllerSettings, name: string): Promise<TrustAnswer> {
  if (!identityNameForm.test(name))
    throw fail('usage', 'bad-name', `"${name}" is not a valid name; use letters, digits, dots, dashes and underscores`);
  return tokenFor(settings, { class: 'human', name }, []);
}

/** Throws FailureError(refused): `rollover-under-way`, `outside-authority`. A running controller takes it up within a minute. */
export async function rollOver({ trustDir }: ControllerSettings): Promise<TrustAnswer> {
  const pin = await rollAuthority(trustDir, systemClock.wallMs());
  const lines = [
    'a new root signs from now on, cross-signed by the earlier one; hosts and people receive it when they renew',
    'once every certificate of the earlier root has expired: drydock-controller authority retire',
  ];
  return { document: { apiVersion: 'drydock/v1', trustDir, pin }, lines };
}

/** Throws FailureError(refused): `rollover-too-young`, `outside-authority`. */
export async function retire({ trustDir, certificates }: ControllerSettings): Promise<TrustAnswer> {
  const longestMs = Math.max(certificates.agentHours, certificates.personHours) * 3_600_000;
  const retired = await retireRoots(trustDir, longestMs, systemClock.wallMs());
  const lines = [retired === 0 ? 'only one root is trusted; nothing to retire' : 'the earlier root is no longer trusted'];
  return { document: { apiVersion: 'drydock/v1', trustDir, retired }, lines };
}

async function tokenFor(settings: ControllerSettings, identity: Identity, said: readonly string[]): Promise<TrustAnswer> {
  const { token, expiresAtMs } = await onStore(settings, async (store) => {
    const authority = await openAuthority(settings.trustDir);
    const trust = await createTrust({ authority, store: store.trust, clock: systemClock, lifetimes: { agentMs: 0, humanMs: 0 } });
    return trust.createToken({ identity, ttlMs: tokenMs, binding: { role: 'admin', selector: '' } }, 'local:controller');
  });
  const expiresAt = new Date(expiresAtMs).toISOString();
  const lines = [...said, `token for the admin ${identity.name}, valid once, until ${expiresAt}; use it with drydock login:`, token];
  return {
    document: { apiVersion: 'drydock/v1', trustDir: settings.trustDir, identity: `${identity.class}:${identity.name}`, token, expiresAt },
    lines,
  };
}

/** While the controller is stopped: the store has one owner. */
async function onStore<T>({ stateDir }: ControllerSettings, work: (store: ReturnType<typeof openStore>) => Promise<T>): Promise<T> {
  await makeFolder(stateDir, 0o700);
  const store = openStore({ file: join(stateDir, storeName) });
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}
