/** Settings of the agent: /etc/drydock/agent.yaml, then agent.d/*.yaml. After start only the checked form exists. */
import { accessSync, constants, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { canonicalJson, sha256Of } from '../common/canonical-json.ts';
import type { InstanceSettings } from '../common/driver.ts';
import { fail } from '../common/failure.ts';
import { systemReason } from '../common/file-obstacle.ts';
import { mostInstances } from '../common/link.ts';
import { keptFor } from '../common/retention.ts';
import { type LoadedSettings, loadSettings, type Origin, placeOf } from '../common/settings.ts';

const name = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/, 'expected a name of letters, digits, dots, dashes and underscores');
const folder = z.string().regex(/^\/(?!.*(^|\/)\.\.(\/|$)).*$/s, 'expected an absolute path without ..');
const unitName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9:_.@\\-]{0,199}$/, 'expected the name of a unit');

const instanceSchema = z
  .strictObject({
    instance: name,
    cluster: name,
    engine: name,
    dataDir: folder,
    releasesDir: folder,
    unit: unitName,
    /** Left out: `snapshots` beside the releases folder. */
    snapshotsDir: folder.optional(),
    /** Left out: the engine's own file in the data directory. */
    configFile: folder.optional(),
    connection: z.record(z.string(), z.unknown()).default({}),
  })
  .transform(({ configFile, ...instance }) => ({
    ...instance,
    snapshotsDir: instance.snapshotsDir ?? join(dirname(instance.releasesDir), 'snapshots'),
    ...(configFile === undefined ? {} : { configFile }),
  }));

const unitsSchema = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('systemd') }),
    z.strictObject({ kind: z.literal('supervised'), socket: folder }),
  ])
  .default({ kind: 'systemd' });

/** A run that rests or holds for long still asks for what it ordered. */
const leastDays = 7;

const written = z.strictObject({
  host: name,
  controller: z.string().refine(isAddress, 'expected HOST:PORT (db-controller:7420, 127.0.0.1:7420) or unix:/PATH'),
  stateDir: folder,
  /** Holds this host's key and certificate; left out: `identity` in the state directory. */
  identityDir: folder.optional(),
  units: unitsSchema,
  instances: z
    .array(instanceSchema)
    .min(1, 'expected at least one instance')
    .max(mostInstances, `expected at most ${mostInstances} instances`),
  /** Between beats until the controller's welcome names another pace. */
  beatMs: z.number().int().min(100, 'expected at least 100 ms').max(300_000, 'expected at most 5 minutes').default(15_000),
  /** How long orders and receipts that the controller has acknowledged stay in the journal. */
  retention: z.strictObject({ orders: keptFor(leastDays).default('90d') }).prefault({}),
});
const schema = written.transform((settings) => ({ ...settings, identityDir: settings.identityDir ?? join(settings.stateDir, 'identity') }));

export type AgentSettings = Omit<z.output<typeof schema>, 'instances'> & { readonly instances: readonly InstanceSettings[] };

/** Reads, merges and checks. Throws FailureError(usage, `bad-settings`); each line names file, line and field. */
export function loadAgentSettings(file: string): LoadedSettings<AgentSettings> {
  const dropInDir = file.endsWith('.yaml') ? `${file.slice(0, -'.yaml'.length)}.d` : null;
  const loaded = loadSettings({ file, dropInDir, schema });
  const texts = [...foldersMissing(loaded.value, loaded.origins, file), ...namedTwice(loaded.value, loaded.origins, file)];
  if (texts.length > 0) throw fail('usage', 'bad-settings', texts.join('\n'));
  return loaded;
}

/**
 * What an instance is on this host, as plans keep it: drift of it under a plan holds. Connection details are the driver's own affair, and may
 * hold secrets.
 */
export function profileOf({ dataDir, releasesDir, unit, engine }: InstanceSettings): Readonly<Record<string, string>> {
  return { dataDir, releasesDir, unit, engine };
}

export const profileDigest = (instance: InstanceSettings): string => sha256Of(canonicalJson(profileOf(instance)));

function isAddress(address: string): boolean {
  if (/^unix:\/.+/.test(address)) return true;
  const match = /^(?:\[[0-9a-f:]+\]|[A-Za-z0-9][A-Za-z0-9._-]*):(\d{1,5})$/i.exec(address);
  return match !== null && Number(match[1]) >= 1 && Number(match[1]) <= 65_535;
}

function foldersMissing(settings: AgentSettings, origins: ReadonlyMap<string, Origin>, file: string): readonly string[] {
  const wanted = settings.instances.flatMap((instance, index) => [
    { path: `instances[${index}].dataDir`, folder: instance.dataDir },
    { path: `instances[${index}].releasesDir`, folder: instance.releasesDir },
  ]);
  return [{ path: 'stateDir', folder: settings.stateDir }, ...wanted].flatMap(({ path, folder: dir }) => {
    const wrong = isFolder(dir);
    return wrong === null ? [] : [`${placeOf(origins, path, file)}: ${path}: ${wrong} ${dir}`];
  });
}

/** What is wrong with a folder, as the user that the agent runs as sees it. */
function isFolder(path: string): string | null {
  try {
    if (!statSync(path).isDirectory()) return 'not a directory:';
    accessSync(path, constants.F_OK);
    return null;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'no such directory' : `cannot be read, ${systemReason(error)}:`;
  }
}

function namedTwice(settings: AgentSettings, origins: ReadonlyMap<string, Origin>, file: string): readonly string[] {
  const seen = new Set<string>();
  return settings.instances.flatMap(({ instance }, index) => {
    const path = `instances[${index}].instance`;
    if (seen.has(instance)) return [`${placeOf(origins, path, file)}: ${path}: ${instance} is listed twice`];
    seen.add(instance);
    return [];
  });
}
