/** Small files of Drydock's own in the data directory: what must be known again after an interruption, and goes where the data go. */
import { join } from 'node:path';
import { z } from 'zod';
import type { DriverContext } from '../../../common/driver.ts';
import { failed } from './failures.ts';

export interface Note<T> {
  read(context: DriverContext): Promise<T | null>;
  write(context: DriverContext, value: T): Promise<void>;
  remove(context: DriverContext): Promise<void>;
}

/** A note is of one data directory: a copy of it that lies elsewhere (a base backup, a snapshot) has none. */
export function noteOf<T>(name: string, schema: z.ZodType<T>): Note<T> {
  const noteSchema = z.object({ dataDir: z.string(), value: schema });
  const pathIn = ({ settings }: DriverContext) => join(settings.dataDir, name);
  return {
    async read(context) {
      const text = await context.host.readText(pathIn(context));
      if (text === null) return null;
      const parsed = noteSchema.safeParse(jsonOf(text));
      if (!parsed.success)
        throw failed(context, 'note-unreadable', `${pathIn(context)} is not in the form that Drydock writes; check what changed it`);
      return parsed.data.dataDir === context.settings.dataDir ? parsed.data.value : null;
    },
    async write(context, value) {
      const { dataDir } = context.settings;
      await context.host.writeText(pathIn(context), `${JSON.stringify({ dataDir, value }, null, 2)}\n`, 0o600);
    },
    remove: (context) => context.host.removeFile(pathIn(context)),
  };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
