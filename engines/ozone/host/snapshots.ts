/**
 * Copies of the metadata of managers and storage container managers, made while they are stopped. What RocksDB calls sst is never written again, so hard
 * links to it are as good as copies; all else is copied.
 */
import type { DriverContext, DriverSnapshots } from '../../../common/driver.ts';
import type { Finding } from '../../../common/facts.ts';
import { fail } from '../../../common/failure.ts';
import { onDiskVersionOf } from '../../kit/host/release.ts';
import { isNeverRewritten } from '../layouts.ts';
import { release } from './admin.ts';
import { sightOf } from './sight.ts';
import { siteOf } from './site.ts';

export const noRestore =
  'the metadata of OM and SCM must match each other and the blocks on the datanodes: stop the whole cluster, restore the snapshots of every OM and SCM by hand, and start the older release';

export const ozoneSnapshots: DriverSnapshots = {
  async need(context, measure) {
    const { bytes, inodes, method } = await measure(context.settings.dataDir);
    return { bytes, inodes, method };
  },
  async take(context, folder) {
    const { settings } = context;
    await refuseElsewhere(context);
    const sight = sightOf(context);
    if (await sight.runs())
      throw fail('refused', 'still-running', `${settings.instance}: it runs; its metadata are copied while it is stopped`);
    await folder.copy(settings.dataDir, 'metadata', { link: isNeverRewritten });
    folder.progress(1, 'metadata');
    const { layout, clusterId } = await sight.versionFile();
    return {
      version: (await onDiskVersionOf(context, release)) ?? '',
      role: sight.component,
      position: `layout ${layout ?? 'unknown'}`,
      places: [{ folder: 'metadata', path: settings.dataDir }],
      notes: { layout: String(layout), cluster: clusterId ?? '' },
    };
  },
  async verify(_context, _folder, made, depth): Promise<Finding> {
    const check = `snapshot-${depth}`;
    const why = 'metadata alone show little without their cluster, so none is started for a comparison: ask for list';
    if (depth === 'restore-compare') return { check, ok: null, detail: why };
    return { check, ok: made.notes.cluster !== '', detail: made.position };
  },
  async tidy() {
    // Verifying starts nothing.
  },
  async prepareRestored({ settings }) {
    throw fail('refused', 'no-restore', `${settings.instance}: ${noRestore}`);
  },
};

/** What lies outside the data directory would not be in the copy. */
async function refuseElsewhere(context: DriverContext): Promise<void> {
  const { elsewhere } = await siteOf(context);
  if (elsewhere.length === 0) return;
  const { instance, dataDir } = context.settings;
  throw fail(
    'refused',
    'data-elsewhere',
    `${instance}: ${elsewhere.join(', ')} lies outside ${dataDir}, so a copy of that would not be whole`,
  );
}
