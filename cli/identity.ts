/**
 * Who a person is to a controller: the folder that `drydock login` filled. DRYDOCK_IDENTITY names one; else it is that of the context in use, or of a
 * context with the same address; else the machine's.
 */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fail } from '../common/failure.ts';
import { standing } from '../common/identity/certificates.ts';
import type { HeldIdentity } from '../common/identity/identity-folder.ts';
import { type Env, personalPath, readPersonal } from './personal-settings.ts';
import type { ControllerPlace } from './settings.ts';

/** For scripts that run on a machine without a person of their own. */
const machineFolder = '/etc/drydock/identity';

/** Where the identity of a context is kept; null: neither XDG_CONFIG_HOME nor HOME is set. */
export function contextIdentityFolder(env: Env, context: string): string | null {
  const path = personalPath(env);
  return path === null ? null : join(dirname(path), 'identities', context);
}

/** null: no login to this controller is kept here. */
export async function identityFolder(place: ControllerPlace, env: Env): Promise<string | null> {
  const named = env.DRYDOCK_IDENTITY ?? '';
  if (named !== '') return named;
  const candidates = place.context === null ? await contextsAt(place.address, env) : [place.context];
  const folders = [...candidates.map((context) => contextIdentityFolder(env, context)), machineFolder];
  return folders.find((folder) => folder !== null && existsSync(join(folder, 'identity.pem'))) ?? null;
}

async function contextsAt(address: string, env: Env): Promise<readonly string[]> {
  const personal = await readPersonal(env);
  return [...(personal?.settings.contexts ?? [])].filter(([, controller]) => controller === address).map(([context]) => context);
}

/**
 * The identity to show, renewed when it is due. null: there is none. Throws FailureError(refused, `login-expired`) for one that ended, and what is
 * wrong with its files.
 */
export async function identityFor(place: ControllerPlace, env: Env, nowMs: number): Promise<HeldIdentity | null> {
  const folder = await identityFolder(place, env);
  if (folder === null) return null;
  const { readIdentity } = await import('../common/identity/identity-folder.ts');
  const held = readIdentity(folder);
  if (held === null) throw fail('refused', 'not-logged-in', `no identity in ${folder}; log in with drydock login`);
  const where = standing(held, nowMs);
  if (where === 'expired') throw loginExpired(held);
  if (where !== 'due') return held;
  const { renew } = await import('../proto/enrolling.ts');
  // What fails now is tried again by the next command; a third of the life is left for that.
  return renew(place.address, held, folder).catch(() => held);
}

function loginExpired({ identity: { name }, notAfterMs }: HeldIdentity): Error {
  const when = new Date(notAfterMs).toISOString();
  return fail(
    'refused',
    'login-expired',
    `the login of ${name} expired at ${when}; ask an admin for a token (drydock token create --person ${name}), then run drydock login`,
  );
}
