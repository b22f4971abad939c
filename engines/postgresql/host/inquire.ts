/** Asks the running server which of its objects the notes of a release speak of. Reads the catalogs, in sessions that cannot write. */
import { z } from 'zod';
import type { DriverContext } from '../../../common/driver.ts';
import { affectsCheck, type Finding } from '../../../common/facts.ts';
import { toFailure } from '../../../common/failure.ts';
import type { Inquiries } from '../../kit/host/driver.ts';
import type { Session } from '../../kit/host/sql-sessions.ts';
import { type Inquiry, inquirable, inquiries as questions } from '../inquiries.ts';
import { inOwnSession, shared } from './connection.ts';

const foundSchema = z.object({ objects: z.number(), names: z.array(z.string()) });
type Found = z.infer<typeof foundSchema>;
/** As many are named; the others are counted. */
const named = 5;

const taskByCheck: ReadonlyMap<string, string> = new Map(inquirable.map((task) => [affectsCheck(task), task]));

export const inquiries: Inquiries = { checks: [...taskByCheck.keys()], ask: inquire };

/**
 * `ok`: true: nothing is affected; false: what is named is; null: unknown. All questions of one probe share a session in each database.
 * Never throws for the world's faults.
 */
async function inquire(context: DriverContext, checks: readonly string[]): Promise<readonly Finding[]> {
  const asked = checks.flatMap((check) => {
    const task = taskByCheck.get(check);
    const inquiry = task === undefined ? undefined : questions[task];
    return inquiry === undefined ? [] : [{ check, inquiry }];
  });
  try {
    return await context.tool('inquiry', (during) => inquireInAll(during, asked), { of: checks.join() });
  } catch (thrown) {
    const reason = toFailure(thrown).message;
    return asked.map(({ check }) => ({ check, ok: null, detail: reason }));
  }
}

interface Asked {
  readonly check: string;
  readonly inquiry: Inquiry;
}

async function inquireInAll(context: DriverContext, asked: readonly Asked[]): Promise<readonly Finding[]> {
  const found = new Map<string, Found[]>(asked.map(({ check }) => [check, []]));
  for (const [at, database] of (await databasesOf(context)).entries()) {
    const ask = async (session: Session) => {
      await session.run('SET default_transaction_read_only = on');
      for (const { check, inquiry } of asked) {
        const isOfServer = inquiry.scope === 'server';
        if (isOfServer && at > 0) continue;
        const { objects, names } = await session.row(foundSchema, countSql(inquiry));
        found.get(check)?.push({ objects, names: isOfServer ? names : names.map((name) => `${database}: ${name}`) });
      }
    };
    await inOwnSession(context, ask, { database });
  }
  return asked.map(({ check, inquiry }) => findingOf(check, inquiry, found.get(check) ?? []));
}

/** That take sessions, sorted. */
export async function databasesOf(context: DriverContext): Promise<readonly string[]> {
  const sql = 'SELECT datname FROM pg_database WHERE datallowconn ORDER BY datname';
  return (await shared(context).rows(z.object({ datname: z.string() }), sql)).map(({ datname }) => datname);
}

const countSql = ({ sql }: Inquiry): string =>
  `SELECT count(*)::int AS objects, coalesce((array_agg(name ORDER BY name))[1:${named}], '{}') AS names FROM (${sql}) AS found (name)`;

function findingOf(check: string, { doubt }: Inquiry, found: readonly Found[]): Finding {
  const objects = found.reduce((total, each) => total + each.objects, 0);
  if (objects === 0) return { check, ok: true, detail: 'no object is affected' };
  const names = found.flatMap((each) => each.names).slice(0, named);
  const more = objects > names.length ? ` and ${objects - names.length} more` : '';
  const what = `${objects} ${objects === 1 ? 'object' : 'objects'}: ${names.join(', ')}${more}`;
  return doubt === undefined ? { check, ok: false, detail: what } : { check, ok: null, detail: `${what}; ${doubt}` };
}
