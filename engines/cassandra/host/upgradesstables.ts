/** The job that rewrites sstables of older formats, one at a time; the server does it, and nodetool waits. Asked again it goes on with what is left. */
import type { DriverContext, DriverJobs, JobProgress } from '../../../common/driver.ts';
import { finding } from '../../kit/host/asking.ts';
import { checks } from '../checks.ts';
import { writtenBy } from '../formats.ts';
import { jobs } from '../jobs.ts';
import { nodetoolArgv } from './nodetool.ts';
import { sightOf } from './sight.ts';

export const cassandraJobs: DriverJobs = {
  schemas: jobs,
  async command(context, { args }) {
    const { atOnce } = jobs.upgradesstables.parse(args);
    return { argv: nodetoolArgv(context, ['upgradesstables', '-j', String(atOnce)]) };
  },
  // nodetool prints nothing while it waits.
  progress: () => null,
  seen,
  finished: (context) =>
    finding(context, 'sstables-rewritten', null, () =>
      checks['sstables-rewritten'].answer({ seen: sightOf(context), expect: null, release: null }),
    ),
};

/** Share of the sstables that have the format already. */
async function seen(context: DriverContext): Promise<JobProgress | null> {
  const sight = sightOf(context);
  const [{ local, compatibility }, formats] = await Promise.all([sight.server(), sight.formats()]);
  const written = writtenBy(local.version, compatibility);
  const all = [...formats.values()].reduce((sum, count) => sum + count, 0);
  if (written === null || all === 0) return null;
  const current = formats.get(written) ?? 0;
  return { fraction: current / all, note: `${current} of ${all} sstables have format ${written}`, cursor: null };
}
