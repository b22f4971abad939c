/**
 * Copies of the metadata of managers and storage container managers, made while they are stopped. What RocksDB calls sst is never written again, so hard
 * links to it are as good as copies; all else is copied.
 */
import type { DriverContext } from '../../../common/driver.ts';
import { dataElsewhere } from '../../kit/host/failures.ts';
import { onDiskVersionOf } from '../../kit/host/release.ts';
import { copiedTrees } from '../../kit/host/snapshots/copied-trees.ts';
import { snapshotsBy } from '../../kit/host/snapshots/snapshots.ts';
import { isNeverRewritten } from '../layouts.ts';
import { release } from './admin.ts';
import { sightOf } from './sight.ts';
import { siteOf } from './site.ts';

export const noRestore =
  'the metadata of OM and SCM must match each other and the blocks on the datanodes: stop the whole cluster, restore the snapshots of every OM and SCM by hand, and start the older release';

const metadata = copiedTrees({
  async trees(context) {
    await refuseElsewhere(context);
    return [{ path: context.settings.dataDir, folder: 'metadata', link: isNeverRewritten }];
  },
  async stopped(context) {
    const runs = await sightOf(context).runs();
    return { check: 'stopped', ok: !runs, detail: runs ? 'it is running' : 'it is not running' };
  },
  async describe(context) {
    const sight = sightOf(context);
    const { layout, clusterId } = await sight.versionFile();
    return {
      version: (await onDiskVersionOf(context, release)) ?? '',
      role: sight.component,
      position: `layout ${layout ?? 'unknown'}`,
      notes: { layout: String(layout), cluster: clusterId ?? '' },
    };
  },
});

export const ozoneSnapshots = snapshotsBy(metadata, noRestore);

/** What lies outside the data directory would not be in the copy. */
async function refuseElsewhere(context: DriverContext): Promise<void> {
  const { elsewhere } = await siteOf(context);
  if (elsewhere.length > 0) throw dataElsewhere(context, elsewhere);
}
