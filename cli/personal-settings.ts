/**
 * A person's own settings file, `drydock/config.yaml` below XDG_CONFIG_HOME: the controllers that this person knows by name (contexts), and
 * which of them is current.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Origin } from '../common/settings.ts';

export type Env = Readonly<Record<string, string | undefined>>;

export interface PersonalSettings {
  /** Counts when no context is current. */
  readonly controller?: string | undefined;
  /** Name of the current context. */
  readonly context?: string | undefined;
  /** Addresses of controllers, by the context's name. */
  readonly contexts: ReadonlyMap<string, string>;
}

export interface PersonalFile {
  readonly path: string;
  readonly settings: PersonalSettings;
  readonly origins: ReadonlyMap<string, Origin>;
}

/** What a context may be called: it is typed in shells and stands in tables. */
export const contextNameForm = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

/** null: neither XDG_CONFIG_HOME nor HOME is set. */
export function personalPath(env: Env): string | null {
  const home = filled(env.XDG_CONFIG_HOME) ?? (filled(env.HOME) === null ? null : join(env.HOME as string, '.config'));
  return home === null ? null : join(home, 'drydock', 'config.yaml');
}

const filled = (text: string | undefined): string | null => (text === undefined || text === '' ? null : text);

/** null: there is no such file. Throws FailureError(usage, `bad-settings`) naming file and line. */
export async function readPersonal(env: Env): Promise<PersonalFile | null> {
  const path = personalPath(env);
  if (path === null || !existsSync(path)) return null;
  const [{ loadSettings }, { z }] = await Promise.all([import('../common/settings.ts'), import('zod')]);
  const name = z.string().regex(contextNameForm, 'expected a name of letters, digits, dots, dashes and underscores');
  const schema = z.strictObject({
    controller: z.string().optional(),
    context: name.optional(),
    contexts: z.record(name, z.strictObject({ controller: z.string() })).default({}),
  });
  const { value, origins } = loadSettings({ file: path, dropInDir: null, schema });
  const contexts = new Map(Object.entries(value.contexts).map(([each, { controller }]) => [each, controller]));
  return { path, settings: { ...value, contexts }, origins };
}
