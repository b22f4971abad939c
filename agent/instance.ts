/** An instance of this host with the driver that acts on it. */
import type { Driver, InstanceSettings } from '../common/driver.ts';
import { fail } from '../common/failure.ts';
import type { InstanceAnnounced } from '../common/link.ts';
import { ToolCalls } from './facts/tool-calls.ts';
import type { KnownWords } from './orders/admission.ts';

export interface Instance {
  readonly settings: InstanceSettings;
  readonly driver: Driver;
  /** How the driver's probes ask. */
  readonly tools: ToolCalls;
  /** Instances of this host whose programs run from the same releases folder: what is activated for one is activated for all. */
  readonly sharesReleases: readonly Pick<InstanceSettings, 'instance' | 'unit'>[];
}

type AgentPorts = ConstructorParameters<typeof ToolCalls>[0];

/** Throws FailureError when an instance's engine has no driver here or its connection settings are malformed. */
export function createInstances(settings: readonly InstanceSettings[], drivers: readonly Driver[], ports: AgentPorts): readonly Instance[] {
  return settings.map((instance) => {
    const driver = driverOf(instance, drivers);
    const sharing = settings.filter((other) => other !== instance && other.releasesDir === instance.releasesDir);
    return instanceOf(instance, driver, ports, sharing);
  });
}

/** Throws FailureError(usage): `unknown-engine`, and what the driver finds wrong with the connection settings. */
export function driverOf(instance: InstanceSettings, drivers: readonly Driver[]): Driver {
  const driver = drivers.find((known) => known.engine === instance.engine);
  if (driver === undefined)
    throw fail(
      'usage',
      'unknown-engine',
      `instance ${instance.instance}: unknown engine ${instance.engine}; this agent supports ${drivers.map((known) => known.engine).join(', ')}`,
    );
  driver.parseSettings(instance);
  return driver;
}

export function instanceOf(
  settings: InstanceSettings,
  driver: Driver,
  ports: AgentPorts,
  sharesReleases: Instance['sharesReleases'] = [],
): Instance {
  return { settings, driver, tools: new ToolCalls(ports, settings.instance, driver.tools), sharesReleases };
}

/** What a snapshot would need, measured by the agent; announced where the engine's driver can take any. */
export const snapshotNeedCheck = 'snapshot-need';

/** Ids of all checks that can be asked of this instance. */
function checksOf({ driver }: Pick<Instance, 'driver'>): readonly string[] {
  return driver.snapshots === undefined ? driver.checks : [...driver.checks, snapshotNeedCheck];
}

/** What orders for this instance may name. */
export function wordsOf(instance: Pick<Instance, 'driver'>): KnownWords {
  return {
    checks: checksOf(instance),
    verbs: instance.driver.verbs?.schemas ?? {},
    jobs: instance.driver.jobs?.schemas ?? {},
    keys: instance.driver.settings?.keys ?? [],
    startFlags: instance.driver.startFlags ?? [],
  };
}

/** The same by name, as the controller hears it. */
export function announcedWords(instance: Pick<Instance, 'driver'>): Pick<InstanceAnnounced, 'checks' | 'verbs' | 'keys' | 'jobs'> {
  const { checks, verbs, jobs, keys } = wordsOf(instance);
  return { checks, verbs: Object.keys(verbs), keys, jobs: Object.keys(jobs) };
}

export const noWords: KnownWords = { checks: [], verbs: {}, jobs: {}, keys: [], startFlags: [] };
