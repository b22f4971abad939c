/** Connection settings of an instance, as the agent's file gives them and the engine's schema reads them. */
import { z } from 'zod';
import type { DriverContext, InstanceSettings } from '../../../common/driver.ts';
import { fail } from '../../../common/failure.ts';
import { plainText } from '../../../common/plain-text.ts';

const path = z.string().startsWith('/');
export const httpUrl = z.string().regex(/^https?:\/\/[^/\s?#]+$/, 'expected http://host:port or https://host:port');

/** Fields by which an instance is reached over TLS, and by which is logged in there. */
export const tlsFields = { cacert: path.optional(), cert: path.optional(), key: path.optional() };
export const loginFields = {
  user: z.string().min(1).optional(),
  /** Holds the password on its first line. */
  passwordFile: path.optional(),
};
/** One of the fields above is of no use without the other; a server that trusts an account wants no password. */
const pairs = [
  ['cert', 'key'],
  ['user', 'passwordFile'],
] as const;

/** The reader throws FailureError(usage) naming the field. */
export function connectionReader<T extends z.ZodType>(schema: T, logsIn: 'with-password' | 'by-trust' = 'with-password') {
  const together = pairs.filter(([one]) => one === 'cert' || logsIn === 'with-password');
  return (settings: InstanceSettings): z.output<T> => {
    const { connection, instance } = settings;
    const refused = (field: string, why: string) => fail('usage', 'bad-connection', `instance ${instance}: ${field}: ${why}`);
    const parsed = schema.safeParse(connection, plainText);
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      throw refused(['connection', ...(issue?.path ?? [])].join('.'), issue?.message ?? 'malformed');
    }
    for (const [one, other] of together)
      if ((connection[one] === undefined) !== (connection[other] === undefined))
        throw refused(`connection.${other}`, `${one} and ${other} go together`);
    return parsed.data;
  };
}

/** The password is the first line of its file. Throws `password-file-missing`. */
export async function passwordIn({ host, settings }: DriverContext, file: string | undefined): Promise<string> {
  const text = file === undefined ? null : await host.readText(file);
  if (text !== null) return text.split('\n')[0] ?? '';
  throw fail('failed', 'password-file-missing', `${settings.instance}: password file ${file ?? '(none named)'} does not exist`);
}
