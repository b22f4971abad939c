/** Connection settings of an instance, as the agent's file gives them and the engine's schema reads them. */
import type { z } from 'zod';
import type { DriverContext, InstanceSettings } from '../../../common/driver.ts';
import { fail } from '../../../common/failure.ts';
import { plainText } from '../../../common/plain-text.ts';

/** The reader throws FailureError(usage) naming the field. */
export function connectionReader<T extends z.ZodType>(schema: T): (settings: InstanceSettings) => z.output<T> {
  return (settings) => {
    const parsed = schema.safeParse(settings.connection, plainText);
    if (parsed.success) return parsed.data;
    const [issue] = parsed.error.issues;
    const field = ['connection', ...(issue?.path ?? [])].join('.');
    throw fail('usage', 'bad-connection', `instance ${settings.instance}: ${field}: ${issue?.message ?? 'malformed'}`);
  };
}

/** The password is the first line of its file. Throws `no-password`. */
export async function passwordIn({ host, settings }: DriverContext, file: string | undefined): Promise<string> {
  const text = file === undefined ? null : await host.readText(file);
  if (text !== null) return text.split('\n')[0] ?? '';
  throw fail('failed', 'no-password', `${settings.instance}: the password file ${file ?? ''} is not there`);
}
