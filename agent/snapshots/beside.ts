/** What a snapshot takes where it is laid beside the data: planners ask for it, and a restore reserves it. */
import { dirname } from 'node:path';
import type { InstanceSettings } from '../../common/driver.ts';
import type { RestoreNeed } from '../../common/facts.ts';
import type { Host } from '../host/host.ts';
import { type SnapshotManifest, snapshotIdOf } from './manifest.ts';

type Disk = Pick<Host, 'snapshotPath' | 'snapshotsSeen' | 'copyNeed' | 'deviceOf' | 'room'>;

/** One entry a file system, as several places may lie on one. */
export async function needsBeside(
  host: Disk,
  snapshotsDir: string,
  { id, made }: SnapshotManifest,
): Promise<readonly Omit<RestoreNeed, 'room'>[]> {
  const needs = new Map<number, Omit<RestoreNeed, 'room'>>();
  for (const { folder, path } of made.places) {
    const device = await host.deviceOf(path);
    // Within a mount point, for it cannot move; else beside the folder.
    const target = device === (await host.deviceOf(dirname(path))) ? dirname(path) : path;
    const { bytes, inodes } = await host.copyNeed(target)(`${host.snapshotPath(snapshotsDir, id)}/${folder}`);
    const before = needs.get(device) ?? { path, bytes: 0, inodes: 0 };
    needs.set(device, { ...before, bytes: before.bytes + bytes, inodes: before.inodes + inodes });
  }
  return [...needs.values()];
}

/** Of the run's snapshot of this instance; null: there is none. */
export async function restoreNeedsOf(
  host: Disk,
  { snapshotsDir, instance }: InstanceSettings,
  run: string,
): Promise<readonly RestoreNeed[] | null> {
  const id = snapshotIdOf(run, instance);
  const manifest = (await host.snapshotsSeen(snapshotsDir)).find((seen) => seen.id === id);
  if (manifest === undefined) return null;
  const needs = await needsBeside(host, snapshotsDir, manifest);
  return Promise.all(needs.map(async (need) => ({ ...need, room: await host.room(need.path) })));
}
