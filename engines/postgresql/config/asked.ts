/** What the running server knows of settings, and where its files set them. */
import { z } from 'zod';
import type { Session } from '../../kit/host/sql-sessions.ts';

const askedSchema = z.object({
  /** Lower case. */
  key: z.string(),
  known: z.boolean(),
  /** `postmaster`: only a restart changes it; `internal`: nothing does. */
  context: z.string().nullable(),
  /** `configuration file`, `command line`, `default`, …; whose word is active for this session. */
  source: z.string().nullable(),
  sourcefile: z.string().nullable(),
  sourceline: z.number().nullable(),
  pending_restart: z.boolean().nullable(),
  setting: z.string().nullable(),
});
export type AskedSetting = z.infer<typeof askedSchema>;

const askedSql = `
SELECT k.key, s.name IS NOT NULL AS known, s.context, s.source, s.sourcefile, s.sourceline, s.pending_restart, s.setting
FROM unnest($1::text[]) AS k(key) LEFT JOIN pg_settings s ON lower(s.name) = k.key`;

export function askSettings(session: Session, keys: readonly string[]): Promise<readonly AskedSetting[]> {
  return session.rows(askedSchema, askedSql, [[...keys]]);
}

const placeSchema = z.object({
  key: z.string().nullable(),
  file: z.string(),
  line: z.number(),
  error: z.string().nullable(),
});
export type FilePlace = z.infer<typeof placeSchema>;

const placesSql = `
SELECT lower(name) AS key, sourcefile AS file, sourceline AS line, error
FROM pg_file_settings WHERE name IS NULL OR lower(name) = ANY ($1) ORDER BY seqno`;

/** Lines of all files as they are on the disk now, in the order in which they count, with those that cannot be read. */
export function askPlaces(session: Session, keys: readonly string[]): Promise<readonly FilePlace[]> {
  return session.rows(placeSchema, placesSql, [[...keys]]);
}
