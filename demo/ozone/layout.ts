/** The run folder of the Ozone fleet: three hosts, each with one release folder that all of its processes run from, and the controller. */
import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { type ControllerLayout, type DatabaseLayout, layOutController, layOutNode, type NodeLayout } from '../host-layout.ts';
import { freePorts } from '../ports.ts';
import { layOutOzoneCluster, type OzoneMemberName, type OzoneNode, ozoneMembers } from './cluster.ts';
import { layOutOzoneRelease, type OzoneVersion } from './releases.ts';

export const ozoneClusterName = 'ozone-main';

/** Which processes are on which host, those that the fleet has. */
export const ozoneHosts: Readonly<Record<string, readonly OzoneMemberName[]>> = {
  'oz-1': ['om1', 'dn1', 'scm1', 'recon1', 's3g1'],
  'oz-2': ['om2', 'dn2'],
  'oz-3': ['om3', 'dn3', 'httpfs1'],
};

export interface OzoneFleetLayout {
  readonly dir: string;
  readonly controllerAddress: string;
  readonly controller: ControllerLayout;
  readonly nodes: readonly NodeLayout[];
  readonly processes: readonly OzoneNode[];
  readonly s3Endpoint: string;
  readonly httpfsEndpoint: string;
}

/** Name of the unit that runs a process. */
export const ozoneUnit = (name: OzoneMemberName): string => `ozone-${name}`;

export interface Wanted {
  readonly version: OzoneVersion;
  readonly members: readonly OzoneMemberName[];
}

/** Fills an empty run folder, for which the cluster is initialized; nothing runs afterwards. */
export async function layOutOzoneFleet(dir: string, { version, members: names }: Wanted, signal: AbortSignal): Promise<OzoneFleetLayout> {
  const [controllerPort = 0] = await freePorts(1);
  const controllerAddress = `127.0.0.1:${controllerPort}`;
  for (const host of Object.keys(ozoneHosts)) {
    const releasesDir = join(dir, host, 'releases');
    await mkdir(releasesDir, { recursive: true });
    await layOutOzoneRelease(version, join(releasesDir, version));
    await symlink(version, join(releasesDir, 'current'));
  }
  const wanted = ozoneMembers.filter(([name]) => names.includes(name));
  const members = wanted.map(([name, component]) => {
    const host = hostOf(name);
    const home = join(dir, host, name);
    return { name, component, releasesDir: join(dir, host, 'releases'), dataDir: join(home, 'data'), confDir: join(home, 'conf') };
  });
  const { nodes: processes, ...endpoints } = await layOutOzoneCluster(members, signal);
  const controller = await layOutController(dir, controllerAddress);
  const nodes = await Promise.all(
    Object.entries(ozoneHosts).map(([host, there]) =>
      layOutNode(dir, host, processes.filter(({ name }) => there.includes(name)).map(databaseOf), controllerAddress),
    ),
  );
  return { dir, controllerAddress, controller, nodes, processes, ...endpoints };
}

export function hostOf(name: OzoneMemberName): string {
  const found = Object.entries(ozoneHosts).find(([, names]) => names.includes(name));
  if (found === undefined) throw new RangeError(`${name} is on no host`);
  return found[0];
}

function databaseOf({ name, dataDir, releasesDir, argv, connection, configFile }: OzoneNode): DatabaseLayout {
  return {
    instance: name,
    cluster: ozoneClusterName,
    engine: 'ozone',
    dataDir,
    releasesDir,
    unit: ozoneUnit(name),
    program: name,
    argv,
    stopSignal: 'SIGTERM',
    account: { uid: null, gid: null },
    connection,
    configFile,
  };
}
