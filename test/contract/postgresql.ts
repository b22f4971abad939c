/** PostgreSQL as the contract needs it. */
import { z } from 'zod';
import type { EngineObservation } from '../../common/driver.ts';
import { parseElfArch } from '../../engines/kit/host/architecture.ts';
import { checks } from '../../engines/postgresql/checks.ts';
import { postgresqlDriver as driver } from '../../engines/postgresql/driver.ts';
import { serverFactsOf, serverSchema } from '../../engines/postgresql/facts.ts';
import { parseMajor, parsePostmasterPid, parseProgramVersion } from '../../engines/postgresql/probe.ts';
import { postgresqlProcedure as procedure } from '../../engines/postgresql/procedure.ts';
import { tools } from '../../engines/postgresql/tools.ts';
import type { FormSubject } from './form.ts';
import { type RecordedSubject, recording } from './recorded.ts';
import type { SilentSubject } from './silence.ts';
import type { Recordings } from './subject.ts';

/** A server speaks a protocol that cannot be played back: what is recorded is what the driver made of it. */
function parseObservation(text: string): EngineObservation | null {
  try {
    const reported = z.looseObject({ detail: z.looseObject({}) }).parse(JSON.parse(text));
    return serverFactsOf(reported as never) === null ? null : (reported as unknown as EngineObservation);
  } catch {
    return null;
  }
}

const recordings: Recordings = {
  dir: new URL('../recorded/postgresql/', import.meta.url),
  product: 'PostgreSQL',
  parsers: {
    version: parseProgramVersion,
    'elf-header': parseElfArch,
    'pg-version': parseMajor,
    'postmaster-pid': parsePostmasterPid,
    'primary-observed': parseObservation,
    'standby-observed': parseObservation,
  },
  observed: async (version) =>
    ['primary-observed', 'standby-observed'].flatMap((name) => parseObservation(recording(recordings, version, name)) ?? []),
};

export const postgresqlSubject: RecordedSubject & SilentSubject = {
  driver,
  procedure,
  factsOf: serverFactsOf,
  recordings,
  silence: { connection: (port) => ({ port, user: 'drydock' }) },
};

export const postgresqlForm: FormSubject = {
  procedure,
  driver,
  checks,
  tools,
  serverSchema,
  recordings,
  hops: [['16.4', '16.14']],
};
