/** Where the controller is: the flag, then the environment, then the current context, then the settings files, then the default. */
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { fail } from '../common/failure.ts';
import { defaultAddress } from '../proto/channel.ts';
import { type Env, type PersonalFile, readPersonal } from './personal-settings.ts';

export interface ControllerPlace {
  readonly address: string;
  /** What named it, as errors say it: `context prod`, `DRYDOCK_CONTROLLER`; null: the person did, on this command line. */
  readonly namedBy: string | null;
  /** Name of the context that it is of; null: it was named otherwise. */
  readonly context: string | null;
  /** True when nothing named it. */
  readonly isDefault: boolean;
}

export interface Asked {
  readonly controller?: string | undefined;
  readonly context?: string | undefined;
}

/** The machine's settings, and what is merged over them. */
const machineFile = { file: '/etc/drydock/drydock.yaml', dropInDir: '/etc/drydock/drydock.d' };

/** FailureError(usage) naming file and line, or the flag, when an address is malformed; (not-found, `unknown-context`). */
export async function findController(asked: Asked, env: Env): Promise<ControllerPlace> {
  const { controller, context } = asked;
  if (controller !== undefined)
    return { address: parseAddress(controller, '--controller'), namedBy: null, context: null, isDefault: false };
  if (context !== undefined) return placeOfContext(await readPersonal(env), context, '--context');
  const named = env.DRYDOCK_CONTROLLER ?? '';
  if (named !== '')
    return { address: parseAddress(named, 'DRYDOCK_CONTROLLER'), namedBy: 'DRYDOCK_CONTROLLER', context: null, isDefault: false };
  const contextNamed = env.DRYDOCK_CONTEXT ?? '';
  const personal = await readPersonal(env);
  if (contextNamed !== '') return placeOfContext(personal, contextNamed, 'DRYDOCK_CONTEXT');
  return (await placeInFiles(personal)) ?? { address: defaultAddress, namedBy: 'the default', context: null, isDefault: true };
}

async function placeInFiles(personal: PersonalFile | null): Promise<ControllerPlace | null> {
  const current = personal?.settings.context;
  if (personal !== null && current !== undefined) return placeOfContext(personal, current, await writtenAt(personal, 'context'));
  if (personal?.settings.controller !== undefined) {
    const where = await writtenAt(personal, 'controller');
    return { address: parseAddress(personal.settings.controller, where), namedBy: where, context: null, isDefault: false };
  }
  if (!existsSync(machineFile.file)) return null;
  const [{ loadSettings, placeOf }, { z }] = await Promise.all([import('../common/settings.ts'), import('zod')]);
  const { value, origins } = loadSettings({ ...machineFile, schema: z.strictObject({ controller: z.string().optional() }) });
  if (value.controller === undefined) return null;
  const where = `${placeOf(origins, 'controller', dirname(machineFile.file))}: controller`;
  return { address: parseAddress(value.controller, where), namedBy: where, context: null, isDefault: false };
}

async function placeOfContext(personal: PersonalFile | null, name: string, where: string): Promise<ControllerPlace> {
  const found = personal?.settings.contexts.get(name);
  if (personal === null || found === undefined) throw unknownContext(personal, name, where);
  const written = await writtenAt(personal, `contexts.${name}.controller`);
  return { address: parseAddress(found, written), namedBy: `context ${name}`, context: name, isDefault: false };
}

/** `FILE:LINE: field`. */
async function writtenAt({ path, origins }: PersonalFile, field: string): Promise<string> {
  const { placeOf } = await import('../common/settings.ts');
  return `${placeOf(origins, field, path)}: ${field}`;
}

/** FailureError(not-found, `unknown-context`) with those that there are; `where` is what named it. */
export function unknownContext(personal: PersonalFile | null, name: string, where: string) {
  const names = [...(personal?.settings.contexts.keys() ?? [])];
  const known = names.length === 0 ? 'none exists yet' : `known: ${names.join(', ')}`;
  return fail(
    'not-found',
    'unknown-context',
    `${where}: context ${name} not found (${known}); add it: drydock context set ${name} HOST:PORT`,
  );
}

/** `127.0.0.1:7070`, `db-controller:7070`, `[::1]:7070` or `unix:/path`. FailureError(usage) naming where it was written. */
export function parseAddress(text: string, where: string): string {
  if (/^unix:\/./.test(text)) return text;
  const [, host, port] = /^(\[[0-9a-f:]+\]|[A-Za-z0-9][A-Za-z0-9._-]*):(\d{1,5})$/i.exec(text) ?? [];
  if (host === undefined || port === undefined || Number(port) < 1 || Number(port) > 65535) {
    throw fail('usage', 'bad-address', `${where}: "${text}" is not a valid address; expected HOST:PORT (127.0.0.1:7070) or unix:/PATH`);
  }
  return text;
}
