/** What a node's configuration file says, as far as it is looked at here. */
import { join } from 'node:path';
import type { DriverContext } from '../../../common/driver.ts';
import { fail } from '../../../common/failure.ts';
import { yamlFormat } from '../../kit/config/yaml-format.ts';

export interface ConfigSeen {
  /** Absolute; where the file names none, below the data directory as the server takes it. */
  readonly dataDirs: readonly string[];
  readonly otherDirs: readonly string[];
  readonly seeds: readonly string[];
  /** It has settings of cassandra_latest.yaml, which only a finalized 5.0 bears. */
  readonly latest: boolean;
}

/** The one file that plans change; where the agent's settings name none, nothing is found. */
export const configPath = ({ settings }: DriverContext): string => settings.configFile ?? join(settings.dataDir, 'cassandra.yaml');

/** null: the agent's settings name no such file, or it cannot be read. */
export async function configOf({ host, settings }: DriverContext): Promise<ConfigSeen | null> {
  const text = settings.configFile === undefined ? null : await host.readText(settings.configFile);
  const reading = text === null ? null : yamlFormat.read(text);
  if (reading === null || reading.problems.length > 0) return null;
  const values = new Map(reading.settings.map(({ key, value }) => [key, value ?? '']));
  const named = (key: string) => values.get(key) ?? join(settings.dataDir, key.replace(/_directory$/, ''));
  const listed = [...values].flatMap(([key, value]) => (/^data_file_directories\.\d+$/.test(key) ? [value] : []));
  return {
    dataDirs: listed.length === 0 ? [join(settings.dataDir, 'data')] : listed,
    otherDirs: ['commitlog_directory', 'hints_directory', 'saved_caches_directory'].map(named),
    seeds: (values.get('seed_provider.0.parameters.0.seeds') ?? '').split(',').map((seed) => seed.trim().replace(/(?<=^[^:]+):\d+$/, '')),
    // A release that knows no modes does not start with one in its file, and a plan sets the one to begin with.
    latest: [...values.keys()].some((key) => key.startsWith('default_compaction')),
  };
}

export const noConfig = (instance: string): Error =>
  fail('refused', 'no-config', `${instance}: its configuration file is unknown: set configFile in the agent's settings`);
