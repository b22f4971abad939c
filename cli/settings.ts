/** Where the controller is: the flag, then the environment, then the person's own file, then the machine's. */
import { existsSync } from 'node:fs';
import { isIP } from 'node:net';
import { dirname, join } from 'node:path';
import { fail } from '../common/failure.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** Settings files in the order they count, most personal first; the machine's may have drop-ins. */
export function settingsFiles(env: Env): readonly { readonly file: string; readonly dropInDir: string | null }[] {
  const home = env.XDG_CONFIG_HOME ?? (env.HOME === undefined ? undefined : join(env.HOME, '.config'));
  return [
    ...(home === undefined ? [] : [{ file: join(home, 'drydock', 'config.yaml'), dropInDir: null }]),
    { file: '/etc/drydock/drydock.yaml', dropInDir: '/etc/drydock/drydock.d' },
  ];
}

/**
 * Address of the controller, or null when nobody named one.
 * FailureError(usage) naming file and line, or the flag, when it is malformed.
 */
export async function findController(flag: string | undefined, env: Env): Promise<string | null> {
  if (flag !== undefined) return parseAddress(flag, '--controller');
  if (env.DRYDOCK_CONTROLLER !== undefined && env.DRYDOCK_CONTROLLER !== '')
    return parseAddress(env.DRYDOCK_CONTROLLER, 'DRYDOCK_CONTROLLER');
  for (const { file, dropInDir } of settingsFiles(env)) {
    const address = existsSync(file) ? await controllerIn(file, dropInDir) : null;
    if (address !== null) return address;
  }
  return null;
}

async function controllerIn(file: string, dropInDir: string | null): Promise<string | null> {
  const [{ loadSettings, placeOf }, { z }] = await Promise.all([import('../common/settings.ts'), import('zod')]);
  const { value, origins } = loadSettings({ file, dropInDir, schema: z.strictObject({ controller: z.string().optional() }) });
  return value.controller === undefined
    ? null
    : parseAddress(value.controller, `${placeOf(origins, 'controller', dirname(file))}: controller`);
}

/**
 * `127.0.0.1:7070`, `localhost:7070`, `[::1]:7070` or `unix:/path`; only this machine, because connections are not encrypted yet.
 * FailureError(usage) naming where it was written.
 */
export function parseAddress(text: string, where: string): string {
  if (/^unix:\/./.test(text)) return text;
  const [, host, port] = /^(.+):(\d{1,5})$/.exec(text) ?? [];
  if (host === undefined || port === undefined || Number(port) < 1 || Number(port) > 65535) {
    throw fail('usage', 'bad-address', `${where}: "${text}" is not an address; write HOST:PORT (127.0.0.1:7070) or unix:/PATH`);
  }
  const bare = host.replace(/^\[(.*)\]$/, '$1');
  const loopback = bare === 'localhost' || bare === '::1' || (isIP(bare) === 4 && bare.startsWith('127.'));
  if (!loopback) {
    throw fail(
      'usage',
      'not-loopback',
      `${where}: ${text} is not on this machine; connections are not encrypted yet, so only loopback addresses and unix sockets are taken`,
    );
  }
  return text;
}
