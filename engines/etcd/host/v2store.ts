/** Content of the v2 store, which 3.6 does not carry on: a server of 3.6 that finds some does not start. */
import type { DriverContext } from '../../../common/driver.ts';
import { etcdScheme } from '../scheme.ts';
import { connectionOf } from './settings.ts';
import { type Answer, complaintOf, currentReleaseOf, programOf } from './tools.ts';
import { onDiskVersionOf } from './versions.ts';

const probeMs = 60_000;
/** Newer releases neither have one nor a command to look into it. */
export const lastWithV2Store = '3.5';

/** By etcdutl of the release that runs, which only reads snapshots and log: the server may run meanwhile. Only releases of 3.5 have the command. */
export async function v2Content(context: DriverContext): Promise<Answer> {
  const version = await onDiskVersionOf(context);
  if (version === null) return [null, 'which version is activated is not known'];
  const series = etcdScheme.series(version);
  if (etcdScheme.compareSeries(series, lastWithV2Store) > 0) return [true, `${series} carries no v2 store`];
  const { walDir } = connectionOf(context.settings);
  const folders = [`--data-dir=${context.settings.dataDir}`, ...(walDir === undefined ? [] : [`--wal-dir=${walDir}`])];
  const program = programOf(currentReleaseOf(context), 'etcdutl');
  const result = await context.host.run([program, 'check', 'v2store', ...folders], { timeoutMs: probeMs });
  if (result.exitCode === 0) return [true, 'the v2 store is empty'];
  const complaint = complaintOf(result);
  // A patch that is too old to be asked is too old to be left behind, too: the rules ask for a newer one first.
  if (complaint.startsWith('unknown command'))
    return [null, `${version} cannot look into its v2 store: take a newer patch of ${series} first`];
  return [false, `the v2 store has content that the next minor does not carry on: ${complaint}; remove it first`];
}
