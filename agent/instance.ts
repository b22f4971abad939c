/** An instance of this host with the driver that acts on it. */
import type { Driver, InstanceSettings } from '../common/driver.ts';
import { fail } from '../common/failure.ts';

export interface Instance {
  readonly settings: InstanceSettings;
  readonly driver: Driver;
}

/** Throws FailureError when an instance's engine has no driver here or its connection settings are malformed. */
export function createInstances(settings: readonly InstanceSettings[], drivers: readonly Driver[]): readonly Instance[] {
  return settings.map((instance) => {
    const driver = drivers.find((known) => known.engine === instance.engine);
    if (driver === undefined)
      throw fail(
        'usage',
        'unknown-engine',
        `instance ${instance.instance}: this agent has no driver for engine ${instance.engine}; it has ${drivers.map((known) => known.engine).join(', ')}`,
      );
    driver.parseSettings(instance);
    return { settings: instance, driver };
  });
}

/** What a snapshot would need, measured by the agent; announced where the engine's driver can take any. */
export const snapshotNeedCheck = 'snapshot-need';

/** Ids of all checks that can be asked of this instance. */
export function checksOf({ driver }: Pick<Instance, 'driver'>): readonly string[] {
  return driver.snapshots === undefined ? driver.checks : [...driver.checks, snapshotNeedCheck];
}
